"""Tags, memos and reading marks: what a reader decides while reading."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.models import Conversation, Scope
from themes.actions.codebook import check_in_use
from themes.errors import NameMissing, StretchUnknown
from themes.models import Code, Memo, ReadingMark, TagChoice, TagDecision
from themes.passages import check_passage, passages_of, stretch
from themes.selectors.tags import stray_tags
from transcripts.models import Segment


@transaction.atomic
def tag(
    *,
    segment: Segment,
    code: Code,
    by: User,
    start: int | None = None,
    end: int | None = None,
    reason: str = "",
) -> TagDecision:
    """Put a code on a passage, or on the stretch `[start, end)` of it in code points.

    Raises:
        ConsentMissing: the speaker does not allow `analyse`.
        PassageClosed: the text is not signed off, or a newer version stands.
        StretchUnknown: the stretch is not inside the passage, or the code is of another enquiry.
        CodeRetired: the code takes no new tags.
    """
    check(by, "passage.tag", segment.conversation.enquiry)
    check_passage(segment)
    check_in_use(code)
    if code.codebook.enquiry_id != segment.conversation.enquiry_id:
        raise StretchUnknown(_("This code belongs to another enquiry. Choose one from this enquiry’s list."))
    return _decide(segment, code, by, TagChoice.APPLIED, start, end, reason)


@transaction.atomic
def untag(*, decision: TagDecision, by: User, reason: str = "") -> TagDecision:
    """Take off one's own tag, by a decision that supersedes it. Another reader's tag is theirs to take off.

    Raises:
        StretchUnknown: it is another reader's tag, or it was taken off already.
    """
    segment = decision.segment
    check(by, "passage.tag", segment.conversation.enquiry)
    check_passage(segment)
    latest = (
        TagDecision.objects.filter(
            segment=segment, code=decision.code, start=decision.start, end=decision.end, decided_by=by
        )
        .order_by("-pk")
        .first()
    )
    if latest is None or latest.choice != TagChoice.APPLIED:
        raise StretchUnknown(_("You have no such tag here now. Another reader’s tag is theirs to take off."))
    return _decide(segment, decision.code, by, TagChoice.REMOVED, decision.start, decision.end, reason)


def _decide(
    segment: Segment, code: Code, by: User, choice: str, start: int | None, end: int | None, reason: str
) -> TagDecision:
    where = stretch(segment, start, end)
    made = TagDecision.objects.create(
        partner_id=segment.partner_id,
        segment=segment,
        code=code,
        start=where.start,
        end=where.end,
        text=where.text,
        choice=choice,
        reason=reason.strip(),
        decided_by=by,
    )
    record(f"tag.{choice}", by=by, about=made, segment_id=segment.pk, code_id=code.pk)
    return made


@transaction.atomic
def let_go(*, decision: TagDecision, by: User) -> TagDecision:
    """Let go of one's own tag that could not be carried over to a newer text.

    Raises StretchUnknown when it is another reader's, was carried over, or was let go already, and
    ConsentMissing where the speaker does not allow `analyse` any more: then it goes by itself.
    """
    conversation = decision.segment.conversation
    check(by, "passage.tag", conversation.enquiry)
    # It goes by one more row with the words under it.
    consent.hold([decision.segment.contributor_id])
    consent.check(decision.segment.contributor, Scope.ANALYSE, wave=conversation.wave_id)
    if decision not in stray_tags(conversation, reader=by):
        raise StretchUnknown(_("This tag is not waiting for you any more. Open reading again."))
    return _decide(decision.segment, decision.code, by, TagChoice.REMOVED, decision.start, decision.end, "")


@transaction.atomic
def keep_memo(
    *, conversation: Conversation, text: str, by: User, segment: Segment | None = None
) -> Memo | None:
    """Keep one's memo on a conversation, or on one passage of it. Empty text takes the memo away.

    Raises:
        PassageClosed, ConsentMissing: nothing of the conversation may be read now.
    """
    check(by, "passage.tag", conversation.enquiry)
    # A memo may hold words of anybody who spoke here.
    consent.hold_conversation(conversation)
    if segment is not None:
        check_passage(segment)
    elif not passages_of(conversation).exists():
        raise NameMissing(_("There is nothing to read in this conversation now, so no memo was kept."))
    words = text.strip()
    known = (
        Memo.objects.select_for_update().filter(conversation=conversation, segment=segment, author=by).first()
    )
    if not words:
        if known:
            record("memo.removed", by=by, about=known)
            known.delete()
        return None
    if known is None:
        known = Memo.objects.create(
            partner_id=conversation.partner_id,
            enquiry_id=conversation.enquiry_id,
            conversation=conversation,
            segment=segment,
            text=words,
            author=by,
        )
    elif known.text != words:
        known.text = words
        known.save(update_fields=["text", "changed_at"])
    record("memo.kept", by=by, about=known, n_characters=len(words))
    return known


@transaction.atomic
def finish_reading(*, conversation: Conversation, by: User) -> ReadingMark:
    """Say that one has finished reading a conversation. Read apart, both see each other's tags then."""
    check(by, "passage.tag", conversation.enquiry)
    consent.hold_conversation(conversation)
    if not passages_of(conversation).exists():
        raise NameMissing(_("There is nothing to read in this conversation now."))
    mark, is_new = ReadingMark.objects.get_or_create(
        conversation=conversation,
        reader=by,
        defaults={"partner_id": conversation.partner_id, "enquiry_id": conversation.enquiry_id},
    )
    if is_new:
        record("reading.finished", by=by, about=mark, conversation_id=conversation.pk)
    return mark
