"""What readers made of passages that their speaker does not share any more."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from audit.actions import record
from themes.actions.quotes import erase_words, tell_answer
from themes.models import Quote, QuoteState
from themes.states import can_move, move
from transcripts.models import Segment


def hide(segment_ids: Iterable[int]) -> None:
    """Quotes on these passages are answered with no, so that no page shows them from now on.

    One the speaker had not been asked about goes back to nothing: it was never theirs to answer.
    """
    note = _("The speaker does not share this part.")
    for quote in _quotes(segment_ids):
        if can_move(quote, QuoteState.REFUSED):
            before = quote.state
            step = move(quote, QuoteState.REFUSED, by=None, note=note)
            record("quote.refused", by=None, about=quote, from_state=before, **tell_answer(quote, step))
        elif quote.state != QuoteState.REFUSED:
            move(quote, QuoteState.WITHDRAWN, by=None, note=note)
            erase_words(quote)


def remove(segment_ids: Iterable[int]) -> None:
    """Words of quotes go; tags, offers, memos and places in runs go with the passage."""
    ids = list(segment_ids)
    for quote in _quotes(ids):
        move(quote, QuoteState.WITHDRAWN, by=None)
        erase_words(quote)
    for relation in Segment._meta.related_objects:
        if relation.related_model is not Quote and relation.field.remote_field is not None:
            relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": ids}).delete()


def _quotes(segment_ids: Iterable[int]) -> list[Quote]:
    return list(
        Quote.objects.select_for_update()
        .filter(segment__in=list(segment_ids))
        .exclude(state=QuoteState.WITHDRAWN)
        .order_by("pk")
    )
