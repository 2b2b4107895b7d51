"""Copies and the way back: what is in them, what is refused, and that what was taken back stays so."""

import errno
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from accounts import wall
from audit.models import Event
from enquiries import keyring, tombstones, wishes
from enquiries.errors import KeyGone
from enquiries.models import Contributor, ReviewChoice, Scope
from enquiries.replay import ReplayNeeded, check_replayed
from portal.actions import links
from portal.actions.preferences import choose_first
from portal.models import PersonalLink
from tests.conftest import _as_owner
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory
from tests.factories.portal import Card, a_card
from tests.factories.themes import a_quote
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from tests.sweeping import withdraw_and_sweep
from tests.transcripts import sounds
from themes.actions.quotes import record_answer
from themes.models import Quote, QuoteState
from themes.selectors import shown_quotes
from transcripts import store
from transcripts.actions import striking
from transcripts.errors import SoundGone
from transcripts.models import Segment
from transcripts.models.raw import RawVersion, Recording, Turn
from transcripts.selectors import segments_of
from wisdoms.backups import BackupError, folders, make_backup, programs
from wisdoms.backups.making import DUMP

CANARY = "a green kettle on the towpath"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def backup(place: Path, *arguments: str) -> Path:
    said = StringIO()
    call_command("backup", str(place), "--json", *arguments, stdout=said)
    return Path(json.loads(said.getvalue())["path"])


def restore(place: Path, *arguments: str) -> str:
    said = StringIO()
    connections.close_all()
    with _as_owner(connection.settings_dict["NAME"]):
        call_command("restore", str(place), *arguments, stdout=said)
    return said.getvalue()


def a_voice() -> tuple[Contributor, Recording]:
    """Somebody who agreed to everything and spoke: sound, words and passages."""
    speaker = ContributorFactory(enquiry=EnquiryFactory(), agreed=True)
    conversation = ConversationFactory(enquiry=speaker.enquiry, contributors=[speaker])
    recording = RecordingFactory(conversation=conversation, data=sounds.wav(sounds.talk(3000)))
    said = [(speaker, f"It was {CANARY}."), (speaker, "I never went back.")]
    TranscriptFactory(conversation=conversation, pseudonymised=True, turns=said)
    return speaker, recording


@dataclass
class Closing:
    """What somebody closes one by one, open when the copy is made: a part, a quote, a card, their words."""

    who: Contributor
    part: Segment
    quote: Quote
    card: Card

    @classmethod
    def before_the_copy(cls, who: Contributor) -> "Closing":
        part, quoted = Segment.objects.filter(contributor=who).order_by("number")
        Contributor.objects.filter(pk=who.pk).update(review_choice=ReviewChoice.NONE)
        who.refresh_from_db()
        quote = a_quote(quoted, by=UserFactory(), state=QuoteState.APPROVED)
        return cls(who, part, quote, a_card(who))

    def close(self) -> None:
        turn = Turn.objects.get(version__transcript__conversation=self.part.conversation, number=1)
        striking.strike_out(
            contributor=self.who,
            transcript=turn.version.transcript,
            version_number=1,
            span=(turn.start, turn.end),
        )
        record_answer(quote=self.quote, answer=QuoteState.REFUSED, by=None)
        link = PersonalLink.objects.get(contributor=self.who)
        links.end_link(link=link, by=link.made_by)
        choose_first(contributor=self.who, choice=ReviewChoice.TRANSCRIPT)

    def is_closed(self) -> list[bool]:
        return [
            not segments_of(self.part.conversation).filter(pk=self.part.pk).exists(),
            self.quote.pk not in shown_quotes([self.quote.pk]),
            links.find(self.card.token) is None,
            Contributor.objects.get(pk=self.who.pk).review_choice == ReviewChoice.TRANSCRIPT,
        ]


# --- The drill ----------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_what_was_taken_back_after_a_backup_stays_taken_back(place: Path, settings: Any) -> None:
    leaving, recording = a_voice()
    staying, other = a_voice()
    closing = Closing.before_the_copy(staying)
    made = backup(place)
    manifest = json.loads((made / "manifest.json").read_text())
    assert f"sound/{recording.stored_as[:2]}/{recording.stored_as}" in manifest["files"]
    held = b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())
    assert keyring.data_key(recording.stored_as) not in held
    assert not any(part in name for name in manifest["files"] for part in ("keyring", "tombstone", "people"))

    closing.close()
    assert closing.is_closed() == [True] * 4
    withdraw_and_sweep(contributor=leaving, scope=Scope.TAKE_PART)
    assert not Recording.objects.filter(pk=recording.pk).exists()
    with pytest.raises(CommandError, match="newer than this copy"):
        restore(place)
    said = restore(place, "--over-newer")
    assert "in one piece" in said
    assert "replay_withdrawals" in said

    # All of it is there again as it was, and the sound's very file; but nobody can open it any more.
    assert Event.objects.filter(action="backup.restored").count() == 1
    with wall.acting_for(partners=[recording.partner_id, other.partner_id]):
        assert Recording.objects.filter(pk=recording.pk).exists()
        assert CANARY in " ".join(RawVersion.objects.values_list("text", flat=True))
        assert closing.is_closed() == [False] * 4
    with pytest.raises(SoundGone):
        store.open(recording.stored_as)
    with pytest.raises(ReplayNeeded, match="does not know of 1 withdrawal"):
        check_replayed()
    # Also where the tombstones were lost with the rest of the machine, and nothing seems to be outstanding.
    stones = Path(settings.TOMBSTONES_DIR)
    stones.rename(stones.with_name("elsewhere"))
    with pytest.raises(ReplayNeeded, match="put back from a copy"):
        check_replayed()
    stones.with_name("elsewhere").rename(stones)

    call_command("replay_withdrawals", stdout=StringIO())
    check_replayed()
    with wall.acting_for(partners=[recording.partner_id, other.partner_id]):
        assert not Recording.objects.filter(pk=recording.pk).exists()
        assert not Segment.objects.filter(contributor=leaving).exists()
        assert RawVersion.objects.count() == 1
        assert Recording.objects.get().pk == other.pk
        assert closing.is_closed() == [True] * 4
    assert store.open(other.stored_as).read(4) == b"RIFF"
    assert [path.name for path in Path(settings.STORE_DIR).glob("sound/*/*")] == [other.stored_as]


SHAPE = """
    select 'right', relname, relkind::text,
        array_to_string(array(select unnest(relacl)::text order by 1), ' '), relrowsecurity::text,
        relforcerowsecurity::text, pg_get_userbyid(relowner)
    from pg_class where relnamespace = 'public'::regnamespace
    union all select 'policy', tablename, policyname, roles::text, cmd, qual, with_check from pg_policies
    union all select 'function', p.oid::regprocedure::text, md5(prosrc), prosecdef::text,
        array_to_string(array(select unnest(proacl)::text order by 1), ' '), pg_get_userbyid(proowner), ''
    from pg_proc p where pronamespace = 'public'::regnamespace
    union all
    select 'trigger', tgrelid::regclass::text, tgname, tgenabled::text, pg_get_triggerdef(oid), '', ''
    from pg_trigger where not tgisinternal
    union all select 'rule', conrelid::regclass::text, conname, contype::text, '', '', ''
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
    union all select 'default', defaclobjtype::text, pg_get_userbyid(defaclrole),
        array_to_string(array(select unnest(defaclacl)::text order by 1), ' '), '', '', '' from pg_default_acl
    order by 1, 2, 3, 4
"""


def shape() -> list[tuple[Any, ...]]:
    """Every table, right, policy, function, trigger and constraint of the database, as text."""
    with connection.cursor() as cursor:
        cursor.execute(SHAPE)
        return [row for row in cursor.fetchall() if not row[1].startswith("pg_toast")]


@pytest.mark.django_db(transaction=True)
def test_a_restore_brings_back_rows_rights_and_walls(place: Path) -> None:
    _speaker, recording = a_voice()
    before = shape()
    backup(place)
    RawVersion.objects.filter(transcript__conversation=recording.conversation).update(text="changed since")
    store_path = store._path(recording.stored_as)
    store_path.unlink()
    restore(place)
    with wall.acting_for(partners=[recording.partner_id]):
        assert CANARY in RawVersion.objects.get().text
        assert store.open(recording.stored_as).read(4) == b"RIFF"
    assert store_path.stat().st_mode & 0o077 == 0
    assert shape() == before
    with connection.cursor() as cursor:
        # The application is as bound as before: it owns nothing, sees nothing without a door, and may not
        # touch the record.
        cursor.execute("select count(*) from pg_class where relforcerowsecurity and relrowsecurity")
        assert cursor.fetchone()[0] > 40
        cursor.execute("select count(*) from pg_tables where tableowner = current_user")
        assert cursor.fetchone()[0] == 0
        cursor.execute("select has_table_privilege('audit_event', 'insert')")
        assert cursor.fetchone()[0] is False
        cursor.execute("select has_table_privilege('transcripts_recording', 'insert')")
        assert cursor.fetchone()[0] is True


@pytest.mark.django_db(transaction=True)
def test_a_restore_that_breaks_off_changes_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _speaker, recording = a_voice()
    backup(place)
    RawVersion.objects.filter(transcript__conversation=recording.conversation).update(text="changed since")
    before = shape()
    run = programs.run

    def breaking_off(program: str, *arguments: str, role: Any) -> str:
        done = run(program, *arguments, role=role)
        if program == "pg_restore" and "--list" not in arguments:
            script = Path(next(each for each in arguments if each.startswith("--file="))[len("--file=") :])
            whole = script.read_text()
            script.write_text(whole[: len(whole) * 9 // 10].rpartition(";\n")[0] + ";\nselect 1 / 0;\n")
        return done

    with monkeypatch.context() as patch:
        patch.setattr(programs, "run", breaking_off)
        with pytest.raises(CommandError, match="Nothing was changed"):
            restore(place)
    assert shape() == before
    with wall.acting_for(partners=[recording.partner_id]):
        assert RawVersion.objects.get().text == "changed since"
    assert [path.name for path in place.glob(".half-*")] == []


# --- Refused ------------------------------------------------------------------------------------------
@pytest.fixture
def made(place: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy with sound and a picture, without asking the database for its dump."""
    monkeypatch.setattr("wisdoms.backups.programs.run", _stands_in)
    recording = RecordingFactory()
    assert recording.stored_as
    return backup(place)


def _stands_in(program: str, *arguments: str, role: str) -> str:
    if program == "pg_dump":
        Path(
            next(each for each in arguments if each.startswith("--file=")).removeprefix("--file=")
        ).write_bytes(b"a dump")
    return "7|2026-01-01" if program == "psql" and any("audit_event" in each for each in arguments) else "0"


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("harm", ["flip sound", "flip dump", "remove sound", "remove manifest", "climb out"])
def test_a_copy_that_is_not_whole_is_refused(made: Path, place: Path, harm: str) -> None:
    (sound,) = made.glob("sound/*/*")
    if harm == "flip sound":
        _flip(sound)
    elif harm == "flip dump":
        _flip(made / DUMP)
    elif harm == "remove sound":
        sound.unlink()
    elif harm == "remove manifest":
        (made / "manifest.json").unlink()
    else:
        manifest = json.loads((made / "manifest.json").read_text())
        manifest["files"]["media/../../etc/passwd"] = [1, "0" * 64]
        (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CommandError, match=r"Choose another|choose another|no whole backup"):
        call_command("restore", str(place))


def test_nothing_to_restore_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("restore", str(tmp_path))


def test_a_site_in_use_is_not_restored_over(made: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wisdoms.backups.programs.run", lambda *_args, **_more: "2")
    monkeypatch.setattr("wisdoms.backups.restoring.time.sleep", lambda _s: None)
    with pytest.raises(CommandError, match="Stop the site and every worker"):
        call_command("restore", str(place))


# --- Killed, lent, expired ----------------------------------------------------------------------------
@pytest.mark.parametrize("at", ["digest_of", "copy", "write_manifest", "os.sync"])
def test_a_backup_killed_anywhere_does_not_count(
    made: Path, place: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_args: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"wisdoms.backups.folders.{at}", killed)
        # A killed process tidies nothing up.
        patch.setattr("wisdoms.backups.folders.shutil.rmtree", lambda *_args, **_more: None)
        if at == "copy":
            RecordingFactory()
        with pytest.raises(Killed):
            make_backup(place, keep=timedelta(days=30), tell=lambda _line: None)
    assert [each.path for each in folders.whole(place, "wisdoms")] == [made]
    assert len(list(place.glob(".half-*"))) == 1
    backup(place)
    assert len(folders.whole(place, "wisdoms")) == 2
    assert not list(place.glob(".half-*"))


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["backup", "backup_keyring"])
def test_a_full_disk_in_the_middle_is_said_and_leaves_nothing_half(
    place: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    keyring.make_key("0" * 32, [uuid4()])

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folders, "write_manifest", full)
    with pytest.raises(CommandError, match=r"\(No space left on device\)\. Make room, or choose"):
        call_command(command, str(place), stdout=StringIO())
    assert [path.name for path in place.iterdir()] == [".lock"]


def test_two_runs_at_once_are_refused(made: Path, place: Path) -> None:
    with folders.writing(place, "wisdoms"), pytest.raises(BackupError, match="being written"):
        make_backup(place, keep=timedelta(days=30), tell=lambda _line: None)


def test_sealed_files_are_lent_by_the_copy_before(made: Path, place: Path) -> None:
    second = backup(place)
    (first_sound,), (second_sound,) = made.glob("sound/*/*"), second.glob("sound/*/*")
    assert first_sound.samefile(second_sound)
    shutil.rmtree(made)
    assert folders.whole(place, "wisdoms")[-1].manifest()["files"]
    assert second_sound.read_bytes()


def _aged(copy: Path, days: float) -> Path:
    prefix = copy.name.partition("-")[0]
    stamp = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y%m%dT%H%M%S%fZ")
    return copy.rename(copy.with_name(f"{prefix}-{stamp}"))


def test_copies_expire(made: Path, place: Path) -> None:
    old = _aged(made, 31)
    kept = _aged(backup(place), 29)  # this run removes the old one
    assert not old.exists()
    newest = backup(place)
    assert [each.path for each in folders.whole(place, "wisdoms")] == [kept, newest]
    with pytest.raises(CommandError, match="1 to 30 days"):
        backup(place, "--keep-days", "31")


def test_copies_are_readable_by_us_alone(made: Path) -> None:
    for path in (made, *made.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


# --- The keyring --------------------------------------------------------------------------------------
@pytest.fixture
def keys(tmp_path: Path, settings: Any) -> Path:
    keyring.make_key("0" * 32, [uuid4()])
    settings.TOMBSTONES_DIR.mkdir(parents=True)
    (settings.TOMBSTONES_DIR / "one.json").write_text("{}")
    return tmp_path / "keys-elsewhere"


def test_a_copy_of_the_keyring_lives_for_seven_days(keys: Path) -> None:
    said = StringIO()
    call_command("backup_keyring", str(keys), stdout=said)
    (first,) = folders.whole(keys, "keyring")
    assert f"{first.made_at + timedelta(days=7):%Y-%m-%d %H:%M}" in said.getvalue()
    assert len([path for path in (first.path / "keyring").rglob("*") if path.is_file()]) == 2
    assert (first.path / "tombstones" / "one.json").is_file()
    for path in (first.path, *(first.path / "keyring").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0

    young = _aged(first.path, 6.9)
    call_command("backup_keyring", str(keys), stdout=StringIO())
    assert young.exists()
    old = _aged(young, 7.01)
    call_command("backup_keyring", str(keys), "--expire-only", stdout=StringIO())
    assert not old.exists()
    assert len(folders.whole(keys, "keyring")) == 1


def test_a_copy_of_keys_is_overwritten_before_it_goes(keys: Path) -> None:
    call_command("backup_keyring", str(keys), stdout=StringIO())
    (copy,) = folders.whole(keys, "keyring")
    (held,) = (copy.path / "keyring" / "people").iterdir()
    key = held.read_bytes()
    with held.open("rb") as still_open:
        _aged(copy.path, 8)
        call_command("backup_keyring", str(keys), "--expire-only", stdout=StringIO())
        left = os.pread(still_open.fileno(), len(key), 0)
    assert len(left) == len(key)
    assert left != key


def test_a_lost_keyring_comes_back_without_what_was_destroyed_since(keys: Path, settings: Any) -> None:
    (settings.TOMBSTONES_DIR / "one.json").unlink()
    leaving, staying, earlier = uuid4(), uuid4(), uuid4()
    for entry, who in (("1" * 32, leaving), ("2" * 32, staying), ("3" * 32, earlier)):
        keyring.make_key(entry, [who])
    before = keyring.data_key("2" * 32)
    a_tombstone(earlier, days_ago=40, done_days_ago=39)  # took sound back long ago, and spoke again since
    call_command("backup_keyring", str(keys), stdout=StringIO())
    keyring.destroy_holder(leaving)
    a_tombstone(leaving, days_ago=0)
    shutil.rmtree(settings.KEYRING_DIR)

    said = StringIO()
    call_command("restore_keyring", str(keys), stdout=said)
    assert keyring.data_key("2" * 32) == before
    assert keyring.has_holder(earlier)
    assert not keyring.has_holder(leaving)
    with pytest.raises(KeyGone):
        keyring.data_key("1" * 32)
    assert "1 stays destroyed" in said.getvalue()
    call_command("restore_keyring", str(keys), stdout=said)
    assert keyring.data_key("2" * 32) == before


def test_a_lost_ledger_of_tombstones_comes_back_with_the_keys(keys: Path, settings: Any) -> None:
    (settings.TOMBSTONES_DIR / "one.json").unlink()
    gone = a_tombstone(uuid4(), days_ago=3)
    call_command("backup_keyring", str(keys), stdout=StringIO())
    shutil.rmtree(settings.TOMBSTONES_DIR)
    call_command("restore_keyring", str(keys), stdout=StringIO())
    assert tombstones.find(gone) is not None
    with pytest.raises(CommandError, match="no whole backup"):
        call_command("restore_keyring", str(keys / "keyring-none"))


@pytest.mark.parametrize("is_done_late", [True, False])
def test_a_key_destroyed_long_after_it_was_asked_for_stays_destroyed(
    keys: Path, settings: Any, is_done_late: bool
) -> None:
    (settings.TOMBSTONES_DIR / "one.json").unlink()
    slow = uuid4()
    keyring.make_key("4" * 32, [slow])
    call_command("backup_keyring", str(keys), stdout=StringIO())
    keyring.destroy_holder(slow)
    a_tombstone(slow, days_ago=5, done_days_ago=0 if is_done_late else 4.9)
    call_command("restore_keyring", str(keys), stdout=StringIO())
    # Done before the copy was made, the key in it is one that was made anew since.
    assert keyring.has_holder(slow) is not is_done_late


def test_what_people_closed_comes_back_with_the_tombstones(keys: Path, settings: Any) -> None:
    (settings.TOMBSTONES_DIR / "one.json").unlink()
    kept, gone = uuid4(), uuid4()
    for handle in (kept, gone):
        wishes._keep(
            wishes.Wish(
                id=str(uuid4()),
                kind="quote_answer",
                handle=str(handle),
                partner_id=1,
                said_at=(datetime.now(UTC) - timedelta(days=2)).isoformat(),
                about={"quote": 1},
                is_sure=True,
            )
        )
    call_command("backup_keyring", str(keys), stdout=StringIO())
    (copy,) = folders.whole(keys, "keyring")
    for path in (copy.path / "tombstones").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    shutil.rmtree(settings.TOMBSTONES_DIR)
    # Taken back whole after the copy: nothing of it is left to be closed.
    a_tombstone(gone, days_ago=1)
    call_command("restore_keyring", str(keys), stdout=StringIO())
    assert [each.handle for each in wishes.read_all()] == [str(kept)]


def test_a_tombstone_on_its_way_in_disturbs_no_copy(keys: Path, settings: Any) -> None:
    (settings.TOMBSTONES_DIR / ".one.part").write_text("{", encoding="utf-8")
    call_command("backup_keyring", str(keys), stdout=StringIO())
    [copy] = folders.whole(keys, "keyring")
    assert [path.name for path in (copy.path / "tombstones").iterdir()] == ["one.json"]


def a_tombstone(handle: UUID, *, days_ago: float, done_days_ago: float | None = None) -> str:
    now = datetime.now(UTC)
    asked_at = now - timedelta(days=days_ago)
    made = tombstones.Tombstone(
        id=str(uuid4()),
        handle=str(handle),
        partner_id=1,
        asked_at=asked_at.isoformat(),
        method="online",
        scopes=(Scope.TAKE_PART.value, Scope.AUDIO_RECORD.value),
        is_done=True,
        done_at=(now - timedelta(days=done_days_ago or 0)).isoformat() if done_days_ago is not None else "",
    )
    tombstones.keep(made)
    return made.id


def test_a_service_that_keeps_keys_makes_its_own_copies(keys: Path, settings: Any) -> None:
    settings.KEYRING_BACKEND = "tests.wisdoms.test_backups.Service"
    with pytest.raises(CommandError, match="makes its own copies"):
        call_command("backup_keyring", str(keys))
    assert folders.whole(keys, "keyring") == []


class Service:
    """Stands for a service that keeps the keys itself."""

    def copy_to(self, folder: Path) -> int:
        raise NotImplementedError
