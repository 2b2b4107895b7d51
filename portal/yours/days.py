"""What has happened so far, in sentences with a date: no line, no stages, nothing that is ahead."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from enquiries.models import ConsentEvent, ConsentState, Contributor, ReviewChoice, Withdrawal
from portal.models import PersonalLink, Question
from portal.yours import selectors
from themes.models import QuoteState, QuoteStep


@dataclass(frozen=True, slots=True)
class Day:
    """One thing that happened."""

    on: date
    sentence: str
    # The receipt that tells more, where something was taken back.
    withdrawal_id: int | None = None


MOST = 30


def days(contributor: Contributor) -> list[Day]:
    """Newest first, each sentence once a day, at most `MOST`."""
    found = {(each.on, each.sentence, each.withdrawal_id): each for each in _all(contributor)}
    return sorted(found.values(), key=lambda each: each.on, reverse=True)[:MOST]


def _all(contributor: Contributor) -> Iterator[Day]:
    for talk in selectors.conversations(contributor):
        yield Day(talk.held_on, _("You talked with us."))
    for event in ConsentEvent.objects.filter(contributor=contributor):
        sentence = {
            ConsentState.GRANTED: _("You told us what you agree to."),
            ConsentState.DECLINED: _("You told us what you agree to."),
        }.get(ConsentState(event.decision))
        if sentence:
            yield Day(_day(event.decided_at), sentence)
    for taken in Withdrawal.objects.filter(contributor=contributor).exclude(scopes=[]):
        yield Day(_day(taken.asked_at), _("You took something back."), taken.pk)
    for link in PersonalLink.objects.filter(contributor=contributor):
        # Whoever made it knew the word on it: they are told that there is one.
        yield Day(_day(link.made_at), _("We made a link to this page."))
    said = {
        QuoteState.OFFERED: _("We asked you about some of your words."),
        QuoteState.APPROVED: _("You said yes to some of your words."),
        QuoteState.CHANGED: _("You changed some of your words."),
        QuoteState.REFUSED: _("You said no to some of your words."),
        QuoteState.PLACED: _("Your words went on the website."),
    }
    if contributor.review_choice == ReviewChoice.NONE:
        # They asked not to be asked first: a yes in the steps is ours, on their word.
        said.pop(QuoteState.APPROVED)
    shown = [quote.pk for quote in selectors.quotes(contributor)]
    for step in QuoteStep.objects.filter(quote__in=shown, to_state__in=list(said)):
        yield Day(_day(step.at), said[QuoteState(step.to_state)])
    for question in Question.objects.filter(contributor=contributor).exclude(said=""):
        yield Day(_day(question.asked_at), _("You asked us something."))
        if question.answered_at:
            yield Day(_day(question.answered_at), _("We answered you."))


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()
