"""Agreed quotes and themes, made directly: the way to them is proved where it belongs."""

from enquiries.models import Enquiry
from tests.factories.accounts import UserFactory
from tests.factories.enquiries import ConversationFactory
from tests.factories.transcripts import TranscriptFactory
from themes.models import Quote, QuoteState, Theme
from transcripts.models import Segment


def agreed_quote(enquiry: Enquiry, state: str = QuoteState.APPROVED) -> Quote:
    """A quote of a new conversation whose speaker agreed to everything."""
    conversation = ConversationFactory(enquiry=enquiry)
    transcript = TranscriptFactory(conversation=conversation, pseudonymised=True)
    version = transcript.pseudonymised.get()
    speaker = conversation.contributors.get()
    text = version.text[:30]
    segment = Segment.objects.filter(version=version).first() or Segment.objects.create(
        partner=enquiry.partner,
        version=version,
        conversation=conversation,
        contributor=speaker,
        voice=speaker.voice,
        number=1,
        start=0,
        end=30,
        text=text,
    )
    return Quote.objects.create(
        partner=enquiry.partner,
        enquiry=enquiry,
        segment=segment,
        contributor=speaker,
        start=0,
        end=30,
        text=text,
        shown=text,
        voice=speaker.voice,
        state=state,
        selected_by=UserFactory(),
    )


def theme(enquiry: Enquiry) -> Theme:
    """A theme that rests on no code yet."""
    return Theme.objects.create(
        partner=enquiry.partner,
        enquiry=enquiry,
        slug=f"theme-{enquiry.themes.count()}",
        title="Telling it again",
        statement="A new worker means starting again.",
        made_by=UserFactory(),
    )
