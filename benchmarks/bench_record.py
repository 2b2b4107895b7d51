"""What the chained record costs beside a bare table, how fast it is verified, and what tampering is found.

Three parts, on an embedded database made for them, which waits for the disk as a real one does:

- appending: four processes, one act in each transaction, through `audit_append`; beside plain INSERTs into a
  table with the same columns and indexes and no chain. Rounds of the two arms take turns, and the best of
  each counts. With four partners' chains, to which the aim applies; and with the acts of all four in one
  chain, where each commit waits for the one before and for its write to the disk.
- verifying: a million acts and more, by `audit.verification.verify`.
- tampering: a superuser with the triggers off edits, deletes, exchanges, puts in, or cuts off an end, one at
  a time at random; each has to be found, and after each is undone nothing may be.

    python -m benchmarks.bench_record [--acts 1000000] [--tamperings 1000] [--not-durable] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

WRITERS = 4
LEAST_APPENDS = 2_000
LEAST_VERIFIED = 300_000
KINDS = ("edit", "delete", "exchange", "put in", "cut off")

BARE = """
CREATE TABLE bare (LIKE audit_event INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING INDEXES);
GRANT SELECT, INSERT ON bare TO wisdoms_app;
"""
# As large as a real act, with the facts that a look carries.
CHAINED_ONE = (
    "SELECT event_id FROM audit_append('transcript.read', 12, %s, 'transcripts.transcript', '4711',"
    ' \'{"why": "checking", "version": 3}\')'
)
BARE_ONE = (
    "INSERT INTO bare (at, action, actor_id, partner_id, object_type, object_id, detail, transaction_id)"
    " VALUES (clock_timestamp(), 'transcript.read', 12, %s, 'transcripts.transcript', '4711',"
    ' \'{"why": "checking", "version": 3}\', pg_current_xact_id()::text::bigint) RETURNING id'
)
# Runs in a process of its own: says it is ready, waits for a line, writes until the time is over.
WRITER = """
import sys, time, psycopg
address, statement, partner, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
with psycopg.connect(address, autocommit=True) as connection:
    cursor = connection.cursor()
    for _each in range(20): cursor.execute(statement, [partner], prepare=True)
    print("ready", flush=True)
    sys.stdin.readline()
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        cursor.execute(statement, [partner], prepare=True)
        done += 1
print(done)
"""


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where one of them misses its aim."""
    parser = argparse.ArgumentParser(description="Time the record of acts, and tamper with it.")
    parser.add_argument("--acts", type=int, default=1_000_000, help="acts to verify")
    parser.add_argument("--tamperings", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one round of appending")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--not-durable", action="store_true", help="do not wait for the disk")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with _database(durable=not options.not_durable) as (home, anchor):
        found = {
            "durable": not options.not_durable,
            "one chain": _appending(home, [1] * WRITERS, options.seconds, options.rounds),
            "four chains": _appending(home, [1, 2, 3, 4], options.seconds, options.rounds),
            "verified": _verifying(home, anchor, options.acts),
            "tampered": _tampering(home, anchor, options.tamperings, options.seed),
        }
    print(json.dumps(found)) if options.json else _tell(found)
    return 0 if _holds(found) else 1


@contextmanager
def _database(*, durable: bool) -> Iterator[tuple[Path, Path]]:
    """A migrated database of its own, and the file of its anchor; Django is set up for it."""
    with tempfile.TemporaryDirectory(prefix="wisdoms-record-") as folder:
        # The embedded server runs under another account for root, which must pass through.
        Path(folder).chmod(0o711)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "wisdoms.settings",
            "SECRET_KEY": "only-for-this-benchmark-" * 3,
            "ALLOWED_HOSTS": "localhost",
            "WISDOMS_VAR": folder,
            "WISDOMS_ANCHOR": str(Path(folder) / "anchor"),
            "WISDOMS_DB_ROLE": "owner",
            "WISDOMS_DATABASE_DURABLE": "1" if durable else "0",
            "DATABASE_URL": "",
        }
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        from audit import anchor
        from wisdoms import embedded

        home = Path(settings.EMBEDDED_HOME)
        try:
            call_command("migrate", "audit", verbosity=0, interactive=False, skip_checks=True)
            connection.close()
            with _connected(home, embedded.SUPERUSER) as opened:
                opened.execute(BARE)
            yield home, anchor.path()
        finally:
            connection.close()
            embedded.detach(home)
            embedded.stop(home)


def _connected(home: Path, role: str, *, autocommit: bool = True) -> Any:
    import psycopg

    from wisdoms import embedded

    return psycopg.connect(embedded.address(home, user=role), autocommit=autocommit)


# --- Appending ----------------------------------------------------------------------------------------


def _appending(home: Path, partners: list[int], seconds: float, rounds: int) -> dict[str, float]:
    best = {"chained": 0.0, "bare": 0.0}
    for _round in range(rounds):
        for arm, statement in (("chained", CHAINED_ONE), ("bare", BARE_ONE)):
            best[arm] = max(best[arm], _rate(home, statement, partners, seconds))
    return best | {"ratio": best["chained"] / best["bare"]}


def _rate(home: Path, statement: str, partners: list[int], seconds: float) -> float:
    """Transactions per second of all writers together."""
    from wisdoms import embedded

    address = embedded.address(home, user=embedded.APP_ROLE)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, address, statement, str(partner), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for partner in partners
    ]
    for writer in writers:
        assert writer.stdout is not None
        if writer.stdout.readline() != "ready\n":
            raise SystemExit("A writer did not start.")
    began = time.perf_counter()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    done = sum(int(writer.communicate()[0]) for writer in writers)
    # The writers' ends differ by the last act of each, and by their leaving.
    return done / max(seconds, min(time.perf_counter() - began, seconds * 1.05))


# --- Verifying ----------------------------------------------------------------------------------------


def _verifying(home: Path, anchor_file: Path, acts: int) -> dict[str, float]:
    """Rows per second, the best of three; the clock's, and those of the processor time of the server."""
    from wisdoms import embedded

    with _connected(home, embedded.OWNER_ROLE) as opened:
        have = opened.execute("SELECT count(*) FROM audit_link").fetchone()[0]
        batch = 5_000
        for number in range(max(0, (acts - have + batch - 1) // batch)):
            opened.execute(
                "SELECT count(audit_append('transcript.read', n %% 20, 1 + n %% 5, 'transcripts.transcript',"
                " (n %% 1000)::text, jsonb_build_object('why', 'checking', 'version', n %% 7)))"
                " FROM generate_series(%s::int, %s::int) n",
                [number * batch, number * batch + batch - 1],
            )
        opened.execute("VACUUM ANALYZE audit_event")
        opened.execute("VACUUM ANALYZE audit_link")
    best, rows, verdict = 0.0, 0, None
    for _round in range(3):
        with _connected(home, embedded.SUPERUSER, autocommit=False) as opened:
            began = time.perf_counter()
            verdict = _verdict(opened, anchor_file)
            rows, best = verdict.acts, max(best, verdict.acts / (time.perf_counter() - began))
            if not verdict.is_sound:
                raise SystemExit(f"A record that nobody touched: {verdict.faults[0].sentence}")
    return {"rows": rows, "per s": best}


def _verdict(opened: Any, anchor_file: Path, chain: int | None = None) -> Any:
    from audit.verification import verify

    return verify(opened.cursor(), anchor_file, chain=chain, starts_anchor=True)


# --- Tampering ----------------------------------------------------------------------------------------


def _tampering(home: Path, anchor_file: Path, times: int, seed: int) -> dict[str, Any]:
    """Of each kind: how often it was done, and how often found. Each is undone by rolling it back.

    On a record of a few thousand acts in chains of their own, so that a thousand runs end while one waits.
    """
    from audit import anchor
    from tests.audit.tampering import tamper
    from wisdoms import embedded

    rng = random.Random(seed)
    counts = {kind: {"done": 0, "found": 0} for kind in KINDS}
    with _connected(home, embedded.SUPERUSER, autocommit=False) as opened:
        # Verifying a million acts a thousand times would take hours and find the same.
        opened.execute("SET session_replication_role = replica")
        opened.execute("TRUNCATE audit_event, audit_link")
        opened.execute("SET session_replication_role = origin")
        opened.commit()
        for number in range(3_000):
            opened.execute(CHAINED_ONE, [1 + number % 3])
            if number % 50 == 0:
                opened.commit()
        opened.commit()
        heads = opened.execute("SELECT chain, position, hash FROM audit_heads()").fetchall()
        anchor_file.unlink(missing_ok=True)
        anchor.append(anchor_file, [anchor.Head(c, p, bytes(h)) for c, p, h in heads])
        opened.execute("ANALYZE audit_event")
        opened.execute("ANALYZE audit_link")
        opened.commit()
        false_alarms = int(not _verdict(opened, anchor_file).is_sound)
        opened.rollback()
        for number in range(times):
            kind = KINDS[number % len(KINDS)]
            opened.execute("SET LOCAL session_replication_role = replica")
            tamper(opened, kind, rng)
            counts[kind]["done"] += 1
            counts[kind]["found"] += not _verdict(opened, anchor_file).is_sound
            opened.rollback()
        false_alarms += int(not _verdict(opened, anchor_file).is_sound)
        opened.rollback()
    return {"kinds": counts, "false alarms": false_alarms}


# --- Telling ------------------------------------------------------------------------------------------


def _holds(found: dict[str, Any]) -> bool:
    tampered = found["tampered"]
    return (
        found["four chains"]["chained"] >= LEAST_APPENDS
        and found["verified"]["per s"] >= LEAST_VERIFIED
        and all(each["done"] == each["found"] for each in tampered["kinds"].values())
        and not tampered["false alarms"]
    )


def _tell(found: dict[str, Any]) -> None:
    waits = "each commit waits for the disk" if found["durable"] else "commits do not wait for the disk"
    print(f"The record, {WRITERS} writing processes, one act in each transaction, {waits}:")
    for name, aim in (("four chains", f"   (at least {LEAST_APPENDS}/s)"), ("one chain", "")):
        rates = found[name]
        print(
            f"  {name:<12} chained {rates['chained']:8.0f}/s   bare table {rates['bare']:8.0f}/s"
            f"   ratio {rates['ratio']:.2f}{aim}"
        )
    verified = found["verified"]
    print(
        f"  verified     {verified['rows']} acts at {verified['per s']:.0f}/s   (at least {LEAST_VERIFIED}/s)"
    )
    for kind, count in found["tampered"]["kinds"].items():
        print(f"  tampering    {kind:<9} done {count['done']:4}   found {count['found']:4}")
    print(f"  false alarms {found['tampered']['false alarms']}")
    print(
        f"  {'kept' if _holds(found) else 'NOT KEPT'},"
        f" with {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
