"""Words taken back are gone from tags, offers, runs, memos and quotes; other people's stay."""

import pytest
from django.apps import apps
from django.db import connection

from enquiries.models import Scope
from tests.factories.enquiries import LinkFactory
from tests.factories.themes import Reading, a_quote, a_run, add_conversation, an_offer
from tests.factories.transcripts import raw_version
from tests.sweeping import withdraw_and_sweep
from themes import actions
from themes.models import (
    Memo,
    Quote,
    QuoteState,
    Suggestion,
    TagDecision,
    ThemeQuote,
    TopicAssignment,
    TopicRun,
)
from themes.selectors import shown_quotes
from transcripts.models import Transcript

CANARY = "The zanzibarine kettle sang in the hallway."


@pytest.fixture
def made(reading: Reading) -> Reading:
    """Everything this app can hold, for the first contributor and for two others."""
    mine = reading.segments
    others = add_conversation(reading, ["A letter from the council.", "Another letter came."])
    more = add_conversation(reading, ["No letter came at all.", "The letter was wrong."])
    type(mine[0]).objects.filter(pk=mine[0].pk).update(text=CANARY)
    mine[0].refresh_from_db()
    for segment in (*mine, *others):
        actions.tag(segment=segment, code=reading.code("waiting"), by=reading.reader)
    an_offer(mine[1], reading.code("silos"))
    an_offer(others[0], reading.code("silos"), near=[mine[0], others[1]])
    actions.keep_memo(conversation=reading.conversation, text=f"They said: {CANARY}", by=reading.reader)
    actions.keep_memo(conversation=others[0].conversation, text="About the letters.", by=reading.reader)
    run = a_run(reading, [[*mine[:2], *others], more], outside=mine[2:])
    group = run.proposals.get(number=1)
    group.words = [["zanzibarine", 0.6], ["letter", 0.5]]
    group.save()
    actions.decide_proposal(
        proposal=group,
        action="split",
        reason="Two things.",
        by=reading.reader,
        parts=[
            {"name": "Kettles", "segment_ids": [one.pk for one in mine[:2]]},
            {"name": "Letters", "segment_ids": [one.pk for one in others]},
        ],
    )
    accepted = a_run(reading, [[*mine, *others, *more]])
    accepted.proposals.update(words=[["zanzibarine", 0.6], ["letter", 0.5]])
    actions.decide_proposal(
        proposal=accepted.proposals.get(), action="accepted", reason="Yes.", by=reading.reader
    )
    quote = actions.select_quote(segment=mine[0], by=reading.reader)
    theme = actions.make_theme(
        enquiry=reading.enquiry,
        title="Waiting",
        statement="People wait.",
        codes=[reading.code("waiting")],
        by=reading.reader,
    )
    actions.put_quote_to_theme(theme=theme, quote=quote, by=reading.reader)
    return reading


def rows_with(word: str) -> list[str]:
    """Tables of this app in which a word still stands, whatever the column."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("themes").get_models():
            cursor.execute(
                f'select count(*) from "{model._meta.db_table}" t where t::text ilike %s', [f"%{word}%"]
            )
            if cursor.fetchone()[0]:
                found.append(model._meta.label)
    return found


def test_withdrawing_analyse_leaves_no_trace_of_the_words(made: Reading) -> None:
    assert "themes.TagDecision" in rows_with("zanzibarine")
    withdraw_and_sweep(contributor=made.contributor, scope=Scope.ANALYSE)
    assert rows_with("zanzibarine") == []
    assert not TagDecision.objects.filter(segment__contributor=made.contributor).exists()
    assert not TopicAssignment.objects.filter(segment__contributor=made.contributor).exists()
    assert TagDecision.objects.count() == 2
    assert Memo.objects.get().text == "About the letters."
    [offer] = Suggestion.objects.all()
    assert len(offer.near) == 1
    run = TopicRun.objects.get(number=1)
    assert run.outdated_at is not None
    assert run.proposals.get(number=1).words == []
    assert run.proposals.get(number=1).decisions.get().parts[0]["segment_ids"] == []
    assert run.proposals.get(number=2).words != []


def test_withdrawing_quote_words_takes_the_quotes_and_nothing_else(made: Reading) -> None:
    withdraw_and_sweep(contributor=made.contributor, scope=Scope.QUOTE_WORDS)
    quote = Quote.objects.get()
    assert quote.state == QuoteState.WITHDRAWN
    assert (quote.text, quote.shown) == ("", "")
    assert shown_quotes([quote.pk]) == {}
    assert not ThemeQuote.objects.exists()
    assert TagDecision.objects.filter(segment__contributor=made.contributor).count() == 3


def test_words_and_names_typed_into_other_memos_go_and_the_rest_stays(reading: Reading) -> None:
    said = "They told my sister Agnes that the kettle was not theirs to mend."
    raw_version(Transcript.objects.get(conversation=reading.conversation), [(reading.contributor, said)])
    LinkFactory(contributor=reading.contributor, person__full_name="Perpetua Quillfeather")
    quote = a_quote(
        reading.segments[0], by=reading.reader, state=QuoteState.APPROVED, shown="Nobody came, ever."
    )
    other = add_conversation(reading, ["A letter from the council."])[0].conversation
    theme = actions.make_theme(
        enquiry=reading.enquiry,
        title="Waiting",
        statement="As one said: told my sister Agnes the kettle was not theirs.",
        codes=[reading.code("waiting")],
        by=reading.reader,
    )
    memo = actions.keep_memo(
        conversation=other,
        text=f"Perpetua  Quillfeather puts it well: “{quote.shown}” Others wait too.",
        by=reading.reader,
    )
    assert memo is not None
    withdraw_and_sweep(contributor=reading.contributor, scope=Scope.NAMED_CREDIT)
    memo.refresh_from_db()
    assert memo.text == f"a person puts it well: “{quote.shown}” Others wait too."
    withdraw_and_sweep(contributor=reading.contributor, scope=Scope.ANALYSE)
    memo.refresh_from_db()
    theme.refresh_from_db()
    assert memo.text == "a person puts it well: “[…].” Others wait too."
    assert theme.statement == "As one said: […]."


def test_withdrawing_taking_part_reaches_everything(made: Reading) -> None:
    withdraw_and_sweep(contributor=made.contributor, scope=Scope.TAKE_PART)
    assert rows_with("zanzibarine") == []
    assert not made.contributor.quotes.exists()


def test_withdrawing_another_scope_changes_nothing_here(made: Reading) -> None:
    withdraw_and_sweep(contributor=made.contributor, scope=Scope.CONTACT_AGAIN)
    assert TagDecision.objects.count() == 5
    assert Quote.objects.get().state == QuoteState.SELECTED


def test_withdrawing_after_publication_closes_the_quote_at_once(reading: Reading) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.PLACED)
    withdraw_and_sweep(contributor=reading.contributor, scope=Scope.ANALYSE)
    assert shown_quotes([quote.pk]) == {}
    quote.refresh_from_db()
    assert quote.text == ""
