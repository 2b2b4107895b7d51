"""A yes that was given before something was taken back, and written down after it: it allows nothing.

Where a form lay on a phone or a desk meanwhile, the ledger's order alone does not tell. What was taken back
had no line for a scope that nobody knew to be granted, and the person meant that one too.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.errors import NotPossibleNow
from enquiries.models import (
    ConsentCapture,
    ConsentEvent,
    ConsentMethod,
    ConsentState,
    Contributor,
    Scope,
    Withdrawal,
)


def taken_back_since(contributor: Contributor, moment: datetime) -> bool:
    """Whether they asked to take anything back then or later, also where there was nothing to take."""
    rows = Withdrawal.objects.filter(contributor=contributor)
    return rows.filter(Q(asked_at__gte=moment) | Q(asked_again_at__gte=moment)).exists()


def check_adds_no_yes(found: Mapping[str, str], decisions: Mapping[str, str]) -> None:
    """Raise NotPossibleNow for a yes among `decisions` beyond those `found` in the ledger."""
    granted = ConsentState.GRANTED
    if any(decisions[scope] == granted and found[scope] != granted for scope in decisions):
        raise NotPossibleNow(
            _("They took something back after they said this, so this yes does not count. Ask them anew.")
        )


@transaction.atomic
def note_overtaken(
    *,
    capture: ConsentCapture,
    decisions: Mapping[str, str],
    by: User,
    method: str = ConsentMethod.WRITTEN,
) -> list[ConsentEvent]:
    """Write each yes of a form that came too late into the ledger, as ended, so that it allows nothing.

    Only where nothing was said about a scope before: what stood or fell at that moment did so by itself.

    Raises NotYours: the user may not keep what others agreed to.
    """
    who = capture.contributor
    check(by, "consent.record", who)
    found = consent.states(who, wave=capture.wave_id, at=capture.answered_at)
    lines = ConsentEvent.objects.bulk_create(
        ConsentEvent(
            partner_id=who.partner_id,
            contributor=who,
            wave_id=capture.wave_id,
            scope=scope,
            decision=ConsentState.LAPSED,
            decided_at=capture.answered_at,
            method=method,
            form=capture.form,
            recorded_by=by,
            capture=capture,
        )
        for scope in Scope.values
        if decisions.get(scope) == ConsentState.GRANTED and found[scope] == ConsentState.NOT_ASKED
    )
    record("consent.overtaken", by=by, about=who, capture=capture.pk, lines=len(lines))
    return lines
