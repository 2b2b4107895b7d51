"""Six decisions about a group, each with a reason and a name; none is edited."""

from typing import Any

import pytest

from accounts.errors import NotYours
from audit.models import Event
from enquiries.models import Scope
from tests.factories.enquiries import take_back
from tests.factories.themes import Reading, a_run, add_conversation
from themes.actions import NewCode, decide_proposal, mark_passage_read
from themes.errors import DecisionRefused, NameMissing, ReasonMissing
from themes.models import Code, PassageRead, ProposalAction, TopicProposal, TopicRun


@pytest.fixture
def run(reading: Reading) -> TopicRun:
    more = add_conversation(reading, ["The door has my key.", "A key of my own.", "Nobody else has it."])
    return a_run(reading, [reading.segments, more[:2]], outside=more[2:])


def decide(reading: Reading, proposal: TopicProposal, action: str, **details: Any) -> Any:
    details = {"reason": "It hangs together.", "by": reading.reader} | details
    return decide_proposal(proposal=proposal, action=action, **details)


@pytest.mark.parametrize("action", ProposalAction.values)
def test_decide_proposal_needs_a_reason(reading: Reading, run: TopicRun, action: str) -> None:
    with pytest.raises(ReasonMissing) as refused:
        decide(reading, run.proposals.first(), action, reason="  ")
    verb = {"accepted": "accept", "merged": "merge", "parked": "park", "split": "split"}.get(
        action, action.removesuffix("ed") + ("e" if action == "renamed" else "")
    )
    assert str(refused.value) == f"Write why you would {verb} this group."


def test_decide_proposal_accepts_under_the_computers_words(reading: Reading) -> None:
    said = [add_conversation(reading, ["A letter, a dog, a long walk."])[0] for _n in range(3)]
    group = a_run(reading, [said]).proposals.get()
    assert decide(reading, group, "accepted").name == "letter, dog, walk"

    # Words of fewer than three people who let them be read could be somebody's own.
    take_back(said[0].contributor, Scope.ANALYSE)
    assert decide(reading, group, "accepted").name == "Group 1"


def test_decide_proposal_links_a_code(reading: Reading, run: TopicRun) -> None:
    decision = decide(reading, run.proposals.first(), "accepted", code=reading.code("eligibility-rules"))
    assert decision.name == "Eligibility rules"
    assert not reading.segments[0].tag_decisions.exists(), "a decision about a group tags nothing"


def test_decide_proposal_can_become_a_new_code(reading: Reading, run: TopicRun) -> None:
    new = NewCode(name="The wrong letter", kind="barrier", definition="A paper from the wrong place.")
    decision = decide(reading, run.proposals.first(), "renamed", new_code=new)
    assert decision.code == Code.objects.get(name="The wrong letter")
    assert reading.codebook.versions.count() == 2


def test_decide_proposal_renames_only_with_a_name(reading: Reading, run: TopicRun) -> None:
    with pytest.raises(NameMissing):
        decide(reading, run.proposals.first(), "renamed")
    assert (
        decide(reading, run.proposals.first(), "renamed", name="Telling it again").name == "Telling it again"
    )


def test_decide_proposal_merges_into_another_of_the_run(reading: Reading, run: TopicRun) -> None:
    first, second = run.proposals.order_by("number")
    assert decide(reading, first, "merged", merged_into=second).merged_into == second
    with pytest.raises(DecisionRefused, match="is itself merged with this one"):
        decide(reading, second, "merged", merged_into=first)


def test_decide_proposal_refuses_a_merge_that_is_none(reading: Reading, run: TopicRun) -> None:
    first = run.proposals.first()
    elsewhere = a_run(reading, [reading.segments]).proposals.get()
    for target in (None, first, elsewhere):
        with pytest.raises(DecisionRefused):
            decide(reading, first, "merged", merged_into=target)


def test_decide_proposal_splits_into_parts_that_hold_everything_once(reading: Reading, run: TopicRun) -> None:
    ids = [segment.pk for segment in reading.segments]
    parts = [{"name": "Letters", "segment_ids": ids[:1]}, {"name": "Walking", "segment_ids": ids[1:]}]
    assert decide(reading, run.proposals.first(), "split", parts=parts).parts == parts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Letters", [0]), ("Walking", [1])),
        (("Letters", [0, 1]), ("Walking", [1, 2])),
        (("Letters", []), ("Walking", [0, 1, 2])),
        (("", [0]), ("Walking", [1, 2])),
        (("Walking", [0]), ("walking", [1, 2])),
    ],
)
def test_decide_proposal_refuses_parts_that_do_not_add_up(
    reading: Reading, run: TopicRun, first: tuple[str, list[int]], second: tuple[str, list[int]]
) -> None:
    parts = [
        {"name": name, "segment_ids": [reading.segments[place].pk for place in places]}
        for name, places in (first, second)
    ]
    with pytest.raises((DecisionRefused, NameMissing)):
        decide(reading, run.proposals.first(), "split", parts=parts)


def test_decide_proposal_refuses_one_part(reading: Reading, run: TopicRun) -> None:
    with pytest.raises(DecisionRefused, match="at least two"):
        decide(reading, run.proposals.first(), "split")


def test_decide_proposal_again_supersedes(reading: Reading, run: TopicRun) -> None:
    proposal = run.proposals.first()
    decide(reading, proposal, "parked")
    decide(reading, proposal, "rejected", by=reading.second)
    assert [one.action for one in proposal.decisions.all()] == ["rejected", "parked"]
    assert Event.objects.filter(action="proposal.decided").count() == 2


def test_decide_proposal_refuses_a_stranger_and_an_unknown_action(reading: Reading, run: TopicRun) -> None:
    with pytest.raises(NotYours):
        decide(reading, run.proposals.first(), "parked", by=reading.stranger)
    with pytest.raises(DecisionRefused):
        decide(reading, run.proposals.first(), "loved")


def test_mark_passage_read_once_for_each_reader(reading: Reading, run: TopicRun) -> None:
    outside = run.assignments.get(proposal=None)
    for reader in (reading.reader, reading.reader, reading.second):
        mark_passage_read(assignment=outside, by=reader)
    assert PassageRead.objects.count() == 2
    with pytest.raises(DecisionRefused):
        mark_passage_read(assignment=run.assignments.exclude(proposal=None).first(), by=reading.reader)
