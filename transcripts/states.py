"""The states a transcript goes through. One table, one `move`; the diagram in the docs is made from it."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.actions import record
from transcripts.errors import StepNotAllowed
from transcripts.models import Transcript, TranscriptState

# A correction after verifying sends the text back to `checked`: it must be verified anew, and names taken
# out of the corrected words.
STEPS: Final[dict[str, frozenset[str]]] = {
    TranscriptState.DRAFTED: frozenset({TranscriptState.CHECKED}),
    TranscriptState.CHECKED: frozenset({TranscriptState.VERIFIED}),
    TranscriptState.VERIFIED: frozenset({TranscriptState.PSEUDONYMISED, TranscriptState.CHECKED}),
    TranscriptState.PSEUDONYMISED: frozenset({TranscriptState.CHECKED}),
}


def can_move(transcript: Transcript, to: str) -> bool:
    """Whether the table allows the step from the state the row was loaded with."""
    return to in STEPS[transcript.state]


@transaction.atomic
def move(transcript: Transcript, to: str, *, by: User) -> None:
    """Take one step, and note who took it: `checked_by` and `verified_by` with their times.

    Going back to `checked` clears who verified. The row is changed only from the state it was loaded
    with, so that of two people who press at once one is told.

    Raises:
        StepNotAllowed: the table does not know the step, or somebody else moved the text meanwhile.
    """
    before = transcript.state
    if not can_move(transcript, to):
        raise StepNotAllowed(
            _("This text is “%(state)s”; it cannot become “%(to)s” from there.")
            % {"state": TranscriptState(before).label, "to": TranscriptState(to).label}
        )
    now = timezone.now()
    changes: dict[str, object] = {"state": to}
    if to == TranscriptState.CHECKED:
        if before == TranscriptState.DRAFTED:
            changes |= {"checked_by": by, "checked_at": now}
        changes |= {"verified_by": None, "verified_at": None}
    elif to == TranscriptState.VERIFIED:
        changes |= {"verified_by": by, "verified_at": now}
    if not Transcript.objects.filter(pk=transcript.pk, state=before).update(**changes):
        raise StepNotAllowed(
            _("Somebody moved this text on while you were reading. Load the page again to see where it is.")
        )
    for name, value in changes.items():
        setattr(transcript, name, value)
    record("transcript.moved", by=by, about=transcript, from_state=before, to_state=str(to))
