"""Copies of everything the installation keeps, but for the keyring and the tombstones; and the way back.

docs/adr/0012 says what is in a copy, what is not, and why; docs/how-to/keep-backups.md says what to run when.
"""

from wisdoms.backups.folders import BackupError
from wisdoms.backups.keys import copy_keyring, expire_copies, restore_keyring
from wisdoms.backups.making import make_backup
from wisdoms.backups.restoring import restore_backup

__all__ = ["BackupError", "copy_keyring", "expire_copies", "make_backup", "restore_backup", "restore_keyring"]
