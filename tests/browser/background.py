"""Others who spoke in the same enquiry: the demo's conversations, signed off, so that patterns have company.

Their way through checking and names is the same as Wren's, which the test walks in full, so it is not walked
again: their passages are put down as a second reader left them.
"""

from enquiries.models import Conversation, Enquiry
from tests.factories.enquiries import ContributorFactory, ConversationFactory
from tests.factories.themes import signed_off
from transcripts.models import Segment
from wisdoms.demo import corpus

# With Wren's own: enough for a model to say something, few enough to be quick.
PASSAGES = 118
# The first two are the demo's recordings, one of which may be the one this way starts from.
FIRST = 3


def set_down_others(enquiry: Enquiry) -> list[Segment]:
    """Signed-off passages of people who agreed to everything, a conversation each, names taken out."""
    key = corpus.NameKey.from_decisions(corpus.read_decisions())
    passages: list[Segment] = []
    for told in corpus.read_conversations()[FIRST - 1 :]:
        if len(passages) >= PASSAGES:
            break
        texts = [key.apply(turn.text) for turn in told.turns if turn.speaker != corpus.LISTENER]
        if told.grants("analyse") and told.grants("quote_words"):
            passages += signed_off(_conversation(enquiry, told), texts)
    return passages


def _conversation(enquiry: Enquiry, told: corpus.DemoConversation) -> Conversation:
    speaker = ContributorFactory(
        enquiry=enquiry,
        pseudonym=f"{told.front['pseudonym']} {told.number}",
        voice=told.front["voice"],
        agreed=True,
    )
    conversation: Conversation = ConversationFactory(
        enquiry=enquiry, contributors=[speaker], held_on=told.held_on, added_by=enquiry.framed_by
    )
    return conversation
