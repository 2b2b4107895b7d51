"""Topic runs and offers as jobs: asked for, carried out, killed, repeated, and held back by the gate."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import NotYours
from audit.models import Event
from enquiries.models import AnalysisMode, Scope, Work, WorkState
from nlp.topics import Topic, TopicRunFacts, TopicRunResult
from tests.factories.enquiries import take_back
from tests.factories.themes import DOG, LETTER, WORKER, Reading, a_reading, add_conversation, an_offer
from themes import tasks
from themes.actions import (
    answer_suggestion,
    finish_reading,
    request_suggestions,
    request_topic_run,
    retire_code,
    tag,
)
from themes.actions import runs as runs_module
from themes.embedding import current_embedder
from themes.errors import CodeRetired, RunRefused
from themes.models import Suggestion, TagChoice, TopicProposal, TopicRun
from themes.selectors import current_tags, open_offers
from transcripts.models import Segment

SAID = (LETTER, DOG, WORKER, "Waiting for a letter is a job of its own.", "My own key, on my own hook.")


def grouped(passages: Any, vectors: Any, *, seed: int, embedder: Any = None) -> TopicRunResult:
    """In place of the model: two groups and one passage outside, by their order."""
    ids = [passage.id for passage in passages]
    half = len(ids) // 2
    groups = (tuple(ids[:half]), tuple(ids[half:-1]))
    return TopicRunResult(
        run=TopicRunFacts(
            model="bertopic-kmeans",
            versions={"bertopic": "0.17.4"},
            parameters={"k": 2},
            seed=seed,
            corpus_hash="a" * 64,
            n=len(ids),
        ),
        topics=tuple(
            Topic(id=n, words=(("letter", 0.5), ("dog", 0.2)), members=group, representatives=group[:3])
            for n, group in enumerate(groups)
        ),
        outliers=(ids[-1],),
        coordinates=dict.fromkeys(ids, (0.1, 0.2)),
    )


@pytest.fixture
def big(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Enough passages for a run: 12 people with ten each, and a model that groups by order."""
    for n in range(12):
        add_conversation(reading, [f"{SAID[m % 5]} Number {n} and {m}." for m in range(10)])
    monkeypatch.setattr(runs_module, "run_topics", grouped)
    return reading


def test_request_topic_run_says_to_code_by_hand_below_a_hundred(reading: Reading) -> None:
    with pytest.raises(RunRefused, match="There are 3 passages .* Code by hand"):
        request_topic_run(enquiry=reading.enquiry, by=reading.reader)
    assert not Work.objects.exists()


def test_request_topic_run_refuses_a_stranger(big: Reading) -> None:
    with pytest.raises(NotYours):
        request_topic_run(enquiry=big.enquiry, by=big.stranger)


def test_request_topic_run_refuses_a_second_while_one_is_under_way(big: Reading) -> None:
    request_topic_run(enquiry=big.enquiry, by=big.reader)
    with pytest.raises(RunRefused, match="already"):
        request_topic_run(enquiry=big.enquiry, by=big.second)


def test_topic_run_stores_groups_places_and_how_to_repeat_it(
    big: Reading, run_jobs: Callable[..., int]
) -> None:
    run = request_topic_run(enquiry=big.enquiry, by=big.reader, seed=7)
    run_jobs()
    run.refresh_from_db()
    assert (run.number, run.seed, run.n_segments, run.n_contributors) == (1, 7, 123, 13)
    assert run.corpus_hash == "a" * 64
    assert run.versions == {"bertopic": "0.17.4"}
    assert [proposal.assignments.count() for proposal in run.proposals.all()] == [61, 61]
    assert run.assignments.filter(proposal=None).count() == 1
    assert run.proposals.first().assignments.filter(is_representative=True).count() == 3
    assert run.work.state == WorkState.FINISHED
    assert not Segment.objects.filter(embedding=None).exists()
    assert Event.objects.filter(action="topics.finished", object_id=str(run.pk)).exists()


def test_topic_run_again_gives_the_next_number_and_keeps_the_first(
    big: Reading, run_jobs: Callable[..., int]
) -> None:
    for _time in range(2):
        request_topic_run(enquiry=big.enquiry, by=big.reader)
        run_jobs()
    assert [run.number for run in TopicRun.objects.order_by("number")] == [1, 2]
    assert TopicProposal.objects.count() == 4


def test_topic_run_killed_half_way_is_done_again_from_the_start(big: Reading) -> None:
    run = request_topic_run(enquiry=big.enquiry, by=big.reader)
    Segment.objects.filter(pk=big.segments[0].pk).update(embedding=[0.5] * 384, embedded_with="elsewhere")
    Work.objects.filter(pk=run.work_id).update(state=WorkState.RUNNING, heard_from_at="2026-01-01T00:00Z")
    tasks.run_topics(run.work_id, run.partner_id)
    tasks.run_topics(run.work_id, run.partner_id)
    run.refresh_from_db()
    assert run.proposals.count() == 2
    assert run.work.state == WorkState.FINISHED
    assert not Segment.objects.exclude(embedded_with=current_embedder().name).exists()


def test_topic_run_leaves_out_whoever_does_not_allow_it(big: Reading, run_jobs: Callable[..., int]) -> None:
    take_back(big.contributor, Scope.ANALYSE)
    run = request_topic_run(enquiry=big.enquiry, by=big.reader)
    run_jobs()
    assert not run.assignments.filter(segment__contributor=big.contributor).exists()


def test_topic_run_keeps_nothing_when_words_are_taken_back_meanwhile(
    big: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdrawn_meanwhile(passages: Any, vectors: Any, **options: Any) -> TopicRunResult:
        return grouped(passages, vectors, seed=1)

    run = request_topic_run(enquiry=big.enquiry, by=big.reader)
    keep = runs_module._keep
    monkeypatch.setattr(runs_module, "run_topics", withdrawn_meanwhile)

    def keep_late(*args: Any) -> None:
        take_back(big.contributor, Scope.ANALYSE)
        keep(*args)

    monkeypatch.setattr(runs_module, "_keep", keep_late)
    tasks.run_topics(run.work_id, run.partner_id)
    run.refresh_from_db()
    assert run.work.state == WorkState.FAILED
    assert "Make a new run" in run.work.reason
    assert not run.assignments.exists()


def test_topic_run_keeps_an_unforeseen_failure_as_a_sentence(
    big: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any, **options: Any) -> TopicRunResult:
        raise RuntimeError(LETTER)

    monkeypatch.setattr(runs_module, "run_topics", breaks)
    run = request_topic_run(enquiry=big.enquiry, by=big.reader)
    tasks.run_topics(run.work_id, run.partner_id)
    run.refresh_from_db()
    assert run.work.state == WorkState.FAILED
    assert LETTER not in run.work.reason
    assert request_topic_run(enquiry=big.enquiry, by=big.reader).number == 2


def test_offers_learn_from_tags_and_are_offered_once(reading: Reading, run_jobs: Callable[..., int]) -> None:
    tag(segment=reading.segments[1], code=reading.code("animals"), by=reading.reader)
    alike = add_conversation(reading, ["The dog came along the farm wall with me the whole way home."])
    request_suggestions(enquiry=reading.enquiry, by=reading.reader)
    with pytest.raises(RunRefused, match="already"):
        request_suggestions(enquiry=reading.enquiry, by=reading.reader)
    run_jobs()
    offer = Suggestion.objects.get(segment=alike[0], code=reading.code("animals"))
    assert offer.near == [reading.segments[1].pk]
    assert offer.why == "Close to 1 passage people tagged this way."
    n = Suggestion.objects.count()
    request_suggestions(enquiry=reading.enquiry, by=reading.reader)
    run_jobs()
    assert Suggestion.objects.count() == n


@pytest.mark.django_db
def test_offers_read_apart_learn_only_from_what_both_have_finished(run_jobs: Callable[..., int]) -> None:
    reading = a_reading(mode=AnalysisMode.CODEBOOK)
    tag(segment=reading.segments[1], code=reading.code("animals"), by=reading.reader)
    alike = add_conversation(reading, ["The dog came along the farm wall with me the whole way home."])
    offers = Suggestion.objects.filter(segment=alike[0], code=reading.code("animals"), near__0__isnull=False)
    request_suggestions(enquiry=reading.enquiry, by=reading.reader)
    run_jobs()
    assert not offers.exists()
    Suggestion.objects.all().delete()
    for reader in (reading.reader, reading.second):
        finish_reading(conversation=reading.conversation, by=reader)
    request_suggestions(enquiry=reading.enquiry, by=reading.reader)
    run_jobs()
    assert offers.exists()


def test_answer_suggestion_accepted_becomes_a_tag_that_says_who_offered_it(reading: Reading) -> None:
    offer = an_offer(reading.segments[0], reading.code("eligibility-rules"))
    decision = answer_suggestion(suggestion=offer, accept=True, by=reading.reader)
    assert decision.suggestion == offer
    assert decision.choice == TagChoice.APPLIED
    assert [one.code.slug for one in current_tags(enquiry=reading.enquiry)] == ["eligibility-rules"]
    assert open_offers(conversation=reading.conversation, seen_by=reading.second) == []


def test_answer_suggestion_refused_waits_no_more_and_tags_nothing(reading: Reading) -> None:
    offer = an_offer(reading.segments[0], reading.code("eligibility-rules"))
    answer_suggestion(suggestion=offer, accept=False, by=reading.reader, reason="Not about rules.")
    assert current_tags(enquiry=reading.enquiry) == []
    assert open_offers(conversation=reading.conversation, seen_by=reading.reader) == []


@pytest.mark.django_db
def test_answer_suggestion_read_apart_is_each_readers_own() -> None:
    reading = a_reading(mode=AnalysisMode.CODEBOOK)
    offer = an_offer(reading.segments[0], reading.code("eligibility-rules"))
    answer_suggestion(suggestion=offer, accept=True, by=reading.reader)
    assert open_offers(conversation=reading.conversation, seen_by=reading.second) == [offer]


def test_answer_suggestion_of_a_retired_code_can_only_be_refused(reading: Reading) -> None:
    offer = an_offer(reading.segments[0], reading.code("silos"))
    retire_code(code=reading.code("silos"), by=reading.reader)
    offer.refresh_from_db()
    with pytest.raises(CodeRetired):
        answer_suggestion(suggestion=offer, accept=True, by=reading.reader)
    answer_suggestion(suggestion=offer, accept=False, by=reading.reader)


@pytest.mark.slow
@pytest.mark.django_db
def test_topic_run_with_the_real_model_finds_what_is_alike(
    settings: Any, run_jobs: Callable[..., int]
) -> None:
    """The real BERTopic on the real MiniLM vectors: three matters, told in many ways, come apart again."""
    pytest.importorskip("bertopic", reason="BERTopic is not installed here: see `make test`.")
    settings.EMBEDDING_MODEL = ""
    reading = a_reading(texts=(LETTER,))
    matters = {
        "dog": [
            "The dog slept by the stove.",
            "My dog walked beside me.",
            "Dogs were not allowed, so I left.",
        ],
        "letter": [
            "The letter had the wrong stamp.",
            "They wanted another form.",
            "The council lost my papers.",
        ],
        "key": ["I turned my own key.", "A door I could lock myself.", "They changed the lock on my door."],
    }
    by_passage: dict[int, str] = {}
    for n in range(12):
        for matter, told in matters.items():
            texts = [f"{one} That was the {n + 1}th day." for one in told]
            for segment in add_conversation(reading, texts):
                by_passage[segment.pk] = matter
    runs = []
    for _time in range(2):
        runs.append(request_topic_run(enquiry=reading.enquiry, by=reading.reader))
        run_jobs()
        runs[-1].refresh_from_db()
        assert runs[-1].work.state == WorkState.FINISHED, runs[-1].work.reason
    first, second = runs
    assert first.model == "bertopic-kmeans"
    assert "bertopic" in first.versions
    assert first.parameters["embedding"] == "all-MiniLM-L6-v2"
    assert len(first.corpus_hash) == 64
    assert first.proposals.count() >= 3
    for proposal in first.proposals.all():
        told_of = [by_passage.get(pk) for pk in proposal.assignments.values_list("segment_id", flat=True)]
        most = max(told_of.count(matter) for matter in matters)
        assert most / len(told_of) > 0.8, f"{proposal} mixes matters: {proposal.words}"
    places = [sorted(run.assignments.values_list("segment_id", "proposal__number", "x", "y")) for run in runs]
    assert places[0] == places[1], "the same passages and seed give the same groups"
    assert first.corpus_hash == second.corpus_hash
