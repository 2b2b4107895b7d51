"""The keyring: who can open what, what destroying one key ends, and that a kill leaves no half key."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from enquiries import keyring
from enquiries.errors import KeyDamaged, KeyGone
from enquiries.keyring_files import FileKeyring

ENTRY, OTHER = "0" * 32, "1" * 32


@pytest.fixture
def ring(settings: Any) -> FileKeyring:
    return FileKeyring()


def files(ring: FileKeyring) -> list[Path]:
    return [path for path in ring.root.rglob("*") if path.is_file() and path.name != "lock"]


def opens(ring: FileKeyring, entry: str) -> bool:
    try:
        return len(ring.data_key(entry)) == 32
    except KeyGone:
        return False


def test_a_key_opens_for_as_long_as_all_who_speak_have_theirs(ring: FileKeyring) -> None:
    wren, robin, finch = uuid4(), uuid4(), uuid4()
    keyring.make_key(ENTRY, [wren, robin, finch, robin])
    keyring.make_key(OTHER, [wren])

    first = keyring.data_key(ENTRY)
    assert len(first) == 32
    assert keyring.data_key(ENTRY) == first != keyring.data_key(OTHER)
    assert keyring.holders_of(ENTRY) == [wren, robin, finch]
    assert ring.entries() == [ENTRY, OTHER]

    keyring.destroy_holder(robin)
    assert not keyring.has_holder(robin)
    with pytest.raises(KeyGone, match="Nobody can open it any more"):
        keyring.data_key(ENTRY)
    assert opens(ring, OTHER)


def test_a_key_made_anew_for_a_voice_opens_nothing_old(ring: FileKeyring) -> None:
    wren = uuid4()
    ring.make_key(ENTRY, [wren])
    ring.destroy_holder(wren)
    ring.make_key(OTHER, [wren])
    assert opens(ring, OTHER)
    assert not opens(ring, ENTRY)


def test_destroying_one_recording_leaves_the_others(ring: FileKeyring) -> None:
    wren = uuid4()
    ring.make_key(ENTRY, [wren])
    ring.make_key(OTHER, [wren])
    ring.destroy_key(ENTRY)
    ring.destroy_key(ENTRY)
    ring.destroy_holder(uuid4())
    assert not opens(ring, ENTRY)
    assert ring.holders_of(ENTRY) == []
    assert opens(ring, OTHER)


def test_keys_are_private_and_never_lie_in_the_open(ring: FileKeyring) -> None:
    ring.make_key(ENTRY, [uuid4()])
    key = ring.data_key(ENTRY)
    for path in files(ring):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
        assert key not in path.read_bytes()
    assert len(files(ring)) == 2


def test_a_disk_that_takes_a_part_at_a_time_keeps_whole_keys(
    ring: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:7]))
    ring.make_key(ENTRY, [uuid4()])
    assert opens(ring, ENTRY)


def test_a_disk_that_is_full_keeps_no_half_key(ring: FileKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    wren = uuid4()
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            ring.make_key(ENTRY, [wren])
    assert not opens(ring, ENTRY)
    assert not ring.has_holder(wren)
    ring.make_key(ENTRY, [wren])
    assert opens(ring, ENTRY)
    assert not list((ring.root / "new").iterdir())


@pytest.mark.parametrize("entry", ["", "x" * 32, "../" + "0" * 29, "0" * 31, "A" * 32])
def test_an_entry_with_another_name_is_refused(ring: FileKeyring, entry: str) -> None:
    with pytest.raises(ValueError, match="32 hexadecimal"):
        ring.make_key(entry, [uuid4()])
    with pytest.raises(KeyGone):
        ring.data_key(entry)
    assert ring.holders_of(entry) == []


def test_a_key_is_made_once_and_for_somebody(ring: FileKeyring) -> None:
    with pytest.raises(ValueError, match="at least one holder"):
        ring.make_key(ENTRY, [])
    ring.make_key(ENTRY, [uuid4()])
    before = ring.data_key(ENTRY)
    with pytest.raises(ValueError, match="a key already"):
        ring.make_key(ENTRY, [uuid4()])
    assert ring.data_key(ENTRY) == before


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: data[:-1] + b"\0"])
def test_a_damaged_key_is_no_key(ring: FileKeyring, spoil: Callable[[bytes], bytes]) -> None:
    wren = uuid4()
    for damaged in ("people", "sound"):
        ring.make_key(ENTRY, [wren])
        assert opens(ring, ENTRY)
        (path,) = (ring.root / damaged).iterdir()
        path.write_bytes(spoil(path.read_bytes()))
        assert not opens(ring, ENTRY)
        ring.destroy_key(ENTRY)
        ring.destroy_holder(wren)
    ring.make_key(ENTRY, [wren])
    assert opens(ring, ENTRY)


def test_a_damaged_key_is_not_made_anew_and_comes_back_from_its_copy(
    ring: FileKeyring, tmp_path: Path
) -> None:
    wren = uuid4()
    ring.make_key(ENTRY, [wren])
    before = ring.data_key(ENTRY)
    ring.copy_to(tmp_path / "copy")
    for kind in ("people", "sound"):
        (path,) = (ring.root / kind).iterdir()
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(KeyDamaged, match="restore_keyring"):
        ring.make_key(OTHER, [wren])
    assert ring.bring_back(tmp_path / "copy", without=[wren]) == 1
    assert not opens(ring, ENTRY)
    assert ring.bring_back(tmp_path / "copy", without=[]) == 1
    assert ring.data_key(ENTRY) == before
    ring.make_key(OTHER, [wren])
    assert opens(ring, OTHER)


def test_another_backend_is_a_setting(settings: Any) -> None:
    settings.KEYRING_BACKEND = "tests.enquiries.test_keyring.Elsewhere"
    assert keyring.data_key(ENTRY) == b"e" * 32


class Elsewhere(FileKeyring):
    """Stands for a service that keeps the keys itself."""

    def data_key(self, entry: str) -> bytes:
        return b"e" * 32


# --- Killed anywhere ----------------------------------------------------------------------------------
class Killed(BaseException):
    """The process is no more: nothing it would still have done happens."""


def killed_at(monkeypatch: pytest.MonkeyPatch, step: int, act: Callable[[], object]) -> bool:
    """Do `act`, ended before its `step`-th call that changes the disk; whether it came so far."""
    count, dead = 0, False

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal count, dead
            count += 1
            if dead or count == step:
                dead = True
                raise Killed
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ("write", "fsync", "replace", "unlink"):
            patch.setattr(os, name, dying(getattr(os, name)))
        try:
            act()
        except Killed:
            return True
    return False


def test_a_kill_anywhere_in_making_leaves_a_whole_key_or_none(
    ring: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    wren, robin = uuid4(), uuid4()
    step = 1
    while killed_at(monkeypatch, step, lambda: ring.make_key(ENTRY, [wren, robin])):
        if not opens(ring, ENTRY):
            ring.make_key(ENTRY, [wren, robin])
        assert opens(ring, ENTRY)
        assert not list(ring.root.glob("new/*"))
        ring.destroy_key(ENTRY)
        ring.destroy_holder(wren)
        ring.destroy_holder(robin)
        step += 1
    assert step > 9
    assert opens(ring, ENTRY)


@pytest.mark.parametrize("whose", ["voice", "recording"])
def test_a_kill_anywhere_in_destroying_leaves_the_key_or_none_and_is_made_good(
    ring: FileKeyring, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    wren = uuid4()

    def destroy() -> None:
        if whose == "voice":
            ring.destroy_holder(wren)
        else:
            ring.destroy_key(ENTRY)

    ring.make_key(ENTRY, [wren])
    step = 1
    while killed_at(monkeypatch, step, destroy):
        opens(ring, ENTRY)  # either answer will do; a third one would raise
        destroy()
        assert not opens(ring, ENTRY)
        assert not list(ring.root.glob("ended/*"))
        ring.destroy_key(ENTRY)
        ring.make_key(ENTRY, [wren])
        step += 1
    assert step > 4
    assert not opens(ring, ENTRY)


def test_several_processes_agree_on_one_key_for_a_voice(ring: FileKeyring) -> None:
    code = (
        "import sys; from pathlib import Path; from uuid import UUID\n"
        "from django.conf import settings; settings.configure(USE_I18N=False)\n"
        "from enquiries.keyring_files import FileKeyring\n"
        "ring = FileKeyring(Path(sys.argv[1]))\n"
        "for n in range(40): ring.make_key(f'{int(sys.argv[2]):016x}{n:016x}', [UUID(int=7), UUID(int=8)])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(ring.root), str(number)]) for number in range(3)
    ]
    assert [each.wait(250) for each in running] == [0, 0, 0]
    assert len(ring.entries()) == 120
    assert all(opens(ring, entry) for entry in ring.entries())
    assert ring.has_holder(UUID(int=7))


def test_a_copy_of_the_keyring_opens_what_it_opens(ring: FileKeyring, tmp_path: Path) -> None:
    wren = uuid4()
    ring.make_key(ENTRY, [wren])
    assert ring.copy_to(tmp_path / "copy") == 2
    copy = FileKeyring(tmp_path / "copy")
    assert copy.data_key(ENTRY) == ring.data_key(ENTRY)
    ring.destroy_holder(wren)
    assert opens(copy, ENTRY)
