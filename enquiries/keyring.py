"""The keyring: what opens the sealed sound, kept outside the database, its dumps and the store itself.

Each voice has a key, named by `Contributor.handle`; each recording has one, its entry. A recording's key is
wrapped by the keys of all who speak in it, one inside the other (AES key wrap, RFC 3394), so that destroying
the key of any one of them ends the recording for good: here, in every copy of the store and in every backup.
docs/adr/0010 says why.

Only `transcripts.store` asks for data keys. Whoever destroys keys calls the functions here; where the keys
lie is the business of `settings.KEYRING_BACKEND`.
"""

from collections.abc import Container, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from enquiries.errors import KeyringAway

# Copies of the keyring older than this are destroyed, so that a destroyed key is gone from them too.
COPIES_LIVE = timedelta(days=7)


class Keyring(Protocol):
    """What looks after keys: a folder (`enquiries.keyring_files.FileKeyring`), or a service for keys.

    Every method may be killed anywhere and called again; what it left half done counts as not done.
    """

    def make_key(self, entry: str, holders: Iterable[UUID]) -> None:
        """Make the key of a recording, to be opened only with the keys of all `holders`.

        A holder without a key gets one.

        Raises:
            ValueError: no holder, an entry that is no 32 hexadecimal digits, or one that has a key already.
            KeyDamaged: a holder's key cannot be read; bring it back from its copy first.
        """

    def data_key(self, entry: str) -> bytes:
        """The 32 bytes that seal a recording. Raises KeyGone where it, or a holder's, was destroyed."""

    def destroy_key(self, entry: str) -> None:
        """End a recording's key for good. Destroying what is not there is no error."""

    def destroy_holder(self, handle: UUID) -> None:
        """End a voice's key for good, and with it every recording it speaks in. See `destroy_key`.

        Called again after it raised or was killed, it ends what that left half ended.
        """

    def holders_of(self, entry: str) -> list[UUID]:
        """Whose keys a recording needs, also where some are destroyed; empty where it has no key."""

    def has_holder(self, handle: UUID) -> bool:
        """Whether this voice has a key."""

    def is_there(self) -> bool:
        """Whether any key was ever made here. False for an empty folder: a disk that is not mounted now."""

    def entries(self) -> list[str]:
        """Every recording that has a key."""

    def copy_to(self, folder: Path) -> int:
        """Put a copy of every key, as it is at one moment, into an empty folder; gives back how many.

        Raises:
            NotImplementedError: this keyring makes its own copies.
        """

    def bring_back(self, folder: Path, *, without: Container[UUID]) -> int:
        """Take what is missing or damaged from such a copy, but not keys of `without`; gives back how many.

        Raises:
            NotImplementedError: this keyring makes its own copies.
        """


def keyring() -> Keyring:
    """The keyring of this installation, read from the settings at each call."""
    made: Keyring = import_string(settings.KEYRING_BACKEND)()
    return made


def make_key(entry: str, holders: Iterable[UUID]) -> None:
    """See `Keyring.make_key`."""
    keyring().make_key(entry, holders)


def data_key(entry: str) -> bytes:
    """See `Keyring.data_key`."""
    return keyring().data_key(entry)


def destroy_key(entry: str) -> None:
    """See `Keyring.destroy_key`."""
    keyring().destroy_key(entry)


def destroy_holder(handle: UUID) -> None:
    """See `Keyring.destroy_holder`."""
    keyring().destroy_holder(handle)


def holders_of(entry: str) -> list[UUID]:
    """See `Keyring.holders_of`."""
    return keyring().holders_of(entry)


def is_there() -> bool:
    """See `Keyring.is_there`."""
    return keyring().is_there()


def check_there() -> None:
    """Raise KeyringAway where no key was ever made. To be asked before it counts that a key is not found."""
    if not is_there():
        raise KeyringAway


def has_holder(handle: UUID) -> bool:
    """See `Keyring.has_holder`."""
    return keyring().has_holder(handle)
