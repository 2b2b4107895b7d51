"""The one gate. Every act on somebody's words asks it at the moment of the act; it is closed by default.

Answers are never kept beyond the call: what was allowed a second ago may have been taken back since.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from enquiries import refusals
from enquiries.errors import ConsentMissing
from enquiries.models import ConsentEvent, ConsentState, Contributor, Conversation, Scope, Wave

# What a scope cannot stand without. Withdrawing a scope withdraws those that need it.
NEEDS: dict[str, tuple[str, ...]] = {
    Scope.TAKE_PART: (),
    Scope.AUDIO_RECORD: (Scope.TAKE_PART,),
    Scope.MACHINE_TRANSCRIBE: (Scope.AUDIO_RECORD,),
    Scope.ANALYSE: (Scope.TAKE_PART,),
    Scope.QUOTE_WORDS: (Scope.ANALYSE,),
    Scope.AUDIO_CLIP: (Scope.AUDIO_RECORD, Scope.QUOTE_WORDS),
    Scope.NAMED_CREDIT: (Scope.TAKE_PART,),
    Scope.LINK_COACHING: (Scope.TAKE_PART,),
    Scope.PARTNER_SHARE: (Scope.TAKE_PART,),
    Scope.PRACTICE_LEARNING: (Scope.TAKE_PART,),
    Scope.ARCHIVE_DEPOSIT: (Scope.ANALYSE,),
    Scope.PAYER_EVIDENCE: (Scope.TAKE_PART,),
    Scope.CONTACT_AGAIN: (),
}


def needed_for(scope: str) -> frozenset[str]:
    """`scope` and every scope it cannot stand without."""
    found = {scope}
    for other in NEEDS[scope]:
        found |= needed_for(other)
    return frozenset(found)


def resting_on(scope: str) -> frozenset[str]:
    """`scope` and every scope that cannot stand without it."""
    return frozenset(other for other in NEEDS if scope in needed_for(other))


def states(
    contributor: Contributor, *, wave: Wave | int | None = None, at: datetime | None = None
) -> dict[str, str]:
    """State of each of the 13 scopes, derived from the ledger: the latest line wins, unasked is `not_asked`.

    Args:
        wave: the wave the words belong to; lines without a wave speak for every wave. None reads the
            latest wave in which this contributor was asked anything.
        at: the moment to answer for; now when None.
    """
    moment = at or timezone.now()
    events = ConsentEvent.objects.filter(contributor=contributor, decided_at__lte=moment)
    wave_id = wave.pk if isinstance(wave, Wave) else wave
    if wave_id is None:
        wave_id = (
            events.exclude(wave=None).order_by("-wave__number").values_list("wave_id", flat=True).first()
        )
    lines = events.filter(Q(wave_id=wave_id) | Q(wave=None)).order_by("decided_at", "pk")
    found: dict[str, str] = dict.fromkeys(Scope.values, ConsentState.NOT_ASKED.value)
    found.update(lines.values_list("scope", "decision"))
    return found


def allows(
    contributor: Contributor, scope: str, *, wave: Wave | int | None = None, at: datetime | None = None
) -> bool:
    """Whether `scope`, and all it needs, is granted at that moment. See `states` for `wave`."""
    found = states(contributor, wave=wave, at=at)
    return all(found[needed] == ConsentState.GRANTED for needed in needed_for(scope))


def refusal(
    contributor: Contributor, scope: str, *, wave: Wave | int | None = None, at: datetime | None = None
) -> ConsentMissing | None:
    """What `check` would raise, for a page that says beforehand why something is closed; None where it is
    open. Nothing is written down: nobody was stopped."""
    found = states(contributor, wave=wave, at=at)
    needed = needed_for(scope)
    for candidate in Scope.values:
        if candidate in needed and found[candidate] != ConsentState.GRANTED:
            return ConsentMissing(candidate, contributor.pseudonym, Scope(candidate).label)
    return None


def check(
    contributor: Contributor, scope: str, *, wave: Wave | int | None = None, at: datetime | None = None
) -> None:
    """Raise ConsentMissing with the first scope that is not granted; see `allows`.

    The refusal is written down, also where the act it stops is undone; see `enquiries.refusals`.
    """
    missing = refusal(contributor, scope, wave=wave, at=at)
    if missing is not None:
        wave_id = wave.pk if isinstance(wave, Wave) else wave
        refusals.note(refusals.Refusal(contributor, missing.scope, wave_id))
        raise missing


def hold(contributors: Iterable[int]) -> None:
    """Inside a transaction, before the gate is asked for the last time and words are kept: nobody takes
    anything of these voices back until it ends.

    Without it a taking back can be committed, and swept, between the question and the words, which then stay.
    Call it late: whoever takes something back waits for this transaction.
    """
    wanted = Contributor.objects.filter(pk__in=list(contributors)).order_by("pk")
    list(wanted.select_for_update(no_key=True).values_list("pk", flat=True))


def hold_conversation(conversation: Conversation) -> None:
    """`hold` for everyone who spoke in it."""
    hold(conversation.contributors.values_list("pk", flat=True))


def allows_conversation(conversation: Conversation, scope: str, *, at: datetime | None = None) -> bool:
    """Whether everyone who spoke allows it. A conversation nobody is set down for allows nothing."""
    return refusal_of_conversation(conversation, scope, at=at) is None


def refusal_of_conversation(
    conversation: Conversation, scope: str, *, at: datetime | None = None
) -> ConsentMissing | None:
    """What `check_conversation` would raise; see `refusal`."""
    speakers = list(conversation.contributors.all())
    if not speakers:
        return ConsentMissing(scope, str(conversation), Scope(scope).label)
    return next(
        filter(None, (refusal(who, scope, wave=conversation.wave_id, at=at) for who in speakers)), None
    )


def check_conversation(conversation: Conversation, scope: str, *, at: datetime | None = None) -> None:
    """Raise ConsentMissing for the first speaker who does not allow it, or when nobody is set down.

    Written down as by `check`.
    """
    speakers = list(conversation.contributors.all())
    if not speakers:
        refusals.note(refusals.Refusal(conversation, scope, conversation.wave_id))
        raise ConsentMissing(scope, str(conversation), Scope(scope).label)
    for who in speakers:
        check(who, scope, wave=conversation.wave_id, at=at)


def allowing(
    contributors: Iterable[int], scope: str, *, wave: Wave | int | None = None, at: datetime | None = None
) -> set[int]:
    """Ids among `contributors` that allow `scope`, in one query.

    With `wave` None, the lines of every wave count together per wave and a contributor counts as
    allowing when the latest wave they were asked in allows it.
    """
    moment = at or timezone.now()
    wave_id = wave.pk if isinstance(wave, Wave) else wave
    rows = (
        ConsentEvent.objects.filter(contributor_id__in=list(contributors), decided_at__lte=moment)
        .order_by("decided_at", "pk")
        .values_list("contributor_id", "wave_id", "wave__number", "scope", "decision")
    )
    lines = list(rows)
    latest: dict[int, tuple[int, int | None]] = {}
    for who, line_wave, number, _scope, _decision in lines:
        if number is not None and (who not in latest or number >= latest[who][0]):
            latest[who] = (number, line_wave)
    found: dict[int, dict[str, str]] = {}
    for who, line_wave, _number, line_scope, decision in lines:
        wanted = wave_id if wave_id is not None else latest.get(who, (0, None))[1]
        if line_wave is None or line_wave == wanted:
            found.setdefault(who, {})[line_scope] = decision
    needed = needed_for(scope)
    return {
        who
        for who, decided in found.items()
        if all(decided.get(candidate) == ConsentState.GRANTED for candidate in needed)
    }


def allowing_pairs(
    pairs: Iterable[tuple[int, int]], scope: str, *, at: datetime | None = None
) -> set[tuple[int, int]]:
    """Those `(contributor id, wave id)` among `pairs` that allow `scope`, in one query however many waves.

    For pages that show words of many people from several waves. The line of the wave itself and lines
    without a wave count, the latest of them wins, as in `states`.
    """
    return allowing_each(pairs, (scope,), at=at)[scope]


def allowing_each(
    pairs: Iterable[tuple[int, int]], scopes: Iterable[str], *, at: datetime | None = None
) -> dict[str, set[tuple[int, int]]]:
    """`allowing_pairs` for several scopes at once, by scope; still one query."""
    wanted, asked = set(pairs), tuple(scopes)
    if not wanted:
        return {scope: set() for scope in asked}
    lines = (
        ConsentEvent.objects.filter(
            contributor_id__in={who for who, _wave in wanted}, decided_at__lte=at or timezone.now()
        )
        .order_by("decided_at", "pk")
        .values_list("contributor_id", "wave_id", "scope", "decision")
    )
    waves: dict[int, set[int]] = {}
    for who, wave_id in wanted:
        waves.setdefault(who, set()).add(wave_id)
    found: dict[tuple[int, int], dict[str, str]] = {pair: {} for pair in wanted}
    for who, line_wave, line_scope, decision in lines:
        for wave_id in waves[who]:
            if line_wave is None or line_wave == wave_id:
                found[who, wave_id][line_scope] = decision
    return {
        scope: {
            pair
            for pair, decided in found.items()
            if all(decided.get(needed) == ConsentState.GRANTED for needed in needed_for(scope))
        }
        for scope in asked
    }
