"""Signed-off passages to read, and what is made of them. All words are invented for the tests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Partner, Role, User
from enquiries.models import AnalysisMode, Contributor, Conversation, Enquiry
from tests.factories.accounts import PartnerFactory, UserFactory, colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory
from themes.actions import start_codebook
from themes.models import (
    Code,
    Codebook,
    Quote,
    QuoteState,
    Suggestion,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from transcripts.models import PseudonymisedVersion, Segment, SourceKind, Transcript, TranscriptState

LETTER = "It had to be from the council, and mine was from the hospital. So I walked back."
DOG = "There’s a farm with a dog, and the dog came along the wall with me the whole way."
WORKER = "She had nothing written down, so I started again from the start."


class CodebookFactory(DjangoModelFactory[Codebook]):
    class Meta:
        model = Codebook

    enquiry = factory.SubFactory(EnquiryFactory)
    partner = factory.SelfAttribute("enquiry.partner")


class CodeFactory(DjangoModelFactory[Code]):
    """A barrier code; `retired` takes no new tags."""

    class Meta:
        model = Code

    class Params:
        retired = factory.Trait(retired_at=factory.LazyFunction(timezone.now))

    codebook = factory.SubFactory(CodebookFactory)
    partner = factory.SelfAttribute("codebook.partner")
    slug = factory.Sequence(lambda n: f"code-{n}")
    name = factory.Sequence(lambda n: f"Code {n}")
    kind = "barrier"
    definition = "Help refused because of who counts."


def an_offer(segment: Segment, code: Code, *, score: float = 0.5, near: Sequence[Segment] = ()) -> Suggestion:
    """A code the computer offers on a passage."""
    return Suggestion.objects.create(
        partner=segment.partner,
        segment=segment,
        code=code,
        score=score,
        why="Close to what this code means.",
        near=[one.pk for one in near],
        made_with="hashing",
    )


def signed_off(
    conversation: Conversation,
    texts: Sequence[str],
    *,
    speakers: Sequence[Contributor] | None = None,
    source: str = SourceKind.TYPED,
    number: int = 1,
    is_signed_off: bool = True,
    by: tuple[User, User] | None = None,
) -> list[Segment]:
    """Rows of one pseudonymised version with a passage per text, spoken in turn by `speakers` (else by all
    of the conversation). Sound gets ten seconds per passage."""
    voices = list(speakers or conversation.contributors.order_by("pk"))
    made_by, checked_by = by or (UserFactory(), UserFactory())
    now = timezone.now()
    transcript, _is_new = Transcript.objects.get_or_create(
        conversation=conversation,
        defaults={
            "partner": conversation.partner,
            "source": source,
            "state": TranscriptState.PSEUDONYMISED,
            "checked_by": made_by,
            "checked_at": now,
            "verified_by": made_by,
            "verified_at": now,
        },
    )
    version = PseudonymisedVersion.objects.create(
        partner=conversation.partner,
        transcript=transcript,
        number=number,
        text="\n".join(texts),
        made_by=made_by,
        signed_off_by=checked_by if is_signed_off else None,
        signed_off_at=now if is_signed_off else None,
    )
    place, rows = 0, []
    for n, text in enumerate(texts, start=1):
        speaker = voices[(n - 1) % len(voices)]
        rows.append(
            Segment(
                partner=conversation.partner,
                version=version,
                conversation=conversation,
                contributor=speaker,
                voice=speaker.voice,
                number=n,
                start=place,
                end=place + len(text),
                text=text,
                start_ms=(n - 1) * 10_000 if source == SourceKind.SOUND else None,
                end_ms=n * 10_000 if source == SourceKind.SOUND else None,
            )
        )
        place += len(text) + 1
    return Segment.objects.bulk_create(rows)


@dataclass(slots=True)
class Reading:
    """One enquiry with a code list, two readers, and one conversation of three passages."""

    partner: Partner
    enquiry: Enquiry
    reader: User
    second: User
    stranger: User
    conversation: Conversation
    contributor: Contributor
    segments: list[Segment]
    codebook: Codebook

    def code(self, slug: str) -> Code:
        return self.codebook.codes.get(slug=slug)


def a_reading(
    *, mode: str = AnalysisMode.REFLEXIVE, texts: Sequence[str] = (LETTER, DOG, WORKER), **contributor: Any
) -> Reading:
    """The smallest whole thing to read; `contributor` goes to its factory (`agreed=True` unless said)."""
    partner = PartnerFactory()
    reader, second = colleague(partner, Role.RESEARCHER), colleague(partner, Role.REVIEWER)
    enquiry = EnquiryFactory(partner=partner, analysis_mode=mode, framed_by=reader)
    speaker = ContributorFactory(enquiry=enquiry, **({"agreed": True} | contributor))
    conversation = ConversationFactory(enquiry=enquiry, contributors=[speaker])
    return Reading(
        partner=partner,
        enquiry=enquiry,
        reader=reader,
        second=second,
        stranger=colleague(PartnerFactory(), Role.RESEARCHER),
        conversation=conversation,
        contributor=speaker,
        segments=signed_off(conversation, texts),
        codebook=start_codebook(enquiry=enquiry, by=reader),
    )


def add_conversation(reading: Reading, texts: Iterable[str], **contributor: Any) -> list[Segment]:
    """One more conversation by one more speaker in the same enquiry."""
    speaker = ContributorFactory(enquiry=reading.enquiry, **({"agreed": True} | contributor))
    conversation = ConversationFactory(enquiry=reading.enquiry, contributors=[speaker])
    return signed_off(conversation, list(texts))


def a_run(reading: Reading, groups: Sequence[Sequence[Segment]], outside: Sequence[Segment] = ()) -> TopicRun:
    """A finished run with these groups, as the model would have stored it."""
    run = TopicRun.objects.create(
        partner=reading.partner,
        enquiry=reading.enquiry,
        number=reading.enquiry.topic_runs.count() + 1,
        model="bertopic-kmeans",
        versions={"bertopic": "0.17.4"},
        parameters={"k": len(groups)},
        corpus_hash="0" * 64,
        n_segments=sum(len(group) for group in groups) + len(outside),
        asked_by=reading.reader,
        finished_at=timezone.now(),
    )
    for number, group in enumerate(groups, start=1):
        proposal = TopicProposal.objects.create(
            partner=reading.partner,
            run=run,
            number=number,
            words=[["letter", 0.4], ["dog", 0.3], ["walk", 0.2]],
        )
        for place, segment in enumerate(group):
            TopicAssignment.objects.create(
                partner=reading.partner,
                run=run,
                proposal=proposal,
                segment=segment,
                is_representative=place < 2,
                x=number / 10 + place / 50,
                y=number / 20 - place / 40,
            )
    for place, segment in enumerate(outside):
        TopicAssignment.objects.create(
            partner=reading.partner, run=run, segment=segment, x=-0.5, y=place / 10
        )
    return run


def a_quote(segment: Segment, *, by: User, state: str = QuoteState.SELECTED, shown: str = "") -> Quote:
    """A quote of a whole passage, put straight into a state."""
    return Quote.objects.create(
        partner=segment.partner,
        enquiry=segment.conversation.enquiry,
        segment=segment,
        contributor=segment.contributor,
        start=0,
        end=len(segment.text),
        text=segment.text,
        shown=shown or segment.text,
        voice=segment.voice,
        state=state,
        selected_by=by,
    )
