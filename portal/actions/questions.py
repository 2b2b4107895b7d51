"""Questions and complaints from a person's own page, and our answers."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, ledger, sweep
from enquiries.models import Contributor, Scope
from portal.errors import AnswerRefused
from portal.models import ACKNOWLEDGED_WITHIN, PersonalLink, Question, QuestionKind

LONGEST = 5_000
# The same words within this time are a second press, later ones a reminder.
PRESSED_AGAIN = timedelta(minutes=10)


@transaction.atomic
def ask(*, contributor: Contributor, kind: str, said: str, by_helper: bool = False) -> Question:
    """Keep what somebody asks us or complains about, by their own link. Sent twice, it is kept once.

    Raises:
        AnswerRefused: nothing was written, or far too much; or they took everything back meanwhile, on
            another page, and leave no words here.
    """
    # Two presses at once: the second waits here, and finds the first.
    consent.hold([contributor.pk])
    if _has_left(contributor):
        raise AnswerRefused(_("You took everything back, so nothing more is kept here. Please call us."))
    words = said.strip()
    if kind not in QuestionKind.values:
        raise AnswerRefused(_("Choose whether it is a question or a complaint."))
    if not words:
        raise AnswerRefused(_("Write a few words, so that we know what you mean."))
    if len(words) > LONGEST:
        raise AnswerRefused(_("This is too long to send. Write the most important part, or call us."))
    same = Question.objects.filter(
        contributor=contributor, kind=kind, said=words, asked_at__gte=timezone.now() - PRESSED_AGAIN
    ).first()
    if same is not None:
        return same
    question = Question.objects.create(
        partner_id=contributor.partner_id,
        contributor=contributor,
        kind=kind,
        said=words,
        by_helper=by_helper,
        due_on=timezone.localdate() + ACKNOWLEDGED_WITHIN,
    )
    record("personal_question.asked", by=None, about=question, kind=kind, by_helper=by_helper)
    return question


def _has_left(contributor: Contributor) -> bool:
    """Whether everything of theirs is going, or has gone with the link by which they came."""
    if sweep.is_going_on(contributor, Scope.TAKE_PART):
        return True
    has_link = PersonalLink.objects.filter(contributor=contributor).exists()
    return not has_link and ledger.is_forgotten(contributor)


@transaction.atomic
def acknowledge(*, question: Question, by: User) -> Question:
    """Tell the person that somebody has read it. Done twice, the first time counts."""
    check(by, "personal_question.answer", question)
    done = Question.objects.filter(pk=question.pk, acknowledged_at=None).update(
        acknowledged_at=timezone.now(), acknowledged_by=by
    )
    if done:
        record("personal_question.acknowledged", by=by, about=question)
    question.refresh_from_db()
    return question


@transaction.atomic
def answer(*, question: Question, words: str, by: User) -> Question:
    """Answer. The person reads it on their own page; answering also acknowledges.

    Raises:
        AnswerRefused: no words, or it was answered already: an answer somebody may have read stays. The very
            same answer, pressed again by the same colleague, is no error. Or whoever asked took everything
            back, and what they asked has gone.
    """
    check(by, "personal_question.answer", question)
    text = words.strip()
    if not text:
        raise AnswerRefused(_("Write the answer as the person should read it."))
    acknowledge(question=question, by=by)
    # Asked in the one statement that writes: an answer to what has gone would stay for ever.
    done = (
        Question.objects.filter(pk=question.pk, answered_at=None)
        .exclude(said="")
        .update(answer=text, answered_at=timezone.now(), answered_by=by)
    )
    if not done:
        question.refresh_from_db()
        if not question.said:
            raise AnswerRefused(_("They took everything back, and this with it. Nothing was kept."))
        if question.answer == text and question.answered_by_id == by.pk:
            return question
        raise AnswerRefused(_("This was answered already. The person may have read the answer."))
    record("personal_question.answered", by=by, about=question)
    question.refresh_from_db()
    return question
