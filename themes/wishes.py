"""A speaker's no to a quote, once more: in a database put back from a copy that knows nothing of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actions import record
from enquiries.models import Contributor, ReviewChoice
from enquiries.wishes import Kind, Wish
from themes.actions.quotes import ANSWER, erase_words
from themes.models import Quote, QuoteState
from themes.states import SHOWABLE, can_move, move


@transaction.atomic
def answer_again(contributor: Contributor, wish: Wish) -> bool:
    """Close the quote as its speaker closed it.

    Where they had changed it, the words they wanted are lost with the rest: it is shown to nobody, and they
    are asked anew. A quote that the copy holds as not offered yet, or not at all, cannot be answered; so that
    the same words are not taken for approved again, a speaker who had asked not to see any is asked from now
    on.
    """
    quote = (
        Quote.objects.select_for_update()
        .filter(pk=wish.number("quote") or 0, selected_at=wish.text("selected_at"), contributor=contributor)
        .first()
    )
    if quote is not None and quote.state == QuoteState.WITHDRAWN:
        return True
    if quote is not None and wish.text("answer") == QuoteState.CHANGED:
        if quote.state in SHOWABLE:
            _move(
                quote, QuoteState.OFFERED, _("The words they wanted instead are lost. They are asked anew.")
            )
        if quote.state in (QuoteState.OFFERED, QuoteState.REFUSED):
            return True
    elif quote is not None and quote.state == QuoteState.REFUSED:
        return True
    elif quote is not None and can_move(quote, QuoteState.REFUSED):
        _move(quote, QuoteState.REFUSED, _("The speaker said no before this copy was put back."))
        return True
    elif quote is not None:
        _move(quote, QuoteState.WITHDRAWN, "")
        erase_words(quote)
    _ask_first(contributor)
    return True


def _move(quote: Quote, to: QuoteState, note: str) -> None:
    before = quote.state
    move(quote, to, by=None, note=note)
    record(f"quote.{to}", by=None, about=quote, from_state=before, again=True)


def _ask_first(contributor: Contributor) -> None:
    asks_nobody = Contributor.objects.filter(pk=contributor.pk, review_choice=ReviewChoice.NONE)
    if asks_nobody.update(review_choice=ReviewChoice.QUOTES):
        contributor.refresh_from_db(fields=["review_choice"])
        record(
            "contributor.preference_kept", by=None, about=contributor, choice=ReviewChoice.QUOTES, again=True
        )


KINDS = {ANSWER: Kind(acts=("quote.refused", "quote.changed"), carry_out=answer_again)}
