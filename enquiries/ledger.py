"""Reading the ledger: where each scope stands, every line in order, and how a whole group stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext_lazy as _

from enquiries import consent
from enquiries.models import ConsentCapture, ConsentEvent, ConsentState, Contributor, Outcome, Scope, Wave

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
    """One entry of the ledger as a page shows it: a line, or an asking that was put off."""

    at: datetime
    line: ConsentEvent | None
    put_off: ConsentCapture | None


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
    """The newest lines and put-off askings, newest first."""
    lines = lines_of(contributor).order_by("-pk")[:MOST_LINES]
    found = [Entry(line.recorded_at, line, None) for line in lines]
    put_off = ConsentCapture.objects.filter(contributor=contributor, outcome=Outcome.NOT_TODAY)
    found += [Entry(each.received_at, None, each) for each in put_off.select_related("wave", "kept_by")]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


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
