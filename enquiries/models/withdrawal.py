"""A withdrawal as a row: what was taken back, and how far the removing has come."""

import secrets
import uuid
from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PartnerOwned
from enquiries.dates import months_after
from enquiries.models.consent import ConsentMethod, Scope
from enquiries.models.listening import Contributor

# Letters and digits that nobody mistakes for one another, on paper or over the phone.
_PLAIN = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


def new_receipt() -> str:
    """A random code people can read out: four and four signs, about 2 to the 39 of them."""
    signs = "".join(secrets.choice(_PLAIN) for _sign in range(8))
    return f"{signs[:4]}-{signs[4:]}"


class WithdrawalState(models.TextChoices):
    ASKED = "asked", _("Closed everywhere; the removing begins")
    SWEEPING = "sweeping", _("Closed everywhere; being removed")
    DONE = "done", _("Everything is removed")


class Withdrawal(PartnerOwned):
    """Scopes somebody took back at one moment. The gate closed in the transaction that made this row.

    `steps` maps the name of each finished step of the sweep, "app.step", to `{"at": time, kind: count, …}`;
    each is written in the transaction of its own step. `tombstone` names the file outside the database that
    says the same after this database is lost.
    """

    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="withdrawals")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), default=list)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_again_at = models.DateTimeField(
        null=True, blank=True, help_text="When the same was asked for once more, the last time."
    )
    method = models.CharField(max_length=8, choices=ConsentMethod.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty when the person did it themselves.",
    )
    receipt = models.CharField(max_length=9, unique=True, default=new_receipt)
    tombstone = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=8, choices=WithdrawalState.choices, default=WithdrawalState.ASKED)
    steps = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last try stopped; never words.")
    finished_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    privacy = {
        "contributor": "pseudonymous",
        "scopes": "pseudonymous",
        "asked_at": "pseudonymous",
        "asked_again_at": "pseudonymous",
        "method": "open",
        "by": "pseudonymous",
        "receipt": "pseudonymous",
        "tombstone": "pseudonymous",
        "state": "open",
        "steps": "open",
        "tries": "open",
        "tried_at": "open",
        "problem": "open",
        "finished_at": "open",
        "told_at": "open",
        "told_by": "pseudonymous",
    }

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WithdrawalState.values), name="withdrawal_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False)
                | (~Q(state="done") & Q(finished_at=None)),
                name="withdrawal_done_is_finished",
            ),
            models.CheckConstraint(
                condition=Q(told_by=None, told_at=None) | Q(told_by__isnull=False, told_at__isnull=False),
                name="withdrawal_told_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Withdrawal {self.receipt}"

    @property
    def is_done(self) -> bool:
        return self.state == WithdrawalState.DONE

    @property
    def scope_names(self) -> list[str]:
        """What was taken back, in words, in the order in which it is asked."""
        return [str(Scope(scope).label) for scope in Scope.values if scope in self.scopes]

    @property
    def in_short(self) -> str:
        """What was taken back, in a line for lists: all else falls with taking part."""
        if Scope.TAKE_PART in self.scopes:
            return str(_("Everything, taking part as well"))
        return ", ".join(self.scope_names)

    @property
    def due_on(self) -> date:
        """The last day on which everything must be gone and the person told: one month on."""
        return months_after(timezone.localdate(self.asked_at), 1)

    def counts(self) -> dict[str, int]:
        """How much of what kind went, by "app.step.kind"."""
        return {
            f"{name}.{kind}": count
            for name, said in self.steps.items()
            for kind, count in said.items()
            if kind != "at"
        }
