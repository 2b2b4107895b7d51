"""Uploads that go straight into the store: no second copy in a temporary folder, no whole file in memory.

The view that uses `StoreUploadHandler` must ask who sends, and what was agreed to, before it touches
`request.POST`: reading that is what makes the bytes arrive.
"""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from enquiries.errors import KeyDamaged
from enquiries.models import Conversation
from transcripts import store
from transcripts.errors import StoreFull, UploadRefused, UploadTooLarge

FIELD = "sound"


class Stream:
    """A file on its way into the store, sealed and hashed while it is written.

    Args:
        holders: handles of all who speak in it; see `transcripts.store.new_file`.

    Raises:
        StoreFull, UploadTooLarge: from `write`; what was written so far is removed.
    """

    def __init__(self, holders: Iterable[UUID]) -> None:
        self.file = store.new_file(holders=holders)
        self._digest = hashlib.sha256()
        self.most_bytes: int = settings.UPLOAD_MAX_BYTES

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        if self.file.size + len(data) > self.most_bytes:
            self.file.discard()
            raise UploadTooLarge(self.most_bytes)
        self.file.write(data)
        self._digest.update(data)

    def discard(self) -> None:
        self.file.discard()


class StoredUpload(UploadedFile):
    """What the view finds in `request.FILES`: the bytes are in the store already, waiting to be kept."""

    def __init__(self, stream: Stream) -> None:
        # Neither the name nor the type that the sender claims is trusted or kept.
        super().__init__(file=None, name="sound", size=stream.size)
        self.stream = stream

    def close(self) -> None:
        """Called by Django at the end of the request: what nobody kept goes."""
        self.stream.discard()


class StoreUploadHandler(FileUploadHandler):
    """Takes the one file of the field `sound`; other files are passed over.

    A refusal while the bytes arrive is kept in `refusal`: the form then has no file, and the view says why.

    Args:
        holders: handles of all who speak in what is sent.
    """

    def __init__(self, request: HttpRequest | None = None, *, holders: Iterable[UUID]) -> None:
        super().__init__(request)
        self.holders = list(holders)
        self.refusal: UploadRefused | None = None
        self.stream: Stream | None = None

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        if self.field_name != FIELD or self.stream is not None:
            raise SkipFile
        try:
            self.stream = Stream(self.holders)
        except StoreFull as error:
            self.refusal = error
            raise SkipFile from error
        except KeyDamaged as error:
            self.refusal = UploadRefused(str(error))
            raise SkipFile from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.stream is not None
        try:
            self.stream.write(raw_data)
        except UploadRefused as error:
            # The rest of the body is read and dropped, so that the browser gets an answer it can show.
            self.refusal = error
            raise SkipFile from error

    def file_complete(self, file_size: int) -> StoredUpload | None:
        return StoredUpload(self.stream) if self.stream is not None and self.refusal is None else None

    def upload_interrupted(self) -> None:
        self.discard()

    def discard(self) -> None:
        """Remove what nobody kept."""
        if self.stream is not None:
            self.stream.discard()


def holders_of(conversation: Conversation) -> list[UUID]:
    """Whose keys must open a recording of this conversation: those of all who are set down as speaking."""
    return list(conversation.contributors.order_by("pk").values_list("handle", flat=True))


def as_stream(upload: StoredUpload | Iterable[bytes] | File, conversation: Conversation) -> Stream:
    """The upload in the store, whichever way it comes: already there, or as blocks of bytes still to write.

    Raises:
        StoreFull, UploadTooLarge: nothing is kept.
    """
    if isinstance(upload, StoredUpload):
        return upload.stream
    chunks = upload.chunks() if isinstance(upload, File) else upload
    stream = Stream(holders_of(conversation))
    try:
        for chunk in chunks:
            stream.write(chunk)
    except BaseException:
        stream.discard()
        raise
    return stream


__all__ = ["FIELD", "StoreUploadHandler", "StoredUpload", "Stream", "as_stream", "holders_of"]
