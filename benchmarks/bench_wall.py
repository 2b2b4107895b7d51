"""What the wall between partners costs: each query twice, behind the wall and with an explicit filter.

The bench makes its own database from the real migrations, fills it with passages of several partners, and
asks the same questions in two arms that take turns: as the application's role with the door open for one
partner, and as the owner, whom no policy binds, with the partner written into the query. Lists, counts and
joins are those of our selectors; a search goes through `search_segments` in the one arm and is written out
in the other. A third arm asks for the words under the policy alone, which is what the function is there for.
Last, a plain page with the wall's middleware and without it.

`--folder` keeps the database for the next run; without it everything is thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

CEILING = 1.2
PAGE_CEILING_MS = 2.0
PAGE_CEILING_QUERIES = 2
# Below this both arms are one look into an index; what is left is the time to plan, which is said in ms.
NOISE_MS = 0.3

# What the function does, written out for somebody whom no policy binds.
EXPLICIT_SEARCH = """
WITH found AS MATERIALIZED (
    SELECT s.id, s.contributor_id AS who, c.wave_id AS wave,
        ts_rank_cd(s.words, search_question(%(asked)s), 1) AS fits
    FROM transcripts_segment s
    JOIN enquiries_conversation c ON c.id = s.conversation_id
    JOIN transcripts_pseudonymisedversion v ON v.id = s.version_id
    WHERE {partner} s.words @@ search_question(%(asked)s)
        AND v.signed_off_at IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM transcripts_pseudonymisedversion newer
            WHERE newer.transcript_id = v.transcript_id
                AND newer.number > v.number AND newer.signed_off_at IS NOT NULL
        )
    LIMIT 2000
)
SELECT * FROM found ORDER BY fits DESC, id LIMIT 401
"""
WALLED_SEARCH = "SELECT * FROM search_segments(%(asked)s, %(among)s, NULL, 401)"


@dataclass(frozen=True, slots=True)
class Query:
    """A statement and its parameters, as a driver takes them."""

    sql: str
    parameters: Any


@dataclass(slots=True)
class Question:
    """One thing asked in both arms; `naive` is the third arm, for searches alone."""

    name: str
    walled: Query
    explicit: Query
    naive: Query | None = None
    took: dict[str, list[float]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def median(self, arm: str) -> float:
        return statistics.median(self.took[arm])

    def p95(self, arm: str) -> float:
        return sorted(self.took[arm])[min(len(self.took[arm]) - 1, int(0.95 * len(self.took[arm])))]

    @property
    def ratio(self) -> float:
        return self.median("walled") / self.median("explicit")

    @property
    def holds(self) -> bool:
        return self.ratio <= CEILING or self.median("walled") - self.median("explicit") <= NOISE_MS


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where one is above what the wall may cost."""
    parser = argparse.ArgumentParser(description="Time queries behind the wall beside explicit filters.")
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--partners", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--folder", type=Path, help="keep the database here, and use it again")
    options = parser.parse_args(arguments)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        return _run(options.folder.absolute(), options)
    with tempfile.TemporaryDirectory(prefix="wisdoms-bench-wall-") as folder:
        # The embedded server runs under another account for root, which must pass through.
        Path(folder).chmod(0o711)
        return _run(Path(folder), options)


def _run(folder: Path, options: argparse.Namespace) -> int:
    _set_up(folder)
    from wisdoms import embedded

    home = folder / "database"
    try:
        corpus = _corpus(folder, home, options)
        questions = _questions(corpus)
        versions, door_ms = _ask(home, questions, corpus["partners"], max(3, options.rounds))
        print(f"{corpus['passages']:,} passages of {options.partners} partners. {versions}", flush=True)
        kept = _tell(questions, door_ms)
        for question in questions:
            if not question.holds:
                _explain(home, question, corpus["partners"])
        return 0 if _page(corpus, max(20, 4 * options.rounds)) and kept else 1
    finally:
        from django.db import connections

        connections.close_all()
        embedded.detach(home)
        embedded.stop(home)


def _set_up(folder: Path) -> None:
    """Django over the bench's own database, as its owner. No setting of this machine's `.env` reaches it."""
    os.environ |= {
        "WISDOMS_VAR": str(folder),
        "WISDOMS_DB_ROLE": "owner",
        "WISDOMS_DATABASE_DURABLE": "false",
        "DATABASE_URL": "",
        "DATABASE_OWNER_URL": "",
        "SECRET_KEY": "made for the bench alone, and thrown away with it",
        "ALLOWED_HOSTS": "testserver",
        "SITE_ADDRESS": "http://testserver",
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "wisdoms.settings",
    }
    import django

    django.setup()


def _corpus(folder: Path, home: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Ids of what is in the database; made now unless the folder already holds as much."""
    from django.core.management import call_command

    from benchmarks import wall_corpus
    from wisdoms import embedded

    marker = folder / "corpus.json"
    wanted = {"asked": [options.passages, options.partners]}
    if not marker.is_file():
        call_command("migrate", verbosity=0, interactive=False)
    if marker.is_file():
        known = json.loads(marker.read_text())
        if {"asked": known.get("asked")} == wanted:
            return dict(known)
        raise SystemExit(f"{folder} holds another corpus. Remove it, or name another folder.")
    started = time.perf_counter()
    print(f"Making {options.passages:,} passages …", flush=True)
    made = wall_corpus.make(
        passages=options.passages,
        partners=options.partners,
        dsn=embedded.address(home, user=embedded.SUPERUSER),
    )
    found = wanted | {
        "partners": made.partners,
        "enquiries": {str(partner): ids for partner, ids in made.enquiries.items()},
        "passages": made.passages,
    }
    marker.write_text(json.dumps(found))
    print(f"  made in {time.perf_counter() - started:.0f} s", flush=True)
    return found


# --- Questions ----------------------------------------------------------------------------------------


def _questions(corpus: dict[str, Any]) -> list[Question]:
    """Lists, counts, joins and searches, of a partner in the middle."""
    from django.db.models import Count, OuterRef, QuerySet, Subquery

    from benchmarks.wall_corpus import KNOWN_WORDS
    from enquiries.models import ConsentEvent, Conversation
    from transcripts.models import PseudonymisedVersion, Segment

    partner = corpus["partners"][len(corpus["partners"]) // 2]
    enquiry = corpus["enquiries"][str(partner)][1]
    talk = Conversation.objects.filter(enquiry_id=enquiry).order_by("pk")[10].pk
    newest = (
        PseudonymisedVersion.objects.filter(
            transcript=OuterRef("version__transcript"), signed_off_at__isnull=False
        )
        .order_by("-number")
        .values("pk")[:1]
    )
    passages = Segment.objects.defer("embedding").select_related("conversation", "contributor")
    in_order = passages.order_by("conversation__number", "conversation_id", "number")
    of_enquiry = Segment.objects.filter(conversation__enquiry_id=enquiry)
    voices = list(of_enquiry.order_by().values_list("contributor_id", flat=True).distinct()[:50])

    def both(name: str, rows: QuerySet[Any]) -> Question:
        return Question(name, _query(rows), _query(rows.filter(partner_id__in=[partner])))

    def count(name: str, rows: QuerySet[Any]) -> Question:
        def counted(each: QuerySet[Any]) -> Query:
            sql, parameters = each.order_by().values("pk").query.sql_with_params()
            return Query(f"SELECT COUNT(*) FROM ({sql}) counted", parameters)

        return Question(name, counted(rows), counted(rows.filter(partner_id__in=[partner])))

    asked = [
        _sliced("list: first 50 passages", in_order, partner, 50, conversation__enquiry_id=enquiry),
        _sliced("list: newest 50 of the partner", passages.order_by("-pk"), partner, 50),
        _sliced(
            "list: 30 conversations",
            Conversation.objects.select_related("enquiry", "wave", "listener").order_by("-number"),
            partner,
            30,
            enquiry_id=enquiry,
        ),
        both(
            "join: a conversation's text in force",
            in_order.filter(conversation_id=talk, version_id=Subquery(newest)),
        ),
        both(
            "join: consent of 50 voices",
            ConsentEvent.objects.filter(contributor_id__in=voices).values_list(
                "contributor_id", "wave_id", "wave__number", "scope", "decision"
            ),
        ),
        both(
            "join: passages by conversation",
            of_enquiry.order_by().values("conversation_id").annotate(n=Count("pk")),
        ),
        count("count: passages of the partner", Segment.objects.all()),
        count("count: passages of an enquiry", of_enquiry),
    ]
    for kind, word in zip(("common", "middling", "rare"), KNOWN_WORDS, strict=True):
        asked.append(_search(f"search: a {kind} word", word, partner))
    asked.append(_search("search: two words, or a third", "council going or caravan", partner))
    asked.append(_search("search: words in a row", '"they know just"', partner))
    return asked


def _query(rows: Any) -> Query:
    sql, parameters = rows.query.sql_with_params()
    return Query(sql, parameters)


def _sliced(name: str, rows: Any, partner: int, most: int, **where: int) -> Question:
    filtered = rows.filter(**where)
    return Question(name, _query(filtered[:most]), _query(filtered.filter(partner_id__in=[partner])[:most]))


def _search(name: str, asked: str, partner: int) -> Question:
    parameters = {"asked": asked, "among": [partner]}
    return Question(
        name,
        Query(WALLED_SEARCH, parameters),
        Query(EXPLICIT_SEARCH.format(partner="s.partner_id = any(%(among)s) AND"), parameters),
        Query(EXPLICIT_SEARCH.format(partner=""), parameters),
    )


# --- Asking -------------------------------------------------------------------------------------------


@contextmanager
def _as(home: Path, role: str) -> Iterator[Any]:
    """A connection that binds on the client and prepares nothing, as Django's does."""
    import psycopg

    from wisdoms import embedded

    with psycopg.connect(
        embedded.address(home, user=role),
        autocommit=True,
        prepare_threshold=None,
        cursor_factory=psycopg.ClientCursor,
    ) as connection:
        yield connection


def _open_door(connection: Any, partner: int) -> None:
    from accounts import wall

    connection.execute(
        "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
        [wall.PARTNERS_SETTING, str(partner), wall.DOOR_SETTING, wall.DoorKind.STAFF.value],
    )


def _ask(home: Path, questions: list[Question], partners: list[int], rounds: int) -> tuple[str, list[float]]:
    """Fill in what each question took, in ms, the arms taking turns; the first round is not counted.

    Returns:
        What it ran on, and the times to open the door.
    """
    from wisdoms import embedded

    partner = partners[len(partners) // 2]
    doors: list[float] = []
    with _as(home, embedded.APP_ROLE) as app, _as(home, embedded.OWNER_ROLE) as owner:
        (bypasses,) = owner.execute(
            "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if not bypasses:
            raise SystemExit("The owner is bound by row security; there is nothing to compare with.")
        for number in range(rounds + 1):
            for question in questions:
                arms: list[tuple[str, Any, Query]] = [
                    ("walled", app, question.walled),
                    ("explicit", owner, question.explicit),
                ]
                if number % 2:
                    arms.reverse()
                # Under the policy alone a search reads every passage of the partner: seconds, not rounds.
                if question.naive is not None and number <= 3:
                    arms.append(("naive", app, question.naive))
                for arm, connection, query in arms:
                    with connection.transaction():
                        if connection is app:
                            started = time.perf_counter()
                            _open_door(connection, partner)
                            doors.append(1000 * (time.perf_counter() - started))
                        started = time.perf_counter()
                        rows = connection.execute(query.sql, query.parameters).fetchall()
                        took = 1000 * (time.perf_counter() - started)
                    question.rows[arm] = rows[0][0] if question.name.startswith("count") else len(rows)
                    if number:
                        question.took.setdefault(arm, []).append(took)
        (version,) = owner.execute("SELECT current_setting('server_version')").fetchone()
    for question in questions:
        if question.rows["walled"] != question.rows["explicit"]:
            raise SystemExit(f"“{question.name}” gave {question.rows}: the arms do not ask the same.")
    machine = (
        f"PostgreSQL {version}, Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}, {rounds} rounds."
    )
    return machine, doors


def _tell(questions: list[Question], door_ms: list[float]) -> bool:
    print(f"  {'median (95th of 100), ms':<38}{'behind the wall':>20}{'explicit filter':>20}   ratio")
    for question in questions:
        mark = "" if question.holds else "  TOO MUCH"
        print(
            f"  {question.name:<38}"
            + "".join(f"{question.median(a):11.2f} ({question.p95(a):6.1f})" for a in ("walled", "explicit"))
            + f"{question.ratio:8.2f}{mark}"
        )
    print(f"  at most {CEILING:.2f} is allowed, or {NOISE_MS} ms more")
    for question in questions:
        if question.naive is not None:
            naive = question.median("naive")
            print(
                f"  under the policy alone, {question.name.removeprefix('search: '):<30}{naive:11.2f}"
                f"   {naive / question.median('walled'):.1f} times the function"
            )
    print(f"  opening the door, once a transaction{statistics.median(door_ms):14.2f}", flush=True)
    return all(question.holds for question in questions)


def _explain(home: Path, question: Question, partners: list[int]) -> None:
    """The plans of both arms, so that what is too slow can be seen."""
    from wisdoms import embedded

    for role, query in (
        (embedded.APP_ROLE, question.walled),
        (embedded.OWNER_ROLE, question.explicit),
    ):
        with _as(home, role) as connection, connection.transaction():
            _open_door(connection, partners[len(partners) // 2])
            plan = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query.sql}", query.parameters).fetchall()
        print(f"{question.name}, as {role}:")
        print("\n".join(f"    {line}" for (line,) in plan), flush=True)


# --- A page -------------------------------------------------------------------------------------------


def _page(corpus: dict[str, Any], rounds: int) -> bool:
    """Print what the middleware adds to a plain page: the list of the computer's work, which is empty.

    Without the middleware nobody opens the door, so that arm connects as the owner.
    """
    from django.conf import settings
    from django.db import DEFAULT_DB_ALIAS, connections
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Membership, Partner, Role, User
    from wisdoms import embedded

    wall_middleware = "accounts.middleware.WallMiddleware"
    user = User.objects.filter(email="reader@example.org").first() or User.objects.create_user(
        "reader@example.org", "a password of the bench", name="Reader"
    )
    partner = Partner.objects.get(pk=corpus["partners"][0])
    Membership.objects.get_or_create(user=user, partner=partner, role=Role.REVIEWER)
    owner = connections[DEFAULT_DB_ALIAS]
    app = owner.copy()
    app.settings_dict["USER"] = embedded.APP_ROLE
    storages = dict(settings.STORAGES)
    storages["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    arms: dict[str, tuple[Client, Any]] = {}
    took: dict[str, list[float]] = {}
    queries: dict[str, int] = {}
    for arm, connection, middleware in (
        ("walled", app, settings.MIDDLEWARE),
        ("bare", owner, [name for name in settings.MIDDLEWARE if name != wall_middleware]),
    ):
        connections[DEFAULT_DB_ALIAS] = connection
        with override_settings(MIDDLEWARE=middleware, STORAGES=storages):
            client = Client()
            _sign_in(client, user)
            with CaptureQueriesContext(connection):
                _get(client)
            with CaptureQueriesContext(connection) as captured:
                _get(client)
        arms[arm] = (client, connection)
        # Beginning and ending a transaction asks nothing of the database.
        queries[arm] = sum(each["sql"] not in ("BEGIN", "COMMIT") for each in captured.captured_queries)
    with override_settings(STORAGES=storages):
        for number in range(rounds):
            for arm in sorted(arms, reverse=bool(number % 2)):
                client, connections[DEFAULT_DB_ALIAS] = arms[arm]
                started = time.perf_counter()
                _get(client)
                took.setdefault(arm, []).append(1000 * (time.perf_counter() - started))
    connections[DEFAULT_DB_ALIAS] = owner
    app.close()
    medians = {arm: statistics.median(times) for arm, times in took.items()}
    more_ms, more_queries = medians["walled"] - medians["bare"], queries["walled"] - queries["bare"]
    holds = more_ms <= PAGE_CEILING_MS and more_queries <= PAGE_CEILING_QUERIES
    print(
        f"A plain page, median of {rounds}: {medians['walled']:.2f} ms and {queries['walled']} queries with "
        f"the wall, {medians['bare']:.2f} ms and {queries['bare']} without\n"
        f"  the wall adds {more_ms:.2f} ms and {more_queries} queries; {PAGE_CEILING_MS:g} ms and "
        f"{PAGE_CEILING_QUERIES} are allowed: {'kept' if holds else 'NOT KEPT'}",
        flush=True,
    )
    return holds


def _sign_in(client: Any, user: Any) -> None:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    # A whole sign-in of just now, its second step included.
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def _get(client: Any) -> None:
    answer = client.get("/workspace/work/")
    if answer.status_code != 200:
        raise SystemExit(f"The page answered {answer.status_code}.")


if __name__ == "__main__":
    sys.exit(main())
