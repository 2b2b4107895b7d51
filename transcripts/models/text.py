from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from accounts.models import PartnerOwned
from enquiries.models import Contributor, Conversation, Voice

EMBEDDING_SIZE = 384


class TranscriptState(models.TextChoices):
    DRAFTED = "draft", _("Draft, not checked by a person")
    CHECKED = "checked", _("Checked once, to be verified")
    VERIFIED = "verified", _("Verified, names still in it")
    PSEUDONYMISED = "pseudonymised", _("Names taken out")


class SourceKind(models.TextChoices):
    SOUND = "sound", _("Written down from sound")
    TYPED = "typed", _("Typed")
    NOTE = "note", _("A reflective note")


class Transcript(PartnerOwned):
    """The text of one conversation through all its versions."""

    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="transcript")
    source = models.CharField(max_length=8, choices=SourceKind.choices, default=SourceKind.SOUND)
    state = models.CharField(max_length=14, choices=TranscriptState.choices, default=TranscriptState.DRAFTED)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "conversation": "pseudonymous",
        "source": "open",
        "state": "open",
        "checked_by": "pseudonymous",
        "checked_at": "open",
        "verified_by": "pseudonymous",
        "verified_at": "open",
        "made_at": "open",
    }

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(checked_by=None, checked_at=None)
                | Q(checked_by__isnull=False, checked_at__isnull=False),
                name="transcript_checked_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None, verified_at=None)
                | Q(verified_by__isnull=False, verified_at__isnull=False),
                name="transcript_verified_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Transcript of {self.conversation}"


class PseudonymisedVersion(PartnerOwned):
    """A text with every name replaced, made from one raw version and the decisions of named people.

    Never edited: a correction makes the next number. It goes on to be read only once a second person
    has signed it off.
    """

    transcript = models.ForeignKey(Transcript, on_delete=models.PROTECT, related_name="pseudonymised")
    number = models.PositiveIntegerField()
    text = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_off_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "transcript": "open",
        "number": "open",
        "text": "pseudonymous",
        "made_by": "pseudonymous",
        "made_at": "open",
        "signed_off_by": "pseudonymous",
        "signed_off_at": "open",
    }

    class Meta:
        ordering = ["transcript", "number"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "number"], name="pseudonymised_number_once"),
            models.CheckConstraint(
                condition=Q(signed_off_by=None, signed_off_at=None)
                | Q(signed_off_by__isnull=False, signed_off_at__isnull=False),
                name="pseudonymised_signed_off_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(signed_off_by=None) | ~Q(signed_off_by=F("made_by")),
                name="pseudonymised_signed_off_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transcript}, version {self.number}"


class StruckOut(PartnerOwned):
    """A stretch that its speaker does not share: `[start, end)` code points of one raw version of the text.

    Readers see nothing of it from the same moment on. While `done_at` is empty nothing is gone, and the
    speaker may share it again, which removes this row; after that its passages are gone and its sound is
    silent. Times are milliseconds from the start of the recording, empty for typed text.
    """

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="+")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="+")
    version_number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    by_helper = models.BooleanField(default=False)
    struck_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "transcript": "open",
        "contributor": "pseudonymous",
        "version_number": "open",
        "start": "open",
        "end": "open",
        "start_ms": "open",
        "end_ms": "open",
        "by_helper": "pseudonymous",
        "struck_at": "open",
        "done_at": "open",
    }

    class Meta:
        ordering = ["transcript", "version_number", "start"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="struck_out_not_empty"),
            models.CheckConstraint(
                condition=Q(start_ms=None, end_ms=None) | Q(end_ms__gt=F("start_ms")),
                name="struck_out_times_in_order",
            ),
            models.UniqueConstraint(
                fields=["transcript", "version_number", "start", "end"], name="struck_out_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Struck out {self.pk}"


class Segment(PartnerOwned):
    """The unit that is tagged: `[start, end)` code points of one pseudonymised version, with its text.

    Only what contributors said becomes a segment; a listener's turn does not. Times are milliseconds
    from the start of the recording, empty for typed text.
    """

    version = models.ForeignKey(PseudonymisedVersion, on_delete=models.PROTECT, related_name="segments")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="segments")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="segments")
    voice = models.CharField(max_length=16, choices=Voice.choices)
    number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    embedding = VectorField(dimensions=EMBEDDING_SIZE, null=True, blank=True)
    embedded_with = models.CharField(max_length=120, blank=True)
    struck_out = models.ForeignKey(
        StruckOut,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Set where its speaker does not share it: nobody reads it then.",
    )

    privacy = {
        "version": "open",
        "conversation": "pseudonymous",
        "contributor": "pseudonymous",
        "voice": "pseudonymous",
        "number": "open",
        "start": "open",
        "end": "open",
        "text": "pseudonymous",
        "start_ms": "open",
        "end_ms": "open",
        "embedding": "pseudonymous",
        "embedded_with": "open",
        "struck_out": "pseudonymous",
    }

    class Meta:
        ordering = ["version", "number"]
        indexes = [models.Index(fields=["conversation"], name="segment_by_conversation")]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="segment_number_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="segment_not_empty"),
        ]

    def __str__(self) -> str:
        return f"Passage {self.number}"
