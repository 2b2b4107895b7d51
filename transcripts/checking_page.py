"""What the page for checking shows: turns whose words can be heard, doubts in sentences, what was changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from enquiries.models import Contributor, Conversation
from transcripts import drafts, waveform
from transcripts.drafts import UNSURE_BELOW, TurnDraft
from transcripts.models import Transcript
from transcripts.models.raw import RawVersion, Turn
from transcripts.voices import first_readable

TURNS_PER_PAGE = 120
CHANGES_SHOWN = 8
# Shorter pauses are ordinary speech (P).
LONG_PAUSE_MS = 5000
# Doubts about a stretch that are worth a line of their own; unsure words are marked in the text.
DOUBTS_ABOUT_A_STRETCH = ("repeat", "over_silence")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a turn that is drawn alike; `start_ms` is None between words and in typed text."""

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """A line that asks for an answer: `number` is its place among the turn's flags."""

    number: int
    sentence: str


@dataclass(frozen=True, slots=True)
class SpeakerChoice:
    """Someone who can be set down as speaking. `value` is what a form sends; `key` the digit of its key."""

    value: str
    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class TurnShown:
    """One turn on the page; `index` counts from 0 in version `base`."""

    base: int
    index: int
    text: str
    runs: list[Run]
    speaker: str
    speaker_name: str
    is_listener: bool
    at: str
    start_ms: int | None
    checked: str
    doubts: list[Doubt]
    pauses: list[str]

    @property
    def anchor(self) -> str:
        return f"v{self.base}t{self.index + 1}"

    @property
    def number(self) -> int:
        return self.index + 1


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of the log: when, what, and the version it made, to go back to."""

    at: datetime
    sentence: str
    number: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What is left to do on a version, and what the computer doubted."""

    turns: int
    unchecked: int
    without_speaker: int
    unsure_words: int
    long_pauses: int
    repeats: int


def clock(ms: int | None) -> str:
    """A moment as on a player; empty for None."""
    return "" if ms is None else waveform.clock(ms)


def speaker_choices(conversation: Conversation) -> list[SpeakerChoice]:
    """Everyone in the conversation in the order of their keys, the listener, and nobody yet."""
    rows = conversation.participations.select_related("contributor").order_by("order")
    known = [
        SpeakerChoice(
            str(row.contributor_id), row.contributor.pseudonym, str(row.order) if row.order < 9 else ""
        )
        for row in rows
    ]
    return [
        *known,
        SpeakerChoice("listener", _("Listener"), "9"),
        SpeakerChoice("", _("Not told apart yet"), "0"),
    ]


def long_pauses(turn: TurnDraft) -> list[tuple[int, int]]:
    """Long pauses in or after a turn, as (start_ms, end_ms)."""
    return [
        (flag["start_ms"], flag["end_ms"])
        for flag in turn.flags
        if flag.get("kind") == "long_pause" and flag["end_ms"] - flag["start_ms"] >= LONG_PAUSE_MS
    ]


def turns_shown(
    version: RawVersion,
    turns: Sequence[TurnDraft],
    indexes: range,
    *,
    conversation: Conversation,
    reader: User,
) -> list[TurnShown]:
    """The turns at `indexes` of a version, as the page draws them for this reader. Two queries."""
    names = {who.pk: who.pseudonym for who in Contributor.objects.filter(conversations=conversation)}
    checkers = dict(
        User.objects.filter(
            pk__in={turns[i].checked_by_id for i in indexes if turns[i].checked_by_id}
        ).values_list("pk", "name")
    )
    return [
        _shown(version.number, index, turns[index], names=names, checkers=checkers, reader=reader)
        for index in indexes
    ]


def marks(turns: Iterable[TurnDraft]) -> list[tuple[str, int]]:
    """(kind, start_ms) of each doubt that nobody has answered, and of each long pause."""
    return [
        (flag["kind"], flag["start_ms"])
        for turn in turns
        for flag in turn.flags
        if flag.get("start_ms") is not None
        and "kept_by" not in flag
        and (turn.checked_by_id is None or flag["kind"] == "long_pause")
    ]


def counts_of(turns: Sequence[TurnDraft]) -> Counts:
    return Counts(
        turns=len(turns),
        unchecked=sum(turn.checked_by_id is None for turn in turns),
        without_speaker=sum(not turn.has_speaker for turn in turns),
        unsure_words=sum(_is_unsure(word) for turn in turns for word in turn.words),
        long_pauses=sum(len(long_pauses(turn)) for turn in turns),
        repeats=sum(flag.get("kind") == "repeat" for turn in turns for flag in turn.flags),
    )


def first_to_do(turns: Sequence[TurnDraft]) -> int:
    """Index of the first turn that nobody has checked; 0 when all are."""
    return next((index for index, turn in enumerate(turns) if turn.checked_by_id is None), 0)


def checked_up_to(turns: Sequence[TurnDraft]) -> int:
    """Index after the last checked turn: from here on nobody has checked anything."""
    checked = [index for index, turn in enumerate(turns) if turn.checked_by_id is not None]
    return checked[-1] + 1 if checked else 0


def page_of(index: int, total: int) -> range:
    """The turns that stand on one page with turn `index`."""
    first = max(0, min(index, total - 1)) // TURNS_PER_PAGE * TURNS_PER_PAGE
    return range(first, min(total, first + TURNS_PER_PAGE))


def runs_of(turn: TurnDraft) -> list[Run]:
    """The words of a turn in order, with what stands between them. A checked turn has no unsure words."""
    runs: list[Run] = []
    at = 0
    for word in turn.words:
        start, end = word[0], word[1]
        if not at <= start < end <= len(turn.text):
            continue
        if start > at:
            runs.append(Run(turn.text[at:start]))
        runs.append(
            Run(turn.text[start:end], word[2], word[3], turn.checked_by_id is None and _is_unsure(word))
        )
        at = end
    if at < len(turn.text):
        runs.append(Run(turn.text[at:]))
    return runs


def changes(transcript: Transcript, *, reader: User) -> list[Changed]:
    """What was changed lately, newest first. Few queries, however long the text.

    Where a machine's drafts are closed now, what was changed in them is left out: a line quotes both sides.
    """
    versions = list(
        RawVersion.objects.filter(transcript=transcript, number__gte=first_readable(transcript))
        .select_related("made_by")
        .order_by("-number")[: CHANGES_SHOWN + 1]
    )
    rows = (
        Turn.objects.filter(version__in=versions)
        .order_by("number")
        .values_list("version_id", "start", "end", "start_ms", "contributor_id", "is_listener")
    )
    texts = {version.pk: version.text for version in versions}
    turns: dict[int, list[TurnDraft]] = {}
    for pk, start, end, start_ms, contributor_id, is_listener in rows:
        turns.setdefault(pk, []).append(
            TurnDraft(texts[pk][start:end], contributor_id, is_listener, start_ms)
        )
    log: list[Changed] = []
    for newer, older in zip(versions, [*versions[1:], None], strict=True):
        if older is None and newer.number > 1:
            break
        sentence = _change_sentence(
            newer, turns.get(newer.pk, []), turns.get(older.pk, []) if older else None, reader
        )
        log.append(Changed(newer.made_at, sentence, newer.number, newer is versions[0]))
    return log


def _is_unsure(word: Sequence[object]) -> bool:
    confidence = word[4] if len(word) > 4 else None
    return isinstance(confidence, int | float) and confidence < UNSURE_BELOW


def _shown(
    base: int,
    index: int,
    turn: TurnDraft,
    *,
    names: Mapping[int, str],
    checkers: Mapping[int, str],
    reader: User,
) -> TurnShown:
    if turn.is_listener:
        speaker, name = "listener", _("Listener")
    elif turn.contributor_id is not None:
        speaker, name = str(turn.contributor_id), names.get(turn.contributor_id, "")
    else:
        speaker, name = "", _("Who is this?")
    if turn.checked_by_id is None:
        checked = ""
    elif turn.checked_by_id == reader.pk:
        checked = _("Checked by you")
    else:
        checked = _("Checked by %(who)s") % {"who": checkers.get(turn.checked_by_id, "")}
    return TurnShown(
        base=base,
        index=index,
        text=turn.text,
        runs=runs_of(turn),
        speaker=speaker,
        speaker_name=name,
        is_listener=turn.is_listener,
        at=clock(turn.start_ms),
        start_ms=turn.start_ms,
        checked=checked,
        doubts=_doubts(turn),
        pauses=_pauses(turn),
    )


def _doubts(turn: TurnDraft) -> list[Doubt]:
    found: list[Doubt] = []
    for number, flag in enumerate(turn.flags):
        if flag.get("kind") not in DOUBTS_ABOUT_A_STRETCH or "kept_by" in flag:
            continue
        words = turn.text[flag.get("start", 0) : flag.get("end", len(turn.text))]
        pause = next((each for each in long_pauses(turn) if _meet(flag, each)), None)
        values = {
            "words": _shortened(words),
            "at": clock(pause[0]) if pause else "",
            "seconds": round((pause[1] - pause[0]) / 1000) if pause else 0,
        }
        if flag["kind"] == "repeat":
            sentence = _("The computer wrote “%(words)s” again and again here. It often does so by mistake.")
        elif pause:
            sentence = _(
                "%(seconds)d seconds of quiet at %(at)s. The computer wrote “%(words)s” here. "
                "It often invents words in a pause."
            )
        else:
            sentence = _(
                "The computer wrote “%(words)s” here, and doubts that anybody spoke. "
                "It often invents words in a pause."
            )
        found.append(Doubt(number, sentence % values))
    return found


def _pauses(turn: TurnDraft) -> list[str]:
    """A sentence for each long pause that no doubt speaks of already."""
    doubted = [flag for flag in turn.flags if flag.get("kind") == "over_silence" and "kept_by" not in flag]
    sentences: list[str] = []
    for start, end in long_pauses(turn):
        if any(_meet(flag, (start, end)) for flag in doubted):
            continue
        seconds = round((end - start) / 1000)
        sentences.append(
            ngettext("%(n)d second of quiet at %(at)s.", "%(n)d seconds of quiet at %(at)s.", seconds)
            % {"n": seconds, "at": clock(start)}
        )
    return sentences


def _meet(flag: Mapping[str, int], pause: tuple[int, int]) -> bool:
    return flag.get("start_ms", 0) < pause[1] and flag.get("end_ms", 0) > pause[0]


def _change_sentence(
    version: RawVersion, now: Sequence[TurnDraft], before: Sequence[TurnDraft] | None, reader: User
) -> str:
    if before is None:
        if version.run_id is not None:
            return _("The computer’s draft came in: version %(n)d.") % {"n": version.number}
        return _("The words came in: version %(n)d.") % {"n": version.number}
    who = _("You") if version.made_by_id == reader.pk else str(version.made_by or _("The computer"))
    values = {"who": who, "n": version.number}
    if version.change == "restored":
        return _("%(who)s went back to an earlier version.") % values
    if version.change == "joined":
        return _("%(who)s joined two turns.") % values
    if version.change == "split":
        return _("%(who)s made several turns of one.") % values
    old = {turn.key for turn in before}
    new = [turn for turn in now if turn.key not in old]
    gone = {turn.key for turn in now}
    lost = [turn for turn in before if turn.key not in gone]
    if version.change == "speaker_set" and new:
        values["at"], values["count"] = clock(new[0].start_ms), len(new)
        if len(new) > 1:
            return _("%(who)s said who spoke %(count)d turns.") % values
        return (
            _("%(who)s said who spoke at %(at)s.") if values["at"] else _("%(who)s said who spoke.")
        ) % values
    if version.change == "taken_out" and lost:
        removed = [a for a, _b in drafts.changed_words(lost[0].text, new[0].text if new else "") if a]
        values |= {"words": _shortened(" … ".join(removed)).rstrip(".,"), "at": clock(lost[0].start_ms)}
        return _("%(who)s took out “%(words)s”.") % values
    if lost and new:
        edits = drafts.changed_words(lost[0].text, new[0].text)
        if edits:
            values |= {
                "before": _shortened(edits[0][0]),
                "after": _shortened(edits[0][1]),
                "at": clock(new[0].start_ms),
            }
            return _edit_sentence(values)
    return _("%(who)s put words right: version %(n)d.") % values


def _edit_sentence(values: Mapping[str, object]) -> str:
    if not values["before"]:
        sentence = (
            _("%(who)s added “%(after)s” at %(at)s.") if values["at"] else _("%(who)s added “%(after)s”.")
        )
    elif not values["after"]:
        sentence = (
            _("%(who)s took out “%(before)s” at %(at)s.")
            if values["at"]
            else _("%(who)s took out “%(before)s”.")
        )
    else:
        sentence = (
            _("%(who)s changed “%(before)s” to “%(after)s” at %(at)s.")
            if values["at"]
            else _("%(who)s changed “%(before)s” to “%(after)s”.")
        )
    return sentence % values


def _shortened(words: str, most: int = 60) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"
