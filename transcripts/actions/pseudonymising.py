"""From decided names to a text that may be read, and from it to passages.

Names are taken out by one person and signed off by another. Passages are cut only from what contributors
said who allow `analyse` at that moment; a listener's words never become a passage.
"""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, work
from enquiries.models import Contributor, Scope, Work, WorkState
from nlp.text import split_segments
from transcripts import newer_texts, states
from transcripts.actions import striking
from transcripts.actions.names import (
    current_replacements,
    hold_verified,
    names_looked_for,
    undecided,
)
from transcripts.errors import NamesNotLookedFor, NamesUndecided, NotPossibleNow, SecondPersonNeeded
from transcripts.models import PseudonymisedVersion, Segment, Transcript, TranscriptState
from transcripts.models.raw import PseudonymisedFrom, RawVersion, Turn
from transcripts.replacing import Change, Offsets, apply, to_new, to_raw
from transcripts.versions import latest

EMBED_SEGMENTS = "embed_segments"

# Passages embedded, stored and reported on at a time.
_BATCH = 64


@transaction.atomic
def make_pseudonymised(*, transcript: Transcript, by: User) -> PseudonymisedVersion:
    """Put every decided replacement in place and keep the result as the next version, to be signed off.

    Asking again with nothing decided anew gives the version there is.

    Raises:
        NamesNotLookedFor: the finder has not gone through this version. NamesUndecided: offers are left,
        with their number. NotPossibleNow: the text is not verified. ConsentMissing: somebody left.
    """
    held = hold_verified(transcript, by)
    raw = latest(held)
    if not names_looked_for(raw):
        raise NamesNotLookedFor(_("The computer has not looked for names in this text yet. Ask it to first."))
    left = undecided(raw)
    if left:
        raise NamesUndecided(len(left))
    text, offsets = _with_names_out(raw)
    newest = latest_pseudonymised(held)
    if newest is not None and newest.signed_off_at is None and _stands(newest, raw, text):
        return newest
    version = PseudonymisedVersion.objects.create(
        partner_id=held.partner_id,
        transcript=held,
        number=newest.number + 1 if newest is not None else 1,
        text=text,
        made_by=by,
    )
    PseudonymisedFrom.objects.create(
        partner_id=held.partner_id, pseudonymised=version, raw=raw, offsets=offsets
    )
    record(
        "names.taken_out",
        by=by,
        about=held,
        version=version.number,
        raw_version=raw.number,
        count=len(offsets),
    )
    return version


@transaction.atomic
def sign_off(*, version: PseudonymisedVersion, by: User) -> list[Segment]:
    """A second person finds that nobody can be known from the text: it goes on to be read.

    Cuts the passages and asks for their embedding.

    Returns:
        The passages that were cut.

    Raises:
        SecondPersonNeeded: the acting user took the names out. NotPossibleNow: it is not the newest version,
        is signed off already, or something was decided since it was made.
    """
    check(by, "transcript.sign_off", version)
    if version.signed_off_at is not None:
        raise NotPossibleNow(_("This text is signed off already. Nothing was changed."))
    if version.made_by_id == by.pk:
        raise SecondPersonNeeded(
            _("You took the names out, so someone else has to read this text and sign it off.")
        )
    held = hold_verified(version.transcript, by)
    raw = latest(held)
    newest = latest_pseudonymised(held)
    if newest is None or newest.pk != version.pk or not _stands(version, raw, _with_names_out(raw)[0]):
        raise NotPossibleNow(
            _("Something was decided after this text was made. Take the names out again, then read it anew.")
        )
    now = timezone.now()
    states.move(held, TranscriptState.PSEUDONYMISED, by=by)
    PseudonymisedVersion.objects.filter(pk=version.pk).update(signed_off_by=by, signed_off_at=now)
    version.refresh_from_db()
    record("transcript.signed_off", by=by, about=held, version=version.number)
    return cut_segments(version=version, by=by)


@transaction.atomic
def cut_segments(*, version: PseudonymisedVersion, by: User) -> list[Segment]:
    """Cut passages from the turns of everyone who allows `analyse` now and has none in this version yet.

    Each lies within one turn. Running it twice adds nothing; it may be run again when somebody agrees later.

    Raises NotPossibleNow when the version is not signed off.
    """
    check(by, "transcript.sign_off", version)
    if version.signed_off_at is None:
        raise NotPossibleNow(_("Passages are cut once a second person has signed the text off."))
    conversation = version.transcript.conversation
    way_back = PseudonymisedFrom.objects.select_related("raw").filter(pseudonymised=version).first()
    if way_back is None:
        raise NotPossibleNow(_("The text with names is erased, so nobody can tell any more who said what."))
    turns = [
        turn
        for turn in Turn.objects.filter(version=way_back.raw).order_by("number")
        if turn.contributor_id is not None
    ]
    have = set(Segment.objects.filter(version=version).values_list("contributor_id", flat=True))
    speaking = {turn.contributor_id for turn in turns if turn.contributor_id is not None}
    consent.hold(speaking)
    allowed = consent.allowing(speaking, Scope.ANALYSE, wave=conversation.wave_id) - have
    voices = dict(Contributor.objects.filter(pk__in=allowed).values_list("pk", "voice"))
    number = Segment.objects.filter(version=version).aggregate(most=Max("number"))["most"] or 0
    rows: list[Segment] = []
    for turn in turns:
        if turn.contributor_id not in allowed:
            continue
        for start, end in _passages_of(turn, version, way_back.offsets):
            number += 1
            start_ms, end_ms = _when(turn, start, end, way_back.offsets)
            rows.append(
                Segment(
                    partner_id=version.partner_id,
                    version=version,
                    conversation=conversation,
                    contributor_id=turn.contributor_id,
                    voice=voices[turn.contributor_id],
                    number=number,
                    start=start,
                    end=end,
                    text=version.text[start:end],
                    start_ms=start_ms,
                    end_ms=end_ms,
                )
            )
    stored = Segment.objects.bulk_create(rows)
    record("segments.cut", by=by, about=version, count=len(stored))
    striking.hide_in(version)
    if stored:
        request_embedding(version=version, by=by)
        newer_texts.tell(version)
    return stored


@transaction.atomic
def request_embedding(*, version: PseudonymisedVersion, by: User | None) -> Work:
    """Ask for the embedding of a version's passages; gives the work there is while it waits or goes on."""
    there = (
        Work.objects.filter(kind=EMBED_SEGMENTS, about_id=version.pk, state=WorkState.QUEUED)
        .order_by("-pk")
        .first()
    )
    if there is not None:
        return there
    return work.start(
        kind=EMBED_SEGMENTS,
        task="transcripts.text_tasks.embed_segments",
        about_id=version.pk,
        partner_id=version.partner_id,
        enquiry=version.transcript.conversation.enquiry,
        by=by,
        unit=_("passages"),
        total=Segment.objects.filter(version=version, embedding=None).count(),
    )


def embed_segments(
    *,
    version: PseudonymisedVersion,
    embed: Callable[[list[str]], Iterable[Iterable[float]]],
    embedded_with: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Store a vector for each passage of a version that has none and may be read now.

    Each batch is stored by itself, so that a second run goes on from where the first was stopped; who allows
    `analyse` is asked anew before each.

    Args:
        embed: texts in, one vector of 384 numbers per text out, in order.
        embedded_with: name of the embedder, kept beside each vector.
        on_progress: told how many passages are done, and of how many.

    Returns:
        The number of passages that were embedded.
    """
    wave_id = version.transcript.conversation.wave_id
    waiting = Segment.objects.filter(version=version, embedding=None).order_by("number")
    total, done, last = waiting.count(), 0, 0
    while batch := list(waiting.filter(number__gt=last)[:_BATCH]):
        last = batch[-1].number
        allowed = consent.allowing({row.contributor_id for row in batch}, Scope.ANALYSE, wave=wave_id)
        rows = [row for row in batch if row.contributor_id in allowed]
        if rows:
            for row, vector in zip(rows, embed([row.text for row in rows]), strict=True):
                row.embedding, row.embedded_with = list(map(float, vector)), embedded_with
            Segment.objects.bulk_update(rows, ["embedding", "embedded_with"])
        done += len(rows)
        if on_progress is not None:
            on_progress(done, total)
    record("segments.embedded", by=None, about=version, count=done)
    return done


def latest_pseudonymised(transcript: Transcript) -> PseudonymisedVersion | None:
    """The newest version without names, signed off or not."""
    return PseudonymisedVersion.objects.filter(transcript=transcript).order_by("-number").first()


def embedding_model() -> str:
    """Where the embedder's files lie, by setting; empty for the one that comes with the platform."""
    return str(settings.EMBEDDING_MODEL)


def _with_names_out(raw: RawVersion) -> tuple[str, list[list[int]]]:
    return apply(
        raw.text,
        [Change(row.start, row.end, row.replacement) for row in current_replacements(raw) if row.replacement],
    )


def _stands(version: PseudonymisedVersion, raw: RawVersion, text: str) -> bool:
    """Whether the version is what the decisions in force make of the raw version in force."""
    return version.text == text and PseudonymisedFrom.objects.filter(pseudonymised=version, raw=raw).exists()


def _passages_of(turn: Turn, version: PseudonymisedVersion, offsets: Offsets) -> list[tuple[int, int]]:
    start = to_new(turn.start, offsets)
    end = to_new(turn.end, offsets, is_end=True)
    return [(start + a, start + b) for a, b in split_segments(version.text[start:end]) if b > a]


def _when(turn: Turn, start: int, end: int, offsets: Offsets) -> tuple[int | None, int | None]:
    """First and last moment of a passage, from its words; the turn's own moments where it has no words."""
    raw_start, raw_end = to_raw(start, offsets), to_raw(end, offsets, is_end=True)
    words = [word for word in turn.words if word[0] < raw_end and word[1] > raw_start and word[2] is not None]
    if not words:
        return turn.start_ms, turn.end_ms
    return min(word[2] for word in words), max(word[3] for word in words)
