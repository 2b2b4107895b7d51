"""Agreement spoken aloud, tied to its seconds in the sound: lines of the ledger that say where to hear it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.actions import SpokenAt, record_consent
from enquiries.dates import clock
from enquiries.errors import NotPossibleNow
from enquiries.models import (
    ConsentEvent,
    ConsentForm,
    ConsentMethod,
    ConsentState,
    Contributor,
    Conversation,
    Scope,
)
from transcripts.models.raw import Recording
from transcripts.voices import check_sound

# What somebody agreed to by one form at one moment makes one set of lines.
_Moment = tuple[datetime, ConsentForm | None]


@transaction.atomic
def tie_spoken_consent(
    *,
    recording: Recording,
    contributor: Contributor,
    decisions: Mapping[str, str],
    start_ms: int,
    end_ms: int,
    by: User,
) -> list[ConsentEvent]:
    """Say where in a recording somebody gave these answers: `[start_ms, end_ms)` from its start.

    An answer that the ledger holds already gets a further line of the same moment, so that what was taken
    back since stays taken back. One that it does not hold is dated to the day of the conversation. What the
    ledger holds differently is not changed from here: somebody has to ask.

    Returns:
        The new lines, in the order of asking.

    Raises:
        NotYours: the user may not hear the sound, or not keep what others agreed to.
        ConsentMissing: the sound itself is not agreed to.
        NotPossibleNow: seconds outside the recording, somebody who did not speak in it, nothing answered, or
            an answer that is not what the ledger holds.
    """
    check(by, "recording.hear", recording)
    check(by, "consent.record", recording)
    conversation = recording.conversation
    check_sound(recording)
    if not conversation.contributors.filter(pk=contributor.pk).exists():
        raise NotPossibleNow(_("Choose somebody who spoke in this conversation."))
    if not decisions:
        raise NotPossibleNow(_("Say what they answered in this stretch: at least one yes or no."))
    check_seconds(recording, start_ms, end_ms)
    held = consent.states(contributor, wave=conversation.wave)
    for scope, decision in decisions.items():
        _check_agrees(scope, decision, held.get(scope, ""))
    spoken = SpokenAt(conversation.pk, recording.pk, start_ms, end_ms)
    lines: list[ConsentEvent] = []
    for (moment, form), scopes in _by_moment(contributor, conversation, set(decisions), held).items():
        lines += record_consent(
            contributor=contributor,
            wave=conversation.wave,
            decisions={scope: decisions[scope] for scope in scopes},
            by=by,
            method=ConsentMethod.SPOKEN,
            form=form,
            decided_at=moment,
            spoken=spoken,
        )
    record(
        "consent.heard",
        by=by,
        about=contributor,
        recording=recording.pk,
        start_ms=start_ms,
        end_ms=end_ms,
        scopes=sorted(decisions),
    )
    return sorted(lines, key=lambda line: Scope.values.index(line.scope))


def check_seconds(recording: Recording, start_ms: int, end_ms: int) -> None:
    """Raise NotPossibleNow with a sentence unless `[start_ms, end_ms)` is a stretch of the recording."""
    if not recording.duration_ms:
        raise NotPossibleNow(_("The computer is still listening through this recording. Wait for it."))
    if start_ms < 0 or end_ms > recording.duration_ms:
        raise NotPossibleNow(
            _("The recording is %(length)s long. Choose seconds within it.")
            % {"length": clock(recording.duration_ms)}
        )
    if end_ms <= start_ms:
        raise NotPossibleNow(_("The end must come after the beginning."))


def _check_agrees(scope: str, decision: str, held: str) -> None:
    label = {"scope": Scope(scope).label if scope in Scope.values else scope}
    if held == ConsentState.WITHDRAWN:
        raise NotPossibleNow(
            _("“%(scope)s” was taken back since. What was said before does not bring it back. Ask anew.")
            % label
        )
    if held in (ConsentState.GRANTED, ConsentState.DECLINED) and held != decision:
        raise NotPossibleNow(
            _("The ledger holds another answer to “%(scope)s”. Ask them, and keep what they say now.") % label
        )


def _by_moment(
    contributor: Contributor, conversation: Conversation, scopes: set[str], held: Mapping[str, str]
) -> dict[_Moment, list[str]]:
    """The scopes by moment and form of the answers they repeat; what is new, by the conversation's day."""
    last = {
        line.scope: line
        for line in ConsentEvent.objects.filter(contributor=contributor, wave=conversation.wave)
        .select_related("form")
        .order_by("decided_at", "pk")
    }
    noon = timezone.make_aware(datetime.combine(conversation.held_on, time(12)))
    found: dict[_Moment, list[str]] = defaultdict(list)
    for scope in scopes:
        line = last.get(scope)
        if line is not None and held[scope] == line.decision:
            found[line.decided_at, line.form].append(scope)
            continue
        grounds = [last[each].decided_at for each in consent.needed_for(scope) if each in last]
        moment = min(timezone.now(), max([noon, *grounds]))
        found[moment, None].append(scope)
    return dict(sorted(found.items(), key=lambda pair: pair[0][0]))
