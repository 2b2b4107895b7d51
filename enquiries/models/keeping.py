from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.models.enquiry import Enquiry
from enquiries.models.listening import Contributor


class LegalHold(PartnerOwned):
    """Nothing of this enquiry, or of this voice, is erased by the clock while the hold lasts.

    What somebody takes back goes all the same: a hold pauses clocks, never a person's own word.
    """

    enquiry = models.ForeignKey(
        Enquiry, null=True, blank=True, on_delete=models.PROTECT, related_name="legal_holds"
    )
    contributor = models.ForeignKey(
        Contributor, null=True, blank=True, on_delete=models.PROTECT, related_name="legal_holds"
    )
    reason = models.CharField(_("why"), max_length=300)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    privacy = {
        "enquiry": "open",
        "contributor": "pseudonymous",
        "reason": "identifying",
        "placed_by": "pseudonymous",
        "placed_at": "open",
        "ended_by": "pseudonymous",
        "ended_at": "open",
    }

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(enquiry__isnull=False, contributor=None)
                | Q(enquiry=None, contributor__isnull=False),
                name="legal_hold_on_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None) | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="legal_hold_ended_by_and_at",
            ),
            models.UniqueConstraint(
                fields=["enquiry"], condition=Q(ended_at=None), name="legal_hold_once_per_enquiry"
            ),
            models.UniqueConstraint(
                fields=["contributor"], condition=Q(ended_at=None), name="legal_hold_once_per_contributor"
            ),
        ]

    def __str__(self) -> str:
        return f"Hold {self.pk}"
