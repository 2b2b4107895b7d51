from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models.enquiry import Enquiry


class WorkState(models.TextChoices):
    QUEUED = "queued", _("Waiting to start")
    RUNNING = "running", _("Going on now")
    WAITING = "waiting", _("Waiting for something that is missing")
    FAILED = "failed", _("Could not be done")
    FINISHED = "finished", _("Done")


class Work(PartnerOwned):
    """Long work a machine does for us, as people see it: how far, how long still, and why it failed.

    The queue underneath (procrastinate) runs it; this row is what pages show and what a retry starts
    from. `task` names the procrastinate task; `about_id` is the one argument it needs besides this row.
    """

    enquiry = models.ForeignKey(
        Enquiry, null=True, blank=True, on_delete=models.PROTECT, related_name="works"
    )
    kind = models.CharField(max_length=40)
    task = models.CharField(max_length=120)
    about_id = models.BigIntegerField()
    queue = models.CharField(max_length=40, default="default")
    state = models.CharField(max_length=10, choices=WorkState.choices, default=WorkState.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    unit = models.CharField(max_length=20, default="", blank=True)
    reason = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heard_from_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "enquiry": "open",
        "kind": "open",
        "task": "open",
        "about_id": "pseudonymous",
        "queue": "open",
        "state": "open",
        "done": "open",
        "total": "open",
        "unit": "open",
        "reason": "open",
        "attempts": "open",
        "asked_by": "pseudonymous",
        "asked_at": "open",
        "started_at": "open",
        "heard_from_at": "open",
        "finished_at": "open",
    }

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "about_id"], name="work_by_kind_and_about")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_id}: {self.state}"
