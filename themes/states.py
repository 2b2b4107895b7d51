"""The way of a quote: one table of allowed steps and one `move`."""

from django.utils.translation import gettext as _

from accounts.models import User
from themes.errors import StepRefused
from themes.models import Quote, QuoteState, QuoteStep

S = QuoteState

# `pseudonymised → approved` is open only where the speaker asked not to see quotes first; the action that
# takes it asks. `approved → offered` is the way back, once that speaker wants to be asked after all; from
# `changed` and `placed` it is taken where a copy was put back that lacks the words they wanted. Speakers may
# change their mind at any time, so every answer leads to every other.
NEXT: dict[str, frozenset[str]] = {
    S.SELECTED: frozenset({S.HEARD, S.WITHDRAWN}),
    S.HEARD: frozenset({S.PSEUDONYMISED, S.WITHDRAWN}),
    S.PSEUDONYMISED: frozenset({S.OFFERED, S.APPROVED, S.WITHDRAWN}),
    S.OFFERED: frozenset({S.APPROVED, S.CHANGED, S.REFUSED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.OFFERED, S.PLACED, S.CHANGED, S.REFUSED, S.WITHDRAWN}),
    S.CHANGED: frozenset({S.OFFERED, S.PLACED, S.APPROVED, S.CHANGED, S.REFUSED, S.WITHDRAWN}),
    S.REFUSED: frozenset({S.APPROVED, S.CHANGED, S.WITHDRAWN}),
    S.PLACED: frozenset({S.OFFERED, S.APPROVED, S.CHANGED, S.REFUSED, S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}

# What may stand on a page. `placed` is only reached from the other two.
SHOWABLE = frozenset({S.APPROVED, S.CHANGED, S.PLACED})


def can_move(quote: Quote, to: str) -> bool:
    """Whether the table allows the step from where the quote is now."""
    return to in NEXT[quote.state]


def move(quote: Quote, to: str, *, by: User | None, note: str = "", shown: str | None = None) -> QuoteStep:
    """Take one step and write it down. `by` is None when the speaker took it on their own page.

    Args:
        shown: what readers see from now on, when the step changes it.

    Raises:
        StepRefused: the table does not allow it, or somebody moved the quote meanwhile.
    """
    if not can_move(quote, to):
        raise StepRefused(
            _("This quote is at another step: “%(state)s”. Open the list of quotes again.")
            % {"state": quote.get_state_display()}
        )
    before = quote.state
    changes: dict[str, object] = {"state": to}
    if to == S.WITHDRAWN:
        changes |= {"text": "", "shown": "", "segment": None}
    elif shown is not None:
        changes["shown"] = shown
    moved = Quote.objects.filter(pk=quote.pk, state=before).update(**changes)
    if not moved:
        raise StepRefused(_("Somebody changed this quote while you were reading. Open the list again."))
    quote.refresh_from_db()
    return QuoteStep.objects.create(
        partner_id=quote.partner_id,
        quote=quote,
        from_state=before,
        to_state=to,
        shown=quote.shown,
        note=note.strip(),
        by=by,
    )
