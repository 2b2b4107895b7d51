"""The way of a quote, step by step, and what pages may show of it."""

from collections.abc import Callable
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from enquiries.errors import ConsentMissing
from enquiries.models import AnalysisMode, ReviewChoice, Scope
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.enquiries import WaveFactory, grant, take_back
from tests.factories.themes import LETTER, Reading, a_quote, a_reading, add_conversation
from themes import actions
from themes.errors import (
    AnotherPersonNeeded,
    DecisionRefused,
    EditNotAllowed,
    NameMissing,
    StepRefused,
)
from themes.models import Attribution, Quote, QuoteState, QuoteStep
from themes.selectors import approved_quotes, shown_quotes, trail, trails
from themes.states import NEXT, SHOWABLE, move


@pytest.fixture
def quote(reading: Reading) -> Quote:
    return actions.select_quote(segment=reading.segments[0], start=0, end=63, by=reading.reader)


def walk(reading: Reading, quote: Quote, to: str) -> Quote:
    """Take the usual steps up to a state."""
    steps: list[tuple[str, Callable[[Quote], Quote]]] = [
        (QuoteState.HEARD, lambda q: actions.mark_heard(quote=q, by=reading.reader)),
        (QuoteState.PSEUDONYMISED, lambda q: actions.mark_pseudonymised(quote=q, by=reading.second)),
        (QuoteState.OFFERED, lambda q: actions.offer(quote=q, by=reading.reader)),
        (QuoteState.APPROVED, lambda q: actions.record_answer(quote=q, answer="approved", by=None)),
        (QuoteState.PLACED, lambda q: actions.place(quote=q, by=reading.reader)),
    ]
    for state, step in steps:
        quote = step(quote)
        if state == to:
            break
    return quote


def test_select_quote_keeps_the_exact_words(quote: Quote) -> None:
    assert quote.text == quote.shown == LETTER[:63].strip()
    assert quote.state == QuoteState.SELECTED
    assert quote.steps.get().to_state == QuoteState.SELECTED


def test_select_quote_refuses_the_same_words_twice(reading: Reading, quote: Quote) -> None:
    with pytest.raises(DecisionRefused):
        actions.select_quote(segment=reading.segments[0], start=0, end=63, by=reading.second)


def test_select_quote_names_the_scope_that_is_missing(reading: Reading) -> None:
    take_back(reading.contributor, Scope.QUOTE_WORDS)
    with pytest.raises(ConsentMissing) as refused:
        actions.select_quote(segment=reading.segments[0], by=reading.reader)
    assert refused.value.scope == Scope.QUOTE_WORDS


def test_select_quote_refuses_reworded_words(reading: Reading) -> None:
    with pytest.raises(EditNotAllowed):
        actions.select_quote(segment=reading.segments[0], by=reading.reader, shown="It was the wrong letter.")


def test_quote_walks_the_whole_way(reading: Reading, quote: Quote) -> None:
    quote = walk(reading, quote, QuoteState.PLACED)
    assert [step.to_state for step in quote.steps.all()] == [
        "selected",
        "heard_against_audio",
        "pseudonymised",
        "offered",
        "approved",
        "placed",
    ]
    assert quote.steps.get(to_state="approved").by is None
    assert quote.steps.get(to_state="heard_against_audio").note == "Read against the typed text."
    assert Event.objects.filter(action="quote.placed", object_id=str(quote.pk)).exists()
    assert actions.unplace(quote=quote, by=reading.reader).state == QuoteState.APPROVED


def test_move_follows_the_table_and_nothing_else(reading: Reading) -> None:
    for place, (state, to) in enumerate(product(QuoteState.values, QuoteState.values)):
        quote = a_quote(
            reading.segments[place % 3],
            by=reading.reader,
            state=QuoteState.SELECTED if state == QuoteState.WITHDRAWN else state,
        )
        if state == QuoteState.WITHDRAWN:
            move(quote, QuoteState.WITHDRAWN, by=None)
        if to in NEXT[state]:
            move(quote, to, by=reading.reader)
        else:
            with pytest.raises(StepRefused):
                move(quote, to, by=reading.reader)
            quote.refresh_from_db()
        assert quote.state == (to if to in NEXT[state] else state)


def test_move_refuses_when_somebody_moved_it_meanwhile(reading: Reading, quote: Quote) -> None:
    stale = Quote.objects.get(pk=quote.pk)
    actions.mark_heard(quote=quote, by=reading.reader)
    with pytest.raises(StepRefused, match="while you were reading"):
        move(stale, QuoteState.HEARD, by=reading.second)


def test_mark_pseudonymised_needs_another_person(reading: Reading, quote: Quote) -> None:
    quote = walk(reading, quote, QuoteState.HEARD)
    with pytest.raises(AnotherPersonNeeded):
        actions.mark_pseudonymised(quote=quote, by=reading.reader)


def test_mark_pseudonymised_may_add_brackets_only(reading: Reading, quote: Quote) -> None:
    quote = walk(reading, quote, QuoteState.HEARD)
    with pytest.raises(EditNotAllowed):
        actions.mark_pseudonymised(quote=quote, by=reading.second, shown="It was from the clinic.")
    changed = actions.mark_pseudonymised(
        quote=quote, by=reading.second, shown=quote.text.replace("the hospital", "[somewhere else]")
    )
    assert "[somewhere else]" in changed.shown
    assert changed.text == quote.text


def test_offer_is_skipped_only_where_the_speaker_asked_not_to_see_quotes(
    reading: Reading, quote: Quote
) -> None:
    quote = walk(reading, quote, QuoteState.PSEUDONYMISED)
    with pytest.raises(StepRefused, match="not offered"):
        actions.record_answer(quote=quote, answer="approved", by=reading.reader)
    reading.contributor.review_choice = ReviewChoice.NONE
    reading.contributor.save()
    assert actions.offer(quote=quote, by=reading.reader).state == QuoteState.APPROVED


def test_a_quote_that_went_while_its_page_was_read_is_refused_with_a_sentence(
    reading: Reading, quote: Quote
) -> None:
    Quote.objects.filter(pk=quote.pk).delete()
    with pytest.raises(StepRefused, match="were taken back"):
        actions.mark_heard(quote=quote, by=reading.reader)


def test_silence_is_not_approval(reading: Reading, quote: Quote) -> None:
    walk(reading, quote, QuoteState.OFFERED)
    assert shown_quotes([quote.pk]) == {}


def test_record_answer_changed_keeps_the_speakers_words(reading: Reading, quote: Quote) -> None:
    quote = walk(reading, quote, QuoteState.OFFERED)
    with pytest.raises(NameMissing):
        actions.record_answer(quote=quote, answer="changed", by=None)
    changed = actions.record_answer(quote=quote, answer="changed", by=None, shown="Mine was the wrong one.")
    assert shown_quotes([quote.pk])[quote.pk].shown == "Mine was the wrong one."
    assert changed.state == QuoteState.CHANGED


def test_record_answer_lets_people_change_their_mind(reading: Reading, quote: Quote) -> None:
    quote = walk(reading, quote, QuoteState.PLACED)
    quote = actions.record_answer(quote=quote, answer="refused", by=None)
    assert shown_quotes([quote.pk]) == {}
    quote = actions.record_answer(quote=quote, answer="approved", by=None)
    assert quote.pk in shown_quotes([quote.pk])


def test_record_answer_no_is_possible_without_any_consent(reading: Reading, quote: Quote) -> None:
    quote = walk(reading, quote, QuoteState.OFFERED)
    take_back(reading.contributor)
    with pytest.raises(ConsentMissing):
        actions.record_answer(quote=quote, answer="approved", by=None)
    assert actions.record_answer(quote=quote, answer="refused", by=None).state == QuoteState.REFUSED


@pytest.mark.parametrize(
    "state", [QuoteState.SELECTED, QuoteState.HEARD, QuoteState.PSEUDONYMISED, QuoteState.APPROVED]
)
def test_every_step_asks_the_gate(reading: Reading, state: str) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=state)
    take_back(reading.contributor, Scope.QUOTE_WORDS)
    step = {
        QuoteState.SELECTED: lambda: actions.mark_heard(quote=quote, by=reading.reader),
        QuoteState.HEARD: lambda: actions.mark_pseudonymised(quote=quote, by=reading.second),
        QuoteState.PSEUDONYMISED: lambda: actions.offer(quote=quote, by=reading.reader),
        QuoteState.APPROVED: lambda: actions.place(quote=quote, by=reading.reader),
    }[QuoteState(state)]
    with pytest.raises(ConsentMissing):
        step()
    quote.refresh_from_db()
    assert quote.state == state


def test_place_is_open_to_editors_and_the_rest_is_not(reading: Reading) -> None:
    editor = UserFactory()
    MembershipFactory(user=editor, partner=reading.partner, role=Role.EDITOR)
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.APPROVED)
    assert actions.place(quote=quote, by=editor).state == QuoteState.PLACED
    other = a_quote(reading.segments[1], by=reading.reader)
    with pytest.raises(NotYours):
        actions.mark_heard(quote=other, by=editor)


def test_set_attribution_by_name_needs_named_credit(reading: Reading) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.APPROVED)
    actions.set_attribution(quote=quote, attribution=Attribution.CHOSEN_NAME, by=reading.reader)
    assert shown_quotes([quote.pk])[quote.pk].attribution == reading.contributor.pseudonym
    take_back(reading.contributor, Scope.NAMED_CREDIT)
    assert shown_quotes([quote.pk])[quote.pk].attribution == ""
    with pytest.raises(ConsentMissing):
        actions.set_attribution(quote=quote, attribution=Attribution.CHOSEN_NAME, by=reading.reader)
    with pytest.raises(DecisionRefused):
        actions.set_attribution(quote=quote, attribution=Attribution.REAL_NAME, by=reading.reader)


def test_drop_quote_erases_the_words_everywhere(reading: Reading, quote: Quote) -> None:
    actions.drop_quote(quote=quote, by=reading.reader)
    quote.refresh_from_db()
    assert (quote.text, quote.shown, quote.segment) == ("", "", None)
    assert set(QuoteStep.objects.values_list("shown", flat=True)) == {""}


@pytest.mark.parametrize("state", [state for state in QuoteState.values if state != QuoteState.WITHDRAWN])
def test_shown_quotes_only_after_a_yes(reading: Reading, state: str) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=state)
    assert (quote.pk in shown_quotes([quote.pk])) == (state in SHOWABLE)


def test_shown_quotes_close_the_moment_the_gate_does(reading: Reading) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.PLACED)
    assert [one.id for one in approved_quotes(reading.enquiry)] == [quote.pk]
    take_back(reading.contributor, Scope.ANALYSE)
    assert shown_quotes([quote.pk]) == {}
    assert approved_quotes(reading.enquiry) == []
    assert trail(quote) == []


def test_shown_quotes_read_each_wave_for_itself(reading: Reading) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.APPROVED)
    second = WaveFactory(enquiry=reading.enquiry)
    assert quote.pk in shown_quotes([quote.pk]), "not asked in the second wave, agreed in the first"
    grant(reading.contributor, wave=second)
    take_back(reading.contributor, Scope.QUOTE_WORDS)
    assert shown_quotes([quote.pk]) == {}


def test_shown_quotes_and_trails_take_as_many_queries_for_five_as_for_fifty(reading: Reading) -> None:
    second = WaveFactory(enquiry=reading.enquiry)
    quotes = [a_quote(segment, by=reading.reader, state=QuoteState.APPROVED) for segment in reading.segments]
    for n in range(47):
        [segment] = add_conversation(reading, [f"Words of another person, number {n}."])
        quotes.append(a_quote(segment, by=reading.reader, state=QuoteState.PLACED))
        actions.tag(segment=segment, code=reading.code("waiting"), by=reading.reader)
    actions.tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    assert second.number == 2

    def queries(call: Callable[[list[int]], object], ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(call(ids)) == len(ids)  # type: ignore[arg-type]
        return len(captured)

    ids = [quote.pk for quote in quotes]
    for call, most in ((shown_quotes, 5), (trails, 9)):
        few, many = queries(call, ids[:5]), queries(call, ids)
        assert few == many <= most


def test_trail_tells_how_we_know_and_names_nobody(reading: Reading, quote: Quote) -> None:
    actions.tag(segment=reading.segments[0], code=reading.code("eligibility-rules"), by=reading.reader)
    actions.tag(segment=reading.segments[0], code=reading.code("eligibility-rules"), by=reading.second)
    steps = trail(walk(reading, quote, QuoteState.PLACED))
    assert [step.title for step in steps] == [
        "The sentence",
        "The agreement",
        "The tag",
        "Who decided",
        "The text",
        "The whole text",
    ]
    assert steps[0].is_spoken
    assert steps[3].sentence == "2 readers. A computer had not offered this one."
    assert steps[-1].is_end
    said = " ".join(step.sentence for step in steps[1:])
    for hidden in (reading.reader.name, reading.second.name, reading.contributor.pseudonym):
        assert hidden not in said


@pytest.mark.django_db
def test_trail_says_when_two_read_apart() -> None:
    reading = a_reading(mode=AnalysisMode.CODEBOOK)
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.APPROVED)
    for reader in (reading.reader, reading.second):
        actions.tag(segment=reading.segments[0], code=reading.code("silos"), by=reader)
        actions.finish_reading(conversation=reading.conversation, by=reader)
    sentences = [step.sentence for step in trail(quote)]
    assert any("without seeing what the other chose" in sentence for sentence in sentences)
