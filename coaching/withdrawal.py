"""What coaching lets go of when somebody takes a scope back. Runs inside the transaction of the withdrawal.

The person's own coaching record stays whole: coaching never depends on any scope.
"""

from collections import Counter
from collections.abc import Mapping

from coaching.actions.figures import drop_person_from_linked
from coaching.actions.notes import return_notes
from coaching.models import JointDisplayQuote, ReflectiveNote
from enquiries.models import Contributor, Link, Scope


def withdraw(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """Remove what rests on `scopes` of this contributor; gives back how much of what kind went.

    `quote_words`: their quotes leave every joint display. `link_coaching`: they are no longer counted
    among linked people, and unpublished figures are made anew. `take_part`: notes a coach gave come home.
    """
    gone: Counter[str] = Counter()
    if Scope.QUOTE_WORDS in scopes or Scope.ANALYSE in scopes:
        read = JointDisplayQuote.objects.filter(quote__contributor=contributor)
        gone["joint_display_quotes"] = read.delete()[0]
    if Scope.LINK_COACHING in scopes:
        link = Link.objects.filter(contributor=contributor, person__isnull=False).first()
        if link is not None and link.person_id is not None:
            gone.update(drop_person_from_linked(person_id=link.person_id, enquiry=contributor.enquiry))
    if Scope.TAKE_PART in scopes:
        given = ReflectiveNote.objects.filter(conversation__contributors=contributor)
        gone["notes_returned"] = return_notes(list(given.values_list("pk", flat=True)))
    return {kind: count for kind, count in gone.items() if count}
