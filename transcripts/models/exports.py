from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models import Contributor, Enquiry


class Export(PartnerOwned):
    """Texts without names of one enquiry, handed to a named recipient. What was handed over is kept nowhere
    here; the row says who, when, to whom, what for, and whose words (`voices`)."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="+")
    recipient = models.CharField(_("who receives it"), max_length=200)
    reach = models.CharField(_("how to reach them"), max_length=200)
    purpose = models.CharField(_("what for"), max_length=500)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    n_texts = models.PositiveIntegerField(default=0)
    voices = models.ManyToManyField(Contributor, through="ExportedVoice", related_name="+")
    instead_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="issued_anew"
    )
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: the sending broke off. Count it as received all the same."
    )

    privacy = {
        "enquiry": "open",
        "recipient": "identifying",
        "reach": "identifying",
        "purpose": "open",
        "made_by": "pseudonymous",
        "made_at": "open",
        "n_texts": "open",
        "voices": "pseudonymous",
        "instead_of": "open",
        "ended_at": "open",
    }

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Export {self.pk}"


class ExportedVoice(PartnerOwned):
    """Somebody whose words an export holds, and the rounds they were said in. Goes when they take it back."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="exported")
    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="+")

    privacy = {"export": "open", "contributor": "pseudonymous"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "contributor"], name="export_voice_once")]

    def __str__(self) -> str:
        return f"Voice {self.contributor_id} in {self.export_id}"


class ExportRecall(PartnerOwned):
    """An export holds words that were taken back: its recipient has to be told to erase it, and gets it anew.

    Names nobody: one recall may stand for several people who took something back before it was told.
    """

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="recalls")
    asked_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    privacy = {"export": "open", "asked_at": "open", "told_at": "open", "told_by": "pseudonymous"}

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["export"], condition=Q(told_at=None), name="export_recall_open_once"
            ),
            models.CheckConstraint(
                condition=Q(told_by=None, told_at=None)
                | Q(told_by__isnull=False, told_at__gte=F("asked_at")),
                name="export_recall_told_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Recall {self.pk}"
