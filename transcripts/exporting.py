"""Texts without names on their way to a named recipient: which there are, and the file as it is sent.

Nothing of it touches the disk. The gate is asked before each text, so that what is taken back while a file is
being sent is not in the rest of it; what had left by then is recalled (`transcripts.actions.exports`).
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import wall
from accounts.models import User
from audit.actions import record
from enquiries import consent, refusals
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Conversation, Enquiry, Participation, Scope
from transcripts.actions.striking import struck_out_of
from transcripts.models import Export, PseudonymisedVersion, Segment
from transcripts.models.raw import PseudonymisedFrom, Turn
from transcripts.replacing import to_new

SCOPE = Scope.PARTNER_SHARE


@dataclass(frozen=True, slots=True)
class ToHand:
    """One signed-off text, and ids of those who spoke in it and let it be handed over now."""

    conversation_id: int
    version_id: int
    voices: frozenset[int]


def texts_to_hand(enquiry: Enquiry) -> list[ToHand]:
    """Newest signed-off texts of the enquiry in which at least one voice may be handed over now."""
    newest: dict[int, tuple[int, int]] = {}
    rows = PseudonymisedVersion.objects.filter(
        transcript__conversation__enquiry=enquiry, signed_off_at__isnull=False
    ).order_by("transcript__conversation__number", "number")
    for pk, conversation_id, wave_id in rows.values_list(
        "pk", "transcript__conversation_id", "transcript__conversation__wave_id"
    ):
        newest[conversation_id] = (pk, wave_id)
    speaking: dict[int, set[int]] = {pk: set() for pk in newest}
    for pk, who in Participation.objects.filter(conversation_id__in=newest).values_list(
        "conversation_id", "contributor_id"
    ):
        speaking[pk].add(who)
    pairs = {(who, newest[pk][1]) for pk, voices in speaking.items() for who in voices}
    allowed = consent.allowing_pairs(pairs, SCOPE)
    found = [
        ToHand(pk, version_id, frozenset(who for who in speaking[pk] if (who, wave_id) in allowed))
        for pk, (version_id, wave_id) in newest.items()
    ]
    return [each for each in found if each.voices]


class _Outflow(io.RawIOBase):
    """What a zip file is written to: it cannot go back, and is emptied again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def sent(export: Export, texts: list[ToHand], by: User) -> Iterator[bytes]:
    """The zip file, text by text. The wall is opened anew for each, since the request has ended by then."""
    out = _Outflow()
    n_sent = n_left = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.json", _about(export))
        archive.writestr("README.txt", _to_the_recipient(export))
        yield out.taken()
        for text in texts:
            with _Step(export, by):
                words, number, left = _words(export, text)
            n_left += left
            if words:
                n_sent += 1
                archive.writestr(f"texts/conversation-{number}.txt", words)
                yield out.taken()
    with _Step(export, by):
        Export.objects.filter(pk=export.pk).update(ended_at=timezone.now(), n_texts=n_sent)
        record("export.ended", by=by, about=export, count=n_sent, left_out=n_left)
    yield out.taken()


class _Step:
    """The wall, a transaction, and somebody who writes refusals down, around one step of the sending."""

    def __init__(self, export: Export, by: User) -> None:
        self._contexts = (
            wall.acting_for(partners=[export.partner_id], user_id=by.pk, kind=wall.DoorKind.STAFF),
            refusals.written("transcripts:exports", lambda: by),
            transaction.atomic(),
        )

    def __enter__(self) -> None:
        for each in self._contexts:
            each.__enter__()

    def __exit__(self, *error: object) -> None:
        for each in reversed(self._contexts):
            each.__exit__(*error)  # type: ignore[arg-type]


def _words(export: Export, text: ToHand) -> tuple[str, int, int]:
    """What may be handed over of one text now, the conversation's number, and how many voices fell away."""
    conversation = Conversation.objects.get(pk=text.conversation_id)
    planned = Contributor.objects.filter(pk__in=text.voices, conversations=conversation)
    allowed: dict[int, str] = {}
    for who in planned:
        try:
            consent.check(who, SCOPE, wave=conversation.wave_id)
        except ConsentMissing:
            continue
        allowed[who.pk] = who.pseudonym
    left = len(text.voices) - len(allowed)
    everyone = set(conversation.contributors.values_list("pk", flat=True))
    version = PseudonymisedVersion.objects.filter(pk=text.version_id).first() if allowed else None
    if version is None:
        return "", conversation.number, left
    way_back = PseudonymisedFrom.objects.select_related("raw").filter(pseudonymised=version).first()
    if way_back is None:
        lines = _from_passages(version, conversation, allowed)
    else:
        lines = _from_turns(version, way_back, allowed, is_whole=everyone <= set(allowed))
    return "\n\n".join(lines), conversation.number, left


def _from_turns(
    version: PseudonymisedVersion, way_back: PseudonymisedFrom, allowed: dict[int, str], *, is_whole: bool
) -> list[str]:
    """Turns of those who allow it, without what they struck out. What a listener said may speak of the
    others, so it goes only where everyone allows it."""
    lines = []
    struck = struck_out_of(way_back)
    for turn in Turn.objects.filter(version_id=way_back.raw_id).order_by("number"):
        start = to_new(turn.start, way_back.offsets)
        end = to_new(turn.end, way_back.offsets, is_end=True)
        said = _without(version.text, start, end, struck).strip()
        if not said:
            continue
        if turn.contributor_id in allowed:
            lines.append(f"{allowed[turn.contributor_id]}: {said}")
        elif turn.is_listener and is_whole:
            lines.append(_("Listener: %(said)s") % {"said": said})
    return lines


def _without(text: str, start: int, end: int, struck: list[tuple[int, int]]) -> str:
    """`text[start:end]` with "…" in the place of each stretch that is not shared."""
    parts, at = [], start
    for first, last in struck:
        if last <= at or first >= end:
            continue
        parts += [text[at : max(at, first)], "…"]
        at = min(last, end)
    return "".join([*parts, text[at:end]])


def _from_passages(
    version: PseudonymisedVersion, conversation: Conversation, allowed: dict[int, str]
) -> list[str]:
    """Where the text with names was kept long enough and is gone, its passages say who spoke."""
    reading = consent.allowing(set(allowed), Scope.ANALYSE, wave=conversation.wave_id)
    passages = Segment.objects.filter(version=version, contributor_id__in=reading, struck_out=None).order_by(
        "number"
    )
    return [f"{allowed[one.contributor_id]}: {one.text}" for one in passages.defer("embedding")]


def _about(export: Export) -> str:
    facts = {
        "export": export.pk,
        "enquiry": export.enquiry.title,
        "question": export.enquiry.question,
        "partner": export.partner.name,
        "recipient": export.recipient,
        "purpose": export.purpose,
        "made_at": timezone.localtime(export.made_at).isoformat(timespec="seconds"),
        "instead_of": export.instead_of_id,
    }
    return json.dumps(facts, ensure_ascii=False, indent=2)


def _to_the_recipient(export: Export) -> str:
    return _(
        "These are words people said, with names taken out. They were handed to you alone, for one purpose:\n"
        "%(purpose)s\n\n"
        "Do not pass them on, and do not try to find out who is speaking.\n"
        "Somebody may take their words back at any time. We will then tell you: erase this file and all "
        "copies, and use the one we send you instead.\n\n"
        "Export %(number)s of %(partner)s.\n"
    ) % {"purpose": export.purpose, "number": export.pk, "partner": export.partner.name}
