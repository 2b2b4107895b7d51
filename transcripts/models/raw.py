"""Raw sound and raw text. Imported by this app alone (import-linter holds it); every relation is `+`,
so that nothing raw can be reached by following a relation from another app's model."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Contributor, Conversation, Work
from transcripts.models.text import PseudonymisedVersion, Transcript


class RecordingState(models.TextChoices):
    RECEIVED = "received", _("Received, not looked at yet")
    READABLE = "readable", _("Can be played")
    UNREADABLE = "unreadable", _("Cannot be read")


class Recording(PartnerOwned):
    """One sound file, in the private store under `stored_as`. The name it was uploaded under is not kept."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    stored_as = models.CharField(max_length=120, unique=True)
    playback_as = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=RecordingState.choices, default=RecordingState.RECEIVED)
    problem = models.TextField(blank=True)
    container = models.CharField(max_length=40, blank=True)
    codec = models.CharField(max_length=40, blank=True)
    sample_rate = models.PositiveIntegerField(default=0)
    channels = models.PositiveSmallIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0)
    has_video = models.BooleanField(default=False)
    is_silent = models.BooleanField(default=False)
    ends_early = models.BooleanField(default=False)
    peaks = models.JSONField(default=list, blank=True)
    pauses = models.JSONField(default=list, blank=True)
    silenced = models.JSONField(
        default=list, blank=True, help_text="[start_ms, end_ms] of each stretch that was taken back."
    )
    ending = models.JSONField(
        default=list, blank=True, help_text="Files that this one took the place of, until they are gone."
    )
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "conversation": "pseudonymous",
        "stored_as": "open",
        "playback_as": "open",
        "sha256": "pseudonymous",
        "size_bytes": "open",
        "state": "open",
        "problem": "open",
        "container": "open",
        "codec": "open",
        "sample_rate": "open",
        "channels": "open",
        "duration_ms": "open",
        "has_video": "open",
        "is_silent": "open",
        "ends_early": "open",
        "peaks": "identifying",
        "pauses": "open",
        "silenced": "pseudonymous",
        "ending": "open",
        "received_by": "pseudonymous",
        "received_at": "open",
    }

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "sha256"], name="recording_once_per_conversation"
            ),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="recording_not_empty"),
        ]

    def __str__(self) -> str:
        return f"Recording {self.pk}"


class TranscriptionRun(PartnerOwned):
    """One attempt of one engine at one recording. Its `work` row carries progress and a failure's reason."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="+")
    work = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL, related_name="+")
    engine = models.CharField(max_length=24)
    model_name = models.CharField(max_length=120)
    code_version = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="Empty: let the engine find it.")
    heard_language = models.CharField(max_length=8, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "recording": "open",
        "work": "open",
        "engine": "open",
        "model_name": "open",
        "code_version": "open",
        "language": "pseudonymous",
        "heard_language": "pseudonymous",
        "asked_by": "pseudonymous",
        "asked_at": "open",
        "finished_at": "open",
    }

    def __str__(self) -> str:
        return f"Transcription run {self.pk}"


class Piece(PartnerOwned):
    """A stretch of at most ten minutes, cut at a pause; its result is stored as soon as it ends."""

    run = models.ForeignKey(TranscriptionRun, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    result = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "run": "open",
        "number": "open",
        "start_ms": "open",
        "end_ms": "open",
        "result": "identifying",
        "finished_at": "open",
    }

    class Meta:
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="piece_number_once"),
            models.CheckConstraint(condition=Q(end_ms__gt=F("start_ms")), name="piece_not_empty"),
        ]

    def __str__(self) -> str:
        return f"Piece {self.number}"


class RawVersion(PartnerOwned):
    """One immutable version of the unedited text. `made_by` is empty only for the machine's draft, which
    names its run instead."""

    transcript = models.ForeignKey(Transcript, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    text = models.TextField()
    run = models.ForeignKey(
        TranscriptionRun, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    change = models.CharField(
        max_length=40, blank=True, help_text="What kind of step made it: drafted, corrected …"
    )

    privacy = {
        "transcript": "open",
        "number": "open",
        "text": "identifying",
        "run": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
        "change": "open",
    }

    class Meta:
        ordering = ["transcript", "number"]
        constraints = [
            models.UniqueConstraint(fields=["transcript", "number"], name="raw_version_number_once"),
            models.CheckConstraint(
                condition=Q(run__isnull=False) | Q(made_by__isnull=False), name="raw_version_has_a_maker"
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"


class Turn(PartnerOwned):
    """One speaker's turn: `[start, end)` code points of its version's text.

    `contributor` is empty for a listener (`is_listener`) and for a speaker not yet told apart (neither).
    `words` is a list of `[start, end, start_ms, end_ms, confidence]`, offsets into the version's text;
    `flags` a list of `{"kind", "start_ms", "end_ms", "start"?, "end"?}`.
    """

    version = models.ForeignKey(RawVersion, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    contributor = models.ForeignKey(
        Contributor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_listener = models.BooleanField(default=False)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    words = models.JSONField(default=list, blank=True)
    flags = models.JSONField(default=list, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    privacy = {
        "version": "open",
        "number": "open",
        "contributor": "pseudonymous",
        "is_listener": "open",
        "start": "open",
        "end": "open",
        "start_ms": "open",
        "end_ms": "open",
        "words": "identifying",
        "flags": "open",
        "checked_by": "pseudonymous",
    }

    class Meta:
        ordering = ["version", "number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="turn_number_once"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="turn_start_before_end"),
            models.CheckConstraint(
                condition=Q(is_listener=False) | Q(contributor=None), name="turn_listener_is_no_contributor"
            ),
        ]

    def __str__(self) -> str:
        return f"Turn {self.number}"


class NameFinding(PartnerOwned):
    """A name the machine offers to take out. Never changes; what a person decides is a `Replacement`."""

    version = models.ForeignKey(RawVersion, on_delete=models.PROTECT, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    kind = models.CharField(max_length=24)
    score = models.FloatField()
    why = models.CharField(max_length=200)
    offered = models.CharField(max_length=120, help_text="The replacement the machine offers.")
    found_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "version": "open",
        "start": "open",
        "end": "open",
        "text": "identifying",
        "kind": "open",
        "score": "open",
        "why": "open",
        "offered": "open",
        "found_at": "open",
    }

    class Meta:
        ordering = ["version", "start"]
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="name_finding_not_empty")]

    def __str__(self) -> str:
        return f"Found name {self.pk}"


class ReplacementDecision(models.TextChoices):
    ACCEPTED = "accepted", _("Taken out as offered")
    CHANGED = "changed", _("Taken out in other words")
    REFUSED = "refused", _("Left in")


class Replacement(PartnerOwned):
    """What a person decided about one stretch of a raw version; a later decision about the same stretch
    supersedes an earlier one, none is edited. A stretch the machine missed has no `finding`."""

    version = models.ForeignKey(RawVersion, on_delete=models.PROTECT, related_name="+")
    finding = models.ForeignKey(
        NameFinding, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    original = models.TextField()
    replacement = models.CharField(max_length=120, blank=True)
    decision = models.CharField(max_length=8, choices=ReplacementDecision.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "version": "open",
        "finding": "open",
        "start": "open",
        "end": "open",
        "original": "identifying",
        "replacement": "open",
        "decision": "open",
        "decided_by": "pseudonymous",
        "decided_at": "open",
    }

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="replacement_not_empty"),
            models.CheckConstraint(
                condition=Q(decision="refused") | ~Q(replacement=""), name="replacement_says_with_what"
            ),
        ]

    def __str__(self) -> str:
        return f"Replacement {self.pk}"


class PseudonymisedFrom(PartnerOwned):
    """Which raw version a pseudonymised one was made from. Kept here so that the way back stays raw."""

    pseudonymised = models.OneToOneField(PseudonymisedVersion, on_delete=models.CASCADE, related_name="+")
    raw = models.ForeignKey(RawVersion, on_delete=models.PROTECT, related_name="+")
    offsets = models.JSONField(
        default=list, help_text="[raw_start, raw_end, new_start, new_end] of each replaced stretch, in order."
    )

    privacy = {"pseudonymised": "open", "raw": "open", "offsets": "pseudonymous"}

    def __str__(self) -> str:
        return f"{self.pseudonymised_id} from {self.raw_id}"
