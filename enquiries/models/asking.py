"""What is asked, by which form, and each time somebody was asked. The answers are lines of the ledger."""

import uuid

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models.enquiry import Enquiry, Wave
from enquiries.models.listening import Contributor


class Scope(models.TextChoices):
    """What can be agreed to; each is asked, stored and withdrawn alone."""

    TAKE_PART = "take_part", _("Taking part")
    AUDIO_RECORD = "audio_record", _("Recording the sound")
    MACHINE_TRANSCRIBE = "machine_transcribe", _("A computer writing it down")
    ANALYSE = "analyse", _("Making sense of the words")
    QUOTE_WORDS = "quote_words", _("Quoting the words")
    AUDIO_CLIP = "audio_clip", _("Sharing a clip of the voice")
    NAMED_CREDIT = "named_credit", _("Being named")
    LINK_COACHING = "link_coaching", _("Setting the words beside coaching figures")
    PARTNER_SHARE = "partner_share", _("Sharing with partner organisations")
    PRACTICE_LEARNING = "practice_learning", _("Using the words to train coaches")
    ARCHIVE_DEPOSIT = "archive_deposit", _("Keeping the words in an archive")
    PAYER_EVIDENCE = "payer_evidence", _("Showing an outcome to those who pay")
    CONTACT_AGAIN = "contact_again", _("Being asked again later")


class ConsentState(models.TextChoices):
    NOT_ASKED = "not_asked", _("Not asked yet")
    GRANTED = "granted", _("Said yes")
    DECLINED = "declined", _("Said no")
    WITHDRAWN = "withdrawn", _("Took it back")
    LAPSED = "lapsed", _("Has ended")


class ConsentMethod(models.TextChoices):
    WRITTEN = "written", _("In writing")
    SPOKEN = "spoken", _("Spoken on the recording")
    ONLINE = "online", _("Online")
    # For taking back alone: a yes is always written, recorded or given online.
    TOLD = "told", _("In person or by phone")


class ConsentFormat(models.TextChoices):
    STANDARD = "standard", _("Standard")
    EASY_READ = "easy_read", _("Easy Read")
    OTHER_LANGUAGE = "other_language", _("Another language")


class ConsentForm(PartnerOwned):
    """One version of the form in one format and language; each has a series of its own.

    It is written as a draft and put into use. From then on the database refuses every change to it: a change
    is the next version. What a version leaves unsaid of a scope is said by our own wording.
    """

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="consent_forms")
    version = models.PositiveSmallIntegerField(default=1)
    format = models.CharField(
        _("format"), max_length=16, choices=ConsentFormat.choices, default=ConsentFormat.STANDARD
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    title = models.CharField(_("title"), max_length=160, blank=True)
    text = models.TextField(_("what the person reads first"), blank=True)
    asks = models.JSONField(
        default=dict, blank=True, help_text="Scope to its question (`ask`) and what it means (`says`)."
    )
    cannot_recall = models.TextField(_("what cannot be taken back, and from when"), blank=True)
    printed_copies = models.TextField(_("copies on paper"), blank=True)
    cut_off_on = models.DateField(_("last day to take words back from the report"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    in_use_from = models.DateTimeField(null=True, blank=True, default=timezone.now)

    privacy = {
        "enquiry": "open",
        "version": "open",
        "format": "open",
        "language": "open",
        "title": "open",
        "text": "open",
        "asks": "open",
        "cannot_recall": "open",
        "printed_copies": "open",
        "cut_off_on": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
        "in_use_from": "open",
    }

    class Meta:
        ordering = ["-version", "format"]
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "version", "format", "language"], name="consent_form_version_once"
            ),
            models.UniqueConstraint(
                fields=["enquiry", "format", "language"],
                condition=Q(in_use_from=None),
                name="consent_form_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {_('version %(number)s') % {'number': self.version}}"

    @property
    def kind(self) -> str:
        """Which form it is, without its version: the language where that is what sets it apart."""
        if self.format != ConsentFormat.OTHER_LANGUAGE:
            return self.get_format_display()
        ours = {code: str(name) for code, name in settings.LANGUAGES}
        named = LANG_INFO.get(self.language, {}).get("name", self.language)
        return ours.get(self.language, str(named))

    @property
    def direction(self) -> str:
        """How its language runs, as HTML's `dir` has it."""
        return "rtl" if LANG_INFO.get(self.language, {}).get("bidi") else "ltr"

    @property
    def has_pictures(self) -> bool:
        """Easy Read puts a drawing at the left of every thing it says; the drawings are our own."""
        return self.format == ConsentFormat.EASY_READ

    @property
    def is_draft(self) -> bool:
        return self.in_use_from is None


class Company(models.TextChoices):
    """Who was with a person who was asked. Never by name: this stays for as long as the ledger."""

    ALONE = "alone", _("Nobody")
    HELPER = "helper", _("A helper they chose")
    INTERPRETER = "interpreter", _("An interpreter")
    BOTH = "both", _("A helper and an interpreter")


class Outcome(models.TextChoices):
    ANSWERED = "answered", _("Answered")
    NOT_TODAY = "not_today", _("Not today")
    # It waited on a phone, and something was taken back meanwhile: no yes of it counts.
    OVERTAKEN = "overtaken", _("Answered before something was taken back")


class ConsentCapture(PartnerOwned):
    """One time that somebody was asked, with the form they were shown. Kept for as long as the ledger.

    `key` is made where the answers are given, on a phone perhaps that has no network until the evening: sent
    twice, it is kept once. `digest` tells a repeat from something else under the same key. `answered_at` is
    what the device says, `received_at` what we say.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="consent_captures")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="+")
    form = models.ForeignKey(ConsentForm, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.ANSWERED)
    company = models.CharField(max_length=12, choices=Company.choices, default=Company.ALONE)
    was_adult = models.BooleanField(default=False, help_text="They said they are 18 or over.")
    came_from_field = models.BooleanField(default=False, help_text="Kept on a phone and sent later.")
    answered_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(auto_now_add=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    digest = models.CharField(max_length=64)

    privacy = {
        "key": "open",
        "contributor": "pseudonymous",
        "wave": "open",
        "form": "open",
        "outcome": "pseudonymous",
        "company": "pseudonymous",
        "was_adult": "pseudonymous",
        "came_from_field": "open",
        "answered_at": "pseudonymous",
        "received_at": "open",
        "kept_by": "pseudonymous",
        "digest": "pseudonymous",
    }

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Asked {self.answered_at:%Y-%m-%d}"
