"""Letters that were never sent: without a mail server they lie in a folder, in a file for each sending.

They name the address they are for, and open somebody's page; so they go with who somebody is. A file that
holds another's letter too goes whole: it was never going to reach them.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings


def letters_to(email: str) -> Iterator[Path]:
    """Files with a letter to this address; none for an empty one, or where a mail server sends them."""
    folder = Path(settings.EMAIL_FILE_PATH)
    if not email.strip() or not folder.is_dir():
        return
    wanted = re.compile(rb"(?<![\w.+-])" + re.escape(email.strip().lower().encode()) + rb"(?![\w-])")
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError, IsADirectoryError):
            if wanted.search(path.read_bytes().lower()):
                yield path
