"""Everything that is done with words, in the moment when whoever said them takes everything back.

Whatever is done comes before the taking back, which then waits for it and finds what it kept, or after it,
and is refused. Either way nothing is left.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from coaching.actions import make_joint_display, record_asset_survey
from coaching.actions.figures import freeze_figure
from coaching.actions.notes import contribute_note, take_note_back
from coaching.errors import DisclosureRefused, NotPossibleNow
from coaching.models import AssetSurvey, NoteVisibility
from enquiries import consent, sweep, tracing
from enquiries.actions import withdraw
from enquiries.errors import ConsentMissing
from enquiries.models import Contributor, Link, Scope, Withdrawal
from enquiries.withdrawal import steps
from portal.actions.links import make_link
from portal.actions.questions import ask
from portal.errors import AnswerRefused, LinkRefused
from publishing import actions as publishing
from publishing.errors import GateClosed
from publishing.models import QuoteOnPage, ReportToMend
from tests.factories.accounts import colleague
from tests.factories.coaching import AssetDefinitionFactory, NoteFactory, RelationshipFactory
from tests.factories.enquiries import LinkFactory
from tests.factories.portal import a_card
from tests.factories.publishing import World, world
from tests.meeting import Beside
from tests.sweeping import sweep_all
from tests.whole_person import CANARY, Whole, tables_with, whole_person
from themes import actions as sense
from themes.errors import NameMissing
from themes.models import TagDecision
from transcripts.actions.exports import make_export
from transcripts.errors import NotPossibleNow as NothingToSend
from transcripts.models import Export, ExportRecall, Segment

pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[[], Any]


def acts_on(whole: Whole, site: World) -> Mapping[str, tuple[Act, type[Exception]]]:
    """By name: what colleagues and the person do with these words, and how it is refused."""
    by = colleague(site.partner, Role.RESEARCHER)
    voice, enquiry = whole.contributor, site.enquiry
    first, other = Segment.objects.filter(contributor=voice).order_by("number")
    tag = TagDecision.objects.get(segment=first)
    theme = site.theme()

    def display() -> None:
        make_joint_display(
            enquiry=enquiry,
            topic="Starting again",
            theme=theme,
            quotes=[whole.quote],
            figure=None,
            heard=CANARY,
            relation="silent",
            reading="Nothing was counted.",
            by=by,
        )

    def figure() -> None:
        freeze_figure(
            metric="people_reached", enquiry=enquiry, partner=site.partner, by=by, title="", only_linked=True
        )

    def export() -> None:
        make_export(enquiry=enquiry, recipient="A university", reach="0123", purpose="A thesis", by=by)

    # The page first: an answer given meanwhile is one its signature does not know.
    return {
        "page": (lambda: publishing.publish(page=whole.page, by=site.editor), GateClosed),
        "quote": (lambda: sense.select_quote(segment=other, by=by), ConsentMissing),
        "tag": (lambda: sense.tag(segment=first, code=tag.code, by=by, reason=CANARY), ConsentMissing),
        "let go": (lambda: sense.let_go(decision=tag, by=site.second), ConsentMissing),
        "memo": (
            lambda: sense.keep_memo(conversation=whole.conversation, text=CANARY, by=by),
            NameMissing,
        ),
        "reading": (lambda: sense.finish_reading(conversation=whole.conversation, by=by), NameMissing),
        "theme": (
            lambda: sense.put_quote_to_theme(theme=theme, quote=whole.quote, by=by),
            ConsentMissing,
        ),
        "answer": (
            lambda: sense.record_answer(
                quote=whole.quote, answer="changed", shown=f"Once {CANARY}.", by=None
            ),
            ConsentMissing,
        ),
        "naming": (
            lambda: sense.set_attribution(quote=whole.quote, attribution="role", by=by),
            ConsentMissing,
        ),
        "display": (display, ConsentMissing),
        "figure": (figure, DisclosureRefused),
        "export": (export, NothingToSend),
        "question": (lambda: ask(contributor=voice, kind="question", said=CANARY), AnswerRefused),
        "link": (lambda: make_link(contributor=voice, by=by), LinkRefused),
    }


def a_page_signed(site: World) -> Whole:
    """Somebody whose words went everywhere, and stand on a page that may go live at the next press."""
    whole = whole_person(site, is_live=False)
    site.go_live(whole.report)
    site.pass_gate(whole.page)
    a_card(whole.contributor)
    return whole


def take_everything_back(voice: Contributor) -> Withdrawal:
    return withdraw(contributor=voice, scope=[Scope.TAKE_PART, Scope.CONTACT_AGAIN], by=None)


def assert_nothing_is_left(whole: Whole) -> None:
    sweep_all()
    assert tables_with(CANARY) == {}
    left = tracing.trace(handle=whole.contributor.handle)
    assert left.held == (), left.held


def test_what_is_done_while_everything_is_taken_back_waits_and_is_refused() -> None:
    site = world()
    whole = a_page_signed(site)
    acts = acts_on(whole, site)
    begun: dict[str, Beside] = {}
    with transaction.atomic():
        take_everything_back(whole.contributor)
        for name, (act, _refusal) in acts.items():
            begun[name] = Beside(site.partner.pk, act)
            assert begun[name].waits(), f"“{name}” did not wait: {begun[name].error!r}"
    for name, (_act, refusal) in acts.items():
        assert isinstance(begun[name].end(), refusal), f"“{name}” ended with {begun[name].error!r}"
    assert not Export.objects.exists()
    assert not QuoteOnPage.objects.exists()
    assert_nothing_is_left(whole)


class Undone(Exception):
    """Ends a try that is to leave nothing behind."""


def test_taking_back_waits_for_whatever_is_being_done_and_finds_it() -> None:
    site = world()
    whole = a_page_signed(site)
    acts = acts_on(whole, site)
    # These two end with a refusal at any time here: the tag stands, and too few people are linked.
    done = {name: act for name, (act, _refusal) in acts.items() if name not in ("let go", "figure")}

    def try_to_take_back() -> None:
        with transaction.atomic():
            take_everything_back(whole.contributor)
            raise Undone

    for name, act in done.items():
        with transaction.atomic():
            act()
            taking = Beside(site.partner.pk, try_to_take_back)
            assert taking.waits(), f"It did not wait for “{name}”: {taking.error!r}"
            transaction.set_rollback(True)
        assert isinstance(taking.end(), Undone), taking.error

    with transaction.atomic():
        for act in done.values():
            act()
        taking = Beside(site.partner.pk, lambda: take_everything_back(whole.contributor))
        assert taking.waits(), taking.error
    assert taking.end() is None
    # It went live before, so an editor is told to mend it, and the one who has the texts to erase them.
    assert ReportToMend.objects.filter(page_id=whole.page.pk, reason="words_taken_back").exists()
    assert ExportRecall.objects.get().export == Export.objects.get()
    assert_nothing_is_left(whole)


def test_a_second_press_and_the_sweep_never_wait_for_each_other() -> None:
    site = world()
    voice = site.contributor()
    asked = take_everything_back(voice)
    pressing: list[Beside] = []

    def press_again_first(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
        pressing.append(Beside(site.partner.pk, lambda: take_everything_back(voice)))
        assert pressing[0].waits(), pressing[0].error
        return handler(contributor, scopes)

    name = "enquiries.voice"
    handler = dict(steps())[name]
    press_again_first.holds_voice = getattr(handler, "holds_voice", False)  # type: ignore[attr-defined]
    sweep._run(asked.pk, name, press_again_first)
    assert pressing[0].end() is None
    asked.refresh_from_db()
    assert name in asked.steps
    assert asked.asked_again_at is not None


def test_a_coach_and_the_data_guardian_take_a_note_back_at_once() -> None:
    site = world()
    note = NoteFactory(partner=site.partner)
    yes = dict.fromkeys(Scope.values, "granted")
    contribute_note(note=note, enquiry=site.enquiry, by=note.author, decisions=yes)
    voice = Contributor.objects.get(enquiry=site.enquiry)
    with transaction.atomic():
        consent.hold([voice.pk])
        coach = Beside(site.partner.pk, lambda: take_note_back(note=note, by=note.author))
        assert coach.waits(), coach.error
        take_everything_back(voice)
    assert isinstance(coach.end(), NotPossibleNow)
    note.refresh_from_db()
    assert note.visibility == NoteVisibility.PRIVATE
    assert Withdrawal.objects.filter(contributor=voice).count() == 1


def test_a_note_given_while_its_author_takes_everything_back_is_not_kept() -> None:
    site = world()
    note, second = NoteFactory.create_batch(
        2, partner=site.partner, author=colleague(site.partner, Role.COACH)
    )
    yes = dict.fromkeys(Scope.values, "granted")
    contribute_note(note=note, enquiry=site.enquiry, by=note.author, decisions=yes)
    voice = Contributor.objects.get(enquiry=site.enquiry)
    with transaction.atomic():
        take_everything_back(voice)
        giving = Beside(
            site.partner.pk,
            lambda: contribute_note(note=second, enquiry=site.enquiry, by=second.author, decisions={}),
        )
        assert giving.waits(), giving.error
    assert isinstance(giving.end(), ConsentMissing)
    sweep_all()
    second.refresh_from_db()
    assert (second.visibility, second.conversation) == (NoteVisibility.PRIVATE, None)
    assert voice.participations.count() == 0


def test_a_survey_filled_in_meanwhile_waits_for_nothing_and_stays_with_the_coach() -> None:
    site = world()
    voice = site.contributor()
    person = LinkFactory(contributor=voice, person__partner=site.partner).person
    RelationshipFactory(partner=site.partner, person=person)
    definition = AssetDefinitionFactory(partner=site.partner)

    def fill_in() -> None:
        record_asset_survey(
            person=person,
            definition=definition,
            completed_on=timezone.localdate(),
            answers={"a01": 2},
            by=None,
        )

    with transaction.atomic():
        take_everything_back(voice)
        filling = Beside(site.partner.pk, fill_in)
        assert not filling.waits()
    assert filling.end() is None
    sweep_all()
    # Coaching depends on no scope: the person stays known to their coach, and no voice leads to them.
    assert AssetSurvey.objects.get().person == person
    assert not Link.objects.filter(person=person).exists()
    assert tracing.trace(handle=voice.handle).held == ()
