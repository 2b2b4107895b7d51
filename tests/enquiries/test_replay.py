"""A database put back from an older copy is made to take back again what was taken back since."""

import json
import uuid
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.actions import record
from enquiries import consent, tombstones
from enquiries.models import Scope, Withdrawal
from enquiries.outside import write_whole
from enquiries.replay import ReplayNeeded, check_replayed, outstanding, replay_all
from enquiries.tombstones import Tombstone, TombstoneUnreadable
from enquiries.tracing import trace
from tests.factories.publishing import World, world
from tests.sweeping import withdraw_and_sweep
from tests.whole_person import CANARY, NAME, Whole, tables_with, whole_person
from wisdoms.readiness import refuse_before_replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(db: Any) -> World:
    return world()


@pytest.fixture
def whole(site: World) -> Whole:
    return whole_person(site)


def later(whole: Whole, *scopes: str, **more: Any) -> Tombstone:
    """A tombstone of something this database has never heard of, as after a restore."""
    made = Tombstone(
        id=str(uuid.uuid4()),
        handle=str(whole.contributor.handle),
        partner_id=whole.contributor.partner_id,
        asked_at="2026-11-20T10:00:00+00:00",
        method="online",
        scopes=scopes or tuple(Scope.values),
        **{"is_done": True, **more},
    )
    tombstones.keep(made)
    return made


def test_nothing_is_outstanding_in_the_database_that_made_the_tombstones(whole: Whole) -> None:
    withdraw_and_sweep(contributor=whole.contributor, scope=Scope.TAKE_PART)
    assert outstanding() == []
    check_replayed()


def test_a_restored_database_takes_back_again_and_knows_it_the_next_time(whole: Whole) -> None:
    tombstone = later(whole)
    assert outstanding() == [tombstone]
    assert tables_with(CANARY)

    [done] = list(replay_all())

    assert (done.tombstone, done.is_new) == (tombstone.id, True)
    assert tables_with(CANARY, NAME) == {}
    assert trace(handle=whole.contributor.handle).held == ()
    assert not consent.allows(whole.contributor, Scope.TAKE_PART)
    row = Withdrawal.objects.get()
    assert (str(row.tombstone), row.asked_at.isoformat()) == (tombstone.id, tombstone.asked_at)
    assert list(replay_all()) == []
    assert [each.id for each in tombstones.read_all()] == [tombstone.id]


def test_neither_the_site_nor_a_worker_starts_before(whole: Whole, capsys: Any) -> None:
    later(whole)
    with pytest.raises(ReplayNeeded, match="manage.py replay_withdrawals"):
        check_replayed()
    with pytest.raises(CommandError, match="manage.py replay_withdrawals"):
        call_command("procrastinate", "worker", "--one-shot")
    with pytest.raises(SystemExit) as left:
        refuse_before_replay()
    assert left.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_after_a_restore_nothing_starts_before_a_replay_whatever_the_tombstones_say(whole: Whole) -> None:
    check_replayed()
    record("backup.restored", by=None)
    assert outstanding() == []
    with pytest.raises(ReplayNeeded, match="put back from a copy"):
        check_replayed()
    with pytest.raises(CommandError, match="put back from a copy"):
        call_command("procrastinate", "worker", "--one-shot")
    call_command("replay_withdrawals", "--dry-run", stdout=StringIO())
    with pytest.raises(ReplayNeeded):
        check_replayed()

    call_command("replay_withdrawals", stdout=StringIO())
    check_replayed()
    record("backup.restored", by=None)
    with pytest.raises(ReplayNeeded):
        check_replayed()


def test_a_folder_that_lacks_tombstones_is_not_taken_for_the_right_one(whole: Whole, settings: Any) -> None:
    known = withdraw_and_sweep(contributor=whole.contributor, scope=Scope.QUOTE_WORDS)
    before = tombstones.find(str(known.tombstone))
    Path(settings.TOMBSTONES_DIR, f"{known.tombstone}.json").unlink()
    record("backup.restored", by=None)

    with pytest.raises(CommandError, match="1 withdrawal that is not in the folder"):
        call_command("replay_withdrawals")
    with pytest.raises(ReplayNeeded):
        check_replayed()
    assert tombstones.find(str(known.tombstone)) is None

    call_command("replay_withdrawals", "--without-missing", stdout=StringIO())
    check_replayed()
    assert tombstones.find(str(known.tombstone)) == before
    call_command("replay_withdrawals", stdout=StringIO())


def test_a_voice_the_database_never_heard_of_keeps_nobody_out(whole: Whole) -> None:
    tombstones.keep(
        Tombstone(
            id=str(uuid.uuid4()),
            handle=str(uuid.uuid4()),
            partner_id=whole.contributor.partner_id,
            asked_at="2026-11-20T10:00:00+00:00",
            method="online",
            scopes=("take_part",),
        )
    )
    assert outstanding() == []


def test_a_copy_made_in_the_middle_of_a_sweep_is_swept_to_its_end(whole: Whole) -> None:
    done = withdraw_and_sweep(contributor=whole.contributor, scope=Scope.QUOTE_WORDS)
    # As the copy has it: asked for, and nothing removed yet.
    Withdrawal.objects.filter(pk=done.pk).update(state="sweeping", finished_at=None, steps={})
    assert [each.id for each in outstanding()] == [str(done.tombstone)]
    [again] = list(replay_all())
    assert not again.is_new
    assert outstanding() == []


def test_a_sweep_that_is_going_on_keeps_nobody_out(whole: Whole) -> None:
    from enquiries.actions import withdraw
    from enquiries.sweep import tombstone_of

    asked = withdraw(contributor=whole.contributor, scope=Scope.QUOTE_WORDS, by=None)
    tombstones.keep(tombstone_of(asked))
    assert outstanding() == []


def test_the_command_prints_ids_and_counts(whole: Whole) -> None:
    tombstone = later(whole, Scope.QUOTE_WORDS)
    out = StringIO()
    call_command("replay_withdrawals", "--dry-run", stdout=out)
    assert "1 to be taken back again" in out.getvalue()
    out = StringIO()
    call_command("replay_withdrawals", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["outstanding"] == [tombstone.id]
    assert said["replayed"][0]["tombstone"] == tombstone.id
    assert NAME not in out.getvalue()


def test_a_tombstone_that_cannot_be_read_keeps_the_site_shut(whole: Whole, settings: Any) -> None:
    made = later(whole)
    Path(settings.TOMBSTONES_DIR, f"{made.id}.json").write_text('{"format": 1, "id":', encoding="utf-8")
    with pytest.raises(TombstoneUnreadable, match="Put the folder of tombstones back"):
        check_replayed()
    with pytest.raises(CommandError):
        call_command("replay_withdrawals")


@pytest.mark.parametrize(
    "changed",
    [
        {"handle": "23"},
        {"id": "23"},
        {"partner_id": "1"},
        {"scopes": ["all"]},
        {"scopes": None},
        {"asked_at": ""},
        {"asked_at": "2026-11-20T10:00:00"},
        {"done_at": "yesterday"},
        {"is_done": 1},
        {"more": 1},
        {"format": 2},
    ],
)
def test_a_tombstone_that_says_what_we_never_write_keeps_the_site_shut(
    settings: Any, db: Any, changed: dict[str, Any]
) -> None:
    handle = str(uuid.uuid4())
    made = Tombstone(str(uuid.uuid4()), handle, 1, "2026-11-20T10:00:00+00:00", "told", ("take_part",))
    tombstones.keep(made)
    path = Path(settings.TOMBSTONES_DIR, f"{made.id}.json")
    said = json.loads(path.read_text(encoding="utf-8"))
    # By hand: the check does not fit. With a check that fits: what it says cannot be.
    path.write_text(json.dumps(said | changed), encoding="utf-8")
    with pytest.raises(TombstoneUnreadable, match="Put the folder of tombstones back"):
        check_replayed()
    del said["check"]
    write_whole(path, said | changed)
    with pytest.raises(TombstoneUnreadable, match="Put the folder of tombstones back"):
        check_replayed()


def test_a_tombstone_that_was_changed_doubled_or_removed_is_noticed(whole: Whole, settings: Any) -> None:
    known = withdraw_and_sweep(contributor=whole.contributor, scope=Scope.QUOTE_WORDS)
    path = Path(settings.TOMBSTONES_DIR, f"{known.tombstone}.json")
    said = path.read_text(encoding="utf-8")
    path.write_text(said.replace("quote_words", "audio_clip"), encoding="utf-8")
    with pytest.raises(TombstoneUnreadable):
        check_replayed()
    path.write_text(said, encoding="utf-8")
    check_replayed()
    double = path.with_name(f"{uuid.uuid4()}.json")
    double.write_text(said, encoding="utf-8")
    with pytest.raises(TombstoneUnreadable):
        check_replayed()
    double.unlink()
    path.unlink()
    with pytest.raises(CommandError, match="1 withdrawal that is not in the folder"):
        call_command("replay_withdrawals")


def test_tombstones_are_ours_alone_whole_and_never_undone(whole: Whole, settings: Any) -> None:
    made = later(whole)
    tombstones.keep(later(whole))
    folder = Path(settings.TOMBSTONES_DIR)
    assert {path.suffix for path in folder.iterdir()} == {".json"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    tombstones.keep(replace(made, is_done=False))
    found = tombstones.find(made.id)
    assert found is not None
    assert found.is_done


def test_trace_person_prints_places_and_no_names(whole: Whole) -> None:
    out = StringIO()
    call_command("trace_person", str(whole.person.pk), "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert {"kind": "enquiries.person", "id": str(whole.person.pk)}.items() <= next(
        each for each in said["held"] if each["kind"] == "enquiries.person"
    ).items()
    assert said["tombstone"] == []
    assert NAME not in out.getvalue()
    withdraw_and_sweep(contributor=whole.contributor, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN])
    out = StringIO()
    call_command("trace_person", str(whole.contributor.handle), "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["held"] == []
    assert "tombstone" in {each["kind"] for each in said["tombstone"]}
    with pytest.raises(CommandError, match="number of a person"):
        call_command("trace_person", NAME)
