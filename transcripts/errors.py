"""What can go wrong with sound and text. `str()` of each is a full sentence that says what to do next."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class TranscriptError(Exception):
    """Base of this app's errors."""


# --- Receiving sound ----------------------------------------------------------------------------------
class UploadRefused(TranscriptError):
    """The file was not kept; what was stored before is as it was."""


class AlreadyReceived(UploadRefused):
    """The same bytes are already kept for this conversation. Carries the id of that recording."""

    def __init__(self, recording_id: int) -> None:
        self.recording_id = recording_id
        super().__init__(_("This recording is here already. Nothing was added, and nothing was lost."))


class StoreFull(UploadRefused):
    """The disk had no room for the file."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The disk of this installation is full, so the file was not kept. "
                "Ask whoever looks after the machine to make room, then send it again."
            )
        )


class UploadTooLarge(UploadRefused):
    """The file is larger than this installation takes."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            _("The file is larger than %(most)s GB, the most we take. Cut it in two and send the parts.")
            % {"most": f"{most_bytes / 1024**3:.3g}"}
        )


class UploadBrokeOff(UploadRefused):
    """The connection ended before the whole file was here."""

    def __init__(self) -> None:
        super().__init__(_("The connection dropped before the whole file was here. Send it again."))


class SoundGone(TranscriptError):
    """The sound is no longer in the store, or the key that opened it was destroyed."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or _("This sound is no longer here."))


class SoundDamaged(SoundGone):
    """What lies in the store is not what was put there."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This sound was damaged or changed on the disk, so it is not used. "
                "Ask whoever looks after the machine to put the file back from a backup."
            )
        )


# --- Turning sound into a draft -----------------------------------------------------------------------
class NotToBeReplaced(TranscriptError):
    """A computer's draft may not take the place of words that people worked on."""


class NothingHeard(TranscriptError):
    """The engine found no words."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The computer heard no words in this recording. Listen to it: if somebody speaks, "
                "try again with another model, or type the words."
            )
        )


class TakenOver(TranscriptError):
    """Another worker has the work now; this one must not store anything more."""


# --- Typed text ---------------------------------------------------------------------------------------
class TypedTextRefused(TranscriptError):
    """Typed text that cannot be taken in as it is."""


class AlreadyWritten(TypedTextRefused):
    """The conversation has words already."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This conversation has its words already. Nothing was added: to change them, "
                "correct them where they are checked."
            )
        )


# --- States -------------------------------------------------------------------------------------------
class StepNotAllowed(TranscriptError):
    """The text is in a state from which this step cannot be taken."""


# --- Checking words, taking names out ------------------------------------------------------------------
class NotPossibleNow(TranscriptError):
    """The state of the text does not allow the step."""


class StaleVersion(TranscriptError):
    """Somebody changed the same turn since it was read. Carries the number of the version in force."""

    def __init__(self, latest_number: int) -> None:
        self.latest_number = latest_number
        super().__init__(_("Someone changed this while you were reading. Here is theirs, here is yours."))


class TurnsUnchecked(TranscriptError):
    """Turns are left that nobody has said are right."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(
            ngettext(
                "%(count)d turn is not checked yet. Hear it, and say that it is right.",
                "%(count)d turns are not checked yet. Hear them, and say that each is right.",
                count,
            )
            % {"count": count}
        )


class SpeakersMissing(TranscriptError):
    """Turns are left of which nobody has said who spoke."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(
            ngettext(
                "%(count)d turn has no speaker yet. Say who spoke there.",
                "%(count)d turns have no speaker yet. Say who spoke in each.",
                count,
            )
            % {"count": count}
        )


class NotHeard(TranscriptError):
    """Nobody has said that they read, or heard, the whole before it goes on."""


class NamesUndecided(TranscriptError):
    """Offers are left that nobody has decided."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(
            ngettext(
                "%(count)d offered name is not decided yet. Accept it, change it or refuse it.",
                "%(count)d offered names are not decided yet. Accept, change or refuse each of them.",
                count,
            )
            % {"count": count}
        )


class NamesNotLookedFor(TranscriptError):
    """The finder has not gone through this version yet."""


class ReplacementRefused(TranscriptError):
    """The words or the stretch that were given cannot be used; the sentence says why."""


class SecondPersonNeeded(TranscriptError):
    """Whoever took the names out may not also sign it off."""


class WordsGone(TranscriptError):
    """The text was taken back while work on it was waiting."""

    def __init__(self) -> None:
        super().__init__(_("These words are no longer here. Nothing was kept."))
