"""Texts to check, made from plain lines: `[("Wren", "I had the letter."), …]`."""

from collections.abc import Sequence

from accounts.models import User
from enquiries.models import Contributor, Conversation
from tests.factories.accounts import colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory
from transcripts import drafts
from transcripts.models import SourceKind, Transcript, TranscriptState
from transcripts.models.raw import RawVersion, Turn

LETTER = (
    ("wren", "And I thought, right, that's me sorted. I had the letter."),
    ("listener", "What happened with the letter?"),
    ("wren", "They said it had to be from the counsel in Eastmere, so I walked back."),
)


def conversation_with(*pseudonyms: str) -> Conversation:
    """A conversation with these people, who all agreed to everything."""
    enquiry = EnquiryFactory()
    return ConversationFactory(
        enquiry=enquiry,
        contributors=[
            ContributorFactory(enquiry=enquiry, pseudonym=name, agreed=True) for name in pseudonyms
        ],
    )


def text_of(
    lines: Sequence[tuple[str, str]] = LETTER,
    *,
    conversation: Conversation | None = None,
    state: str = TranscriptState.DRAFTED,
    with_times: bool = True,
    checked_by: User | None = None,
) -> Transcript:
    """A transcript with one version. "listener" speaks as the listener, "" is nobody yet, another name in
    lower case is the contributor of that pseudonym. A second per word where there are times."""
    names = list(dict.fromkeys(who.title() for who, _words in lines if who not in ("", "listener")))
    conversation = conversation or conversation_with(*names)
    by_name = {who.pseudonym.lower(): who for who in conversation.contributors.all()}
    made_by = checked_by or colleague(conversation.partner)
    transcript = Transcript.objects.create(
        partner=conversation.partner,
        conversation=conversation,
        source=SourceKind.SOUND if with_times else SourceKind.TYPED,
        state=state,
    )
    made: list[drafts.TurnDraft] = []
    at_ms = 0
    for who, words in lines:
        contributor: Contributor | None = by_name.get(who)
        timed = []
        for found in drafts._TOKEN.finditer(words):
            if with_times:
                timed.append([*found.span(), at_ms, at_ms + 900, 0.9])
            at_ms += 1000
        made.append(
            drafts.TurnDraft(
                text=words,
                contributor_id=contributor.pk if contributor else None,
                is_listener=who == "listener",
                start_ms=timed[0][2] if timed else None,
                end_ms=timed[-1][3] if timed else None,
                words=timed,
                checked_by_id=checked_by.pk if checked_by else None,
            )
        )
    text, laid = drafts.lay_out(made)
    version = RawVersion.objects.create(
        partner=conversation.partner, transcript=transcript, number=1, text=text, made_by=made_by
    )
    Turn.objects.bulk_create(
        Turn(
            partner=conversation.partner,
            version=version,
            number=number,
            contributor_id=place.draft.contributor_id,
            is_listener=place.draft.is_listener,
            start=place.start,
            end=place.end,
            start_ms=place.draft.start_ms,
            end_ms=place.draft.end_ms,
            words=place.words,
            flags=place.flags,
            checked_by_id=place.draft.checked_by_id,
        )
        for number, place in enumerate(laid, start=1)
    )
    return transcript
