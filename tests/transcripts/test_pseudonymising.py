"""From decided names to passages: made by one person, signed off by another, cut as the gate allows."""

from itertools import pairwise

import pytest

from accounts.errors import NotYours
from accounts.models import Role, User
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Scope, Work, WorkState
from nlp.names import FoundName
from tests.factories.accounts import UserFactory, colleague
from tests.factories.enquiries import (
    ContributorFactory,
    ConversationFactory,
    EnquiryFactory,
    WorkFactory,
    decide,
    latest_wave,
    take_back,
)
from tests.transcripts.texts import text_of
from transcripts.actions import checking, names, pseudonymising
from transcripts.errors import NamesNotLookedFor, NamesUndecided, NotPossibleNow, SecondPersonNeeded
from transcripts.models import PseudonymisedVersion, Segment, Transcript, TranscriptState
from transcripts.models.raw import PseudonymisedFrom
from transcripts.names_page import passages_of, text_shown
from transcripts.versions import latest

pytestmark = pytest.mark.django_db

LINES = (
    ("wren", "My sister Sarah lives in Eastmere 🙂. I told Sarah so."),
    ("listener", "Did Sarah come?"),
    ("wren", "No. I went home alone, the long way round."),
)


def sought(transcript: Transcript) -> None:
    WorkFactory(
        partner=transcript.partner, kind=names.FIND_NAMES, about_id=latest(transcript).pk, finished=True
    )


def decided(lines=LINES, *, word: str = "Sarah", **fields) -> tuple[Transcript, User]:
    """A verified text in which every `word` is replaced by [sister], and who decided so."""
    transcript = text_of(lines, state="verified", checked_by=UserFactory(), **fields)
    sought(transcript)
    version, by = latest(transcript), colleague(transcript.partner)
    start = version.text.index(word)
    names.store_findings(
        version=version, found=[FoundName(start, start + len(word), word, "person", 0.9, "A name.")]
    )
    names.decide_name(
        version=version,
        start=start,
        end=start + len(word),
        decision="changed",
        replacement="sister",
        everywhere=True,
        by=by,
    )
    return transcript, by


def signed_off(transcript: Transcript, by: User) -> PseudonymisedVersion:
    version = pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    pseudonymising.sign_off(version=version, by=colleague(transcript.partner, Role.REVIEWER))
    version.refresh_from_db()
    return version


def test_make_pseudonymised_replaces_every_decided_stretch():
    transcript, by = decided()
    version = pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    assert "Sarah" not in version.text
    assert version.text.count("[sister]") == 3
    offsets = PseudonymisedFrom.objects.get(pseudonymised=version).offsets
    assert [version.text[start:end] for _a, _b, start, end in offsets] == ["[sister]"] * 3
    assert pseudonymising.make_pseudonymised(transcript=transcript, by=by) == version


def test_make_pseudonymised_refuses_open_offers_with_their_number():
    transcript, by = decided()
    text = latest(transcript).text
    start = text.index("Eastmere")
    names.store_findings(
        version=latest(transcript),
        found=[FoundName(start, start + 8, "Eastmere", "place", 0.9, "A place.")],
    )
    with pytest.raises(NamesUndecided, match="1 offered name"):
        pseudonymising.make_pseudonymised(transcript=transcript, by=by)


def test_make_pseudonymised_refuses_before_the_computer_looked():
    transcript = text_of(state="verified", checked_by=UserFactory())
    with pytest.raises(NamesNotLookedFor):
        pseudonymising.make_pseudonymised(transcript=transcript, by=colleague(transcript.partner))


def test_make_pseudonymised_refuses_a_draft_and_a_stranger():
    transcript = text_of()
    with pytest.raises(NotPossibleNow):
        pseudonymising.make_pseudonymised(transcript=transcript, by=colleague(transcript.partner))
    with pytest.raises(NotYours):
        pseudonymising.make_pseudonymised(transcript=transcript, by=UserFactory())


def test_sign_off_needs_a_second_person():
    transcript, by = decided()
    version = pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    with pytest.raises(SecondPersonNeeded):
        pseudonymising.sign_off(version=version, by=by)
    with pytest.raises(NotYours):
        pseudonymising.sign_off(version=version, by=colleague(transcript.partner, Role.EDITOR))
    assert not Segment.objects.exists()


def test_sign_off_moves_the_text_and_cuts_passages():
    transcript, by = decided()
    version = signed_off(transcript, by)
    transcript.refresh_from_db()
    assert transcript.state == TranscriptState.PSEUDONYMISED
    assert version.signed_off_by != by
    segments = list(Segment.objects.filter(version=version))
    assert [version.text[s.start : s.end] for s in segments] == [s.text for s in segments]
    assert [s.text for s in segments] == [
        "My sister [sister] lives in Eastmere 🙂. I told [sister] so.",
        LINES[2][1],
    ]
    assert [s.number for s in segments] == [1, 2]
    assert {s.contributor.pseudonym for s in segments} == {"Wren"}
    # A second a word: 10 words, the listener's 3, then 10 more.
    assert [(s.start_ms, s.end_ms) for s in segments] == [(0, 10_900), (14_000, 22_900)]
    with pytest.raises(NotPossibleNow, match="already"):
        pseudonymising.sign_off(version=version, by=colleague(transcript.partner))


def test_sign_off_cuts_long_turns_and_keeps_their_times_in_order():
    sentence = "We waited in the hall and nobody came to ask how we were that day. "
    transcript, by = decided([("wren", ("Sarah said this. " + sentence * 30).strip())])
    segments = list(Segment.objects.filter(version=signed_off(transcript, by)))
    assert len(segments) > 3
    assert all(a.end <= b.start and a.end_ms <= b.start_ms for a, b in pairwise(segments))
    assert all(len(s.text.split()) <= 120 for s in segments)


def test_sign_off_of_typed_text_has_no_times():
    transcript, by = decided(with_times=False)
    signed_off(transcript, by)
    assert set(Segment.objects.values_list("start_ms", "end_ms")) == {(None, None)}


def test_sign_off_refuses_what_was_decided_upon_since():
    transcript, by = decided()
    version = pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    raw = latest(transcript)
    start = raw.text.index("Eastmere")
    names.add_name(version=raw, start=start, end=start + 8, replacement="town", by=by)
    with pytest.raises(NotPossibleNow, match="decided after"):
        pseudonymising.sign_off(version=version, by=colleague(transcript.partner))
    second = pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    assert second.number == 2
    assert "[town]" in second.text
    pseudonymising.sign_off(version=second, by=colleague(transcript.partner))


def two_voices() -> tuple[Transcript, User, Contributor]:
    """Wren allows everything, Heron all but `analyse` and what rests on it."""
    enquiry = EnquiryFactory()
    wren = ContributorFactory(enquiry=enquiry, pseudonym="Wren", agreed=True)
    heron = ContributorFactory(enquiry=enquiry, pseudonym="Heron")
    decide(heron, "granted", Scope.TAKE_PART, wave=latest_wave(heron))
    conversation = ConversationFactory(enquiry=enquiry, contributors=[wren, heron])
    lines = [("wren", "My sister Sarah came."), ("heron", "Mine did not."), ("wren", "That is hard.")]
    transcript, by = decided(lines, conversation=conversation)
    return transcript, by, heron


def test_sign_off_cuts_nothing_of_those_who_do_not_allow_analyse():
    transcript, by, heron = two_voices()
    version = signed_off(transcript, by)
    assert not Segment.objects.filter(contributor=heron).exists()
    assert Segment.objects.count() == 2
    assert "analyse" in passages_of(version).closed[0]


def test_cut_segments_later_adds_those_who_agreed_since():
    transcript, by, heron = two_voices()
    version = signed_off(transcript, by)
    decide(heron, "granted", Scope.ANALYSE, wave=latest_wave(heron))
    assert passages_of(version).can_cut_more
    [added] = pseudonymising.cut_segments(version=version, by=by)
    assert (added.contributor, added.number, added.text) == (heron, 3, "Mine did not.")
    assert pseudonymising.cut_segments(version=version, by=by) == []


def test_sign_off_stops_when_somebody_left():
    transcript, by = decided()
    version = pseudonymising.make_pseudonymised(transcript=transcript, by=by)
    take_back(transcript.conversation.contributors.get(), "take_part")
    with pytest.raises(ConsentMissing, match="take_part"):
        pseudonymising.sign_off(version=version, by=colleague(transcript.partner))


def embed(texts: list[str]) -> list[list[float]]:
    return [[float(len(text))] + [0.0] * 383 for text in texts]


def test_embed_segments_goes_on_from_where_it_stopped():
    transcript, by = decided()
    version = signed_off(transcript, by)
    first = Segment.objects.earliest("number")
    first.embedding, first.embedded_with = embed([first.text])[0], "earlier"
    first.save()
    told: list[tuple[int, int]] = []
    done = pseudonymising.embed_segments(
        version=version, embed=embed, embedded_with="fake", on_progress=lambda *at: told.append(at)
    )
    assert done == 1
    assert told == [(1, 1)]
    assert list(Segment.objects.order_by("number").values_list("embedded_with", flat=True)) == [
        "earlier",
        "fake",
    ]


def test_embed_segments_leaves_out_what_was_taken_back():
    transcript, by = decided()
    version = signed_off(transcript, by)
    take_back(transcript.conversation.contributors.get(), "analyse")
    assert pseudonymising.embed_segments(version=version, embed=embed, embedded_with="fake") == 0
    assert not Segment.objects.filter(embedding__isnull=False).exists()


@pytest.mark.slow
def test_embedding_job_fills_every_passage(run_jobs):
    transcript, by = decided()
    signed_off(transcript, by)
    run_jobs()
    work = Work.objects.get(kind=pseudonymising.EMBED_SEGMENTS)
    assert (work.state, work.reason) == (WorkState.FINISHED, "")
    segment = Segment.objects.first()
    assert len(segment.embedding) == 384
    assert "minilm" in segment.embedded_with.lower()


def test_a_correction_after_signing_off_makes_the_next_version():
    transcript, by = decided()
    first = signed_off(transcript, by)
    checking.reopen(transcript=transcript, by=by)
    checking.correct_turn(
        transcript=transcript,
        base_number=1,
        index=2,
        text="No. I went home by the sea.",
        speaker=checking.Speaker(transcript.conversation.contributors.get().pk),
        is_right=True,
        by=by,
    )
    checking.verify(transcript=transcript, has_heard=True, by=by)
    sought(transcript)
    second = signed_off(transcript, by)
    assert second.number == 2
    assert "by the sea" in second.text
    assert Segment.objects.filter(version=first).count() == 2


def test_text_shown_marks_each_change():
    transcript, by = decided()
    shown = text_shown(signed_off(transcript, by))
    assert [run.text for turn in shown for run in turn.runs if run.mark] == ["[sister]"] * 3
    assert "".join(run.text for run in shown[1].runs) == "Did [sister] come?"
    assert shown[1].is_listener
