"""Files brought in from elsewhere: first shown row by row, then taken in or left."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned


class ImportKind(models.TextChoices):
    RELATIONSHIPS = "relationships", _("Coaching relationships")
    SESSIONS = "sessions", _("Meetings")
    SWEMWBS = "swemwbs", _("Wellbeing, short form (SWEMWBS)")
    WEMWBS = "wemwbs", _("Wellbeing, long form (WEMWBS)")
    ASSETS = "assets", _("Asset survey")


class ImportState(models.TextChoices):
    OFFERED = "offered", _("Shown, not taken in")
    IMPORTED = "imported", _("Taken in")
    DROPPED = "dropped", _("Left out")


class ImportBatch(PartnerOwned):
    """One file. Its content is held only between the dry run and the decision, then erased; the name it was
    uploaded under is never kept."""

    kind = models.CharField(max_length=16, choices=ImportKind.choices)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.OFFERED)
    content = models.BinaryField(null=True, blank=True, editable=False)
    sha256 = models.CharField(max_length=64)
    n_rows = models.PositiveIntegerField(default=0)
    n_added = models.PositiveIntegerField(default=0)
    n_changed = models.PositiveIntegerField(default=0)
    n_unchanged = models.PositiveIntegerField(default=0)
    n_refused = models.PositiveIntegerField(default=0)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "kind": "open",
        "state": "open",
        "content": "identifying",
        "sha256": "pseudonymous",
        "n_rows": "open",
        "n_added": "open",
        "n_changed": "open",
        "n_unchanged": "open",
        "n_refused": "open",
        "offered_by": "pseudonymous",
        "offered_at": "open",
        "decided_at": "open",
    }

    class Meta:
        verbose_name_plural = "import batches"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="offered", content__isnull=False, decided_at=None)
                | (~Q(state="offered") & Q(content=None, decided_at__isnull=False)),
                name="import_batch_content_erased_when_decided",
            )
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"
