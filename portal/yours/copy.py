"""A copy of everything that is somebody's own, as one zip that is made while it is sent.

Nothing of it is written to a disk: text is put in as it is read, sound is decrypted block by block. The zip
holds plain text for people, JSON for machines, and the sound of recordings in which they alone speak.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from coaching.models import AssetSurvey, WellbeingResponse
from enquiries.models import ConsentEvent, Contributor, Person
from portal.models import Question
from portal.yours import selectors
from transcripts import own


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the zip: its name, and its bytes block by block."""

    name: str
    blocks: Iterable[bytes]


def parts(contributor: Contributor) -> Iterator[Part]:
    """The texts of a copy, read through the person's own door."""
    facts = everything(contributor)
    yield Part("everything.json", [json.dumps(facts, ensure_ascii=False, indent=2, default=str).encode()])
    yield Part("read-me-first.txt", [_read_me(facts).encode()])
    for talk in facts["conversations"]:
        yield Part(f"my-words-{talk['day']}-{talk['number']}.txt", ["\n\n".join(talk["my_words"]).encode()])


def everything(contributor: Contributor) -> dict[str, Any]:
    """All that is theirs, as plain values for JSON. Ids of others and names of colleagues are not in it."""
    turns = own.own_turns(contributor)
    return {
        "made_at": timezone.now().isoformat(),
        "chosen_name": contributor.pseudonym,
        "question": contributor.enquiry.question,
        "place": contributor.enquiry.place,
        "seeing_words_first": contributor.review_choice,
        "helper": contributor.helper,
        "who_i_am": [
            {
                "called": person.called,
                "full_name": person.full_name,
                "phone": person.phone,
                "email": person.email,
                "safe_contact": person.safe_contact,
                "other_names": person.other_names,
            }
            for person in Person.objects.all()
        ],
        "what_i_agreed_to": [
            {
                "what": event.scope,
                "answer": event.decision,
                "at": event.decided_at.isoformat(),
                "how": event.method,
                "form_version": event.form.version,
            }
            for event in ConsentEvent.objects.filter(contributor=contributor).select_related("form")
        ],
        "conversations": [
            {
                "number": talk.number,
                "day": talk.held_on.isoformat(),
                "kind": talk.kind,
                "where": talk.place_kind,
                "language": talk.language,
                "my_words": [turn.text for turn in turns if turn.conversation_id == talk.pk],
                "kept_private": [
                    each.text
                    for turn in turns
                    if turn.conversation_id == talk.pk
                    for each in turn.sentences
                    if each.struck is not None
                ],
            }
            for talk in selectors.conversations(contributor)
        ],
        "quotes": [
            {"words": quote.shown, "answer": quote.state, "language": quote.language}
            for quote in selectors.quotes(contributor)
        ],
        "where_used": [
            {"title": place.title, "address": place.url, "since": place.since.isoformat()}
            for place in selectors.places(contributor)
        ],
        "wellbeing_surveys": [
            {
                "scale": row.instrument,
                "day": row.completed_on.isoformat(),
                "answers": row.answers,
                "score": row.raw,
                "metric": row.metric,
            }
            for row in WellbeingResponse.objects.all()
        ],
        "asset_surveys": [
            {
                "day": row.completed_on.isoformat(),
                "answers": row.answers,
                "internal": row.internal,
                "external": row.external,
                "total": row.total,
            }
            for row in AssetSurvey.objects.all()
        ],
        "questions_and_complaints": [
            {
                "kind": row.kind,
                "asked_at": row.asked_at.isoformat(),
                "said": row.said,
                "answer": row.answer,
                "answered_at": row.answered_at.isoformat() if row.answered_at else None,
            }
            for row in Question.objects.filter(contributor=contributor)
        ],
    }


def _read_me(facts: dict[str, Any]) -> str:
    lines = [
        _("A copy of everything that is yours"),
        "",
        _("Made on %(day)s.") % {"day": facts["made_at"][:10]},
        "",
        _("The files that begin with “my-words” hold what you said, as it was written down."),
        _("The files that begin with “my-recording” are your recordings."),
        _("The file “everything.json” holds all of it for a computer to read."),
        _("What others said in a group is theirs, so it is not here."),
        "",
        _("Your surveys are here with numbers only: the questions belong to others."),
    ]
    return "\n".join(lines) + "\n"


# --- The zip itself -----------------------------------------------------------------------------------
# Stored, not squeezed: sound is squeezed already, and a stored file can be sent before its length is known
# (its sum and length follow it). Sizes are written in 64 bits, so that no recording is too long.
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_AFTER = struct.Struct("<4sLQQ")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END64 = struct.Struct("<4sQHHLLQQQQ")
_FIND64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4sHHHHLLH")
_VERSION = 45
# Bit 3: sum and length come after; bit 11: names in UTF-8.
_FLAGS = 0x0808
_FULL = 0xFFFFFFFF


def zipped(found: Iterable[Part], *, at: datetime) -> Iterator[bytes]:
    """A zip of the parts, block by block; never more than one block in memory. Source: APPNOTE 6.3.10."""
    day = ((at.year - 1980) << 9) | (at.month << 5) | at.day
    hour = (at.hour << 11) | (at.minute << 5) | (at.second // 2)
    listed: list[tuple[bytes, int, int, int]] = []
    offset = 0
    for part in found:
        name = part.name.encode()
        # Says beforehand, by its empty field, that the lengths that follow have 64 bits.
        extra = struct.pack("<HHQQ", 1, 16, 0, 0)
        head = _LOCAL.pack(
            b"PK\x03\x04", _VERSION, _FLAGS, 0, hour, day, 0, _FULL, _FULL, len(name), len(extra)
        )
        start = offset
        yield head + name + extra
        offset += len(head) + len(name) + len(extra)
        total, size = 0, 0
        for block in part.blocks:
            total = zlib.crc32(block, total)
            size += len(block)
            yield block
        after = _AFTER.pack(b"PK\x07\x08", total, size, size)
        yield after
        offset += size + len(after)
        listed.append((name, total, size, start))
    begins = offset
    for name, total, size, start in listed:
        extra = struct.pack("<HHQQQ", 1, 24, size, size, start)
        entry = _CENTRAL.pack(
            b"PK\x01\x02", _VERSION, _VERSION, _FLAGS, 0, hour, day, total, _FULL, _FULL,
            len(name), len(extra), 0, 0, 0, 0, _FULL,
        )  # fmt: skip
        yield entry + name + extra
        offset += len(entry) + len(name) + len(extra)
    size, count = offset - begins, len(listed)
    yield _END64.pack(b"PK\x06\x06", 44, _VERSION, _VERSION, 0, 0, count, count, size, begins)
    yield _FIND64.pack(b"PK\x06\x07", 0, offset, 1)
    yield _END.pack(b"PK\x05\x06", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), _FULL, _FULL, 0)
