"""The ends of the chains, kept outside the database."""

import stat
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from audit import anchor
from audit.actions import record
from audit.anchor import Head

ONE = Head(7, 3, b"\x01" * 32)
TWO = Head(0, 12, b"\xff" * 32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "anchor" / "heads.log"


def heads(file: Path) -> list[Head | None]:
    return [kept and kept.head for kept in anchor.read(file)]


def test_what_is_appended_is_read_again_in_order(file: Path):
    anchor.append(file, [ONE])
    anchor.append(file, [TWO, ONE])
    assert heads(file) == [ONE, TWO, ONE]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_no_file_holds_nothing(file: Path):
    assert heads(file) == []
    assert anchor.size(file) == 0


def test_a_line_torn_at_the_end_is_passed_over_and_the_next_begins_anew(file: Path):
    anchor.append(file, [ONE, TWO])
    whole = file.read_bytes()
    for cut in range(1, len(whole.splitlines()[1]) + 1):
        file.write_bytes(whole[:-cut])
        assert heads(file) == [ONE]
        anchor.append(file, [TWO])
        read = heads(file)
        assert (read[0], read[-1]) == (ONE, TWO)
        # The torn line is told as unreadable, unless only its end of line was missing.
        assert read[1:-1] in ([None], [TWO])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x",
        b"2026-11-22T09:00:00+00:00 1 2",
        b"2026-11-22T09:00:00+00:00 1 0 " + b"00" * 32,
        b"2026-11-22T09:00:00+00:00 1 2 " + b"00" * 31,
        b"2026-11-22T09:00:00+00:00 a 2 " + b"00" * 32,
        b"\xff\xfe \xff \xff \xff",
    ],
)
def test_a_line_that_cannot_be_read_is_none(file: Path, line: bytes):
    file.parent.mkdir()
    file.write_bytes(line + b"\n")
    assert heads(file) == ([None] if line else [])


def test_only_so_much_is_read_as_is_asked_for(file: Path):
    anchor.append(file, [ONE])
    size = anchor.size(file)
    anchor.append(file, [TWO])
    assert [kept and kept.head for kept in anchor.read(file, until=size)] == [ONE]


def test_many_writers_at_once_tear_no_line(file: Path):
    def write(chain: int) -> None:
        for position in range(1, 31):
            anchor.append(file, [Head(chain, position, bytes([chain]) * 32)] * 3)

    threads = [threading.Thread(target=write, args=[chain]) for chain in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    read = heads(file)
    assert len(read) == 6 * 30 * 3
    assert None not in read


@pytest.mark.django_db(transaction=True)
def test_an_act_is_anchored_after_its_commit_and_at_most_once_a_second(monkeypatch):
    monkeypatch.setattr(anchor, "_waiting", anchor._Waiting())
    # A clock that stands still: however slow the machine, all of this is done in one moment.
    monkeypatch.setattr(anchor, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    first = record("thing.done", by=None)
    record("thing.done", by=None, partner_id=4)
    assert first.pk
    assert [(head.chain, head.position) for head in heads(anchor.path())] == [(0, 1)]

    monkeypatch.setattr(anchor._waiting, "_next", 0.0)
    record("thing.done", by=None)
    kept = [(head.chain, head.position) for head in heads(anchor.path())]
    assert kept == [(0, 1), (0, 2), (4, 1)]

    assert anchor.anchor_heads() == 0
    record("thing.done", by=None, partner_id=4)
    assert anchor.anchor_heads() == 1


@pytest.mark.django_db(transaction=True)
def test_an_anchor_that_cannot_be_written_undoes_nothing(settings, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(anchor, "_waiting", anchor._Waiting())
    (tmp_path / "file").write_text("")
    settings.ANCHOR_DIR = tmp_path / "file"
    assert record("thing.done", by=None).pk
    assert "could not be anchored" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_the_job_of_every_minute_anchors_every_chain(monkeypatch):
    from audit.tasks import anchor_heads

    monkeypatch.setattr(anchor, "_waiting", anchor._Waiting())
    record("thing.done", by=None)
    record("thing.done", by=None, partner_id=4)
    anchor_heads(timestamp=0)
    assert {(head.chain, head.position) for head in heads(anchor.path())} == {(0, 1), (4, 1)}
