"""What people decide about the groups the computer offers. Six decisions, each with a reason and a name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from themes.actions.codebook import NewCode, add_code, check_in_use, start_codebook
from themes.errors import DecisionRefused, NameMissing, ReasonMissing
from themes.group_words import shared_words_of
from themes.models import (
    Code,
    PassageRead,
    ProposalAction,
    ProposalDecision,
    TopicAssignment,
    TopicProposal,
)
from themes.passages import check_passage

LONGEST_NAME = 80
REASON_MISSING = {
    ProposalAction.ACCEPTED: gettext_lazy("Write why you would accept this group."),
    ProposalAction.RENAMED: gettext_lazy("Write why you would rename this group."),
    ProposalAction.MERGED: gettext_lazy("Write why you would merge this group."),
    ProposalAction.SPLIT: gettext_lazy("Write why you would split this group."),
    ProposalAction.REJECTED: gettext_lazy("Write why you would reject this group."),
    ProposalAction.PARKED: gettext_lazy("Write why you would park this group."),
}


@transaction.atomic
def decide_proposal(
    *,
    proposal: TopicProposal,
    action: str,
    reason: str,
    by: User,
    name: str = "",
    merged_into: TopicProposal | None = None,
    parts: Sequence[Mapping[str, Any]] | None = None,
    code: Code | None = None,
    new_code: NewCode | None = None,
) -> ProposalDecision:
    """Decide about a group. An earlier decision about it is superseded, never edited.

    Args:
        action: a `ProposalAction`.
        reason: why, in a line; always needed.
        name: what people call it. Needed to rename; when accepted without one, the computer's first
            three words stand until somebody renames it.
        merged_into: the group of the same run it belongs with; to merge only.
        parts: to split only: at least two `{"name", "segment_ids"}`, which together hold every passage of
            the group once.
        code: the code it is; to accept or rename only.
        new_code: a code to add and link instead of `code`; its name is used when `name` is empty.

    Raises:
        ReasonMissing, NameMissing, DecisionRefused: with a sentence that says what to write or choose.
    """
    run = proposal.run
    check(by, "pattern.decide", run.enquiry)
    if action not in ProposalAction.values:
        raise DecisionRefused(_("Choose one of the six decisions."))
    chosen = ProposalAction(action)
    why = reason.strip()
    if not why:
        raise ReasonMissing(str(REASON_MISSING[chosen]))
    # One decision about a run at a time: two merges into each other must not pass side by side.
    list(TopicProposal.objects.select_for_update().filter(run=run).order_by("pk"))
    called = name.strip()
    if (code or new_code) and chosen not in (ProposalAction.ACCEPTED, ProposalAction.RENAMED):
        raise DecisionRefused(_("Only a group that is accepted or renamed can become a code."))
    if new_code is not None and code is None:
        codebook = start_codebook(enquiry=run.enquiry, by=by)
        code = add_code(codebook=codebook, code=new_code, by=by)
    if code is not None:
        check_in_use(code)
        if code.codebook.enquiry_id != run.enquiry_id:
            raise DecisionRefused(_("This code belongs to another enquiry. Choose one from this list."))
        called = called or code.name
    if chosen == ProposalAction.RENAMED and not called:
        raise NameMissing(_("Write the name you would give this group."))
    if chosen == ProposalAction.ACCEPTED and not called:
        called = name_by_words(shared_words_of(proposal)) or str(proposal)
    if chosen not in (ProposalAction.ACCEPTED, ProposalAction.RENAMED):
        called = ""
    decision = ProposalDecision.objects.create(
        partner_id=proposal.partner_id,
        proposal=proposal,
        action=chosen,
        name=called[:LONGEST_NAME],
        reason=why,
        merged_into=_merge_target(proposal, merged_into) if chosen == ProposalAction.MERGED else None,
        parts=_parts(proposal, parts or ()) if chosen == ProposalAction.SPLIT else [],
        code=code,
        decided_by=by,
    )
    record(
        "proposal.decided",
        by=by,
        about=decision,
        run_id=run.pk,
        group=proposal.number,
        decision=chosen.value,
        code_id=code.pk if code else None,
        merged_into=decision.merged_into.number if decision.merged_into else None,
        n_parts=len(decision.parts),
    )
    return decision


def name_by_words(words: Iterable[Iterable[object]]) -> str:
    """What an accepted group is called until somebody names it: the first three of the words it shares."""
    return ", ".join(str(word) for word, _weight in list(words)[:3])[:LONGEST_NAME]


def _merge_target(proposal: TopicProposal, target: TopicProposal | None) -> TopicProposal:
    if target is None:
        raise DecisionRefused(_("Choose the group to merge it with."))
    if target.pk == proposal.pk:
        raise DecisionRefused(_("A group cannot be merged with itself. Choose another."))
    if target.run_id != proposal.run_id:
        raise DecisionRefused(_("Only groups of the same run can be merged. Choose one from this page."))
    seen = {proposal.pk}
    step: TopicProposal | None = target
    while step is not None:
        if step.pk in seen:
            raise DecisionRefused(
                _("Group %(n)d is itself merged with this one. Think again about that one first.")
                % {"n": target.number}
            )
        seen.add(step.pk)
        latest = step.decisions.order_by("-pk").select_related("merged_into").first()
        step = latest.merged_into if latest and latest.action == ProposalAction.MERGED else None
    return target


def _parts(proposal: TopicProposal, parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    members = set(proposal.assignments.values_list("segment_id", flat=True))
    cleaned: list[dict[str, Any]] = []
    for part in parts:
        name = str(part.get("name", "")).strip()
        ids = sorted({int(pk) for pk in part.get("segment_ids", ())})
        if not name:
            raise NameMissing(_("Give each part a name."))
        if not ids:
            raise DecisionRefused(_("Each part needs at least one passage. Tick the ones that belong to it."))
        cleaned.append({"name": name[:LONGEST_NAME], "segment_ids": ids})
    if len(cleaned) < 2:
        raise DecisionRefused(_("A split makes at least two parts. Name both and tick their passages."))
    placed = [pk for part in cleaned for pk in part["segment_ids"]]
    if len(placed) != len(set(placed)) or set(placed) != members:
        raise DecisionRefused(_("Every passage of the group must be in exactly one part."))
    if len({part["name"].casefold() for part in cleaned}) != len(cleaned):
        raise NameMissing(_("Two parts carry the same name. Give each its own."))
    return cleaned


@transaction.atomic
def mark_passage_read(*, assignment: TopicAssignment, by: User) -> PassageRead:
    """Say that one has read a passage that fits nowhere. Saying it twice changes nothing."""
    check(by, "pattern.decide", assignment.run.enquiry)
    check_passage(assignment.segment)
    if assignment.proposal_id is not None:
        raise DecisionRefused(_("This passage is in a group. Read it there."))
    try:
        with transaction.atomic():
            read = PassageRead.objects.create(
                partner_id=assignment.partner_id, assignment=assignment, reader=by
            )
    except IntegrityError:
        return PassageRead.objects.get(assignment=assignment, reader=by)
    record("passage.read", by=by, about=read, run_id=assignment.run_id, segment_id=assignment.segment_id)
    return read
