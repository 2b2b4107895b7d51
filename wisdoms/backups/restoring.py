"""The way back: sound and pictures first, which disturbs nobody, then the database in one transaction.

Killed before that transaction ends, the site is as it was. After it, the site does not start before
`replay_withdrawals` has taken back again what was taken back since the copy was made. That it was put back is
written in the same transaction, so that the site waits even where the tombstones were lost with the rest.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from enquiries.replay import RESTORED
from wisdoms.backups import folders, programs
from wisdoms.backups.folders import BackupError, Whole
from wisdoms.backups.making import DUMP, NEWEST_ACT, PREFIX, SOUND

# Sound that the restored database does not know stays so long, in case the wrong copy was put back.
_SPARED_S = 6 * 86_400
_MEDIA = re.compile(r"media/[^/]+(/[^/]+)*")
# Belong to whoever prepared the database, and stand there already.
_NOT_OURS = re.compile(r"^\d+; \d+ \d+ (EXTENSION|SCHEMA|COMMENT - (EXTENSION|SCHEMA)|ACL - SCHEMA) ")
_CLEAR = """
DO $$
DECLARE
    statements text[];
    each text;
BEGIN
    -- Named before the first of them goes: one dropped with another has no name any more.
    SELECT array_agg(statement) INTO statements FROM (
        SELECT format('DROP %s IF EXISTS public.%I CASCADE',
            CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE' END, relname) AS statement
        FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
            AND pg_has_role(current_user, relowner, 'MEMBER')
            -- Not what belongs to an extension, nor a column's own sequence, which goes with its table.
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype IN ('e', 'i')
                OR objid = c.oid AND deptype = 'a' AND relkind = 'S')
        UNION ALL
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace AND pg_has_role(current_user, proowner, 'MEMBER')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
        UNION ALL
        SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname) FROM pg_type t
        WHERE typnamespace = 'public'::regnamespace AND (typtype IN ('e', 'd')
                OR typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
            AND pg_has_role(current_user, typowner, 'MEMBER')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
        UNION ALL
        SELECT format('DROP TEXT SEARCH CONFIGURATION IF EXISTS public.%I CASCADE', cfgname) FROM pg_ts_config
        WHERE cfgnamespace = 'public'::regnamespace AND pg_has_role(current_user, cfgowner, 'MEMBER')
        UNION ALL
        SELECT format('DROP TEXT SEARCH DICTIONARY IF EXISTS public.%I CASCADE', dictname) FROM pg_ts_dict
        WHERE dictnamespace = 'public'::regnamespace AND pg_has_role(current_user, dictowner, 'MEMBER')
        UNION ALL
        -- Rights that new tables get by themselves would widen those that the copy gives; at its end it
        -- brings these back too.
        SELECT format('ALTER DEFAULT PRIVILEGES %s REVOKE ALL ON %s FROM %I',
            CASE WHEN defaclnamespace <> 0 THEN format('IN SCHEMA %s', defaclnamespace::regnamespace) END,
            CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES'
                WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END, r.rolname)
        FROM pg_default_acl CROSS JOIN LATERAL aclexplode(defaclacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE defaclrole = current_user::regrole AND a.grantee <> defaclrole
        UNION
        SELECT format('DROP COLLATION IF EXISTS public.%I CASCADE', collname) FROM pg_collation
        WHERE collnamespace = 'public'::regnamespace AND pg_has_role(current_user, collowner, 'MEMBER')
    ) AS ours;
    FOREACH each IN ARRAY coalesce(statements, '{}') LOOP
        EXECUTE each;
    END LOOP;
END $$;
"""
_SAY = """select from public.audit_append('{act}', null, null, '', '', '{{"newest_act": {newest}}}')"""
_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
    "and backend_type = 'client backend'"
)

Teller = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: from which copy, how many files, and how many were there already."""

    path: Path
    files: int
    already_there: int


def restore_backup(place: Path, *, over_newer: bool, tell: Teller) -> Restored:
    """Put a copy back: the one at `place`, or the newest whole one inside it.

    Args:
        over_newer: also where the site holds acts that are newer than the copy, which are then lost.

    Raises:
        BackupError: nothing in the database was changed; the sentence says why.
    """
    copy = folders.chosen(place, PREFIX)
    # So that no copy made meanwhile removes this one, or counts what is half back as what there is.
    with folders.alone(copy.path.parent):
        return _restore(copy, over_newer=over_newer, tell=tell)


def _restore(copy: Whole, *, over_newer: bool, tell: Teller) -> Restored:
    manifest = copy.manifest()
    files: dict[str, list[Any]] = manifest["files"]
    tell(f"Taking {copy.path.name}, made at {manifest['made_at']}.")
    _refuse_while_in_use()
    _refuse_over_newer(manifest["newest_act"], over_newer)
    tell(f"Comparing its {len(files)} files with what it says of them.")
    _check(copy, files)
    tell("Putting sound and pictures where they belong.")
    there = sum(_put_back(copy, name, said) for name, said in files.items() if name != DUMP)
    # Before the database: killed right after it, nothing of this would be done.
    _spare_unknown(files)
    tell("Putting the database back, in one piece.")
    _put_back_database(copy.path / DUMP, newest_act=int(manifest["newest_act"]["id"]))
    connections.close_all()
    return Restored(copy.path, len(files), there)


def _refuse_while_in_use() -> None:
    connections.close_all()
    for _try in range(20):
        others = int(programs.run("psql", "-Atc", _OTHERS, role="owner"))
        if not others:
            return
        time.sleep(0.1)  # a connection of ours that was just closed is still there for a moment
    raise BackupError(
        f"{others} other connections use the database. Stop the site and every worker, then run this again."
    )


def _refuse_over_newer(newest: Mapping[str, Any], over_newer: bool) -> None:
    if programs.run("psql", "-Atc", "select to_regclass('audit_event')", role="owner").strip() == "":
        return
    here = int(programs.run("psql", "-AtF|", "-c", NEWEST_ACT, role="owner").strip().split("|")[0])
    if here > newest["id"] and not over_newer:
        raise BackupError(
            f"The site holds {here - newest['id']} acts that are newer than this copy, and they would be "
            "lost. Make a backup first, or say --over-newer. Nothing was changed."
        )


def _check(copy: Whole, files: Mapping[str, list[Any]]) -> None:
    if DUMP not in files:
        raise BackupError(f"{copy.path} holds no database. Choose another.")
    for name, said in files.items():
        if name != DUMP and (
            not (SOUND.fullmatch(name) or _MEDIA.fullmatch(name)) or ".." in name.split("/")
        ):
            raise BackupError(
                "The copy names a file outside its own folders. It was tampered with: choose another."
            )
        try:
            found = list(folders.digest_of(copy.path / name))
        except OSError as error:
            raise BackupError(
                f"A file of the copy is missing: {_called(name)}. Choose another copy."
            ) from error
        if found != said:
            raise BackupError(f"A file of the copy was damaged: {_called(name)}. Choose another copy.")


def _called(name: str) -> str:
    """What to call a file in a sentence: a picture by its kind alone, since its name may say whose it is."""
    return "a picture" if name.startswith("media/") else name


def _put_back(copy: Whole, name: str, said: list[Any]) -> bool:
    """Put one file where it belongs, whole or not at all; True where the very same was there already."""
    if name.startswith("sound/"):
        target = Path(settings.STORE_DIR) / name
    else:
        target = Path(settings.MEDIA_ROOT) / name.removeprefix("media/")
    if target.is_file() and list(folders.digest_of(target)) == said:
        return True
    folders.copy_over(copy.path / name, target, mode=0o644 if name.startswith("media/") else 0o600)
    return False


def _put_back_database(dump: Path, *, newest_act: int) -> None:
    # Words lie in it: named so that the next backup or restore removes what a kill leaves of it.
    with folders.scratch(dump.parent.parent, PREFIX) as folder:
        listed = programs.run("pg_restore", "--list", str(dump), role="owner").splitlines()
        wanted = Path(folder, "wanted")
        wanted.write_text("\n".join(line for line in listed if not _NOT_OURS.match(line)), encoding="utf-8")
        clear, script = Path(folder, "clear.sql"), Path(folder, "restore.sql")
        clear.write_text(_CLEAR, encoding="utf-8")
        script.touch(mode=0o600)
        programs.run(
            "pg_restore",
            "--no-owner",
            f"--use-list={wanted}",
            f"--file={script}",
            str(dump),
            role="owner",
        )
        os.sync()
        programs.run(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--file={clear}",
            f"--file={script}",
            f"--command={_SAY.format(act=RESTORED, newest=newest_act)}",
            role="owner",
        )


def _spare_unknown(files: Mapping[str, list[Any]]) -> None:
    """Keep the hourly sweep for some days from sound that came after the copy, and from its keys."""
    until = time.time() + _SPARED_S
    store = Path(settings.STORE_DIR)
    for path in store.glob("sound/*/*"):
        if path.relative_to(store).as_posix() not in files:
            os.utime(path, (until, until))
