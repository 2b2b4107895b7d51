"""A topic run as its page shows it: groups in order, what was decided, and the passages that fit nowhere."""

from dataclasses import dataclass, field

from accounts.models import User
from enquiries.models import Enquiry
from themes.group_words import shared_words
from themes.map import MapDrawing, draw_map
from themes.models import (
    PassageRead,
    ProposalAction,
    ProposalDecision,
    TopicAssignment,
    TopicProposal,
    TopicRun,
)
from themes.passages import open_passages
from themes.selectors.tags import current_tags
from transcripts.models import Segment

# Groups that a person set aside: their line is plain, not that of a pattern.
SET_ASIDE = frozenset({ProposalAction.REJECTED, ProposalAction.PARKED})
NEAREST_SHOWN = 3


@dataclass(slots=True)
class GroupView:
    """One group: the machine's words, the passages (nearest first), and the decision that stands."""

    proposal: TopicProposal
    passages: list[Segment]
    nearest: list[Segment]
    n_people: int
    decision: ProposalDecision | None
    n_tagged: int = 0
    parts: list[dict[str, object]] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.proposal.number

    @property
    def words(self) -> str:
        """Of the machine's words those that at least three of the people in it use, now."""
        said = ((one.contributor_id, one.text) for one in self.passages)
        return ", ".join(str(word) for word, _weight in shared_words(self.proposal.words, said)[:6])

    @property
    def is_set_aside(self) -> bool:
        return self.decision is not None and self.decision.action in SET_ASIDE

    @property
    def name(self) -> str:
        """What people call it; empty while only the machine's words stand."""
        return self.decision.name if self.decision else ""


@dataclass(frozen=True, slots=True)
class OutsideView:
    """A passage that fits nowhere, and whether anyone, and this reader, has read it."""

    assignment: TopicAssignment
    segment: Segment
    is_read: bool
    is_read_by_me: bool


@dataclass(slots=True)
class RunView:
    """Everything the page of one run shows."""

    run: TopicRun
    groups: list[GroupView]
    outside: list[OutsideView]
    decisions: list[ProposalDecision]
    drawing: MapDrawing
    n_passages: int
    n_people: int

    @property
    def n_undecided(self) -> int:
        return sum(group.decision is None for group in self.groups)

    @property
    def n_outside_read(self) -> int:
        return sum(one.is_read for one in self.outside)

    def group(self, proposal_id: int) -> GroupView | None:
        return next((one for one in self.groups if one.proposal.pk == proposal_id), None)

    def undecided_after(self, number: int) -> int | None:
        """Id of the next group to decide after this number, from the top again at the end."""
        waiting = [one for one in self.groups if one.decision is None]
        later = [one for one in waiting if one.number > number] or waiting
        return later[0].proposal.pk if later else None


def latest_run(enquiry: Enquiry) -> TopicRun | None:
    """The newest run that ended well; None before there is one."""
    return enquiry.topic_runs.filter(finished_at__isnull=False).order_by("-number").first()


def run_view(run: TopicRun, *, reader: User) -> RunView:
    """One run, in a constant number of queries. Passages whose gate has closed since are left out."""
    enquiry = run.enquiry
    open_now = {
        one.pk: one
        for one in open_passages(enquiry)
        .select_related("conversation", "contributor")
        .defer("embedding")
        .order_by("conversation__number", "number")
    }
    order = {pk: place for place, pk in enumerate(open_now)}
    assignments = [one for one in run.assignments.all() if one.segment_id in open_now]
    assignments.sort(key=lambda one: order[one.segment_id])
    decisions = list(
        ProposalDecision.objects.filter(proposal__run=run)
        .select_related("decided_by", "code", "merged_into", "proposal")
        .order_by("-pk")
    )
    standing: dict[int, ProposalDecision] = {}
    for decision in decisions:
        standing.setdefault(decision.proposal_id, decision)
    tagged: dict[int, set[int]] = {}
    for tag in current_tags(enquiry=enquiry, seen_by=reader):
        tagged.setdefault(tag.code_id, set()).add(tag.segment_id)
    members: dict[int | None, list[TopicAssignment]] = {}
    for one in assignments:
        members.setdefault(one.proposal_id, []).append(one)
    groups = [
        _group(proposal, members.get(proposal.pk, []), open_now, standing.get(proposal.pk), tagged)
        for proposal in run.proposals.order_by("number")
    ]
    reads: dict[int, set[int]] = {}
    for assignment_id, reader_id in PassageRead.objects.filter(assignment__run=run).values_list(
        "assignment_id", "reader_id"
    ):
        reads.setdefault(assignment_id, set()).add(reader_id)
    tagged_anywhere = set().union(*tagged.values()) if tagged else set()
    outside = [
        OutsideView(
            one,
            open_now[one.segment_id],
            is_read=one.pk in reads or one.segment_id in tagged_anywhere,
            is_read_by_me=reader.pk in reads.get(one.pk, set()),
        )
        for one in members.get(None, [])
    ]
    drawing = draw_map(
        [
            (
                group.number,
                [(one.x, one.y) for one in members.get(group.proposal.pk, [])],
                group.decision is not None,
            )
            for group in groups
        ],
        [(one.assignment.x, one.assignment.y) for one in outside],
    )
    speakers = {open_now[one.segment_id].contributor_id for one in assignments}
    return RunView(run, groups, outside, decisions, drawing, len(assignments), len(speakers))


def _group(
    proposal: TopicProposal,
    members: list[TopicAssignment],
    open_now: dict[int, Segment],
    decision: ProposalDecision | None,
    tagged: dict[int, set[int]],
) -> GroupView:
    passages = [open_now[one.segment_id] for one in members]
    nearest = [open_now[one.segment_id] for one in members if one.is_representative][:NEAREST_SHOWN]
    view = GroupView(
        proposal=proposal,
        passages=passages,
        nearest=nearest or passages[:NEAREST_SHOWN],
        n_people=len({one.contributor_id for one in passages}),
        decision=decision,
    )
    if decision is not None and decision.code_id:
        view.n_tagged = len(tagged.get(decision.code_id, set()) & {one.pk for one in passages})
    if decision is not None and decision.action == ProposalAction.SPLIT:
        inside = {one.pk for one in passages}
        view.parts = [
            {"name": part["name"], "n": len(inside & set(part["segment_ids"]))} for part in decision.parts
        ]
    return view
