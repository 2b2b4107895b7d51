from django.conf import settings
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
    """One version of the form in one format. A used form is never edited: a change is a new version."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="consent_forms")
    version = models.PositiveSmallIntegerField(default=1)
    format = models.CharField(max_length=16, choices=ConsentFormat.choices, default=ConsentFormat.STANDARD)
    language = models.CharField(max_length=8, default="en")
    text = models.TextField(blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "version": "open",
        "format": "open",
        "language": "open",
        "text": "open",
        "made_at": "open",
    }

    class Meta:
        ordering = ["-version", "format"]
        constraints = [
            models.UniqueConstraint(
                fields=["enquiry", "version", "format", "language"], name="consent_form_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"Form {self.version}, {self.get_format_display()}"


class ConsentEvent(PartnerOwned):
    """One line of the ledger. Lines are added, never changed: the database refuses the rest.

    A line without a wave speaks for every wave; taking something back is written so.
    """

    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="consent_events")
    wave = models.ForeignKey(Wave, null=True, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=20, choices=Scope.choices)
    decision = models.CharField(max_length=12, choices=ConsentState.choices)
    decided_at = models.DateTimeField(default=timezone.now)
    method = models.CharField(max_length=8, choices=ConsentMethod.choices)
    form = models.ForeignKey(ConsentForm, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty when the person did it on their own page.",
    )
    copy_given = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "contributor": "pseudonymous",
        "wave": "open",
        "scope": "pseudonymous",
        "decision": "pseudonymous",
        "decided_at": "pseudonymous",
        "method": "open",
        "form": "open",
        "recorded_by": "pseudonymous",
        "copy_given": "open",
        "recorded_at": "open",
    }

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["contributor", "scope"], name="consent_by_contributor")]
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="consent_scope_known"),
            models.CheckConstraint(
                condition=Q(decision__in=["granted", "declined", "withdrawn", "lapsed"]),
                name="consent_decision_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.decision}"
