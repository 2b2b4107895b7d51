"""Reading the ledger: where each scope stands, every line in order, and how a whole group stands."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from enquiries import consent
from enquiries.models import (
    ConsentCapture,
    ConsentEvent,
    ConsentState,
    Contributor,
    Outcome,
    Scope,
    Wave,
    Withdrawal,
)

MOST_LINES = 120


@dataclass(frozen=True)
class Settled:
    """A scope that was answered: where it stands, and the line that says so."""

    scope: str
    label: str
    state: ConsentState
    line: ConsentEvent | None


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger as a page shows it: a line, an asking that was put off, or a form of which no
    yes counts."""

    at: datetime
    line: ConsentEvent | None = None
    put_off: ConsentCapture | None = None
    overtaken: ConsentCapture | None = None


def settled(contributor: Contributor, wave: Wave) -> list[Settled]:
    """Every scope that was asked for this wave, in the order of asking, with the line that decides it."""
    found = consent.states(contributor, wave=wave)
    last: dict[str, ConsentEvent] = {}
    for line in lines_of(contributor).order_by("decided_at", "pk"):
        if line.wave_id in (None, wave.pk):
            last[line.scope] = line
    return [
        Settled(scope, str(Scope(scope).label), ConsentState(found[scope]), last.get(scope))
        for scope in Scope.values
        if found[scope] != ConsentState.NOT_ASKED
    ]


def lines_of(contributor: Contributor) -> QuerySet[ConsentEvent]:
    """All lines of somebody, with what a page shows of each."""
    return ConsentEvent.objects.filter(contributor=contributor).select_related(
        "wave", "recorded_by", "form", "capture"
    )


def entries(contributor: Contributor) -> list[Entry]:
    """The newest lines, put-off askings and forms that came too late, newest first."""
    lines = lines_of(contributor).order_by("-pk")[:MOST_LINES]
    found = [Entry(line.recorded_at, line) for line in lines]
    captures = ConsentCapture.objects.filter(contributor=contributor).select_related("wave", "kept_by")
    found += [Entry(each.received_at, put_off=each) for each in captures.filter(outcome=Outcome.NOT_TODAY)]
    found += [Entry(each.received_at, overtaken=each) for each in captures.filter(outcome=Outcome.OVERTAKEN)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


# --- What falls when something is taken back ------------------------------------------------------------


def still_to_fall(contributor: Contributor, scopes: Collection[str]) -> list[str]:
    """Those among `scopes` that were ever agreed to and not taken back since, in the order of asking."""
    lines = ConsentEvent.objects.filter(contributor=contributor, scope__in=list(scopes))
    said: dict[str, list[str]] = {}
    for scope, decision in lines.order_by("decided_at", "pk").values_list("scope", "decision"):
        said.setdefault(scope, []).append(decision)
    return [
        scope
        for scope in Scope.values
        if ConsentState.GRANTED in said.get(scope, ()) and said[scope][-1] != ConsentState.WITHDRAWN
    ]


def is_forgotten(contributor: Contributor) -> bool:
    """Whether taking part was taken back before, by whoever had said yes to it or never had."""
    rows = Withdrawal.objects.filter(contributor=contributor)
    return rows.filter(scopes__contains=[Scope.TAKE_PART]).exists()


def without_forgotten(people: list[Contributor], waves: Collection[Wave]) -> list[Contributor]:
    """Those of them who can be asked or met: not who took everything back and has not come back since."""
    rows = Withdrawal.objects.filter(contributor__in=people, scopes__contains=[Scope.TAKE_PART])
    gone = set(rows.values_list("contributor_id", flat=True))
    return [
        who
        for who in people
        if who.pk not in gone
        or any(consent.states(who, wave=wave)[Scope.TAKE_PART] == ConsentState.GRANTED for wave in waves)
    ]


def turned_round(contributor: Contributor, wave: Wave, *, before: Mapping[str, str]) -> list[str]:
    """What falls where a yes of this round has just been followed by a no, with all that rests on it.

    A no that follows a yes is a taking back, whichever form it stands on: what was made of the yes has to go.
    Where another round still has a yes, only this round closes, and nothing is removed.

    Args:
        before: state of each scope at the moment of the no, as `consent.states` gives it.
    """
    now = consent.states(contributor, wave=wave)
    turned = [
        scope
        for scope in Scope.values
        if before[scope] == ConsentState.GRANTED and now[scope] == ConsentState.DECLINED
    ]
    if not turned:
        return []
    others = [
        consent.states(contributor, wave=other)
        for other in Wave.objects.filter(enquiry_id=contributor.enquiry_id).exclude(pk=wave.pk)
    ]
    no_more = [scope for scope in turned if all(each[scope] != ConsentState.GRANTED for each in others)]
    resting = frozenset[str]().union(*(consent.resting_on(scope) for scope in no_more))
    return still_to_fall(contributor, resting)


def dated_after(contributor: Contributor, now: datetime) -> dict[str, datetime]:
    """Scope → the latest moment of a line that lies ahead: our own clock was put back since it was written.

    Taking back is dated then as well as now. Dated now alone, it would be followed by that older yes.
    """
    lines = ConsentEvent.objects.filter(contributor=contributor, decided_at__gt=now).order_by("decided_at")
    return dict(lines.values_list("scope", "decided_at"))


# --- How a group stands ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speaker:
    """One of a group: what they said yes to, what they did not, and what they were not asked yet."""

    who: Contributor
    yes: tuple[str, ...]
    no: tuple[str, ...]
    open: tuple[str, ...]
    takes_part: bool


@dataclass(frozen=True)
class Group:
    """Everyone who is to speak together, and in whole sentences what may happen with all of them."""

    speakers: tuple[Speaker, ...]
    may: tuple[str, ...]
    may_not: tuple[str, ...]


# What is asked of a group as a whole before and after it meets: the scope, what may be done with a yes of all
# of them, and what may not without.
_TOGETHER = (
    (
        Scope.TAKE_PART,
        _("Everybody said yes to taking part. The conversation can be set down."),
        _("The conversation cannot be set down: %(names)s did not say yes to taking part in this round."),
    ),
    (
        Scope.AUDIO_RECORD,
        _("Everybody said yes to the sound. It can be recorded and taken in."),
        _("The sound cannot be taken in: %(names)s did not say yes to it. Notes can be typed instead."),
    ),
    (
        Scope.MACHINE_TRANSCRIBE,
        _("Everybody lets a computer write it down."),
        _("No computer may write it down: %(names)s did not say yes to that. A person can type it."),
    ),
)


def group(contributors: Iterable[Contributor], wave: Wave) -> Group:
    """How each of them stands in this wave, and what that means for all of them together."""
    speakers = [_speaker(who, wave) for who in contributors]
    may: list[str] = []
    may_not: list[str] = []
    for scope, with_all, without in _TOGETHER if speakers else ():
        allowing = consent.allowing([each.who.pk for each in speakers], scope, wave=wave)
        lacking = [each.who.pseudonym for each in speakers if each.who.pk not in allowing]
        if lacking:
            may_not.append(str(without) % {"names": get_text_list(lacking, str(_("and")))})
        else:
            may.append(str(with_all))
    return Group(tuple(speakers), tuple(may), tuple(may_not))


def _speaker(who: Contributor, wave: Wave) -> Speaker:
    found = consent.states(who, wave=wave)

    def labels(*states: ConsentState) -> tuple[str, ...]:
        return tuple(str(Scope(scope).label) for scope in Scope.values if found[scope] in states)

    return Speaker(
        who=who,
        yes=labels(ConsentState.GRANTED),
        no=labels(ConsentState.DECLINED, ConsentState.WITHDRAWN),
        open=labels(ConsentState.NOT_ASKED, ConsentState.LAPSED),
        takes_part=found[Scope.TAKE_PART] == ConsentState.GRANTED,
    )
