"""Allowed steps between states. One table for each thing that has any; anything not listed is refused."""

from django.utils.translation import gettext as _

from coaching.errors import NotPossibleNow
from coaching.models import NoteVisibility, RelationshipState

# Only the person ends it, from wherever it stands; coming back starts a new relationship.
RELATIONSHIP: dict[str, frozenset[str]] = {
    RelationshipState.TRYING_OUT: frozenset(
        {RelationshipState.ACTIVE, RelationshipState.PAUSED, RelationshipState.ENDED}
    ),
    RelationshipState.ACTIVE: frozenset({RelationshipState.PAUSED, RelationshipState.ENDED}),
    RelationshipState.PAUSED: frozenset({RelationshipState.ACTIVE, RelationshipState.ENDED}),
    RelationshipState.ENDED: frozenset(),
}

# A note opens and closes again as its author likes.
NOTE: dict[str, frozenset[str]] = {
    NoteVisibility.PRIVATE: frozenset({NoteVisibility.SHARED, NoteVisibility.CONTRIBUTED}),
    NoteVisibility.SHARED: frozenset({NoteVisibility.PRIVATE, NoteVisibility.CONTRIBUTED}),
    NoteVisibility.CONTRIBUTED: frozenset({NoteVisibility.PRIVATE}),
}


def check_relationship_step(state: str, to: str) -> None:
    """Raise NotPossibleNow unless a relationship may go from one state to the other."""
    if to not in RELATIONSHIP[state]:
        if state == RelationshipState.ENDED:
            raise NotPossibleNow(_("This has come to an end. If they come back, start anew with them."))
        raise NotPossibleNow(
            _("It stands at “%(state)s” and cannot go to “%(to)s” from there.")
            % {"state": RelationshipState(state).label, "to": RelationshipState(to).label}
        )


def check_note_step(visibility: str, to: str) -> None:
    """Raise NotPossibleNow unless a note's visibility may go from one to the other."""
    if to not in NOTE[visibility]:
        raise NotPossibleNow(
            _("“%(now)s” is how it is; take that back first, then choose again.")
            % {"now": NoteVisibility(visibility).label}
        )
