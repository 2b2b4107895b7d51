"""What somebody prefers on their own page. A preference opens and shuts nothing: consent does."""

from django.db import transaction

from audit.actions import record
from enquiries.capture import choose_review
from enquiries.models import Contributor, ReviewChoice
from themes.actions.quotes import offer_after_all


@transaction.atomic
def choose_first(*, contributor: Contributor, choice: str, by_helper: bool = False) -> int:
    """Keep whether they see their words before we use them; each choice may follow each.

    Who wants to see them from now on is asked about words that we took for approved before, and that stand
    on no page yet. Who no longer wants to still answers what they were asked: silence is not approval.

    Returns:
        how many pieces wait for their answer because of this.

    Raises:
        NotPossibleNow: a choice that is none of the three.
    """
    wanted_none = contributor.review_choice == ReviewChoice.NONE
    if not choose_review(contributor=contributor, choice=choice):
        return 0
    if by_helper:
        record("personal_page.helped", by=None, about=contributor, preference=choice)
    return offer_after_all(contributor=contributor) if wanted_none else 0
