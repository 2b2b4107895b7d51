"""Enquiries, the people who speak in them, and what they agreed to."""

import datetime
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from enquiries.models import (
    ConsentCapture,
    ConsentEvent,
    ConsentForm,
    ConsentMethod,
    ConsentState,
    Contributor,
    Conversation,
    Enquiry,
    Link,
    Participation,
    Person,
    Scope,
    Wave,
    Work,
    WorkState,
)
from tests.factories.accounts import PartnerFactory, UserFactory


class EnquiryFactory(DjangoModelFactory[Enquiry]):
    """A framed enquiry with its first wave and a consent form."""

    class Meta:
        model = Enquiry
        skip_postgeneration_save = True

    partner = factory.SubFactory(PartnerFactory)
    title = factory.Sequence(lambda n: f"Finding a home, {n}")
    question = "What has it been like, trying to find a home and keep it?"
    place = "Eastmere"
    cut_off_on = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=180))
    framed_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def wave_one(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted is not False:
            WaveFactory(enquiry=self)

    @factory.post_generation
    def form(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted is not False:
            ConsentFormFactory(enquiry=self)


class WaveFactory(DjangoModelFactory[Wave]):
    class Meta:
        model = Wave

    enquiry = factory.SubFactory(EnquiryFactory, wave_one=False)
    partner = factory.SelfAttribute("enquiry.partner")
    number = factory.LazyAttribute(lambda wave: wave.enquiry.waves.count() + 1)
    opened_on = factory.LazyFunction(timezone.localdate)


class ConsentFormFactory(DjangoModelFactory[ConsentForm]):
    class Meta:
        model = ConsentForm

    enquiry = factory.SubFactory(EnquiryFactory, form=False)
    partner = factory.SelfAttribute("enquiry.partner")
    version = factory.LazyAttribute(lambda form: form.enquiry.consent_forms.count() + 1)
    text = "We would like to listen to you. You can change your mind at any time."


class ContributorFactory(DjangoModelFactory[Contributor]):
    """Somebody in an enquiry who was asked nothing yet.

    Traits: `agreed` said yes to all 13 scopes for the latest wave; `declined` said no to all;
    `withdrawn` said yes and took all of it back.
    """

    class Meta:
        model = Contributor
        skip_postgeneration_save = True

    class Params:
        agreed = factory.Trait(asked__state="granted")
        declined = factory.Trait(asked__state="declined")
        withdrawn = factory.Trait(asked__state="withdrawn")

    enquiry = factory.SubFactory(EnquiryFactory)
    partner = factory.SelfAttribute("enquiry.partner")
    pseudonym = factory.Sequence(lambda n: f"Wren {n}")

    @factory.post_generation
    def asked(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        state = kwargs.get("state")
        if not create or state is None:
            return
        if state == "withdrawn":
            grant(self)
            take_back(self)
        else:
            decide(self, ConsentState(state), *Scope.values, wave=latest_wave(self))


class CaptureFactory(DjangoModelFactory[ConsentCapture]):
    """One asking of somebody in the latest wave, by the newest form; it brings no lines of its own."""

    class Meta:
        model = ConsentCapture

    contributor = factory.SubFactory(ContributorFactory)
    partner = factory.SelfAttribute("contributor.partner")
    wave = factory.LazyAttribute(lambda row: latest_wave(row.contributor))
    form = factory.LazyAttribute(lambda row: row.contributor.enquiry.consent_forms.first())
    digest = "0" * 64
    was_adult = True


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person

    partner = factory.SubFactory(PartnerFactory)
    called = factory.Sequence(lambda n: f"Robin {n}")
    is_adult = True


class LinkFactory(DjangoModelFactory[Link]):
    """The person behind a contributor; trait `colleague` links an account instead."""

    class Meta:
        model = Link

    class Params:
        colleague = factory.Trait(person=None, user=factory.SubFactory(UserFactory))

    contributor = factory.SubFactory(ContributorFactory)
    partner = factory.SelfAttribute("contributor.partner")
    person = factory.SubFactory(PersonFactory, partner=factory.SelfAttribute("..partner"))


class ConversationFactory(DjangoModelFactory[Conversation]):
    """A conversation in the latest wave with one contributor who agreed to everything.

    `contributors=[a, b]` sets down those instead, in that order; `contributors=[]` nobody.
    """

    class Meta:
        model = Conversation
        skip_postgeneration_save = True

    enquiry = factory.SubFactory(EnquiryFactory)
    partner = factory.SelfAttribute("enquiry.partner")
    wave = factory.LazyAttribute(lambda row: row.enquiry.waves.order_by("-number").first())
    number = factory.LazyAttribute(lambda row: row.enquiry.conversations.count() + 1)
    held_on = factory.LazyFunction(timezone.localdate)
    added_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def contributors(self, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if not create:
            return
        if extracted is None:
            extracted = [ContributorFactory(enquiry=self.enquiry, agreed=True)]
        for order, contributor in enumerate(extracted, start=1):
            ParticipationFactory(conversation=self, contributor=contributor, order=order)


class ParticipationFactory(DjangoModelFactory[Participation]):
    class Meta:
        model = Participation

    conversation = factory.SubFactory(ConversationFactory, contributors=[])
    partner = factory.SelfAttribute("conversation.partner")
    contributor = factory.SubFactory(
        ContributorFactory, agreed=True, enquiry=factory.SelfAttribute("..conversation.enquiry")
    )
    order = 1


class WorkFactory(DjangoModelFactory[Work]):
    """Long work that waits to start; traits `running`, `waiting`, `failed`, `finished`. Nothing is queued."""

    class Meta:
        model = Work

    class Params:
        running = factory.Trait(
            state=WorkState.RUNNING,
            attempts=1,
            started_at=factory.LazyFunction(timezone.now),
            heard_from_at=factory.LazyFunction(timezone.now),
        )
        waiting = factory.Trait(state=WorkState.WAITING, reason="Something is missing: put it there.")
        failed = factory.Trait(state=WorkState.FAILED, reason="It could not be done: try again.")
        finished = factory.Trait(
            state=WorkState.FINISHED, finished_at=factory.LazyFunction(timezone.now), done=10
        )

    partner = factory.SubFactory(PartnerFactory)
    kind = "transcribe"
    task = "transcripts.tasks.transcribe"
    about_id = 1
    total = 10
    asked_by = factory.SubFactory(UserFactory)


def decide(
    contributor: Contributor, decision: str, *scopes: str, wave: Wave | None = None, by: User | None = None
) -> None:
    """Write one line of the ledger per scope; without a wave it speaks for every wave."""
    enquiry = contributor.enquiry
    form = enquiry.consent_forms.first() or ConsentFormFactory(enquiry=enquiry)
    for scope in scopes:
        ConsentEvent.objects.create(
            partner=contributor.partner,
            contributor=contributor,
            wave=wave,
            scope=scope,
            decision=decision,
            method=ConsentMethod.WRITTEN,
            form=form,
            recorded_by=by,
            copy_given=True,
        )


def latest_wave(contributor: Contributor) -> Wave | None:
    return contributor.enquiry.waves.order_by("-number").first()


def grant(contributor: Contributor, *scopes: str, wave: Wave | None = None) -> None:
    """Say yes to `scopes`, to all 13 when none is named, for `wave` or else the enquiry's latest wave.

    Scopes that one of them needs must be granted too: see `enquiries.consent.NEEDS`.
    """
    decide(
        contributor, ConsentState.GRANTED, *(scopes or Scope.values), wave=wave or latest_wave(contributor)
    )


def take_back(contributor: Contributor, *scopes: str) -> None:
    """Write the ledger lines of a withdrawal, for every wave, and nothing else: no handler runs."""
    decide(contributor, ConsentState.WITHDRAWN, *(scopes or Scope.values))


def spoken_line(
    contributor: Contributor,
    conversation: Conversation,
    recording_id: int,
    start_ms: int = 0,
    end_ms: int = 50,
) -> ConsentEvent:
    """A yes to taking part that was said aloud in a recording, from `start_ms` to `end_ms`."""
    return ConsentEvent.objects.create(
        partner=contributor.partner,
        contributor=contributor,
        wave=conversation.wave,
        scope=Scope.TAKE_PART,
        decision=ConsentState.GRANTED,
        method=ConsentMethod.SPOKEN,
        form=contributor.enquiry.consent_forms.first(),
        spoken_conversation=conversation.pk,
        spoken_recording=recording_id,
        start_ms=start_ms,
        end_ms=end_ms,
    )
