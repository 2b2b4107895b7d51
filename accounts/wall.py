"""The wall between partners, held by the database itself.

Every table with a partner's material is under forced row security. A row is seen, written or changed only
where its partner is named in a setting of the transaction, and `acting_for` is the only door that names one:
the middleware opens it for a request, the queue for the partner of a job's row, the public site for what is
published. Without a door the application's role sees no row at all, so a forgotten filter shows nothing.

The settings are made with `SET LOCAL`: they end with their transaction, so a connection that is used again by
someone else carries nothing over. A door can last longer than one transaction (a job makes many short ones);
each of them gets the settings before its first statement, and a statement outside a transaction gets a
transaction of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from accounts.models import Partner

PARTNERS_SETTING = "app.partners"
USER_SETTING = "app.user"
DOOR_SETTING = "app.door"
PERSON_SETTING = "app.person"

_REST = (
    f"set_config('{USER_SETTING}', %s, true), set_config('{DOOR_SETTING}', %s, true), "
    f"set_config('{PERSON_SETTING}', %s, true), set_config('role', %s, true)"
)
_TELL = f"select set_config('{PARTNERS_SETTING}', %s, true), {_REST}"
_FIND = f"select set_config('{PARTNERS_SETTING}', partners_of_user(%s, %s), true), {_REST}"
Settings = tuple[str, str, str, str, str]
NO_ROLE = "none"
_SAVEPOINT_STATEMENTS = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


class DoorKind(StrEnum):
    """Who comes through. Tables of what is not published are shut to the public whatever partner is named.

    A person who comes by their own link sees what one contributor said and agreed to, and changes nothing:
    what they decide is written through the door of a job, opened around that one act.
    """

    STAFF = "staff"
    JOB = "job"
    PUBLIC = "public"
    PERSON = "person"


class Door:
    """One opening in the wall; `partners` and `user_id` may be set again while it stands open.

    A door with `finds_partners` opens for the partners at which its user holds a role, asked of the database
    in the same statement that makes them known, at the first question put through the door.
    """

    def __init__(
        self, kind: DoorKind, partners: Iterable[int], user_id: int | None, person: int | None = None
    ) -> None:
        self.kind = kind
        self.partners = frozenset(partners)
        self.user_id = user_id
        self.person = person
        self.finds_partners = False

    def settings(self) -> Settings:
        """Values of the four settings and the database role, as text; an empty text shuts.

        Whoever comes through the public door becomes the public's own role, which the policies of published
        rows are for, and a person by their own link becomes theirs. So these cost nobody else anything, and
        no slip of ours can widen them.
        """
        return (
            ",".join(str(each) for each in sorted(self.partners)),
            "" if self.user_id is None else str(self.user_id),
            self.kind.value,
            str(self.person) if self.kind == DoorKind.PERSON and self.person is not None else "",
            {
                DoorKind.PUBLIC: settings.DATABASE_PUBLIC_ROLE,
                DoorKind.PERSON: settings.DATABASE_PERSON_ROLE,
            }.get(self.kind, NO_ROLE),
        )


@dataclass(frozen=True)
class _Told:
    """What a transaction was told, and which transaction that was."""

    transaction: object
    settings: Settings


class _Doors:
    """The doors standing open on one connection, innermost last. Only the innermost counts."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.stack: list[Door] = []
        self.told: _Told | None = None
        self.is_telling = False

    def push(self, door: Door) -> None:
        if not self.stack:
            self.connection.execute_wrappers.append(self)
        self.stack.append(door)

    def pop(self, door: Door) -> None:
        self.stack.remove(door)
        if self.stack:
            return
        self.connection.execute_wrappers.remove(self)
        # A door closed in the middle of a transaction must not stay open in the rest of it. After an error
        # the transaction takes no statement but its rollback, which undoes the settings as well.
        if self._is_told() and not self.connection.needs_rollback:
            with suppress(DatabaseError):
                self._tell(("", "", "", "", NO_ROLE))
        self.told = None

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        # Savepoints are not looked at by the wall, and the way back to one must work after an error.
        if self.is_telling or not self.stack or sql.startswith(_SAVEPOINT_STATEMENTS):
            return execute(sql, params, many, context)
        if self.connection.in_atomic_block:
            self._make_known()
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.connection.alias):
            self._make_known()
            return execute(sql, params, many, context)

    def _make_known(self) -> None:
        door = self.stack[-1]
        if door.finds_partners:
            self._find_partners(door)
            return
        wanted = door.settings()
        if not self._is_told() or self.told is None or self.told.settings != wanted:
            self._tell(wanted)

    def _is_told(self) -> bool:
        """Whether the running transaction still holds what it was told.

        Django makes this list anew at the end of each transaction and at each rollback to a savepoint, which
        are the moments at which PostgreSQL forgets a local setting. (The outermost Atomic would not do: a
        decorated function uses the same one at every call.)
        """
        return self.connection.in_atomic_block and (
            self.told is not None and self.told.transaction is self.connection.run_on_commit
        )

    def _find_partners(self, door: Door) -> None:
        _partners, user, kind, person, role = door.settings()
        self.is_telling = True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(_FIND, (door.user_id, timezone.now(), user, kind, person, role))
                found = cursor.fetchone()[0]
        finally:
            self.is_telling = False
        door.partners = frozenset(int(each) for each in found.split(",") if each)
        door.finds_partners = False
        self.told = _Told(self.connection.run_on_commit, door.settings())

    def _tell(self, wanted: Settings) -> None:
        self.is_telling = True
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(_TELL, wanted)
        finally:
            self.is_telling = False
        self.told = _Told(self.connection.run_on_commit, wanted)


def _doors(alias: str = DEFAULT_DB_ALIAS) -> _Doors:
    connection = connections[alias]
    found: _Doors | None = getattr(connection, "_wall_doors", None)
    if found is None:
        found = _Doors(connection)
        connection._wall_doors = found  # type: ignore[attr-defined]
    return found


@contextmanager
def acting_for(
    *,
    partners: Iterable[int],
    user_id: int | None = None,
    kind: DoorKind = DoorKind.JOB,
    person: int | None = None,
) -> Iterator[Door]:
    """Open the wall for these partners, for as long as the block lasts and on this thread's connection only.

    An inner door replaces the outer one until it closes; nothing is added together. Where the block ends in
    the middle of a transaction, the rest of that transaction is back behind what stood open before.

    Args:
        partners: ids; none at all shows no walled row.
        user_id: whose own memberships and private notes may be read besides; None for nobody's.
        kind: what may be seen of these partners; the public sees only tables of what is published.
        person: id of the contributor whose own rows are seen through the door of a person, and only there.
    """
    doors = _doors()
    door = Door(kind, partners, user_id, person)
    doors.push(door)
    try:
        yield door
    finally:
        doors.pop(door)


def each_partner() -> Iterator[int]:
    """Id after id of every partner, its door open for the body of the loop: for work done by the clock."""
    for partner_id in list(Partner.objects.values_list("pk", flat=True)):
        with acting_for(partners=[partner_id]):
            yield partner_id
