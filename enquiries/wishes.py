"""What people said that shows less of them and takes no scope back, kept outside the database as well.

A part they do not share, a no to a quote, seeing their words first, a card that was ended: each stands in the
database, and a copy from before knows nothing of it. So each leaves a small file beside the tombstones: ids,
moments and names of states, never words. After a restore `enquiries.replay` does again what the copy does not
know. The right keeps the register, the left fills it: each app enters its kinds in `AppConfig.ready()`.

The file is written before the act's transaction ends, so that nobody's word is kept without it, and says from
the commit on that it is sure. The act's line in the record carries the same, which is how a database is known
to know of it: the record goes with the database, forward and back.
"""

import fcntl
import json
import logging
import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import wall
from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from audit.models import Event
from enquiries import tombstones
from enquiries.models import Contributor, Scope
from enquiries.outside import read_whole, write_whole
from enquiries.tombstones import TombstoneUnreadable

logger = logging.getLogger(__name__)

_FORMAT = 1
_ENDING = ".json"
# Names of wishes are made of what they are about, so that a later word takes the place of an earlier one.
_NAMES = uuid.UUID("5b0f6f0e-0d5c-4d0e-9a53-6a5a0f1f7c11")
REPLAYED = "wish.replayed"
# One whose transaction has not ended after this long never will.
_UNSURE_FOR = timedelta(hours=1)
# No copy from before is left by then (docs/adr/0012): what does not hold any more needs no file.
_OVER_FOR = timedelta(days=31)

About = dict[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that somebody said.

    Attributes:
        kind: one that an app entered; `handle` is the voice's, `said_at` ISO 8601 with its offset.
        about: ids and numbers by which the thing is found again. A row's number comes with the moment it was
            made, since a database put back gives the same numbers anew. `until`: it matters no longer then.
        is_sure: the transaction of the act has ended.
        is_over: they said otherwise since. It stays for a while, so that no copy brings the old word back.
        is_unplaced: done again after a restore, but what it is about was not found: for the data guardian.
    """

    id: str
    kind: str
    handle: str
    partner_id: int
    said_at: str
    about: About
    is_sure: bool = False
    is_over: bool = False
    is_unplaced: bool = False

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.said_at)

    def number(self, name: str) -> int | None:
        """A number of `about`; None where there is none."""
        found = self.about.get(name)
        return found if isinstance(found, int) else None

    def text(self, name: str) -> str:
        """A moment, or the name of a state, of `about`."""
        return str(self.about[name])

    def fact(self) -> list[str]:
        """What the act's line in the record carries of it."""
        return [self.id, self.kind, self.handle, self.said_at, json.dumps(self.about, sort_keys=True)]


@dataclass(frozen=True, slots=True)
class Kind:
    """What an app enters.

    Attributes:
        acts: under which names the record carries it.
        carry_out: does again in this database what a wish of this kind says; twice is no error. Gives back
            whether what it is about was found, or whether there is nothing of it here.
        before_opening: what else has to happen at each partner before a site that was put back opens.
    """

    acts: Collection[str]
    carry_out: Callable[[Contributor, Wish], bool]
    before_opening: Callable[[], object] | None = None


_kinds: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Enter a kind. Entering the same again replaces it, so that reloading is safe."""
    _kinds[name] = kind


# --- Said ---------------------------------------------------------------------------------------------
def tell(
    *, kind: str, contributor: Contributor, key: Iterable[object], about: About, said_at: datetime
) -> Wish:
    """Write a wish down inside the transaction of the act, whose line in the record carries its `fact()`.

    A disk that is full, or not there, keeps nobody from closing what is theirs: the hourly `settle` writes
    the file then.

    Args:
        key: what it is about, so that a later word about the same takes the place of this one.
    """
    wish = Wish(
        id=id_of(kind, contributor, key),
        kind=kind,
        handle=str(contributor.handle),
        partner_id=contributor.partner_id,
        said_at=said_at.isoformat(),
        about=about,
    )
    try:
        _keep(wish)
    except OSError as error:
        logger.warning("A wish is not kept outside the database yet: %s", type(error).__name__)
    transaction.on_commit(partial(_confirm, wish), robust=True)
    return wish


def say_otherwise(*, kind: str, contributor: Contributor, key: Iterable[object]) -> None:
    """They said since that it may be shown. Holds from the commit on; where nothing was said, nothing is."""
    name = id_of(kind, contributor, key)
    transaction.on_commit(partial(_end, name, timezone.now()), robust=True)


def id_of(kind: str, contributor: Contributor, key: Iterable[object]) -> str:
    """The name of what somebody says about one thing."""
    parts = (kind, contributor.handle, *(_as_text(each) for each in key))
    return str(uuid.uuid5(_NAMES, ":".join(map(str, parts))))


def _as_text(part: object) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _confirm(wish: Wish) -> None:
    with _alone():
        there = find(wish.id)
        # None: a full disk, which `settle` makes good; or everything was taken back since, and it stays gone.
        if there is not None and there.moment <= wish.moment:
            _keep(replace(wish, is_sure=True, is_over=there.is_over and _same(there, wish)))


def _same(one: Wish, other: Wish) -> bool:
    return (one.id, one.said_at) == (other.id, other.said_at)


def _end(name: str, moment: datetime) -> None:
    with _alone():
        there = find(name)
        # What was said after that press holds.
        if there is not None and there.moment <= moment:
            _keep(replace(there, is_over=True, is_unplaced=False))


# --- The folder ---------------------------------------------------------------------------------------
def folder() -> Path:
    """Where the files lie: beside the tombstones, and copied and brought back with them."""
    return Path(settings.TOMBSTONES_DIR) / "wishes"


def _path(wish_id: str) -> Path:
    # Through UUID, so that nothing but an id can become part of a path.
    return folder() / f"{uuid.UUID(wish_id)}{_ENDING}"


def _keep(wish: Wish) -> None:
    write_whole(_path(wish.id), {"format": _FORMAT, **asdict(wish)})


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else changes a file by what stood in it meanwhile."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder() / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def find(wish_id: str) -> Wish | None:
    """The wish of that id, or None. Raises TombstoneUnreadable."""
    try:
        return _read(_path(wish_id))
    except FileNotFoundError:
        return None


def read_all() -> list[Wish]:
    """Every wish, oldest first, those too that do not hold any more.

    Raises:
        TombstoneUnreadable: a file is not a wish. Nothing is passed over in silence.
    """
    return sorted(read_from(folder()), key=lambda each: (each.moment, each.id))


def read_from(place: Path) -> Iterator[Wish]:
    """Those in a folder, such as a copy's; see `read_all`. One that is removed meanwhile is passed over."""
    for path in sorted(place.glob(f"*{_ENDING}")):
        try:
            yield _read(path)
        except FileNotFoundError:
            continue


def _read(path: Path) -> Wish:
    try:
        said = read_whole(path)
        if said.pop("format") != _FORMAT or path.name != f"{said['id']}{_ENDING}":
            raise ValueError("another format, or another's name")
        found = Wish(**said)
        uuid.UUID(found.handle)
        is_ours = (
            found.moment.tzinfo is not None
            and type(found.partner_id) is int
            and isinstance(found.about, dict)
            and found.kind in _kinds
        )
        if not is_ours:
            raise ValueError("not of our making")
        return found
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TombstoneUnreadable(
            f"The file {path.name} beside the tombstones cannot be read. Put the folder of tombstones back "
            "from its copy; without it a restored database would show what somebody closed."
        ) from error


def take_in(wish: Wish) -> bool:
    """Bring a wish from a copy of the folder; whether it came. What is here and newer, or over, stays.

    Not where everything of that voice was taken back since: its files fell then.
    """
    if _is_taken_back(wish, _taken_back()):
        return False
    with _alone():
        there = find(wish.id)
        if there is not None and there.moment >= wish.moment:
            return False
        _keep(wish)
    return True


# --- What holds, and what this database knows ---------------------------------------------------------
def _taken_back() -> dict[str, datetime]:
    """Handle -> when everything of it was taken back, the last time. A tombstone says more than a wish."""
    found: dict[str, datetime] = {}
    for each in tombstones.read_all():
        if Scope.TAKE_PART in each.scopes:
            found[each.handle] = datetime.fromisoformat(each.asked_at)
    return found


def _is_taken_back(wish: Wish, taken_back: Mapping[str, datetime]) -> bool:
    return wish.handle in taken_back and wish.moment <= taken_back[wish.handle]


def _holds(wish: Wish, now: datetime) -> bool:
    until = wish.about.get("until")
    return not wish.is_over and not (isinstance(until, str) and datetime.fromisoformat(until) <= now)


def _said_here(partner_id: int) -> dict[tuple[str, str], Wish]:
    """Everything the record of this partner, whose door is open, carries: by id and moment."""
    acts = {REPLAYED, *(act for kind in _kinds.values() for act in kind.acts)}
    rows = Event.objects.filter(partner_id=partner_id, action__in=acts, detail__has_key="wish").order_by("id")
    found = {}
    for detail in rows.values_list("detail", flat=True).iterator(chunk_size=2000):
        name, kind, handle, said_at, about = detail["wish"]
        found[name, said_at] = Wish(name, kind, handle, partner_id, said_at, json.loads(about), is_sure=True)
    return found


def outstanding(*, with_unsure: bool = False) -> list[Wish]:
    """Wishes of voices in this database that it does not know of, oldest first.

    Args:
        with_unsure: also those whose transaction may never have ended. After a restore they count: somebody
            pressed the button.

    Raises:
        TombstoneUnreadable: see `read_all`.
    """
    now, taken_back = timezone.now(), _taken_back()
    by_partner: dict[int, list[Wish]] = defaultdict(list)
    for wish in read_all():
        if _holds(wish, now) and (wish.is_sure or with_unsure) and not _is_taken_back(wish, taken_back):
            by_partner[wish.partner_id].append(wish)
    found: list[Wish] = []
    for partner_id, listed in by_partner.items():
        with wall.acting_for(partners=[partner_id]):
            known = _said_here(partner_id)
            unknown = [each for each in listed if (each.id, each.said_at) not in known]
            there = _voices(unknown)
        found += [each for each in unknown if each.handle in there]
    return sorted(found, key=lambda each: (each.moment, each.id))


def _voices(listed: Iterable[Wish]) -> dict[str, Contributor]:
    rows = Contributor.objects.filter(handle__in={each.handle for each in listed})
    return {str(row.handle): row for row in rows}


def missing() -> list[Wish]:
    """Wishes that this database knows of and whose files are not there, though they should be."""
    now, taken_back = timezone.now(), _taken_back()
    there = {each.id for each in read_all()}
    found: dict[str, Wish] = {}
    for partner_id in wall.each_partner():
        # Of several words about the same thing the last one counts.
        for wish in _said_here(partner_id).values():
            if wish.id not in there and _holds(wish, now) and not _is_taken_back(wish, taken_back):
                found[wish.id] = wish
    # One that does not hold any more falls after a while, and the record goes on to tell of it.
    return [each for each in found.values() if each.moment > now - _OVER_FOR]


def keep_missing(lost: Iterable[Wish]) -> None:
    """Write anew what `missing` found."""
    for wish in lost:
        _keep(wish)


def replay(wish: Wish) -> bool:
    """Do again in this database what a wish says; whether what it is about was found.

    Through the door of its partner. May be killed anywhere and run again.
    """
    contributor = Contributor.objects.get(handle=wish.handle)
    is_placed = _kinds[wish.kind].carry_out(contributor, wish)
    with _alone():
        there = find(wish.id)
        if there is not None and _same(there, wish):
            _keep(replace(there, is_sure=True, is_unplaced=not is_placed))
    record(REPLAYED, by=None, about=contributor, wish=wish.fact(), is_placed=is_placed)
    return is_placed


def before_opening() -> None:
    """What the kinds do at the partner before us before a site that was put back opens."""
    for kind in _kinds.values():
        if kind.before_opening is not None:
            kind.before_opening()


# --- Tidying ------------------------------------------------------------------------------------------
def settle(partner_id: int) -> int:
    """Every hour, at the partner whose door is open: bring files and database together; how many changed.

    What a full disk or a kill kept from being written is written; what is known is sure; what was undone with
    its transaction goes, and so does what does not matter any more.
    """
    now, taken_back = timezone.now(), _taken_back()
    known = _said_here(partner_id)
    changed = 0
    with _alone():
        there = {each.id: each for each in read_all() if each.partner_id == partner_id}
        for (name, _said_at), wish in known.items():
            if _is_missing(wish, there.get(name), now) and not _is_taken_back(wish, taken_back):
                _keep(wish)
                there[name] = wish
                changed += 1
        for wish in there.values():
            if _is_taken_back(wish, taken_back):
                # Said in the very moment in which everything was taken back.
                _path(wish.id).unlink(missing_ok=True)
                changed += 1
            else:
                changed += _tidy(wish, (wish.id, wish.said_at) in known, now)
    return changed


def _is_missing(said: Wish, there: Wish | None, now: datetime) -> bool:
    # Younger ones are on their way; much older ones were kept, and fell.
    if not now - timedelta(days=2) < said.moment < now - timedelta(minutes=1) or not _holds(said, now):
        return False
    return there is None or there.moment < said.moment


def _tidy(wish: Wish, is_known: bool, now: datetime) -> int:
    if not _holds(wish, now):
        if wish.is_over and wish.moment > now - _OVER_FOR:
            return 0
        _path(wish.id).unlink(missing_ok=True)
        return 1
    if wish.is_sure:
        return 0
    if is_known:
        _keep(replace(wish, is_sure=True))
        return 1
    if wish.moment < now - _UNSURE_FOR:
        _path(wish.id).unlink(missing_ok=True)
        return 1
    return 0


def of_voices(handles: Iterable[uuid.UUID]) -> list[Wish]:
    """What is kept of these voices."""
    wanted = {str(each) for each in handles}
    return [each for each in read_all() if each.handle in wanted]


def forget(handle: uuid.UUID) -> int:
    """Everything of a voice was taken back, and its tombstone says so: its wishes go. How many went."""
    with _alone():
        gone = of_voices([handle])
        for wish in gone:
            _path(wish.id).unlink(missing_ok=True)
    return len(gone)


def unplaced(partner_ids: Iterable[int]) -> list[Wish]:
    """Those the data guardians of these partners have to look after, oldest first."""
    wanted = set(partner_ids)
    return [each for each in read_all() if each.is_unplaced and each.partner_id in wanted]


@transaction.atomic
def look_after(*, contributor: Contributor, by: User) -> int:
    """Note that what was not found of this voice has been looked after. A second press changes nothing.

    Raises:
        NotYours: the user does not look after withdrawals at this partner.
    """
    check(by, "withdrawal.see", contributor)
    with _alone():
        waiting = [each for each in of_voices([contributor.handle]) if each.is_unplaced]
        for wish in waiting:
            _keep(replace(wish, is_unplaced=False))
    if waiting:
        record("wish.looked_after", by=by, about=contributor, n=len(waiting))
    return len(waiting)
