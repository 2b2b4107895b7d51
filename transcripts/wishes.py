"""“Do not share this part”, once more: in a database put back from a copy that knows nothing of it."""

from django.db import transaction

from audit.actions import record
from enquiries.models import Contributor, Conversation
from enquiries.wishes import Kind, Wish
from nlp.text import split_sentences
from transcripts.actions.striking import STRUCK_OUT, Span, hide_everywhere, silence_times
from transcripts.models import SourceKind, StruckOut, Transcript
from transcripts.models.raw import RawVersion, Turn


def strike_out_again(contributor: Contributor, wish: Wish) -> bool:
    """Strike out what they struck out, as far as the copy holds it; False where it is not found exactly.

    In the very version, where the copy holds that. In another one by its time in the sound; without times, or
    where nobody spoke at that time, all that this voice says in that conversation is struck out: better too
    much than a word that somebody does not share. Sound that nobody wrote down yet is silenced.
    """
    talk = Conversation.objects.filter(
        pk=wish.number("conversation") or 0, added_at=wish.text("conversation_at"), contributors=contributor
    ).first()
    if talk is None:
        # It may come in again, from paper or from a telephone, with this part in it.
        return False
    transcript = Transcript.objects.filter(conversation=talk).first()
    versions = RawVersion.objects.filter(transcript=transcript).order_by("number")
    start_ms, end_ms = wish.number("start_ms"), wish.number("end_ms")
    if transcript is None or not versions.exists():
        # What a machine will write down of it then holds nothing of this part. A text that was typed comes
        # in again by hand, and somebody has to ask first.
        return silence_times(talk, start_ms, end_ms) > 0
    version = versions.filter(number=wish.number("version") or 0, made_at=wish.text("version_at")).first()
    is_found = version is not None and _is_the_text(transcript, wish)
    spans: list[Span] = []
    if version is not None and is_found:
        spans = [(wish.number("start") or 0, wish.number("end") or 0)]
    else:
        version = versions.last()
        assert version is not None
        turns = list(Turn.objects.filter(version=version, contributor=contributor).order_by("number"))
        if transcript.source == SourceKind.SOUND and start_ms is not None and end_ms is not None:
            is_found, spans = _at_time(version.text, turns, start_ms, end_ms)
        spans = spans or [(turn.start, turn.end) for turn in turns if turn.start < turn.end]
    _strike(contributor, transcript, version.number, spans, (start_ms, end_ms), wish)
    return is_found


def _is_the_text(transcript: Transcript, wish: Wish) -> bool:
    is_its_number = transcript.pk == wish.number("transcript")
    return is_its_number and transcript.made_at.isoformat() == wish.text("transcript_at")


def _at_time(text: str, turns: list[Turn], start_ms: int, end_ms: int) -> tuple[bool, list[Span]]:
    """Whole sentences heard within `[start_ms, end_ms)`, and whether there are times to tell them by."""
    if any(turn.start_ms is None or turn.end_ms is None for turn in turns):
        return False, []
    spans: list[Span] = []
    for turn in turns:
        if (turn.end_ms or 0) <= start_ms or (turn.start_ms or 0) >= end_ms:
            continue
        heard = [
            each for each in turn.words if each[2] is not None and each[2] < end_ms and each[3] > start_ms
        ]
        first = min((each[0] for each in heard), default=turn.start)
        last = max((each[1] for each in heard), default=turn.end)
        said = [
            (turn.start + a, turn.start + b)
            for a, b in split_sentences(text[turn.start : turn.end])
            if turn.start + a < last and turn.start + b > first
        ]
        spans += said or [(turn.start, turn.end)]
    return bool(spans), [(a, b) for a, b in spans if a < b]


@transaction.atomic
def _strike(
    contributor: Contributor,
    transcript: Transcript,
    version_number: int,
    spans: list[Span],
    span_ms: tuple[int | None, int | None],
    wish: Wish,
) -> None:
    start_ms, end_ms = span_ms
    for start, end in spans:
        row, is_new = StruckOut.objects.get_or_create(
            transcript=transcript,
            version_number=version_number,
            start=start,
            end=end,
            defaults={
                "partner_id": transcript.partner_id,
                "contributor": contributor,
                "start_ms": start_ms,
                "end_ms": end_ms,
            },
        )
        if is_new:
            # The day in which they can think again began when they said it.
            StruckOut.objects.filter(pk=row.pk).update(struck_at=wish.moment)
            record("words.struck_out", by=None, about=transcript, struck=row.pk, again=True)
    hide_everywhere(transcript)


KINDS = {STRUCK_OUT: Kind(acts=("words.struck_out",), carry_out=strike_out_again)}
