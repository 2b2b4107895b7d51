"""Reading a transcript that was typed elsewhere: lines that begin with a name, or captions with times.

Nothing is guessed. A line that looks as if it named somebody we do not know is sent back, because words set
down for the wrong person would be governed by the wrong person's consent.
"""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from enquiries.models import Contributor
from transcripts.actions.importing import TypedTurn
from transcripts.errors import TypedTextRefused

# What a listener may be called at the beginning of a line, besides the word in the reader's own language.
LISTENER_LABELS = frozenset({"listener", "interviewer", "gwrandäwr", "cyfwelydd"})

_LABEL = re.compile(r"\s{0,3}([^\W\d_][^:\n]{0,58}?)[ \t]*:(?=\s|$)[ \t]*")
_TIMING = re.compile(
    r"(?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})[ \t]+-->[ \t]+(?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})"
)
_VOICE = re.compile(r"<v(?:\.[^ \t>]+)*[ \t]+([^>]+)>")
_MARKUP = re.compile(r"</?(?:c|i|b|u|v|ruby|rt|lang)(?:[.\s][^>]*)?>|<\d[\d:.]*>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&lrm;": "\u200e", "&rlm;": "\u200f", "&nbsp;": "\u00a0"}


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 where its first two bytes say so. Letters are kept as they are.

    Raises:
        TypedTextRefused: another encoding, or no text at all.
    """
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TypedTextRefused(
            _(
                "This file is not text that we can read. Save it as plain text in UTF-8 "
                "(in Word: Save as, Plain text, Unicode UTF-8) and choose it again."
            )
        ) from error
    if "\x00" in text:
        raise TypedTextRefused(
            _("This file is not plain text. Save it as plain text in UTF-8 and choose it again.")
        )
    return text


def read(text: str, speakers: Iterable[Contributor]) -> list[TypedTurn]:
    """Turns of a typed transcript or a WebVTT file, in order.

    Plain text: a line beginning with a known name and a colon begins a turn; the lines after it belong to
    it. Where one person spoke and no line names anybody, each paragraph is a turn of theirs. WebVTT: the
    speaker is the cue's voice, or a name and a colon; neighbouring cues of one speaker are one turn.

    Raises:
        TypedTextRefused: no words, or somebody named whom we do not know; `str()` says in which line.
    """
    known = _known(speakers)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    turns = _captions(text, known) if text.startswith("WEBVTT") else _lines(text, known)
    if not any(turn.text.strip() for turn in turns):
        raise TypedTextRefused(_("There are no words in this text. Nothing was kept."))
    return turns


_Known = dict[str, Contributor | None]


def _known(speakers: Iterable[Contributor]) -> _Known:
    known: _Known = dict.fromkeys(LISTENER_LABELS, None)
    known[_plain(_("Listener"))] = None
    return known | {_plain(who.pseudonym): who for who in speakers}


def _plain(label: str) -> str:
    """A name for comparing only; what is stored stays as it was typed."""
    return unicodedata.normalize("NFC", label).strip().casefold()


def _lines(text: str, known: _Known) -> list[TypedTurn]:
    turns: list[tuple[Contributor | None, list[str]]] = []
    before: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        found = _LABEL.match(line)
        label = found.group(1) if found else ""
        if found and _plain(label) in known:
            turns.append((known[_plain(label)], [line[found.end() :]]))
            continue
        if found and _looks_like_a_name(label):
            raise _unknown(label, number, known)
        (turns[-1][1] if turns else before).append(line)
    if any(line.strip() for line in before):
        return _without_names(text, before, known, named=bool(turns))
    return [TypedTurn(who, said) for who, lines in turns if (said := "\n".join(lines).strip())]


def _without_names(text: str, before: list[str], known: _Known, *, named: bool) -> list[TypedTurn]:
    people = [who for who in known.values() if who is not None]
    if named or len(people) != 1:
        number = next(at for at, line in enumerate(before, start=1) if line.strip())
        raise TypedTextRefused(
            _(
                "Line %(number)s does not say who is speaking. Begin each turn with a name and a colon: "
                "%(names)s."
            )
            % {"number": number, "names": _names(known)}
        )
    paragraphs = re.split(r"\n[ \t]*\n", text)
    return [TypedTurn(people[0], said) for part in paragraphs if (said := part.strip())]


def _looks_like_a_name(label: str) -> bool:
    """One to three words, each with a capital: "Wren", "Mrs Brown", "Speaker A"."""
    words = label.split()
    return 1 <= len(words) <= 3 and all(word[0].isupper() for word in words)


def _unknown(label: str, number: int, known: _Known) -> TypedTextRefused:
    return TypedTextRefused(
        _(
            "Line %(number)s begins with “%(label)s:”, and nobody of that name is set down for this "
            "conversation. Use one of these names: %(names)s. If it is part of what was said, take the "
            "colon out."
        )
        % {"number": number, "label": label, "names": _names(known)}
    )


def _names(known: _Known) -> str:
    return ", ".join([*(who.pseudonym for who in known.values() if who is not None), str(_("Listener"))])


def _captions(text: str, known: _Known) -> list[TypedTurn]:
    turns: list[TypedTurn] = []
    people = [who for who in known.values() if who is not None]
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        timing = _TIMING.match(lines[at].strip())
        at += 1
        if not timing:
            continue
        number = at + 1
        said: list[str] = []
        while at < len(lines) and lines[at].strip():
            said.append(lines[at])
            at += 1
        spoken = "\n".join(said)
        who, spoken = _voice(spoken, number, known)
        if who == "same":
            if not turns and len(people) != 1:
                raise TypedTextRefused(
                    _(
                        "Line %(number)s does not say who is speaking. Begin it with a name and a colon: "
                        "%(names)s."
                    )
                    % {"number": number, "names": _names(known)}
                )
            speaker = turns[-1].speaker if turns else people[0]
        else:
            speaker = known[who]
        start_ms, end_ms = _ms(timing.groups()[:4]), _ms(timing.groups()[4:])
        if not spoken.strip():
            continue
        if turns and turns[-1].speaker == speaker:
            last = turns.pop()
            turns.append(TypedTurn(speaker, f"{last.text} {spoken.strip()}", last.start_ms, end_ms))
        else:
            turns.append(TypedTurn(speaker, spoken.strip(), start_ms, end_ms))
    return turns


def _voice(spoken: str, number: int, known: _Known) -> tuple[str, str]:
    """Key of who speaks in a cue ("same" where it does not say), and the words without markup."""
    voice = _VOICE.search(spoken)
    words = _MARKUP.sub("", _VOICE.sub("", spoken))
    for entity, letter in _ENTITIES.items():
        if entity != "&amp;":
            words = words.replace(entity, letter)
    words = words.replace("&amp;", "&")
    if voice:
        if _plain(voice.group(1)) not in known:
            raise _unknown(voice.group(1).strip(), number, known)
        return _plain(voice.group(1)), words
    found = _LABEL.match(words)
    if found and _plain(found.group(1)) in known:
        return _plain(found.group(1)), words[found.end() :]
    if found and _looks_like_a_name(found.group(1)):
        raise _unknown(found.group(1), number, known)
    return "same", words


def _ms(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest
