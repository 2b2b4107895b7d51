"""Kills copies and ways back at random moments and sees what is left: `python -m tests.killing_copies '{…}'`.

As `tests.killing` does it for withdrawals: a process of its own forks one that does the work, kills it with
signal 9 after a random while, and looks. What half a run leaves may neither count as a copy, nor show, nor
go on by itself; and the next run, left alone, has to come to its end and tidy up.
"""

import json
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.killing import how_long, in_another_process, standing_in
from tests.killing_closings import closings

PROGRAMS = ("pg_dump", "pg_restore", "psql")
THEN, SINCE = "as it was when the copy was made", "as it was changed since"


def main(given: dict[str, Any]) -> dict[str, Any]:
    """Kill four commands and closings `kills` times each; counts by what was found, and what must not be."""
    with standing_in(given):
        rng = random.Random(given["seed"])  # noqa: S311
        place = Path(given["place"])
        began = time.monotonic()
        found: Counter[str] = Counter()
        problems: list[str] = []
        for try_out in (_backups, _restores, _keyrings, _keyrings_brought_back, _closings):
            name = try_out.__name__[1:]
            for problem in try_out(place / name, given["kills"], rng, found):
                problems.append(f"{name}: {problem}")
        return {**found, "took_s": round(time.monotonic() - began, 1), "problems": problems}


def _kills(act: Any, lasts: float, wanted: int, rng: random.Random, found: Counter[str]) -> Iterator[bool]:
    """Run and kill, again and again; each time whether it was killed before its end. Ends after `wanted`."""
    killed = 0
    for _try in range(10 * wanted):
        after = rng.uniform(0, lasts)
        was_killed = bool(in_another_process(act, after))
        killed += was_killed
        found[f"{act.func.__name__} {'killed' if was_killed else 'ended first'}"] += 1
        if not was_killed:
            lasts = after
        yield was_killed
        if killed == wanted:
            return
    raise SystemExit(f"{act.func.__name__} ended too soon to be killed.")


def _make(place: Path) -> None:
    from wisdoms.backups import make_backup

    make_backup(place, keep=timedelta(days=30), tell=lambda _line: None)


def _put_back(place: Path) -> None:
    from django.db import connection

    from tests.conftest import _as_owner
    from wisdoms.backups import restore_backup

    with _as_owner(connection.settings_dict["NAME"]):
        restore_backup(place, over_newer=True, tell=lambda _line: None)


def _copy_keys(place: Path) -> None:
    from wisdoms.backups import copy_keyring

    copy_keyring(place)


def _bring_keys_back(place: Path) -> None:
    from wisdoms.backups import restore_keyring

    restore_keyring(place)


# --- What is looked at --------------------------------------------------------------------------------
def _still_running(place: Path) -> list[str]:
    """Programs of the database that work on this place although whoever started them is gone."""
    for _each in range(100):
        left = []
        for process in psutil.process_iter(["name", "cmdline"]):
            line = " ".join(process.info["cmdline"] or [])
            if process.info["name"] in PROGRAMS and str(place) in line:
                left.append(f"{process.info['name']} outlived its run")
        if not left:
            return []
        time.sleep(0.02)
    return left


def _left_over(place: Path) -> list[str]:
    return [f"left over: {path.name}" for path in (*place.glob(".half-*"), *place.glob(".going-*"))]


def _backups(place: Path, kills: int, rng: random.Random, found: Counter[str]) -> list[str]:
    from tests.factories.transcripts import RecordingFactory
    from wisdoms.backups import folders, programs
    from wisdoms.backups.making import DUMP
    from wisdoms.backups.restoring import _check

    problems = []
    for _each in range(3):
        RecordingFactory()
    act = partial(_make, place)
    lasts = how_long(act)
    before = len(folders.whole(place, "wisdoms"))
    for killed in _kills(act, lasts, kills, rng, found):
        problems += _still_running(place)
        copies = folders.whole(place, "wisdoms")
        if not killed and len(copies) != before + 1:
            problems.append(f"{len(copies) - before} copies came of a run that ended")
        for copy in copies[before:]:
            _check(copy, copy.manifest()["files"])
            programs.run("pg_restore", "--list", str(copy.path / DUMP), role="owner")
        for half in place.glob(".half-*"):
            try:
                folders.chosen(half, "wisdoms")
                problems.append("a half copy can be chosen")
            except folders.BackupError:
                found["half copies refused"] += 1
        before = len(copies)
    act()
    return problems + _left_over(place)


def _restores(place: Path, kills: int, rng: random.Random, found: Counter[str]) -> list[str]:
    from django.conf import settings

    from accounts import wall
    from enquiries.models import Contributor
    from tests.factories.enquiries import ContributorFactory
    from tests.factories.transcripts import RecordingFactory
    from tests.wisdoms.test_backups import shape
    from transcripts.models.raw import Recording
    from wisdoms.backups import folders

    problems = []
    sound: Any = RecordingFactory()
    voice: Any = ContributorFactory(enquiry=sound.conversation.enquiry, pseudonym=THEN)
    Recording.objects.filter(pk=sound.pk).update(problem=THEN)
    _make(place)
    (copy,) = folders.whole(place, "wisdoms")
    files = {name: said for name, said in copy.manifest()["files"].items() if name.startswith("sound/")}
    whole = shape()

    def change() -> None:
        """Something new in the first and in the last of the tables, and a file that is missing."""
        with wall.acting_for(partners=[voice.partner_id]):
            Contributor.objects.filter(pk=voice.pk).update(pseudonym=SINCE)
            Recording.objects.filter(pk=sound.pk).update(problem=SINCE)
        for name in files:
            (Path(settings.STORE_DIR) / name).unlink(missing_ok=True)

    def look() -> list[str]:
        with wall.acting_for(partners=[voice.partner_id]):
            reads = {
                Contributor.objects.get(pk=voice.pk).pseudonym,
                Recording.objects.get(pk=sound.pk).problem,
            }
        found[f"database {reads}"] += 1
        wrong = [] if len(reads) == 1 else [f"half of it put back: {reads}"]
        if shape() != whole:
            wrong.append("tables, rights or walls are not as they were")
        for name, said in files.items():
            target = Path(settings.STORE_DIR) / name
            if target.exists() and list(folders.digest_of(target)) != said:
                wrong.append("half a file of sound lies in the store")
        return wrong

    act = partial(_put_back, place)
    change()
    lasts = how_long(act)
    problems += look()
    change()
    for _killed in _kills(act, lasts, kills, rng, found):
        problems += _still_running(place)
        problems += look()
        change()
    act()
    problems += look()
    if not all((Path(settings.STORE_DIR) / name).is_file() for name in files):
        problems.append("sound was not put back")
    return problems + _left_over(place)


def _keys_here() -> dict[str, bytes]:
    from django.conf import settings

    root = Path(settings.KEYRING_DIR)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for kind in ("people", "sound")
        for path in root.glob(f"{kind}/*")
    }


def _some_keys(settings: Any) -> None:
    from uuid import uuid4

    from enquiries import keyring, tombstones

    for _each in range(30):
        keyring.make_key(uuid4().hex, [uuid4()])
    for _each in range(5):
        tombstones.keep(
            tombstones.Tombstone(
                id=str(uuid4()),
                handle=str(uuid4()),
                partner_id=1,
                asked_at="2026-01-05T09:00:00+00:00",
                method="told",
                scopes=("take_part",),
                is_done=True,
            )
        )


def _keyrings(place: Path, kills: int, rng: random.Random, found: Counter[str]) -> list[str]:
    from django.conf import settings

    from wisdoms.backups import folders

    problems = []
    _some_keys(settings)
    keys = _keys_here()
    act = partial(_copy_keys, place)
    lasts = how_long(act)
    for _killed in _kills(act, lasts, kills, rng, found):
        for copy in folders.whole(place, "keyring"):
            held = {
                path.relative_to(copy.path / "keyring").as_posix(): path.read_bytes()
                for path in copy.path.glob("keyring/*/*")
            }
            if held != keys or len(list(copy.path.glob("tombstones/*.json"))) != 5:
                problems.append("a copy counts that is not whole")
    act()
    if _keys_here() != keys:
        problems.append("the keyring itself was changed")
    return problems + _left_over(place)


def _keyrings_brought_back(place: Path, kills: int, rng: random.Random, found: Counter[str]) -> list[str]:
    from django.conf import settings

    from enquiries import tombstones

    problems = []
    root, stones = Path(settings.KEYRING_DIR), Path(settings.TOMBSTONES_DIR)
    keys, ids = _keys_here(), {path.name for path in stones.glob("*.json")}
    _copy_keys(place)

    def lose() -> None:
        shutil.rmtree(root)
        shutil.rmtree(stones)

    act = partial(_bring_keys_back, place)
    lose()
    lasts = how_long(act)
    lose()
    for _killed in _kills(act, lasts, kills, rng, found):
        if any(keys.get(name) != data for name, data in _keys_here().items()):
            problems.append("half a key counts")
        list(tombstones.read_all())  # raises where one is half written
        act()
        if _keys_here() != keys or {path.name for path in stones.glob("*.json")} != ids:
            problems.append("the next run did not bring all of it back")
        lose()
    act()
    return problems + _left_over(place)


def _closings(place: Path, kills: int, rng: random.Random, found: Counter[str]) -> list[str]:
    return closings(place, kills, rng, found, each_kill=_kills, make=_make, put_back=_put_back)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
