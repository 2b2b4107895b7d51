"""Recordings and texts in each state they can be in; the words are invented."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from enquiries.models import Contributor, Conversation
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import ConversationFactory
from transcripts import store
from transcripts.models import (
    PseudonymisedVersion,
    Segment,
    SourceKind,
    Transcript,
    TranscriptState,
)
from transcripts.models.raw import (
    PseudonymisedFrom,
    RawVersion,
    Recording,
    RecordingState,
    TranscriptionRun,
    Turn,
)
from transcripts.uploads import holders_of


def stored(data: bytes, conversation: Conversation | None = None) -> str:
    """Put bytes into the test's own store, sealed for those who speak; gives back their key."""
    holders = holders_of(conversation) if conversation is not None else []
    with store.new_file(holders=holders or [uuid4()]) as file:
        file.write(data)
        return file.keep()


class RecordingFactory(DjangoModelFactory[Recording]):
    """A recording that can be played; `data` is put into the store. Traits: `received`, `unreadable`."""

    class Meta:
        model = Recording
        exclude = ("data",)

    class Params:
        received = factory.Trait(state=RecordingState.RECEIVED, peaks=[])
        unreadable = factory.Trait(
            state=RecordingState.UNREADABLE, peaks=[], problem="It cannot be read: send it again."
        )

    data = b"not looked at by this test"
    conversation = factory.SubFactory(ConversationFactory)
    partner = factory.SelfAttribute("conversation.partner")
    stored_as = factory.LazyAttribute(lambda row: stored(row.data, row.conversation))
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size_bytes = factory.LazyAttribute(lambda row: len(row.data))
    state = RecordingState.READABLE
    container = "wav"
    codec = "pcm_s16le"
    sample_rate = 16_000
    channels = 1
    duration_ms = 12_000
    peaks = factory.LazyFunction(lambda: [0.5, 1.0] * 130)
    received_by = factory.SubFactory(UserFactory)


class TranscriptionRunFactory(DjangoModelFactory[TranscriptionRun]):
    class Meta:
        model = TranscriptionRun

    recording = factory.SubFactory(RecordingFactory)
    partner = factory.SelfAttribute("recording.partner")
    engine = "scripted"
    model_name = "script"


class TranscriptFactory(DjangoModelFactory[Transcript]):
    """A text with one raw version: the contributor, the listener, the contributor again.

    Traits: `checked`, `verified`, `pseudonymised`. `turns=[(speaker, text), …]` gives other turns, with
    None for the listener; `machine=True` makes the version a machine's draft, with word times.
    """

    class Meta:
        model = Transcript
        skip_postgeneration_save = True

    class Params:
        checked = factory.Trait(
            state=TranscriptState.CHECKED,
            checked_by=factory.SubFactory(UserFactory),
            checked_at=factory.LazyFunction(timezone.now),
        )
        verified = factory.Trait(
            checked=True,
            state=TranscriptState.VERIFIED,
            verified_by=factory.SubFactory(UserFactory),
            verified_at=factory.LazyFunction(timezone.now),
        )
        pseudonymised = factory.Trait(verified=True, state=TranscriptState.PSEUDONYMISED)

    conversation = factory.SubFactory(ConversationFactory)
    partner = factory.SelfAttribute("conversation.partner")
    source = SourceKind.TYPED

    @factory.post_generation
    def turns(self, create: bool, extracted: Any, machine: bool = False, **_kwargs: Any) -> None:
        if not create:
            return
        speaker = self.conversation.contributors.first()
        said: Sequence[tuple[Contributor | None, str]] = extracted or [
            (speaker, "They sent me from one desk to the next, and nobody wrote it down."),
            (None, "What would have helped?"),
            (speaker, "One person who knew my name. My sister Jo rang the council for me."),
        ]
        version = raw_version(self, said, machine=machine)
        if self.state == TranscriptState.PSEUDONYMISED:
            pseudonymised_version(self, version)


def raw_version(
    transcript: Transcript,
    said: Sequence[tuple[Contributor | None, str]],
    *,
    machine: bool = False,
    by: User | None = None,
) -> RawVersion:
    """The next raw version of a text from `(speaker, text)` pairs; None speaks for the listener."""
    run = None
    if machine:
        recording = Recording.objects.filter(conversation=transcript.conversation).first()
        run = TranscriptionRunFactory(
            recording=recording or RecordingFactory(conversation=transcript.conversation)
        )
    version = RawVersion.objects.create(
        partner=transcript.partner,
        transcript=transcript,
        number=RawVersion.objects.filter(transcript=transcript).count() + 1,
        text="\n\n".join(text for _who, text in said),
        run=run,
        made_by=None if run else by or UserFactory(),
        change="drafted" if run else "typed",
    )
    at = 0
    for number, (who, text) in enumerate(said, start=1):
        Turn.objects.create(
            partner=transcript.partner,
            version=version,
            number=number,
            contributor=who,
            is_listener=who is None,
            start=at,
            end=at + len(text),
            start_ms=number * 4000 - 4000 if machine else None,
            end_ms=number * 4000 if machine else None,
            words=[[at, at + len(text.split()[0]), number * 4000 - 4000, number * 4000 - 3600, 0.9]]
            if machine
            else [],
        )
        at += len(text) + 2
    return version


def pseudonymised_version(transcript: Transcript, raw: RawVersion) -> PseudonymisedVersion:
    """A signed-off version with the same words, and one passage for each turn of a contributor."""
    made = PseudonymisedVersion.objects.create(
        partner=transcript.partner,
        transcript=transcript,
        number=transcript.pseudonymised.count() + 1,
        text=raw.text,
        made_by=UserFactory(),
        signed_off_by=UserFactory(),
        signed_off_at=timezone.now(),
    )
    PseudonymisedFrom.objects.create(partner=transcript.partner, pseudonymised=made, raw=raw)
    turns = Turn.objects.filter(version=raw, contributor__isnull=False).select_related("contributor")
    for number, turn in enumerate(turns.order_by("number"), start=1):
        assert turn.contributor is not None
        Segment.objects.create(
            partner=transcript.partner,
            version=made,
            conversation=transcript.conversation,
            contributor=turn.contributor,
            voice=turn.contributor.voice,
            number=number,
            start=turn.start,
            end=turn.end,
            text=raw.text[turn.start : turn.end],
        )
    return made
