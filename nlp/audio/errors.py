"""Why a file cannot be used as a recording."""

from nlp.errors import NlpError


class SoundUnreadable(NlpError):
    """The file cannot be used as a recording. Subclasses say why."""


class SoundMissing(SoundUnreadable):
    """There is no file at the path, or it may not be read."""

    def __init__(self) -> None:
        super().__init__(
            "The recording's file is not there or may not be read: check the path and try again."
        )


class EmptyFile(SoundUnreadable):
    """The file has no bytes at all."""

    def __init__(self) -> None:
        super().__init__("The file is empty: choose the recording again and send the whole file.")


class NotSound(SoundUnreadable):
    """The bytes are not a sound or video file that can be decoded, whatever the file is called."""

    def __init__(self) -> None:
        super().__init__(
            "The file is not a sound or video file that can be read: "
            "send a wav, mp3, m4a, ogg, opus, webm, flac or mp4 file."
        )


class TruncatedSound(SoundUnreadable):
    """The file breaks off so early that nothing in it can be decoded.

    A file that breaks off later is not an error: `SoundFacts.is_truncated` says so and what is there
    can be used.
    """

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence
            or "The file breaks off before any sound can be read: send the whole file again, "
            "or export it again from the recorder."
        )


class NoSoundInside(SoundUnreadable):
    """A readable file without a sound track, or with a sound track of 0 seconds."""

    def __init__(self, *, has_track: bool) -> None:
        super().__init__(
            "The recording lasts 0 seconds: choose a file that has sound in it."
            if has_track
            else "The file has no sound track in it: choose a file that was recorded with sound."
        )


class EncodingFailed(SoundUnreadable):
    """A copy for listening could not be written."""
