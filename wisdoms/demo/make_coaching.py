"""Make the coaching data of the demo: 40 fictional people, the same bytes every time.

    python -m wisdoms.demo.make_coaching

Writes `relationships.csv`, `sessions.csv`, `surveys_swemwbs.csv`, `surveys_wemwbs.csv`, `surveys_assets.csv`
and `links.csv` into `data/coaching/`. Nothing in them describes a person: no need, no risk, no diagnosis.

What the numbers are made to hold, so that the demo's figures can pass disclosure control:
30 endings, of which twelve were planned together and ten came by a rule or contract; eight people who came
back; 36 people with two complete short wellbeing surveys, of whom 22 rose; every survey at least 14 days
from any other.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from wisdoms.demo.paths import COACHING

SEED = 20250318
LAST_DAY = date(2026, 8, 31)
SHORT_ITEMS = ("q01", "q02", "q03", "q06", "q07", "q09", "q11")
LONG_ITEMS = tuple(f"q{number:02d}" for number in range(1, 15))
ASSET_ITEMS = tuple(f"a{number:02d}" for number in range(1, 13))
INTERNAL_ITEMS = frozenset(ASSET_ITEMS[:6])

# People who also took part in the enquiry come first, with the coach they speak of.
CONTRIBUTORS = (
    ("wren", "Kayleigh", "ffion.rees"),
    ("heron", "Archie", "callum.baird"),
    ("jackdaw", "Wayne", "callum.baird"),
    ("linnet", "Sian", "joan.price"),
    ("swift", "Jayden", "ffion.rees"),
    ("hazel", "Mrs Ollerton", "joan.price"),
    ("alder", "Yonas", "dev.shah"),
    ("curlew", "Bernie", "dev.shah"),
    ("ash", "Gerald", "callum.baird"),
    ("kestrel", "Lee", "dev.shah"),
    ("magpie", "Michelle", "ffion.rees"),
    ("plover", "Gethin", "callum.baird"),
)
OTHERS = (
    *("Gwen", "Imran", "Tomasz", "Tasha", "Aled", "Nerys", "Del", "Precious", "Stan", "Moira"),
    *("Kofi", "Bev", "Rhodri", "Ania", "Lenny", "Shireen", "Pat", "Errol", "Mags", "Ioan"),
    *("Trish", "Abdi", "Colin", "Lowri", "Vince", "Hattie", "Jas", "Norman"),
)
RELATIONSHIP_COLUMNS = (
    *("person_ref", "called", "coach_email", "started_on", "state"),
    *("ended_on", "ending_kind", "housing_tied"),
)
COACHES = ("joan.price", "dev.shah", "ffion.rees", "callum.baird")
PLACES = ("community", "cafe", "outdoors", "home", "phone", "online", "office", "hostel")
PLACE_WEIGHTS = (22, 20, 22, 14, 12, 4, 3, 3)
FIRST_ENDINGS = (
    *("planned_together",) * 10,
    *("rule_or_contract",) * 10,
    *("too_soon",) * 3,
    *("unmanaged",) * 2,
    *("persons_choice", "coach_left", "lost_touch"),
)
ENDED_TOO_EARLY = ("too_soon", "unmanaged")
N_CAME_BACK, N_ENDED_AGAIN = 8, 2
N_RISEN = 22
# Neither survey; only one complete survey.
WITHOUT_SURVEY = frozenset({"P039", "P040"})
ONE_COMPLETE = frozenset({"P036", "P038"})
WITH_LONG_FORM = ("P013", "P016", "P019", "P022", "P025", "P028")


@dataclass(frozen=True, slots=True)
class Relationship:
    """One row of `relationships.csv`, with its days as days."""

    person_ref: str
    called: str
    coach: str
    started_on: date
    state: str
    ended_on: date | None
    ending_kind: str
    housing_tied: bool

    @property
    def last_day(self) -> date:
        """The last day something could have happened in it."""
        return self.ended_on or LAST_DAY


def _day(chance: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, (last - first).days))


def relationships(chance: random.Random) -> list[Relationship]:
    """48 relationships of 40 people: 30 ended, 18 going on, some of them paused or only being tried out.

    Everyone who took part in the enquiry still has their first coach, as they say themselves.
    """
    made: list[Relationship] = []
    endings = list(FIRST_ENDINGS)
    chance.shuffle(endings)
    for place, (key, called, coach) in enumerate(CONTRIBUTORS, start=1):
        started = _day(chance, date(2024, 8, 12), date(2024, 12, 20))
        if key == "plover":  # first met in the second year
            started = date(2025, 9, 8)
        state = "paused" if key == "swift" else "active"
        made.append(Relationship(f"P{place:03d}", called, coach, started, state, None, "", False))
    firsts = []
    for place, called in enumerate(OTHERS):
        ref = f"P{len(CONTRIBUTORS) + place + 1:03d}"
        started = _day(chance, date(2024, 8, 12), date(2025, 3, 28))
        coach = COACHES[place % len(COACHES)]
        firsts.append(_ended(chance, ref, called, coach, started, endings.pop()))
    made += firsts
    # The two who came back and ended a second time ended it together with their coach.
    back = sorted(
        (each for each in firsts if each.ending_kind != "planned_together"),
        key=lambda each: each.ending_kind not in ENDED_TOO_EARLY,
    )[:N_CAME_BACK]
    for place, before in enumerate(back):
        again = before.last_day + timedelta(days=chance.randint(45, 90))
        coach = COACHES[(COACHES.index(before.coach) + place) % len(COACHES)]
        if place < N_ENDED_AGAIN:
            kind = "planned_together"
            made.append(_ended(chance, before.person_ref, before.called, coach, again, kind))
            continue
        state = "trying_out" if place == N_CAME_BACK - 1 else "active"
        made.append(Relationship(before.person_ref, before.called, coach, again, state, None, "", False))
    return sorted(made, key=lambda each: (each.person_ref, each.started_on))


def _ended(
    chance: random.Random, ref: str, called: str, coach: str, started: date, kind: str
) -> Relationship:
    ended = started + timedelta(days=chance.randint(120, 260))
    tied = kind == "rule_or_contract" or (kind == "too_soon" and chance.random() < 0.5)
    return Relationship(ref, called, coach, started, "ended", ended, kind, tied)


def sessions(chance: random.Random, found: Iterable[Relationship]) -> list[list[str]]:
    """Meetings about every three weeks, closer together at the start; about one in twelve was not met."""
    rows = []
    for each in found:
        on = each.started_on + timedelta(days=chance.randint(0, 6))
        step = 9
        while on <= each.last_day:
            met = chance.random() > 0.08
            place = chance.choices(PLACES, PLACE_WEIGHTS)[0]
            minutes = (
                chance.choice((15, 20, 25)) if place == "phone" else chance.choice((40, 50, 60, 75, 90, 120))
            )
            took = str(minutes if met else 0)
            held = (on.isoformat(), took, place, "yes" if met else "no")
            rows.append([each.person_ref, _email(each.coach), *held])
            step = min(step + 2, 34)
            on += timedelta(days=chance.randint(step - 4, step + 8))
    return rows


def _relationship_row(each: Relationship) -> list[str]:
    ended_on = each.ended_on.isoformat() if each.ended_on else ""
    tied = "yes" if each.housing_tied else "no"
    begun = (each.person_ref, each.called, _email(each.coach), each.started_on.isoformat())
    return [*begun, each.state, ended_on, each.ending_kind, tied]


def _email(coach: str) -> str:
    return f"{coach}@eastmere-alongside.example"


def _answers(chance: random.Random, total: int, n_items: int, lowest: int = 1, highest: int = 5) -> list[int]:
    """`n_items` answers between `lowest` and `highest` that add up to `total`."""
    answers = [lowest] * n_items
    for _point in range(total - lowest * n_items):
        answers[chance.choice([i for i, answer in enumerate(answers) if answer < highest])] += 1
    return answers


def _survey_days(chance: random.Random, spans: Sequence[Relationship]) -> list[date]:
    """The first within 28 days of the start, then about every quarter, the last near an ending if any.

    Someone who came back is asked again only in the first relationship, so that the pair lies in it.
    """
    span = spans[0]
    days = [span.started_on + timedelta(days=chance.randint(2, 24))]
    while len(days) < 5:
        following = days[-1] + timedelta(days=chance.randint(88, 104))
        if following > span.last_day - timedelta(days=10):
            break
        days.append(following)
    if len(days) == 1 or span.ended_on is not None:
        last = span.last_day - timedelta(days=chance.randint(0, 6))
        if last - days[-1] < timedelta(days=28) and len(days) > 1:
            days.pop()
        days.append(last)
    return days


def surveys(
    chance: random.Random, found: Sequence[Relationship]
) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """Rows of the short form, the long form and the asset survey."""
    short: list[list[str]] = []
    long: list[list[str]] = []
    assets: list[list[str]] = []
    refs = sorted({each.person_ref for each in found} - WITHOUT_SURVEY)
    paired = [ref for ref in refs if ref not in ONE_COMPLETE]
    risen = set(chance.sample(paired, N_RISEN))
    for ref in refs:
        spans = [each for each in found if each.person_ref == ref]
        days = _survey_days(chance, spans)
        first = chance.randint(16, 23)
        change = chance.randint(2, 8) if ref in risen else -chance.choice((0, 0, 1, 2, 3))
        mode = chance.choices(("alone", "with_help", "read_aloud"), (60, 28, 12))[0]
        for place, on in enumerate(days):
            along = place / (len(days) - 1)
            wobble = chance.choice((-1, 0, 1)) if 0 < place < len(days) - 1 else 0
            total = first + round(change * along) + wobble
            answers = [str(answer) for answer in _answers(chance, total, len(SHORT_ITEMS))]
            if (ref in ONE_COMPLETE and place > 0) or (0 < place < len(days) - 1 and chance.random() < 0.06):
                answers[chance.randrange(len(answers))] = ""
            short.append([ref, on.isoformat(), mode, *answers])
            if place in (0, len(days) - 1):
                assets.append([ref, on.isoformat(), *_asset_answers(chance, rises=place > 0)])
        if ref in WITH_LONG_FORM:
            # Half-way between two short ones, which are about a quarter apart: far more than 14 days.
            on = days[0] + (days[1] - days[0]) // 2
            in_full = _answers(chance, 2 * first + change, len(LONG_ITEMS))
            long.append([ref, on.isoformat(), mode, *(str(answer) for answer in in_full)])
    return short, long, assets


def _asset_answers(chance: random.Random, *, rises: bool) -> list[str]:
    """One survey: inner strengths a little above outer ones, the later survey a little above the first."""
    answers = []
    for item in ASSET_ITEMS:
        middle = (3.4 if item in INTERNAL_ITEMS else 3.0) + (0.2 if rises else 0.0)
        answers.append(str(min(5, max(1, round(chance.gauss(middle, 0.8))))))
    if chance.random() < 0.1:
        answers[chance.randrange(len(answers))] = ""
    return answers


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make(folder: Path) -> dict[str, int]:
    """Write the six files into `folder`; rows written per file."""
    chance = random.Random(SEED)  # noqa: S311 - made-up data, no secret rests on it
    folder.mkdir(parents=True, exist_ok=True)
    found = relationships(chance)
    met = sessions(chance, found)
    short, long, assets = surveys(chance, found)
    begun = [_relationship_row(each) for each in found]
    links = [[key, f"P{place:03d}"] for place, (key, _called, _coach) in enumerate(CONTRIBUTORS, start=1)]
    taken = ("person_ref", "completed_on", "record_mode")
    files: dict[str, tuple[Sequence[str], list[list[str]]]] = {
        "relationships.csv": (RELATIONSHIP_COLUMNS, begun),
        "sessions.csv": (
            ("person_ref", "coach_email", "held_on", "minutes", "place_kind", "was_met"),
            met,
        ),
        "surveys_swemwbs.csv": ((*taken, *SHORT_ITEMS), short),
        "surveys_wemwbs.csv": ((*taken, *LONG_ITEMS), long),
        "surveys_assets.csv": (("person_ref", "completed_on", *ASSET_ITEMS), assets),
        "links.csv": (("contributor", "person_ref"), links),
    }
    for name, (header, rows) in files.items():
        _write(folder / name, header, rows)
    return {name: len(rows) for name, (_header, rows) in files.items()}


def main() -> int:
    """Write the files beside the rest of the demo's input."""
    for name, n_rows in make(COACHING).items():
        sys.stdout.write(f"{name}: {n_rows} rows\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
