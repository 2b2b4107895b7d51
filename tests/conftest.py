"""What every test may ask for: a database made once and copied, and jobs run at once."""

import fcntl
import gc
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_save
from django.test import Client, TransactionTestCase
from procrastinate.jobs import Job

from accounts import wall
from accounts.models import Partner
from accounts.privacy import OUR_APPS
from tests.jobs import run_due_jobs
from wisdoms import embedded

# --- Examples -----------------------------------------------------------------------------------------
# The same ones at every run, on every machine, however slow: a test that fails has to fail for whoever looks
# into it. Nothing is kept in a folder that two processes share.
hypothesis.settings.register_profile(
    "wisdoms",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("wisdoms")


# --- Database -----------------------------------------------------------------------------------------
# Migrating takes far longer than copying. So a template is migrated once for each state of the migrations,
# as the owner, and copied for each session; tests then work as the application's ordinary role.


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{version('Django')} {version('wagtail')}".encode())
    for config in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for path in sorted((Path(config.path) / "migrations").glob("*.py")):
            digest.update(f"{config.label}/{path.name}".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _as_owner(database: str) -> Iterator[None]:
    """Django's default connection as the owner, in another database, for the length of the block."""
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(USER=embedded.OWNER_ROLE, NAME=database)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def _statement(sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Run one statement outside any transaction, as the owner, in the maintenance database."""
    with _as_owner("postgres"), connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []


def _end_own_connections(database: str) -> None:
    """End what the application's role still has open in a database; asked from the maintenance database."""
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(NAME="postgres")
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = %s and usename = current_user",
                [database],
            )
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def _databases() -> set[str]:
    return {row[0] for row in _statement("select datname from pg_database")}


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Held by one session of tests at a time; the kernel lets go of it however the session ends."""
    home = Path(settings.EMBEDDED_HOME)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "tests.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_what_killed_sessions_left() -> None:
    for name in _databases():
        kind, _, pid = name.partition("_")
        if kind == "test" and pid.isdigit() and not psutil.pid_exists(int(pid)):
            _statement(f'DROP DATABASE IF EXISTS "{name}"')


def _make_template() -> str:
    template = f"template_{_fingerprint()}"
    known = _databases()
    if template in known:
        return template
    for stale in known:
        if stale.startswith(("template_", "making_")):
            _statement(f'DROP DATABASE IF EXISTS "{stale}"')
    making = f"making_{os.getpid()}"
    _statement(f'CREATE DATABASE "{making}"')
    with _as_owner(making):
        _migrate()
    if template not in _databases():
        _statement(f'ALTER DATABASE "{making}" RENAME TO "{template}"')
    return template


def _migrate() -> None:
    """As `migrate` does, but what is not ours comes first: each step makes the models known by then anew, and
    there are fewer of them to be made anew two hundred times. A third of the time."""
    executor = MigrationExecutor(connection)
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in OUR_APPS])
    call_command("migrate", verbosity=0, interactive=False)


class _TestDatabase:
    """One copy of the template; `renew` puts it back as it was."""

    def __init__(self) -> None:
        self.name = f"test_{os.getpid()}"
        with _one_at_a_time():
            _drop_what_killed_sessions_left()
            self.template = _make_template()
            self.renew()

    def renew(self) -> None:
        for each in connections.all(initialized_only=True):
            each.close()
        self.drop()
        _statement(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}" STRATEGY file_copy')
        connection.settings_dict["NAME"] = self.name

    def drop(self) -> None:
        # The site that browser tests drive answers in threads whose connections are still open. They belong
        # to the application's role, and only that role may end them.
        for tries_left in reversed(range(20)):
            _end_own_connections(self.name)
            try:
                _statement(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
                return
            except ProgrammingError:
                # A late answer of that site, or the server's own vacuum, came in between.
                if not tries_left:
                    raise
                time.sleep(0.25)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's: copy the migrated template, then connect as the ordinary role."""
    with django_db_blocker.unblock():
        database = _TestDatabase()
    # Tests with real transactions get a fresh copy afterwards: emptying tables would also empty what
    # migrations put there, and the audit's tables refuse to be emptied at all.
    teardown = TransactionTestCase._fixture_teardown

    def renew(test: TransactionTestCase) -> None:
        database.renew()

    TransactionTestCase._fixture_teardown = renew  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        for each in connections.all(initialized_only=True):
            each.close()
        database.drop()


# --- The wall -----------------------------------------------------------------------------------------
# A test arranges and looks with every partner before it; what it tries out (a request, a job) comes through
# a door of its own, which shows that partner's rows alone. `wall_shut` takes the test's own door away.


@pytest.fixture(autouse=True)
def _ground_door(request: pytest.FixtureRequest) -> Iterator[None]:
    if "wall_shut" in request.fixturenames:
        yield
        return
    # 0 is nobody's id: it stands for the record's acts of the installation itself.
    with wall.acting_for(partners=(0,)) as door:

        def widen(sender: type[Partner], instance: Partner, **_kwargs: Any) -> None:
            door.partners |= {instance.pk}

        post_save.connect(widen, sender=Partner, weak=False)
        yield
        post_save.disconnect(widen, sender=Partner)


@pytest.fixture
def wall_shut() -> None:
    """For tests of the wall itself: no door stands open unless the test opens one."""


# --- Signing in ---------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _second_factor_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """`client.force_login` stands for a whole sign-in of just now, its second factor included."""
    sign_in = Client.force_login

    def force_login(client: Client, user: Any, backend: str | None = None) -> None:
        sign_in(client, user, backend)
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()

    monkeypatch.setattr(Client, "force_login", force_login)


# --- Jobs ---------------------------------------------------------------------------------------------


@pytest.fixture
def run_jobs(db: None) -> Callable[..., list[Job]]:
    """Runs every job that is due, here and now, and gives those that ran; see tests/jobs.py."""
    return run_due_jobs


@pytest.fixture(scope="session", autouse=True)
def _folder_of_worlds(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Worlds that several tests share are made before the folders of any one of them: they leave nothing of
    what people closed where another process looks for it."""
    from django.conf import settings

    settings.TOMBSTONES_DIR = tmp_path_factory.mktemp("tombstones")


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    """Each test keeps its sound, keys, anchor, pictures and letters to itself."""
    settings.STORE_DIR = tmp_path / "store"
    settings.KEYRING_DIR = tmp_path / "keyring"
    settings.TOMBSTONES_DIR = tmp_path / "tombstones"
    settings.ANCHOR_DIR = tmp_path / "anchor"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


# Files that take a minute or more, the longest first: begun early, they leave no process waiting at the end.
_LONG = [
    "walls/test_every_view.py",
    "gate/test_views_ask.py",
    "verification/test_withdrawal_everywhere.py",
    "accounts/test_coaches_cannot_learn.py",
    "browser/test_whole_way.py",
    "browser/test_crawl.py",
    "browser/test_public_pages.py",
    "browser/test_field.py",
]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for rubbish over and over is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps a loop running in the thread; jobs run at once need none."""
    here = Path(__file__).parent
    places = {here / name: place for place, name in enumerate(_LONG)}
    items.sort(
        key=lambda item: (here / "browser" in item.path.parents, places.get(item.path, len(_LONG))),
    )
