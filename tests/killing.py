"""Kills withdrawals at random moments and sees what is left: `python -m tests.killing '{"database": …}'`.

A process of its own forks one that withdraws and sweeps, kills it with signal 9 after a random while, and
looks: either nothing was asked yet, or the gate is closed and nothing can be read. Then it lets the sweep go
on, kills that too, and in the end finds nothing of the person anywhere.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any


@contextmanager
def standing_in(given: dict[str, Any]) -> Iterator[None]:
    """Django set up as in the test that started this process: its database, its folders, all partners."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    connection.settings_dict["NAME"] = given["database"]
    for name, value in given["settings"].items():
        setattr(settings, name, value)
    from accounts import wall
    from accounts.models import Partner

    with wall.acting_for(partners=(0,)) as door:
        from django.db.models.signals import post_save

        def widen(sender: type[Partner], instance: Partner, **_kwargs: Any) -> None:
            door.partners |= {instance.pk}

        post_save.connect(widen, sender=Partner, weak=False)
        yield


def main(given: dict[str, Any]) -> dict[str, Any]:
    """Kill until `kills` of them hit a running process; counts by where, and what did not converge."""
    with standing_in(given):
        from tests.factories.publishing import world

        return _kill(world(), given["kills"], random.Random(given["seed"]))  # noqa: S311


def _kill(site: Any, wanted: int, rng: random.Random) -> dict[str, Any]:
    from tests.whole_person import whole_person

    found: Counter[str] = Counter()
    problems: list[str] = []
    started = time.monotonic()
    lasts = how_long(partial(_withdraw_and_sweep, whole_person(site)))
    while found["kills"] < wanted:
        whole = whole_person(site, is_live=found["people"] % 4 == 0)
        found["people"] += 1
        act = _withdraw_and_sweep
        while True:
            after = rng.uniform(0, lasts * 1.1)
            killed = in_another_process(partial(act, whole), after)
            found["kills"] += killed
            if not killed and act is _withdraw_and_sweep:
                # The first, on a machine that was busy then, was no measure: the next is killed sooner.
                lasts = min(lasts, after)
            problems += [f"person {found['people']}: {each}" for each in _half_states(whole, found)]
            if not killed or found["kills"] >= wanted:
                break
            act = _go_on if _row(whole) is not None else _withdraw_and_sweep
        if _row(whole) is None:
            _withdraw_and_sweep(whole)
        _go_on(whole)
        problems += [f"person {found['people']}: {each}" for each in _left(whole)]
    return {
        **found,
        "sweep_s": round(lasts, 3),
        "took_s": round(time.monotonic() - started, 1),
        "problems": problems,
    }


def how_long(act: Callable[[], Any]) -> float:
    """Seconds that a process of its own takes for all of it, its connection to the database included."""
    began = time.monotonic()
    _pid, status = os.waitpid(_fork(act), 0)
    if status:
        raise SystemExit("The process that is to be killed failed by itself.")
    return time.monotonic() - began


def _withdraw_and_sweep(whole: Any) -> None:
    from enquiries.actions import withdraw
    from enquiries.models import Scope
    from enquiries.sweep import sweep

    asked = withdraw(
        contributor=whole.contributor, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None, method="online"
    )
    sweep(asked.pk)


def _go_on(whole: Any) -> None:
    from enquiries.sweep import sweep, unfinished

    for each in unfinished():
        sweep(each)


def in_another_process(act: Callable[[], Any], after_s: float) -> int:
    """1 where the process was killed in its work, 0 where it had come to its end."""
    from django.db import connection

    child = _fork(act)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("The process that is to be killed failed by itself.")
    # The server ends the transaction of a client that is gone once it notices. What is looked at before then
    # may still change.
    with connection.cursor() as cursor:
        for _each in range(6000):
            cursor.execute(
                # Of other roles no more is shown than who they are; the server's own workers are nobody.
                "select count(*) from pg_stat_activity where datname = current_database() "
                "and usename is not null and pid <> pg_backend_pid()"
            )
            if cursor.fetchone()[0] == 0:
                return int(os.WIFSIGNALED(status))
            time.sleep(0.02)
    raise SystemExit("The server did not end the work of a client that was killed within two minutes.")


def _fork(act: Callable[[], Any]) -> int:
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        except BaseException:  # noqa: BLE001 (said, and left at once: what stands above is not ours to unwind)
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def _row(whole: Any) -> Any:
    from enquiries.models import Withdrawal

    return Withdrawal.objects.filter(contributor=whole.contributor).exclude(scopes=[]).first()


def _half_states(whole: Any, found: Counter[str]) -> list[str]:
    """What must not be: readable after it was asked, or half closed before."""
    from django.test import Client

    from enquiries import consent
    from enquiries.models import Scope
    from tests.whole_person import CANARY
    from themes.selectors import shown_quotes

    row, open_now = _row(whole), consent.allows(whole.contributor, Scope.QUOTE_WORDS)
    found["before it was asked" if row is None else f"while {row.state}"] += 1
    problems = []
    if (row is None) != open_now:
        problems.append("the gate and the withdrawal do not agree")
    if row is not None:
        if shown_quotes([whole.quote.pk]):
            problems.append("a quote is shown")
        if whole.page.live:
            for address in (whole.page.url, whole.report.get_url(), "/"):
                if CANARY in Client().get(address).content.decode():
                    problems.append(f"{address} shows the words")
    elif not shown_quotes([whole.quote.pk]) and whole.page.live:
        problems.append("a quote went before it was asked")
    return problems


def _left(whole: Any) -> list[str]:
    from django.conf import settings

    from enquiries import tombstones
    from enquiries.tracing import trace
    from tests.whole_person import CANARY, NAME, tables_with

    row = _row(whole)
    problems = [] if row is not None and row.is_done else ["the withdrawal is not done"]
    problems += [f"held: {each.kind} {each.id}" for each in trace(handle=whole.contributor.handle).held]
    problems += [f"words left in {table}" for table in tables_with(CANARY, NAME)]
    problems += [f"file left: {path.name}" for path in Path(settings.STORE_DIR).rglob("*") if path.is_file()]
    handle = str(whole.contributor.handle)
    stones = [each for each in tombstones.read_all() if each.handle == handle]
    if [each.is_done for each in stones] != [True]:
        problems.append("the tombstone is not whole")
    return problems


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
