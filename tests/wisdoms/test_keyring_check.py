"""What the system checks say of the keyring."""

from typing import Any

from wisdoms.checks import check_keyring, check_keys_apart


def ids(found: list[Any]) -> list[str]:
    return [each.id for each in found]


def test_a_private_folder_of_keys_is_right_there_or_not(settings: Any) -> None:
    assert check_keyring() == []
    settings.KEYRING_DIR.mkdir(mode=0o700)
    assert check_keyring() == []


def test_a_folder_of_keys_that_others_can_look_into_is_refused(settings: Any) -> None:
    settings.KEYRING_DIR.mkdir()
    settings.KEYRING_DIR.chmod(0o755)
    (found,) = check_keyring()
    assert (found.id, "chmod 700" in found.hint) == ("wisdoms.E021", True)


def test_a_keyring_that_is_not_there_is_refused(settings: Any) -> None:
    settings.KEYRING_BACKEND = "enquiries.keyring_files.NoSuchKeyring"
    assert ids(check_keyring()) == ["wisdoms.E020"]


def test_keys_beside_what_they_lock_are_warned_of(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path
    assert ids(check_keys_apart()) == ["wisdoms.W010"]
    settings.KEYRING_DIR = tmp_path.parent / "elsewhere"
    assert check_keys_apart() == []
