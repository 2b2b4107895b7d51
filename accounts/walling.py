"""How the wall is built: a migration operation that puts an app's tables behind it, and what the policy says.

Apart from `accounts.wall`, since a migration builds and a request only opens doors.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from accounts.wall import DOOR_SETTING, PARTNERS_SETTING, PERSON_SETTING, DoorKind

POLICY = "wall"
BESIDES_POLICY = "besides"
PUBLIC_POLICY = "published"
PERSON_POLICY = "own"
# A name in PostgreSQL holds 63 bytes.
NAME_LIMIT = 63
INSIDE = (DoorKind.STAFF, DoorKind.JOB)


def through(doors: Iterable[DoorKind] = INSIDE) -> str:
    """SQL that holds where the door that stands open is one of these."""
    return f"(select current_setting('{DOOR_SETTING}', true)) in ({_named(doors)})"


def condition(doors: Iterable[DoorKind] = INSIDE) -> str:
    """What a row must meet: its partner is named, and the door is one of these.

    The settings are read in one sub-select, so once for a statement and not once for a row: at a million rows
    that makes the difference between nothing measurable and several times the time. The door is asked inside
    it, not beside it: a second condition would make the planner expect one row in a hundred of those that
    come, and choose its plan for them.
    """
    return (
        f"partner_id = any((select case when current_setting('{DOOR_SETTING}', true) in ({_named(doors)}) "
        f"then string_to_array(nullif(current_setting('{PARTNERS_SETTING}', true), ''), ',')::bigint[] end)"
        "::bigint[])"
    )


def _named(doors: Iterable[DoorKind]) -> str:
    return ", ".join(f"'{kind.value}'" for kind in doors)


def walled_models(models_of_app: Iterable[type[models.Model]]) -> Iterator[type[models.Model]]:
    """Models whose rows belong to a partner: those with a `partner` of their own table."""
    for model in models_of_app:
        if not model._meta.proxy and any(
            field.column == "partner_id" for field in model._meta.local_concrete_fields
        ):
            yield model


def own_person() -> str:
    """SQL for the id of the contributor whose page is open; null through every other door."""
    return f"(select nullif(current_setting('{PERSON_SETTING}', true), '')::bigint)"


class _OfTheDatabase(Operation):
    """An operation that changes the database and no model."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing: the wall is the database's alone."""


class RaiseWall(_OfTheDatabase):
    """Put every table of the app that names a partner behind the wall.

    Each gets forced row security with one policy, and for each foreign key to another walled table a second
    one over (partner, id): a row can never point at another partner's row, nor be moved away alone.

    Args:
        besides: name of a model -> one more SQL condition under which its rows may be read (not written).
        unowned: names of models whose rows without a partner belong to the whole site, for all staff.
        across: `model.column` of foreign keys that lead to another partner's row by design.
        left_out: names of models that are seen by other rules than a partner's wall.

    The reasons for them are said where this is used.
    """

    def __init__(
        self,
        *,
        besides: dict[str, str] | None = None,
        unowned: Iterable[str] = (),
        across: Iterable[str] = (),
        left_out: Iterable[str] = (),
    ) -> None:
        self.besides = besides or {}
        self.unowned = tuple(unowned)
        self.across = tuple(across)
        self.left_out = tuple(left_out)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        said = {
            "besides": self.besides,
            "unowned": self.unowned,
            "across": self.across,
            "left_out": self.left_out,
        }
        return (self.__class__.__name__, [], {name: value for name, value in said.items() if value})

    def describe(self) -> str:
        return "Put the tables of this app behind the wall between partners"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in self._models(app_label, to_state):
            name = model._meta.model_name or ""
            table = schema_editor.quote_name(model._meta.db_table)
            may = condition()
            if name in self.unowned:
                may = f"({may}) or (partner_id is null and {through()})"
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            schema_editor.execute(
                f"CREATE POLICY {POLICY} ON {table} USING ({may}) WITH CHECK ({may})", params=None
            )
            if name in self.besides:
                schema_editor.execute(
                    f"CREATE POLICY {BESIDES_POLICY} ON {table} FOR SELECT USING ({self.besides[name]})",
                    params=None,
                )
            for column, parent in self._walled_parents(model):
                _tie(schema_editor, model._meta.db_table, column, parent)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self._models(app_label, to_state):
            table = schema_editor.quote_name(model._meta.db_table)
            for policy in (POLICY, BESIDES_POLICY):
                schema_editor.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
            schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            for column, _parent in self._walled_parents(model):
                name = _tie_name(model._meta.db_table, column)
                schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {schema_editor.quote_name(name)}")

    def _models(self, app_label: str, state: ProjectState) -> list[type[models.Model]]:
        found = walled_models(state.apps.get_app_config(app_label).get_models(include_auto_created=True))
        return [model for model in found if model._meta.model_name not in self.left_out]

    def _walled_parents(self, model: type[models.Model]) -> Iterator[tuple[str, str]]:
        """Column and parent's table of each foreign key that leads to another walled table."""
        for field in model._meta.local_concrete_fields:
            parent = field.related_model if isinstance(field, models.ForeignKey) else None
            if parent is None or isinstance(parent, str) or field.column == "partner_id":
                continue
            column = field.column or ""
            is_across = f"{model._meta.model_name}.{column}" in self.across
            if list(walled_models([parent])) and not is_across:
                yield column, parent._meta.db_table


class _OpenTo(_OfTheDatabase):
    """Let one role of its own read some rows of walled tables, and no others.

    The policy is for that role alone, so nobody else's statements carry it.

    Args:
        tables: table -> SQL that a row has to meet. A sub-select over another walled table sees only what
            the role may see of that one, so that the first rule is said once and followed from.
    """

    policy: str

    def __init__(self, tables: dict[str, str]) -> None:
        self.tables = tables

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [], {"tables": self.tables})

    def role(self) -> str:
        raise NotImplementedError

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        role = schema_editor.quote_name(self.role())
        for table, where in self.tables.items():
            schema_editor.execute(
                f"CREATE POLICY {self.policy} ON {schema_editor.quote_name(table)} FOR SELECT TO {role} "
                f"USING ({where})",
                params=None,
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for table in self.tables:
            schema_editor.execute(f"DROP POLICY {self.policy} ON {schema_editor.quote_name(table)}")


class OpenToPublic(_OpenTo):
    """Let the public site read those rows of a walled table that stand on a published page, and no others.

    "Published" is said once, for quotes, and followed from.
    """

    policy = PUBLIC_POLICY

    def role(self) -> str:
        return str(settings.DATABASE_PUBLIC_ROLE)

    def describe(self) -> str:
        return "Open to the public what stands on published pages"


class OpenToPerson(_OpenTo):
    """Let somebody who comes by their own link read what is theirs, and no others' rows.

    Whose link it is, `own_person()` says; everything else follows from there.
    """

    policy = PERSON_POLICY

    def role(self) -> str:
        return str(settings.DATABASE_PERSON_ROLE)

    def describe(self) -> str:
        return "Open to a person what is their own"


def _tie_name(table: str, column: str) -> str:
    return f"{table}_{column}"[: NAME_LIMIT - len("_same_partner")] + "_same_partner"


def _tie(schema_editor: BaseDatabaseSchemaEditor, table: str, column: str, parent: str) -> None:
    # The partner comes first, so that the index of it also answers what is asked of one partner's rows.
    quote = schema_editor.quote_name
    unique = f"{parent}"[: NAME_LIMIT - len("_in_partner")] + "_in_partner"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("select 1 from pg_constraint where conname = %s", [unique])
        if cursor.fetchone() is None:
            schema_editor.execute(
                f"ALTER TABLE {quote(parent)} ADD CONSTRAINT {quote(unique)} UNIQUE (partner_id, id)"
            )
    schema_editor.execute(
        f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(_tie_name(table, column))} "
        f"FOREIGN KEY (partner_id, {quote(column)}) REFERENCES {quote(parent)} (partner_id, id) "
        "DEFERRABLE INITIALLY DEFERRED"
    )
