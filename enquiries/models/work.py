from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from accounts.models import PartnerOwned
from enquiries.models.enquiry import Enquiry


class WorkState(models.TextChoices):
    QUEUED = "queued", _lazy("Waiting to start")
    RUNNING = "running", _lazy("Going on now")
    WAITING = "waiting", _lazy("Waiting for something that is missing")
    FAILED = "failed", _lazy("Could not be done")
    FINISHED = "finished", _lazy("Done")


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

    @property
    def label(self) -> str:
        """What is being done, in words; an app that starts a new kind of work adds it to `LABELS`."""
        return str(LABELS.get(self.kind, self.kind))

    @property
    def is_going_on(self) -> bool:
        return self.state in (WorkState.QUEUED, WorkState.RUNNING)

    @property
    def can_be_retried(self) -> bool:
        return self.state in (WorkState.FAILED, WorkState.WAITING)

    @property
    def seconds_left(self) -> int | None:
        """Estimate from the pace so far; None before anything is done."""
        if self.state != WorkState.RUNNING or not self.started_at or not self.done or not self.total:
            return None
        spent = (timezone.now() - self.started_at).total_seconds()
        return max(0, round(spent * (self.total - self.done) / self.done))

    @property
    def sentence(self) -> str:
        """How far it is, and how long still."""
        if self.state == WorkState.RUNNING and self.total:
            far = _how_far(self.done, self.total, self.unit)
            left = self.seconds_left
            if left is None:
                return far
            if left < 60:
                return _("%(far)s Less than a minute left.") % {"far": far}
            return ngettext(
                "%(far)s About %(n)d minute left.", "%(far)s About %(n)d minutes left.", round(left / 60)
            ) % {"far": far, "n": round(left / 60)}
        return str(WorkState(self.state).label) + "."


# Kinds of work in words. Here, because the page that lists them belongs to no single app.
LABELS = {
    "listen_through": _lazy("Listening through a recording"),
    "transcribe": _lazy("Writing down a conversation"),
    "find_names": _lazy("Finding names in a text"),
    "embed_segments": _lazy("Getting passages ready for reading"),
    "topics": _lazy("Looking for patterns"),
    "suggest_codes": _lazy("Looking for codes to offer"),
}


def _how_far(done: int, total: int, unit: str) -> str:
    if unit == "ms":
        return _("%(done)s of %(total)s of sound.") % {"done": _clock(done), "total": _clock(total)}
    return _("%(done)s of %(total)s %(unit)s.") % {"done": done, "total": total, "unit": unit or _("steps")}


def _clock(ms: int) -> str:
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"
