"""Somebody whose words went everywhere they can go: sound, drafts, tags, topic runs, quotes, live pages.

Every text of theirs holds `CANARY`, so that a search for it finds whatever was left behind.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from enquiries.models import Contributor, Conversation, Person
from publishing.models import WisdomPage, WisdomsReportPage
from tests.factories.enquiries import ConversationFactory, LinkFactory, WorkFactory
from tests.factories.publishing import World
from tests.factories.transcripts import RecordingFactory, TranscriptFactory
from themes.models import (
    Memo,
    Quote,
    QuoteState,
    QuoteStep,
    ReadingMark,
    Suggestion,
    TagDecision,
    ThemeQuote,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from transcripts import store
from transcripts.models import Segment, Transcript
from transcripts.models.raw import NameFinding, Piece, RawVersion, Recording, Replacement, TranscriptionRun

CANARY = "the zanzibarine kettle sang under the third stair"
NAME = "Perpetua Quillfeather"


@dataclass
class Whole:
    """The person, their voice, and the page on which their words stand."""

    person: Person
    contributor: Contributor
    conversation: Conversation
    recording: Recording
    quote: Quote
    report: WisdomsReportPage
    page: WisdomPage


def whole_person(site: World, *, is_live: bool = True, **voice: Any) -> Whole:
    """Make one, with everything this house can hold of somebody. The page is live, by the gate."""
    contributor = site.contributor(pseudonym=f"Quill {Contributor.objects.count()}", helper=NAME, **voice)
    link = LinkFactory(
        contributor=contributor, person__full_name=NAME, person__called=NAME, person__partner=site.partner
    )
    conversation = ConversationFactory(
        enquiry=site.enquiry, contributors=[contributor], others_present=NAME, added_by=site.second
    )
    recording = RecordingFactory(conversation=conversation)
    with store.new_file(under=recording.stored_as) as copy:
        copy.write(b"a copy for browsers")
        recording.playback_as = copy.keep()
    recording.save()
    said = [(contributor, f"That winter {CANARY}, I swear."), (None, "And then?"), (contributor, "I left.")]
    transcript = TranscriptFactory(
        conversation=conversation, source="sound", pseudonymised=True, turns=said, turns__machine=True
    )
    _machine(conversation, recording, transcript, site)
    segment = Segment.objects.get(conversation=conversation, number=1)
    quote = _sense(site, segment, conversation)
    report = site.report()
    page = site.wisdom(report, opening_quote=quote.pk, heard=[("quote", {"quote": quote.pk})])
    if is_live:
        site.go_live(report)
        page = site.go_live(page)
    return Whole(link.person, contributor, conversation, recording, quote, report, page)


def _machine(conversation: Conversation, recording: Recording, transcript: Transcript, site: World) -> None:
    run = TranscriptionRun.objects.get(recording=recording)
    Piece.objects.create(
        partner=run.partner, run=run, number=1, start_ms=0, end_ms=9, result={"segments": [CANARY]}
    )
    version = RawVersion.objects.get(transcript=transcript)
    where = {"partner": version.partner, "version": version, "start": 0, "end": 4}
    finding = NameFinding.objects.create(
        **where, text=CANARY, kind="person", score=0.9, why="test", offered="[name]"
    )
    Replacement.objects.create(
        **where,
        finding=finding,
        original=CANARY,
        replacement="[name]",
        decision="accepted",
        decided_by=site.second,
    )
    WorkFactory(partner=site.partner, enquiry=site.enquiry, finished=True, about_id=run.pk, kind="transcribe")
    WorkFactory(
        partner=site.partner,
        enquiry=site.enquiry,
        finished=True,
        about_id=recording.pk,
        kind="listen_through",
    )


def _sense(site: World, segment: Segment, conversation: Conversation) -> Quote:
    mine: dict[str, Any] = {"partner": site.partner}
    code, theme = site.code(), site.theme()
    offer = Suggestion.objects.create(
        **mine, segment=segment, code=code, score=0.5, why="Close.", made_with="test"
    )
    TagDecision.objects.create(
        **mine,
        segment=segment,
        code=code,
        start=0,
        end=9,
        text=segment.text[:9],
        choice="applied",
        suggestion=offer,
        reason=CANARY,
        decided_by=site.second,
    )
    Memo.objects.create(
        **mine, enquiry=site.enquiry, conversation=conversation, text=CANARY, author=site.second
    )
    # About a code alone, with words of theirs typed in.
    Memo.objects.create(
        **mine,
        enquiry=site.enquiry,
        code=code,
        text=f"Compare “That winter {CANARY}, I swear.” with the rest.",
        author=site.second,
    )
    ReadingMark.objects.create(**mine, enquiry=site.enquiry, conversation=conversation, reader=site.second)
    run = TopicRun.objects.create(
        **mine,
        enquiry=site.enquiry,
        number=TopicRun.objects.filter(enquiry=site.enquiry).count() + 1,
        n_segments=1,
        n_contributors=1,
        asked_by=site.second,
        finished_at=timezone.now(),
    )
    group = TopicProposal.objects.create(
        **mine, run=run, number=1, words=[["zanzibarine", 0.6], ["kettle", 0.4]]
    )
    TopicAssignment.objects.create(
        **mine, run=run, proposal=group, segment=segment, is_representative=True, x=0.1, y=0.1
    )
    quote = Quote.objects.create(
        **mine,
        enquiry=site.enquiry,
        segment=segment,
        contributor_id=segment.contributor_id,
        start=0,
        end=len(segment.text),
        text=segment.text,
        shown=segment.text,
        voice=segment.voice,
        state=QuoteState.APPROVED,
        selected_by=site.second,
    )
    for before, after in (("", "selected"), ("pseudonymised", "offered"), ("offered", "approved")):
        QuoteStep.objects.create(
            **mine, quote=quote, from_state=before, to_state=after, shown=segment.text, by=site.second
        )
    ThemeQuote.objects.create(**mine, theme=theme, quote=quote)
    site.display(quote, theme=theme)
    return quote


def tables_with(*texts: str) -> dict[str, int]:
    """Every table of the database with a row in which one of these stands, whatever the column."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE ANY(%s)',
                [[f"%{text}%" for text in texts]],
            )
            count = cursor.fetchone()[0]
            if count:
                found[table] = count
    return found
