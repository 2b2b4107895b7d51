"""The pages: an owner, a colleague and a stranger; with and without scripts; nothing cleared on a refusal."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from enquiries.models import AnalysisMode, Scope
from tests.factories.accounts import colleague
from tests.factories.enquiries import take_back
from tests.factories.themes import (
    Reading,
    a_quote,
    a_reading,
    a_run,
    add_conversation,
    an_offer,
)
from tests.queries import OF_THE_WALL
from themes import actions
from themes.models import (
    Code,
    Memo,
    PassageRead,
    ProposalDecision,
    Quote,
    QuoteState,
    ReadingMark,
    TagDecision,
    Theme,
    TopicRun,
)

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def run(reading: Reading) -> TopicRun:
    more = add_conversation(reading, ["The door has my key.", "A key of my own.", "Nobody else has it."])
    return a_run(reading, [reading.segments, more[:2]], outside=more[2:])


@pytest.fixture
def reader(client: Client, reading: Reading) -> Client:
    client.force_login(reading.reader)
    return client


def pages(reading: Reading, run: TopicRun) -> dict[str, str]:
    quote = a_quote(reading.segments[0], by=reading.reader)
    offer = an_offer(reading.segments[0], reading.code("silos"))
    theme = actions.make_theme(
        enquiry=reading.enquiry,
        title="Waiting",
        statement="People wait.",
        codes=[reading.code("waiting")],
        by=reading.reader,
    )
    enquiry = [reading.enquiry.pk]
    return {
        "codebook": reverse("themes:codebook", args=enquiry),
        "code": reverse("themes:code", args=[reading.code("silos").pk]),
        "run": reverse("themes:run", args=[run.pk]),
        "proposal": reverse("themes:proposal", args=[run.proposals.first().pk]),
        "reading": reverse("themes:reading", args=[reading.conversation.pk]),
        "near": reverse("themes:near", args=[offer.pk]),
        "themes": reverse("themes:themes", args=enquiry),
        "theme": reverse("themes:theme", args=[theme.pk]),
        "quotes": reverse("themes:quotes", args=enquiry),
        "quote": reverse("themes:quote", args=[quote.pk]),
    }


def test_pages_open_to_readers_and_to_nobody_else(client: Client, reading: Reading, run: TopicRun) -> None:
    coach = colleague(reading.partner, Role.COACH)
    for name, address in pages(reading, run).items():
        client.logout()
        assert client.get(address).status_code == 302, name
        for user in (reading.reader, reading.second):
            client.force_login(user)
            assert client.get(address, follow=True).status_code == 200, name
        for user in (reading.stranger, coach):
            client.force_login(user)
            assert client.get(address).status_code == 404, name


def test_changes_are_posts_and_closed_to_strangers(client: Client, reading: Reading, run: TopicRun) -> None:
    tag = actions.tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    offer = an_offer(reading.segments[1], reading.code("animals"))
    addresses = [
        reverse("themes:start_codebook", args=[reading.enquiry.pk]),
        reverse("themes:retire_code", args=[reading.code("silos").pk]),
        reverse("themes:request_run", args=[reading.enquiry.pk]),
        reverse("themes:request_offers", args=[reading.enquiry.pk]),
        reverse("themes:read_passage", args=[run.assignments.get(proposal=None).pk]),
        reverse("themes:keep", args=[reading.conversation.pk]),
        reverse("themes:untag", args=[tag.pk]),
        reverse("themes:answer", args=[offer.pk]),
        reverse("themes:memo", args=[reading.conversation.pk]),
        reverse("themes:finish", args=[reading.conversation.pk]),
    ]
    for address in addresses:
        client.force_login(reading.stranger)
        assert client.post(address).status_code == 404, address
        client.force_login(reading.reader)
        assert client.get(address).status_code == 405, address
    assert TagDecision.objects.count() == 1


def test_codebook_starts_and_takes_a_code(client: Client, reading: Reading) -> None:
    reading.codebook.versions.all().delete()
    reading.codebook.codes.all().delete()
    reading.codebook.delete()
    client.force_login(reading.reader)
    address = reverse("themes:codebook", args=[reading.enquiry.pk])
    assert "There is no code list here yet" in client.get(address).content.decode()
    client.post(reverse("themes:start_codebook", args=[reading.enquiry.pk]))
    sent = {"name": "Buses", "kind": "experience", "definition": "Getting there."}
    assert client.post(address, sent).status_code == 302
    assert Code.objects.filter(slug="buses").exists()
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "a code of that name already" in refused.content.decode()
    assert "Getting there." in refused.content.decode(), "nothing is cleared on a refusal"


def test_patterns_says_how_many_passages_are_missing(reader: Client, reading: Reading) -> None:
    page = reader.get(reverse("themes:patterns", args=[reading.enquiry.pk])).content.decode()
    assert "There are 3 passages to read so far" in page
    refused = reader.post(reverse("themes:request_run", args=[reading.enquiry.pk]), follow=True)
    assert "Code by hand" in refused.content.decode()


def test_patterns_shows_the_newest_run(reader: Client, reading: Reading, run: TopicRun) -> None:
    newest = a_run(reading, [reading.segments])
    answer = reader.get(reverse("themes:patterns", args=[reading.enquiry.pk]))
    assert answer.headers["Location"] == reverse("themes:run", args=[newest.pk])


def test_run_page_draws_the_map_and_says_the_same_in_text(reader: Client, run: TopicRun) -> None:
    page = reader.get(reverse("themes:run", args=[run.pk])).content.decode()
    assert "does not know what they mean" in page
    assert page.index("does not know what they mean") < page.index("2 groups")
    assert page.count('class="edge"') == 2
    assert page.count('class="dot hollow"') == 1
    assert "Nobody else has it." in page
    assert "0 of 1 read" in page
    assert 'style="' not in page


def test_run_page_takes_as_many_queries_for_two_groups_as_for_ten(
    reader: Client, reading: Reading, run: TopicRun, django_assert_max_num_queries: Any
) -> None:
    many = [add_conversation(reading, [f"Words {n} and {m}" for m in range(4)]) for n in range(10)]
    bigger = a_run(reading, many)
    for one in (run, bigger):
        with django_assert_max_num_queries(26 + OF_THE_WALL):
            reader.get(reverse("themes:run", args=[one.pk]))


def test_deciding_without_scripts(reader: Client, run: TopicRun) -> None:
    proposal = run.proposals.get(number=1)
    page = reader.get(reverse("themes:run", args=[run.pk]), {"group": 1, "as": "renamed"}).content.decode()
    assert f'id="why-{proposal.pk}"' in page
    address = reverse("themes:proposal", args=[proposal.pk])
    refused = reader.post(address, {"action": "renamed", "name": "Telling it again", "reason": ""})
    assert refused.status_code == 422
    assert "Write why you would rename this group." in refused.content.decode()
    assert "Telling it again" in refused.content.decode()
    kept = reader.post(address, {"action": "renamed", "name": "Telling it again", "reason": "The again."})
    following = run.proposals.get(number=2)
    assert kept.headers["Location"].endswith(f"#group-{following.pk}")
    assert 'class="edge decided"' in reader.get(reverse("themes:run", args=[run.pk])).content.decode()


def test_deciding_with_htmx_answers_with_the_group_and_says_where_the_focus_goes(
    reader: Client, run: TopicRun
) -> None:
    first, second = run.proposals.order_by("number")
    address = reverse("themes:proposal", args=[first.pk])
    opened = reader.get(address, {"as": "parked"}, **HTMX).content.decode()
    assert opened.count("<article") == 1
    refused = reader.post(address, {"action": "parked", "reason": " "}, **HTMX)
    assert refused.status_code == 422
    assert refused.content.decode().count("<article") == 1
    kept = reader.post(address, {"action": "parked", "reason": "Come back later."}, **HTMX)
    assert f"group-{second.pk}" in kept.headers["HX-Trigger-After-Settle"]
    page = kept.content.decode()
    assert "Parked by" in page
    assert page.count("hx-swap-oob") == 3
    assert "Think again" in page


def test_splitting_by_tick_boxes(reader: Client, reading: Reading, run: TopicRun) -> None:
    proposal = run.proposals.get(number=1)
    first = reading.segments[0]
    sent = {
        "action": "split",
        "reason": "Two things.",
        "first": "Letters",
        "second": "Walking",
        "segment": [first.pk],
    }
    reader.post(reverse("themes:proposal", args=[proposal.pk]), sent)
    parts = ProposalDecision.objects.get().parts
    assert [len(part["segment_ids"]) for part in parts] == [1, 2]
    assert parts[0] == {"name": "Letters", "segment_ids": [first.pk]}


def test_merging_and_becoming_a_new_code(reader: Client, reading: Reading, run: TopicRun) -> None:
    first, second = run.proposals.order_by("number")
    reader.post(
        reverse("themes:proposal", args=[first.pk]),
        {"action": "merged", "reason": "The same thing.", "merged_into": second.pk},
    )
    reader.post(
        reverse("themes:proposal", args=[second.pk]),
        {
            "action": "renamed",
            "reason": "It is a thing.",
            "name": "The wrong letter",
            "code": "new",
            "kind": "barrier",
            "definition": "A paper from the wrong place.",
        },
    )
    assert first.decisions.get().merged_into == second
    assert second.decisions.get().code == Code.objects.get(name="The wrong letter")


def test_a_refused_decision_leaves_no_new_code_behind(reader: Client, run: TopicRun) -> None:
    reader.post(
        reverse("themes:proposal", args=[run.proposals.first().pk]),
        {
            "action": "renamed",
            "reason": "",
            "name": "Half",
            "code": "new",
            "kind": "barrier",
            "definition": "x",
        },
    )
    assert not Code.objects.filter(name="Half").exists()


def test_reading_what_fits_nowhere(reader: Client, reading: Reading, run: TopicRun) -> None:
    outside = run.assignments.get(proposal=None)
    address = reverse("themes:read_passage", args=[outside.pk])
    answer = reader.post(address, **HTMX).content.decode()
    assert "1 of 1 read" in answer
    assert PassageRead.objects.get().reader == reading.reader
    assert reader.post(address).status_code == 302


def test_run_page_shows_nothing_of_whoever_took_it_back(
    reader: Client, reading: Reading, run: TopicRun
) -> None:
    take_back(reading.contributor, Scope.ANALYSE)
    page = reader.get(reverse("themes:run", args=[run.pk])).content.decode()
    assert "hospital" not in page


def test_reading_page_shows_tags_offers_and_whether_it_may_be_quoted(
    reader: Client, reading: Reading
) -> None:
    actions.tag(
        segment=reading.segments[0],
        code=reading.code("eligibility-rules"),
        start=0,
        end=63,
        by=reading.reader,
    )
    an_offer(reading.segments[1], reading.code("animals"))
    page = reader.get(reverse("themes:reading", args=[reading.conversation.pk])).content.decode()
    assert '<mark class="tag barrier">' in page
    assert '<mark class="tag proposed">' in page
    assert "The computer offers" in page
    assert 'aria-label="B4, Eligibility rules"' in page
    take_back(reading.contributor, Scope.QUOTE_WORDS)
    page = reader.get(reverse("themes:reading", args=[reading.conversation.pk])).content.decode()
    assert "Not to be quoted" in page


def test_reading_page_keeps_the_words_unbroken_whatever_is_tagged(reader: Client, reading: Reading) -> None:
    segment = reading.segments[0]
    for start, end, slug in ((0, 30, "silos"), (10, 63, "waiting"), (20, 40, "animals")):
        actions.tag(segment=segment, code=reading.code(slug), start=start, end=end, by=reading.reader)
    page = reader.get(reverse("themes:reading", args=[reading.conversation.pk])).content.decode()
    [words] = re.findall(rf'<p class="words"[^>]*data-segment="{segment.pk}"[^>]*>(.*?)</p>', page, re.DOTALL)
    bare = re.sub(r"<[^>]+>", "", re.sub(r'<a class="initial.*?</a>', "", words))
    assert bare == segment.text


def test_reading_page_escapes_what_was_said(client: Client, db: None) -> None:
    said = "<script>alert(1)</script> & “so” 🙂 مرحبا"
    reading = a_reading(texts=(said,))
    client.force_login(reading.reader)
    page = client.get(reverse("themes:reading", args=[reading.conversation.pk])).content.decode()
    assert "<script>alert" not in page
    assert "مرحبا" in page


def test_reading_page_takes_as_many_queries_for_three_passages_as_for_thirty(
    client: Client, django_assert_max_num_queries: Any, db: None
) -> None:
    for n in (3, 30):
        reading = a_reading(texts=[f"Some words of passage {m}." for m in range(n)])
        for segment in reading.segments:
            actions.tag(segment=segment, code=reading.code("waiting"), by=reading.reader)
            an_offer(segment, reading.code("silos"))
        client.force_login(reading.reader)
        with django_assert_max_num_queries(34 + OF_THE_WALL):
            client.get(reverse("themes:reading", args=[reading.conversation.pk]))


def test_tagging_selected_words_counts_as_the_browser_does(client: Client, db: None) -> None:
    reading = a_reading(texts=("🙂 Cafe\u0301 Dŵr was shut.",))
    client.force_login(reading.reader)
    sent = {
        "do": "tag",
        "selected": reading.segments[0].pk,
        "start": 3,
        "end": 8,
        "code": reading.code("waiting").pk,
    }
    answer = client.post(reverse("themes:keep", args=[reading.conversation.pk]), sent, **HTMX)
    assert TagDecision.objects.get().text == "Cafe\u0301"
    assert 'hx-swap-oob="true"' in answer.content.decode()
    assert "Tagged “Waiting”." in answer.content.decode()


def test_tagging_ticked_passages_without_scripts(reader: Client, reading: Reading) -> None:
    address = reverse("themes:keep", args=[reading.conversation.pk])
    ids = [segment.pk for segment in reading.segments[:2]]
    answer = reader.post(
        address, {"do": "tag", "segment": ids, "code": reading.code("waiting").pk}, follow=True
    )
    assert "2 passages tagged “Waiting”." in answer.content.decode()
    assert TagDecision.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"do": "tag"}, "Nothing is chosen"),
        ({"do": "tag", "tick": True}, "No code is chosen"),
        ({"do": "tag", "tick": True, "code": "x; drop"}, "No code is chosen"),
        ({"do": "quote"}, "Nothing is chosen"),
    ],
)
def test_tagging_says_what_is_missing(
    reader: Client, reading: Reading, sent: dict[str, Any], problem: str
) -> None:
    if sent.pop("tick", False):
        sent = sent | {"segment": reading.segments[0].pk}
    address = reverse("themes:keep", args=[reading.conversation.pk])
    assert problem in reader.post(address, sent, follow=True).content.decode()
    with_scripts = reader.post(address, sent, **HTMX)
    assert with_scripts.status_code == 422
    assert problem in with_scripts.content.decode()
    assert not TagDecision.objects.exists()


def test_tagging_refuses_a_stretch_that_is_no_longer_there(reader: Client, reading: Reading) -> None:
    sent = {
        "selected": reading.segments[0].pk,
        "start": 4,
        "end": 4000,
        "code": reading.code("waiting").pk,
    }
    answer = reader.post(reverse("themes:keep", args=[reading.conversation.pk]), sent, **HTMX)
    assert "Select them again" in answer.content.decode()


def test_putting_a_quote_forward(reader: Client, reading: Reading) -> None:
    address = reverse("themes:keep", args=[reading.conversation.pk])
    sent = {"do": "quote", "selected": reading.segments[0].pk, "start": 0, "end": 30}
    reader.post(address, sent)
    assert Quote.objects.get().state == QuoteState.SELECTED
    take_back(reading.contributor, Scope.QUOTE_WORDS)
    sent = {"do": "quote", "segment": reading.segments[1].pk}
    answer = reader.post(address, sent, follow=True).content.decode()
    assert "quote_words" in answer, "the refusal names the scope"
    assert Quote.objects.count() == 1


def test_taking_a_tag_off(reader: Client, reading: Reading) -> None:
    mine = actions.tag(segment=reading.segments[0], code=reading.code("waiting"), by=reading.reader)
    theirs = actions.tag(segment=reading.segments[1], code=reading.code("waiting"), by=reading.second)
    assert "is taken off" in reader.post(reverse("themes:untag", args=[mine.pk]), **HTMX).content.decode()
    answer = reader.post(reverse("themes:untag", args=[theirs.pk]), follow=True).content.decode()
    assert "theirs to take off" in answer


def test_answering_offers_moves_the_focus_to_the_next(reader: Client, reading: Reading) -> None:
    first = an_offer(reading.segments[0], reading.code("silos"), score=0.9)
    second = an_offer(reading.segments[1], reading.code("animals"))
    answer = reader.post(reverse("themes:answer", args=[first.pk]), {"answer": "accept"}, **HTMX)
    assert f"offer-{second.pk}" in answer.headers["HX-Trigger-After-Settle"]
    assert reader.post(reverse("themes:answer", args=[second.pk]), {"answer": "refuse"}).status_code == 302
    assert reader.post(reverse("themes:answer", args=[second.pk]), {"answer": "perhaps"}).status_code == 404
    assert sorted(TagDecision.objects.values_list("choice", flat=True)) == ["applied", "refused"]


def test_why_an_offer_was_made_hides_what_may_not_be_seen_yet(client: Client, db: None) -> None:
    reading = a_reading(mode=AnalysisMode.CODEBOOK)
    actions.tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.second)
    offer = an_offer(reading.segments[1], reading.code("silos"), near=reading.segments[:1])
    client.force_login(reading.reader)
    page = client.get(reverse("themes:near", args=[offer.pk])).content.decode()
    assert "hospital" not in page
    client.force_login(reading.second)
    assert "hospital" in client.get(reverse("themes:near", args=[offer.pk])).content.decode()


def test_reading_apart_hides_the_other_readers_tags_and_memo(client: Client, db: None) -> None:
    reading = a_reading(mode=AnalysisMode.CODEBOOK)
    actions.tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.second)
    actions.keep_memo(conversation=reading.conversation, text="Doors again.", by=reading.second)
    client.force_login(reading.reader)
    address = reverse("themes:reading", args=[reading.conversation.pk])
    page = client.get(address).content.decode()
    assert "read by two people apart" in page
    assert 'class="margin-tag' not in page
    assert "Doors again." not in page
    client.post(reverse("themes:finish", args=[reading.conversation.pk]))
    assert 'class="margin-tag' not in client.get(address).content.decode()
    actions.finish_reading(conversation=reading.conversation, by=reading.second)
    page = client.get(address).content.decode()
    assert 'class="margin-tag' in page
    assert "Doors again." in page
    assert ReadingMark.objects.count() == 2


def test_memo_is_kept_with_and_without_scripts(reader: Client, reading: Reading) -> None:
    address = reverse("themes:memo", args=[reading.conversation.pk])
    assert "Kept just now" in reader.post(address, {"memo": "The wallet."}, **HTMX).content.decode()
    assert (
        "Your memo is kept"
        in reader.post(address, {"memo": "The wallet again."}, follow=True).content.decode()
    )
    assert Memo.objects.get().text == "The wallet again."


def test_reading_page_of_a_conversation_with_nothing_to_read(reader: Client, reading: Reading) -> None:
    take_back(reading.contributor, Scope.ANALYSE)
    page = reader.get(reverse("themes:reading", args=[reading.conversation.pk])).content.decode()
    assert "There is nothing to read here now" in page
    answer = reader.post(
        reverse("themes:memo", args=[reading.conversation.pk]), {"memo": "Still."}, follow=True
    )
    assert "no memo was kept" in answer.content.decode()


def test_themes_page_writes_and_changes(reader: Client, reading: Reading) -> None:
    address = reverse("themes:themes", args=[reading.enquiry.pk])
    sent = {"title": "Waiting", "statement": "People wait.", "codes": [reading.code("waiting").pk]}
    reader.post(address, sent)
    theme = Theme.objects.get()
    page = reader.get(address).content.decode()
    assert "Spoken of by nobody yet." in page
    assert "%" not in re.sub(r"<[^>]+>", "", page)
    assert reader.post(address, sent).status_code == 422
    changed = {**sent, "title": "Waiting for paper"}
    reader.post(reverse("themes:theme", args=[theme.pk]), changed)
    theme.refresh_from_db()
    assert theme.title == "Waiting for paper"
    assert theme.slug == "waiting"


def test_quotes_page_walks_a_quote_by_its_buttons(client: Client, reading: Reading) -> None:
    quote = actions.select_quote(segment=reading.segments[0], by=reading.reader)
    address = reverse("themes:quote", args=[quote.pk])
    page = reverse("themes:quotes", args=[reading.enquiry.pk])
    steps = [
        (reading.reader, {"step": "heard"}, "heard_against_audio"),
        (reading.second, {"step": "names", "shown": quote.text}, "pseudonymised"),
        (reading.reader, {"step": "offer"}, "offered"),
        (reading.reader, {"step": "answer", "answer": "changed", "shown": "Mine was wrong."}, "changed"),
    ]
    for user, sent, state in steps:
        client.force_login(user)
        assert quote.shown in client.get(page).content.decode()
        client.post(address, sent)
        quote.refresh_from_db()
        assert quote.state == state
    theme = actions.make_theme(
        enquiry=reading.enquiry,
        title="Letters",
        statement="Paper.",
        codes=[reading.code("waiting")],
        by=reading.reader,
    )
    client.post(address, {"step": "to_theme", "theme": theme.pk})
    client.post(address, {"step": "attribute", "attribution": "role"})
    quote.refresh_from_db()
    assert quote.attribution == "role"
    assert theme.theme_quotes.count() == 1
    client.post(address, {"step": "from_theme", "theme": theme.pk})
    client.post(address, {"step": "drop"})
    quote.refresh_from_db()
    assert quote.state == QuoteState.WITHDRAWN
    assert "No quote has been put forward yet" in client.get(page).content.decode()


def test_quotes_page_says_why_a_step_was_refused(reader: Client, reading: Reading) -> None:
    quote = a_quote(reading.segments[0], by=reading.reader, state=QuoteState.HEARD)
    address = reverse("themes:quote", args=[quote.pk])
    answer = reader.post(address, {"step": "names"}, follow=True).content.decode()
    assert "another reader must check it" in answer
    assert reader.post(address, {"step": "publish"}).status_code == 404
    assert reader.post(address, {"step": "to_theme", "theme": "x"}).status_code == 404


def test_quotes_page_shows_no_words_once_the_gate_is_closed(reader: Client, reading: Reading) -> None:
    a_quote(reading.segments[0], by=reading.reader, state=QuoteState.APPROVED)
    take_back(reading.contributor, Scope.QUOTE_WORDS)
    page = reader.get(reverse("themes:quotes", args=[reading.enquiry.pk])).content.decode()
    assert "the words are closed" in page
    assert "hospital" not in page


def test_quotes_page_takes_as_many_queries_for_one_as_for_twelve(
    reader: Client, reading: Reading, django_assert_max_num_queries: Any
) -> None:
    address = reverse("themes:quotes", args=[reading.enquiry.pk])
    a_quote(reading.segments[0], by=reading.reader)
    with django_assert_max_num_queries(20 + OF_THE_WALL):
        reader.get(address)
    for n in range(11):
        [segment] = add_conversation(reading, [f"Words of someone else, {n}."])
        a_quote(segment, by=reading.reader, state=QuoteState.OFFERED)
    with django_assert_max_num_queries(20 + OF_THE_WALL):
        reader.get(address)
