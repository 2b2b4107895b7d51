"""Ended cards, and seeing words first, once more: in a database put back from an older copy."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.actions import record
from enquiries.capture import SEEING_FIRST
from enquiries.models import Contributor, ReviewChoice
from enquiries.wishes import Kind, Wish
from portal.actions.links import ENDED
from portal.actions.preferences import choose_first
from portal.models import PersonalLink

# More often than this nobody left their page since the copy was made, so that no cookie fits.
_FAR_ON = 1000
_STRICTER = (ReviewChoice.NONE, ReviewChoice.QUOTES, ReviewChoice.TRANSCRIPT)


@transaction.atomic
def end_again(contributor: Contributor, wish: Wish) -> bool:
    """End the card that had been ended. One that the copy does not hold leads nowhere anyway."""
    rows = PersonalLink.objects.filter(
        pk=wish.number("link") or 0, made_at=wish.text("made_at"), contributor=contributor, revoked_at=None
    )
    if rows.update(revoked_at=timezone.now(), generation=F("generation") + 1):
        link = wish.number("link")
        record("personal_link.ended", by=None, about=contributor, link=link, again=True)
    return True


@transaction.atomic
def choose_first_again(contributor: Contributor, wish: Wish) -> bool:
    """Ask them before their words are used, where the copy says less than they had."""
    choice = ReviewChoice(wish.text("choice"))
    if _STRICTER.index(choice) > _STRICTER.index(ReviewChoice(contributor.review_choice)):
        choose_first(contributor=contributor, choice=choice)
    return True


def end_visits() -> int:
    """At the partner before us: no visit goes on, and no code counts, from when a copy was made."""
    return PersonalLink.objects.update(generation=F("generation") + _FAR_ON, code="", code_ends_at=None)


KINDS = {
    ENDED: Kind(acts=("personal_link.ended",), carry_out=end_again, before_opening=end_visits),
    SEEING_FIRST: Kind(acts=("contributor.preference_kept",), carry_out=choose_first_again),
}
