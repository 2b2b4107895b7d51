"""What the topic model offers, and what people decided about it. The first never changes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Enquiry, Work
from themes.models.codebook import Code
from transcripts.models import Segment


class TopicRun(PartnerOwned):
    """One run of the topic model, with all that is needed to repeat it."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="topic_runs")
    number = models.PositiveIntegerField()
    work = models.ForeignKey(Work, null=True, on_delete=models.SET_NULL, related_name="+")
    method = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    versions = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=42)
    corpus_hash = models.CharField(max_length=64, blank=True)
    n_segments = models.PositiveIntegerField(default=0)
    n_contributors = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outdated_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody whose words were in it took them back."
    )

    privacy = {
        "enquiry": "open",
        "number": "open",
        "work": "open",
        "method": "open",
        "model": "open",
        "versions": "open",
        "parameters": "open",
        "seed": "open",
        "corpus_hash": "open",
        "n_segments": "open",
        "n_contributors": "open",
        "asked_by": "pseudonymous",
        "asked_at": "open",
        "finished_at": "open",
        "outdated_at": "open",
    }

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["enquiry", "number"], name="topic_run_number_once")]

    def __str__(self) -> str:
        return f"Run {self.number}"


class TopicProposal(PartnerOwned):
    """A group of passages the machine offers for people to judge. Shown in the review screens only."""

    run = models.ForeignKey(TopicRun, on_delete=models.CASCADE, related_name="proposals")
    number = models.PositiveIntegerField()
    words = models.JSONField(default=list, help_text="[word, weight], heaviest first.")

    privacy = {"run": "open", "number": "open", "words": "pseudonymous"}

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="proposal_number_once")]

    def __str__(self) -> str:
        return f"Group {self.number}"


class TopicAssignment(PartnerOwned):
    """Where one run put one passage. Without a proposal it fits nowhere, and is read by a person in full."""

    run = models.ForeignKey(TopicRun, on_delete=models.CASCADE, related_name="assignments")
    proposal = models.ForeignKey(
        TopicProposal, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments"
    )
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="topic_assignments")
    is_representative = models.BooleanField(default=False)
    x = models.FloatField()
    y = models.FloatField()

    privacy = {
        "run": "open",
        "proposal": "open",
        "segment": "pseudonymous",
        "is_representative": "open",
        "x": "open",
        "y": "open",
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "segment"], name="assignment_once_per_run"),
            models.CheckConstraint(
                condition=Q(is_representative=False) | Q(proposal__isnull=False),
                name="assignment_representative_of_a_group",
            ),
        ]

    def __str__(self) -> str:
        return f"Assignment {self.pk}"


class PassageRead(PartnerOwned):
    """A named person has read one of the passages that fit nowhere. Rare voices live there."""

    assignment = models.ForeignKey(TopicAssignment, on_delete=models.CASCADE, related_name="reads")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(auto_now_add=True)

    privacy = {"assignment": "open", "reader": "pseudonymous", "read_at": "open"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "reader"], name="passage_read_once")]

    def __str__(self) -> str:
        return f"Read {self.assignment_id}"


class ProposalAction(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    RENAMED = "renamed", _("Renamed")
    MERGED = "merged", _("Merged")
    SPLIT = "split", _("Split")
    REJECTED = "rejected", _("Rejected")
    PARKED = "parked", _("Parked")


class ProposalDecision(PartnerOwned):
    """What a named person decided about a group, and why. The latest one stands; none is edited."""

    proposal = models.ForeignKey(TopicProposal, on_delete=models.CASCADE, related_name="decisions")
    action = models.CharField(max_length=10, choices=ProposalAction.choices)
    name = models.CharField(max_length=80, blank=True, help_text="The name people gave it.")
    reason = models.TextField()
    merged_into = models.ForeignKey(
        TopicProposal, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    parts = models.JSONField(default=list, blank=True, help_text="For a split: [{name, segment_ids}].")
    code = models.ForeignKey(
        Code,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The code it became.",
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    privacy = {
        "proposal": "open",
        "action": "open",
        "name": "open",
        "reason": "pseudonymous",
        "merged_into": "open",
        "parts": "pseudonymous",
        "code": "open",
        "decided_by": "pseudonymous",
        "decided_at": "open",
    }

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_decision_has_a_reason"),
            models.CheckConstraint(
                condition=(Q(action="merged") & Q(merged_into__isnull=False))
                | (~Q(action="merged") & Q(merged_into=None)),
                name="proposal_decision_merged_into",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.proposal}"
