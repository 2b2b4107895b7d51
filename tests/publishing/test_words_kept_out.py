"""What people said never enters the pages' own tables, and goes from readers at once when taken back."""

import json

import pytest
from django.apps import apps
from django.db import connection
from wagtail.models import Revision

from enquiries.actions import withdraw
from enquiries.sweep import sweep
from enquiries.withdrawal import at_once_handlers
from publishing import actions, selectors
from publishing.errors import GateClosed
from publishing.models import GateCheck, PageChange, QuoteOnPage, ReportToMend, WisdomPage
from tests.factories.enquiries import take_back
from tests.factories.publishing import World, full_report, full_wisdom

pytestmark = pytest.mark.django_db

CANARY = "The heron stood on the boiler all winter"
# Tables of the people's words themselves, where the canary belongs.
ITS_PLACE = {
    "themes_quote",
    "themes_quotestep",
    "transcripts_segment",
    "transcripts_pseudonymisedversion",
}


def tables_with(text: str) -> set[str]:
    """Every table of the database in which some column holds `text`."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT 1 FROM "{table}" AS t WHERE t::text ILIKE %s LIMIT 1', [f"%{text}%"])
            if cursor.fetchone():
                found.add(table)
    return found


def test_quote_stands_on_the_page_and_in_no_table_of_the_pages(client, site: World):
    quote = site.quote(CANARY)
    report = full_report(site)
    page = full_wisdom(
        site,
        report,
        opening_quote=quote.pk,
        heard=[("quote", {"quote": quote.pk}), ("more_quotes", {"lead_in": "", "quotes": [quote.pk]})],
        counted=[("display", {"display": site.display(quote).pk})],
    )
    site.go_live(report)
    live = site.go_live(page)
    assert client.get(live.url).content.decode().count(CANARY) >= 4
    assert tables_with(CANARY) <= ITS_PLACE
    for revision in Revision.objects.all():
        assert CANARY not in json.dumps(revision.content)
    assert not [model for model in apps.get_app_config("publishing").get_models() if _holds(model)]


def _holds(model) -> bool:
    return any(CANARY in str(list(row.values())) for row in model._base_manager.values())


@pytest.mark.parametrize("scope", ["quote_words", "take_part"])
def test_words_taken_back_are_gone_at_the_next_reading(client, site: World, scope):
    contributor = site.contributor()
    quote = site.quote(CANARY, contributor=contributor)
    other = site.quote("Somebody else stays here.")
    report = full_report(site)
    page = full_wisdom(
        site,
        report,
        opening_quote=quote.pk,
        heard=[("quote", {"quote": quote.pk}), ("quote", {"quote": other.pk})],
        counted=[("display", {"display": site.display(quote).pk})],
    )
    site.go_live(report)
    live = site.go_live(page)
    addresses = ["/", site.shelf.url, report.url, live.url]
    assert CANARY in client.get(live.url).content.decode()

    asked = withdraw(contributor=contributor, scope=scope, by=site.second)

    for address in addresses:
        text = client.get(address).content.decode()
        assert CANARY not in text
        assert f"trail-{quote.pk}" not in text
    text = client.get(live.url).content.decode()
    assert "Somebody else stays here." in text
    assert "voice opening" not in text
    row = ReportToMend.objects.get()
    assert (row.page_id, row.reason) == (live.pk, "words_taken_back")
    assert set(PageChange.objects.values_list("page_id", flat=True)) == {report.pk, live.pk}
    for address in (report.url, live.url, f"{live.url}?print"):
        assert "Some words were taken out." in client.get(address).content.decode()

    sweep(asked.pk)
    left = tables_with(CANARY)
    assert not {table for table in left if table.startswith(("publishing", "wagtail", "themes", "coaching"))}


def test_handler_may_run_twice_and_leaves_other_scopes_alone(site: World):
    contributor = site.contributor()
    page = site.wisdom(site.report(), opening_quote=site.quote(contributor=contributor).pk)
    site.go_live(page)
    handler = dict(at_once_handlers())["publishing"]
    assert handler(contributor, frozenset({"contact_again"})) == {"pages": 0, "reports": 0}
    handler(contributor, frozenset({"quote_words"}))
    handler(contributor, frozenset({"quote_words"}))
    assert ReportToMend.objects.count() == 1
    assert PageChange.objects.filter(page=page).count() == 1
    assert PageChange.objects.count() == 2


def test_heading_goes_with_the_last_quote_under_it(client, site: World):
    contributor = site.contributor()
    quote = site.quote(CANARY, contributor=contributor)
    report = full_report(site)
    page = full_wisdom(
        site,
        report,
        opening_quote=quote.pk,
        heard=[("quote", {"quote": quote.pk})],
        counted=[],
        done=[],
        not_changed=[],
        code_ids=[],
        principles=[],
    )
    site.go_live(report)
    live = site.go_live(page)
    assert 'id="heard"' in client.get(live.url).content.decode()

    withdraw(contributor=contributor, scope="quote_words", by=site.second)

    text = client.get(live.url).content.decode()
    assert 'id="heard"' not in text
    # What the note's link skips to is still there.
    assert text.count('href="#after"') == text.count('id="after"') == 1


def test_quote_that_is_deleted_leaves_no_row_on_pages(site: World):
    quote = site.quote()
    site.go_live(site.wisdom(site.report(), opening_quote=quote.pk))
    quote.delete()
    assert not QuoteOnPage.objects.exists()


def test_findings_hold_no_words_people_said(site: World):
    page = site.wisdom(site.report(), opening_quote=site.quote(CANARY, state="offered").pk)
    from publishing import actions

    actions.run_gate(page=page, by=site.editor)
    assert CANARY not in json.dumps(GateCheck.objects.get(page_id=page.pk).results)


def test_words_taken_back_after_the_gates_yes_keep_the_page_from_going_live(
    monkeypatch: pytest.MonkeyPatch, site: World
) -> None:
    place = site
    quote = place.quote()
    report = place.go_live(place.report())
    page = place.wisdom(report, opening_quote=quote.pk)
    place.pass_gate(page)
    really_place = selectors.place_quotes

    def taken_back_first(*args: object, **kwargs: object) -> None:
        take_back(quote.contributor)
        really_place(*args, **kwargs)

    monkeypatch.setattr(selectors, "place_quotes", taken_back_first)
    with pytest.raises(GateClosed, match="taken back just now"):
        actions.publish(page=page, by=place.editor)
    assert not WisdomPage.objects.get(pk=page.pk).live
