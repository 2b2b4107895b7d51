"""Tags. The machine suggests in one table, people decide in another; a tag is derived from decisions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Enquiry
from themes.models.codebook import Code
from transcripts.models import Segment


class Suggestion(PartnerOwned):
    """A code the machine offers for a passage. Never changes; the answer to it is a `TagDecision`."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="suggestions")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="suggestions")
    score = models.FloatField()
    why = models.CharField(max_length=200)
    near = models.JSONField(default=list, help_text="Ids of the tagged passages it is close to.")
    made_with = models.CharField(max_length=120)
    made_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "segment": "pseudonymous",
        "code": "open",
        "score": "open",
        "why": "open",
        "near": "pseudonymous",
        "made_with": "open",
        "made_at": "open",
    }

    class Meta:
        ordering = ["-score", "pk"]
        constraints = [models.UniqueConstraint(fields=["segment", "code"], name="suggestion_once")]

    def __str__(self) -> str:
        return f"Offer {self.pk}"


class TagChoice(models.TextChoices):
    APPLIED = "applied", _("Tagged")
    REFUSED = "refused", _("Refused")
    REMOVED = "removed", _("Taken off")


class TagDecision(PartnerOwned):
    """One reader's decision that a code is, or is not, on a passage or on a stretch of it.

    `start` and `end` are code points within the segment's text. The latest decision of one reader about
    one code on one stretch stands; a tag exists while that latest decision is `applied`.
    """

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="tag_decisions")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="tag_decisions")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField(help_text="The stretch itself, checked against the segment on load.")
    choice = models.CharField(max_length=8, choices=TagChoice.choices)
    suggestion = models.ForeignKey(
        Suggestion, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    carried_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="carried_to",
        help_text="The decision on an older text that this one was carried over from.",
    )
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "segment": "pseudonymous",
        "code": "open",
        "start": "open",
        "end": "open",
        "text": "pseudonymous",
        "choice": "open",
        "suggestion": "open",
        "carried_from": "open",
        "reason": "pseudonymous",
        "decided_by": "pseudonymous",
        "decided_at": "open",
    }

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["code", "segment"], name="tag_by_code")]
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="tag_not_empty")]

    def __str__(self) -> str:
        return f"{self.choice} {self.code_id} on {self.segment_id}"


class ReadingMark(PartnerOwned):
    """One reader has finished reading one conversation; with two readers, both see each other's tags then."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(
        "enquiries.Conversation", on_delete=models.PROTECT, related_name="readings"
    )
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "enquiry": "open",
        "conversation": "pseudonymous",
        "reader": "pseudonymous",
        "finished_at": "open",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "reader"], name="reading_finished_once")
        ]

    def __str__(self) -> str:
        return f"Reading of {self.conversation_id}"
