"""Kills people's closing of one part after the other, and the closing again after a restore; and looks.

Used by `tests.killing_copies`. Whatever stands in the database as closed must lie outside it as well, at any
moment; and a replay that is killed goes on the next time, with the site shut until it has ended.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.killing import how_long

PARTS = 12

Kills = Callable[[Any, float, int, random.Random, Counter[str]], Iterator[bool]]
Act = Callable[[Path], None]


def closings(
    place: Path,
    kills: int,
    rng: random.Random,
    found: Counter[str],
    *,
    each_kill: Kills,
    make: Act,
    put_back: Act,
) -> list[str]:
    """Kill both `kills` times; what must not be, in sentences."""
    from enquiries.replay import check_replayed
    from tests.factories.enquiries import ContributorFactory
    from transcripts.models import StruckOut

    who: Any = ContributorFactory(agreed=True)
    _text(who)
    make(place)
    problems = _while_closing(who, kills, rng, found, each_kill)

    act: Any = partial(_replay, place)
    put_back(place)
    lasts = how_long(act)
    again = StruckOut.objects.filter(contributor=who).count()
    if again != PARTS:
        problems.append(f"{again} of {PARTS} parts are closed again")
    put_back(place)
    for was_killed in each_kill(act, lasts, kills, rng, found):
        problems += _shut_or_closed(who, was_killed)
    act()
    check_replayed()
    return problems + _shut_or_closed(who, was_killed=False)


def _text(who: Any) -> None:
    from tests.factories.enquiries import ConversationFactory
    from tests.factories.transcripts import TranscriptFactory

    talk: Any = ConversationFactory(enquiry=who.enquiry, contributors=[who])
    TranscriptFactory(
        conversation=talk, pseudonymised=True, turns=[(who, f"Part {n} of it.") for n in range(PARTS)]
    )


def _while_closing(
    who: Any, kills: int, rng: random.Random, found: Counter[str], each_kill: Kills
) -> list[str]:
    problems: list[str] = []
    act: Any = partial(_close, who)
    lasts = how_long(act)
    _text(who)
    for _was_killed in each_kill(act, lasts, kills, rng, found):
        problems += _not_outside(who, found)
        _text(who)
    return problems


def _close(who: Any) -> None:
    """Strike out every part that is not yet, each in a transaction of its own."""
    from transcripts.actions.striking import strike_out
    from transcripts.models.raw import Turn

    for turn in Turn.objects.filter(contributor=who).select_related("version__transcript").order_by("pk"):
        strike_out(
            contributor=who,
            transcript=turn.version.transcript,
            version_number=turn.version.number,
            span=(turn.start, turn.end),
        )


def _not_outside(who: Any, found: Counter[str]) -> list[str]:
    from enquiries import wishes
    from transcripts.models import StruckOut

    outside = {each.moment for each in wishes.of_voices([who.handle])}
    inside = set(StruckOut.objects.filter(contributor=who).values_list("struck_at", flat=True))
    found["closed outside and not inside"] += len(outside - inside)
    lost = inside - outside
    return [f"{len(lost)} closed parts do not lie outside the database"] if lost else []


def _replay(_place: Path) -> None:
    from enquiries.replay import replay_all

    list(replay_all())


def _shut_or_closed(who: Any, was_killed: bool) -> list[str]:
    from enquiries.replay import ReplayNeeded, check_replayed
    from transcripts.models import StruckOut

    n = StruckOut.objects.filter(contributor=who).count()
    try:
        check_replayed()
    except ReplayNeeded:
        return [] if was_killed else ["a replay that ended leaves the site shut"]
    return [] if n == PARTS else [f"the site opens with {n} of {PARTS} parts closed"]
