"""Whether the demo's input holds together.

    python -m wisdoms.demo.check_corpus

Prints one sentence per fault and ends with 1 where there is one. Needs no Django, so that it can be run
after every change to a text; the test of it also compares `NEEDS` with the gate's own table.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from wisdoms.demo.corpus import (
    LISTENER,
    CorpusError,
    DemoConversation,
    NameKey,
    read_conversations,
    read_decisions,
    read_notes,
    read_people,
)
from wisdoms.demo.paths import COACHING, SOUND
from wisdoms.demo.sound import LARGEST_FILE, read_script

LEAST_WORDS = 10_000
N_CONVERSATIONS = 24
FEWEST_TAGS = 90
MOST_QUOTES_OF_ONE = 2
SURVEYS_APART = timedelta(days=14)
# What a scope cannot stand without (docs/demo.md); the same as the gate's table.
NEEDS: dict[str, tuple[str, ...]] = {
    "take_part": (),
    "audio_record": ("take_part",),
    "machine_transcribe": ("audio_record",),
    "analyse": ("take_part",),
    "quote_words": ("analyse",),
    "audio_clip": ("audio_record", "quote_words"),
    "named_credit": ("take_part",),
    "link_coaching": ("take_part",),
    "partner_share": ("take_part",),
    "practice_learning": ("take_part",),
    "archive_deposit": ("analyse",),
    "payer_evidence": ("take_part",),
    "contact_again": (),
}
# Numbers that Ofcom keeps for drama, so that nobody's phone rings.
_DRAMA = re.compile(r"01632 960\d{3}|07700 900\d{3}")
_PHONE = re.compile(r"\b0\d{3,4} ?\d{3} ?\d{3,4}\b")
# Words this project does not use of people; see the language the report is checked against.
BANNED = re.compile(
    r"\b(the homeless|addicts?|ex-offenders?|service users?|clients?|cases?|complex needs|hard to reach"
    r"|chaotic|vulnerable|failed to engage|discharged?|fix(es|ed|ing)?)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?]+[.!?]")


def faults() -> list[str]:
    """Every fault, in the order of the files; an empty list when all is well."""
    try:
        conversations, decisions = read_conversations(), read_decisions()
        people, notes = read_people(), read_notes()
    except (CorpusError, ValueError, OSError) as error:
        return [str(error)]
    by_number = {each.number: each for each in conversations}
    return [
        *_of_conversations(conversations, people),
        *_of_sound(by_number),
        *_of_names(conversations, decisions),
        *_of_tags(by_number, decisions),
        *_of_quotes(by_number, decisions),
        *_of_report(decisions),
        *_of_notes(notes, people),
        *_of_coaching(conversations, people),
    ]


def _of_conversations(conversations: list[DemoConversation], people: dict[str, Any]) -> Iterator[str]:
    if [each.number for each in conversations] != list(range(1, N_CONVERSATIONS + 1)):
        yield f"The conversations are not numbered 1 to {N_CONVERSATIONS}."
    words = sum(each.words_of_contributor for each in conversations)
    if words < LEAST_WORDS:
        yield f"The contributors say {words} words, fewer than {LEAST_WORDS}."
    users = {user["key"] for user in people["users"]}
    pseudonyms: dict[str, set[str]] = defaultdict(set)
    for each in conversations:
        front = each.front
        pseudonyms[front["contributor"]].add(front["pseudonym"])
        if front["listener"] not in users:
            yield f"Conversation {each.number}: the listener {front['listener']!r} is not in people.toml."
        if {turn.speaker for turn in each.turns} - {LISTENER, front["pseudonym"]}:
            yield f"Conversation {each.number}: somebody speaks whose consent is not in its head."
        yield from _of_consents(each)
        spoken = " ".join(turn.text for turn in each.turns)
        for phone in _PHONE.findall(spoken):
            if not _DRAMA.fullmatch(phone):
                yield f"Conversation {each.number}: {phone} could be somebody's phone."
    for contributor, names in pseudonyms.items():
        if len(names) > 1:
            yield f"The contributor {contributor} has two pseudonyms: {', '.join(sorted(names))}."


def _of_consents(each: DemoConversation) -> Iterator[str]:
    for scope, answer in each.consents.items():
        if scope not in NEEDS or answer not in {"granted", "declined"}:
            yield f"Conversation {each.number}: {scope} = {answer!r} is no answer to a question of consent."
            continue
        for needed in NEEDS[scope] if answer == "granted" else ():
            if not each.grants(needed):
                yield f"Conversation {each.number}: {scope} is granted without {needed}."
    if not each.grants("take_part"):
        yield f"Conversation {each.number}: nothing may be stored without take_part."


def _of_sound(by_number: dict[int, DemoConversation]) -> Iterator[str]:
    for path in sorted(SOUND.glob("[0-9][0-9]-*.toml")):
        each = by_number[int(path.stem[:2])]
        turns = read_script(path)
        if [(turn.speaker, turn.text) for turn in turns] != [
            (turn.speaker, turn.text) for turn in each.turns
        ]:
            yield f"{path.name} and the text of conversation {each.number} differ."
        if not all(each.grants(scope) for scope in ("audio_record", "machine_transcribe")):
            yield f"Conversation {each.number} has sound without the speaker's word for it."
        if max(turn.pause_after_ms for turn in turns) < 6_000:
            yield f"{path.name} has no long pause."
        sound = path.with_suffix(".ogg")
        if not sound.is_file() or not (SOUND / f"{path.stem[:2]}.words.json").is_file():
            yield f"{path.name} has not been spoken yet: run python -m wisdoms.demo.sound."
        elif sound.stat().st_size > LARGEST_FILE:
            yield f"{sound.name} is larger than {LARGEST_FILE} bytes."


def _of_names(conversations: list[DemoConversation], decisions: dict[str, Any]) -> Iterator[str]:
    key = NameKey.from_decisions(decisions)
    for words, replacement in key.replace.items():
        if not re.fullmatch(r"\[[^\[\]]+\]", replacement):
            yield f"The name {words!r} is replaced by {replacement!r}, which is not in square brackets."
    spoken = "\n\n".join(turn.text for each in conversations for turn in each.turns)
    used = {change.text for change in key.changes(spoken)}
    for words in sorted(set(key.replace) - used):
        yield f"The name {words!r} stands in no conversation."
    for each in conversations:
        left = "\n\n".join(key.apply(turn.text) for turn in each.turns)
        for known in each.front["known_names"]:
            for part in {known, *known.split()} - {
                "Mr",
                "Mrs",
                "Sir",
                "Captain",
                "Father",
                "Old",
                "Big",
                "the",
            }:
                if re.search(rf"(?<!\w){re.escape(part)}(?!\w)", left):
                    yield f"Conversation {each.number}: the name {part!r} is still there."
        for phone in _PHONE.findall(left):
            yield f"Conversation {each.number}: the phone {phone} is still there."


def _count(each: DemoConversation, words: str, key: NameKey | None = None) -> int:
    return sum(
        (key.apply(turn.text) if key else turn.text).count(words)
        for turn in each.turns
        if turn.speaker != LISTENER
    )


def _of_tags(by_number: dict[int, DemoConversation], decisions: dict[str, Any]) -> Iterator[str]:
    tags, key = decisions["tags"], NameKey.from_decisions(decisions)
    if len(tags) < FEWEST_TAGS:
        yield f"There are {len(tags)} tags, fewer than {FEWEST_TAGS}."
    for tag in tags:
        each, words = by_number[tag["conversation"]], tag["words"]
        where = f"Tag {words[:40]!r} in conversation {each.number}"
        if _count(each, words) != 1 or _count(each, words, key) != 1:
            yield f"{where} does not stand there exactly once, before and after names are replaced."
        if not 6 <= len(words.split()) <= 25:
            yield f"{where} is not 6 to 25 words long."
        if tag["by"] not in {"asha", "tom"}:
            yield f"{where} is by nobody who reads."
        if not each.grants("analyse"):
            yield f"{where} is of somebody who did not agree to it."


def _of_quotes(by_number: dict[int, DemoConversation], decisions: dict[str, Any]) -> Iterator[str]:
    key = NameKey.from_decisions(decisions)
    themes = {theme["slug"] for theme in decisions["themes"]}
    speakers: Counter[str] = Counter()
    for quote in decisions["quotes"]:
        each = by_number[quote["conversation"]]
        where = f"Quote {quote['key']!r}"
        speakers[each.front["contributor"]] += 1
        if _count(each, quote["words"], key) != 1:
            yield f"{where} does not stand exactly once in conversation {each.number} with names replaced."
        if not each.grants("quote_words"):
            yield f"{where} is of somebody who did not agree to be quoted."
        if "withdrawn" in each.front:
            yield f"{where} is of somebody who has withdrawn."
        if not set(quote["themes"]) <= themes:
            yield f"{where} names a theme that is not there."
        if quote["answer"] not in {"approved", "changed", "refused"}:
            yield f"{where} has an answer nobody can give."
        if quote["answer"] == "changed" and "shown" not in quote:
            yield f"{where} was changed, but what is shown is not given."
        if quote["answer"] != "approved" and each.front["review_choice"] == "none":
            yield f"{where} has an answer of somebody who did not want to see it."
    for speaker, count in speakers.items():
        if count > MOST_QUOTES_OF_ONE:
            yield f"There are {count} quotes of {speaker}."


def report_texts(report: dict[str, Any]) -> list[str]:
    """Every text of the report that an editor wrote; no quotes."""
    found: list[str] = []

    def gather(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            for item in value:
                gather(item)
        elif isinstance(value, dict) and set(value) != {"quote"}:
            for name, item in value.items():
                if name not in {
                    "barriers",
                    "theme",
                    "opening",
                    "closing_quote",
                    "principle",
                    "figure",
                    "relation",
                }:
                    gather(item)

    gather(report)
    return found


def _of_report(decisions: dict[str, Any]) -> Iterator[str]:
    report = decisions["report"]
    texts = report_texts(report)
    for text in texts:
        for found in BANNED.finditer(text):
            yield f"The report says {found.group()!r} of people: {text[:50]!r}"
    sentences = [sentence for text in texts for sentence in _SENTENCE.findall(text)]
    average = sum(len(sentence.split()) for sentence in sentences) / len(sentences)
    if average > 20:
        yield f"The report's sentences are {average:.0f} words long on average."
    answers = {quote["key"]: quote for quote in decisions["quotes"]}
    codes = {tag["code"] for tag in decisions["tags"]}
    themes = {theme["slug"]: theme for theme in decisions["themes"]}
    placed: Counter[str] = Counter()
    for wisdom in report["wisdoms"]:
        chosen = [wisdom["opening"], *(part["quote"] for part in wisdom["heard"] if isinstance(part, dict))]
        chosen += [wisdom["closing_quote"]] if "closing_quote" in wisdom else []
        placed.update(chosen)
        for quote_key in chosen:
            quote = answers.get(quote_key)
            if quote is None or quote["answer"] == "refused":
                yield f"The Wisdom {wisdom['title']!r} holds the quote {quote_key!r}, which it may not."
            elif wisdom["theme"] not in quote["themes"]:
                yield f"The Wisdom {wisdom['title']!r} holds the quote {quote_key!r} of another theme."
        for slug in set(wisdom["barriers"]) - codes:
            yield f"The Wisdom {wisdom['title']!r} names the code {slug!r}, which nobody used."
    for quote_key, count in placed.items():
        if count > 1:
            yield f"The quote {quote_key!r} is placed {count} times."
    for theme in themes.values():
        for slug in set(theme["codes"]) - codes:
            yield f"The theme {theme['slug']} names the code {slug!r}, which nobody used."
    if decisions["proposals"][-1]["any_of"]:
        yield "The last answer to a proposal must take whatever is left: any_of = []."


def _of_notes(notes: list[dict[str, Any]], people: dict[str, Any]) -> Iterator[str]:
    coaches = {
        user["key"] for user in people["users"] if any(row["role"] == "coach" for row in user["roles"])
    }
    parts = {
        "free": ["text"],
        "three_steps": ["what", "so_what", "now_what"],
        "four_steps": ["experience", "reflection", "idea", "next_try"],
        "six_steps": ["description", "feelings", "evaluation", "analysis", "conclusion", "action"],
    }
    for number, note in enumerate(notes, start=1):
        if note["coach"] not in coaches:
            yield f"Note {number} is by {note['coach']!r}, who is no coach."
        if list(note["parts"]) != parts.get(note["template"]):
            yield f"Note {number} does not follow its template {note['template']!r}."
    if sum(note["visibility"] == "contributed" for note in notes) != 3:
        yield "Three of the notes must be contributed."


def _rows(name: str) -> list[dict[str, str]]:
    with (COACHING / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _of_coaching(conversations: list[DemoConversation], people: dict[str, Any]) -> Iterator[str]:
    emails = {user["email"] for user in people["users"]}
    known = {row["person_ref"] for row in _rows("relationships.csv")}
    if known != {f"P{number:03d}" for number in range(1, 41)}:
        yield "The coaching data is not of the people P001 to P040."
    for name in ("relationships.csv", "sessions.csv"):
        for email in {row["coach_email"] for row in _rows(name)} - emails:
            yield f"{name}: {email} is not in people.toml."
    days: dict[str, list[date]] = defaultdict(list)
    for name in ("surveys_swemwbs.csv", "surveys_wemwbs.csv"):
        for row in _rows(name):
            days[row["person_ref"]].append(date.fromisoformat(row["completed_on"]))
            answers = [value for column, value in row.items() if column.startswith("q") and value]
            if not set(answers) <= set("12345"):
                yield f"{name}: an answer of {row['person_ref']} is not 1 to 5."
    for person, found in days.items():
        found.sort()
        if any(after - before < SURVEYS_APART for before, after in pairwise(found)):
            yield f"Two wellbeing surveys of {person} are less than 14 days apart."
    agreed = {each.front["contributor"] for each in conversations if each.grants("link_coaching")}
    links = {row["contributor"] for row in _rows("links.csv")}
    if links != agreed:
        yield f"Linked without a yes, or the other way round: {', '.join(sorted(links ^ agreed))}."


def main() -> int:
    """Print the faults; 1 when there are any."""
    found = faults()
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    if not found:
        conversations = read_conversations()
        words = sum(each.words_of_contributor for each in conversations)
        sys.stdout.write(f"All is well: {len(conversations)} conversations, {words} words.\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
