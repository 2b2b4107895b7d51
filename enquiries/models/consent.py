from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import PartnerOwned
from enquiries.dates import clock
from enquiries.models.asking import ConsentCapture, ConsentForm, ConsentMethod, ConsentState, Scope
from enquiries.models.enquiry import Wave
from enquiries.models.listening import Contributor


class ConsentEvent(PartnerOwned):
    """One line of the ledger. Lines are added, never changed: the database refuses the rest.

    A line without a wave speaks for every wave; taking something back is written so. A line spoken aloud says
    where in which sound it was heard, from the first to the last millisecond. Those are ids and not keys: the
    line outlives the sound it points at.
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
    capture = models.ForeignKey(
        ConsentCapture,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines",
        help_text="The asking this line came of; empty for a line that came of none.",
    )
    spoken_conversation = models.PositiveBigIntegerField(null=True, blank=True)
    spoken_recording = models.PositiveBigIntegerField(null=True, blank=True)
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
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
        "capture": "pseudonymous",
        "spoken_conversation": "pseudonymous",
        "spoken_recording": "pseudonymous",
        "start_ms": "pseudonymous",
        "end_ms": "pseudonymous",
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
            models.CheckConstraint(
                condition=Q(spoken_conversation=None, spoken_recording=None, start_ms=None, end_ms=None)
                | Q(
                    method=ConsentMethod.SPOKEN,
                    spoken_conversation__isnull=False,
                    spoken_recording__isnull=False,
                    start_ms__isnull=False,
                    end_ms__gt=F("start_ms"),
                ),
                name="consent_spoken_with_its_seconds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.decision}"

    @property
    def seconds(self) -> str:
        """Where in the sound it was said, as "0:12 to 0:31"; empty where no place is set."""
        if self.start_ms is None or self.end_ms is None:
            return ""
        return _("%(start)s to %(end)s") % {"start": clock(self.start_ms), "end": clock(self.end_ms)}
