"""A public page asks the database a fixed number of times, however much stands on it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.publishing import World, full_report, full_wisdom
from tests.queries import OF_THE_WALL

pytestmark = pytest.mark.django_db
MOST = 12 + OF_THE_WALL


def queries(client, address: str) -> list[str]:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = client.get(address)
    assert response.status_code == 200
    return [each["sql"] for each in asked.captured_queries]


def with_quotes(site: World, count: int, slug: str) -> str:
    """Address of a live report whose Wisdoms hold `count` quotes in all, and everything else it can have."""
    report = full_report(site, slug=slug, title=slug, interludes=[])
    per_wisdom = count // 5
    for number in range(5):
        quotes = [site.quote() for _each in range(per_wisdom)]
        heard = [("quote", {"quote": quote.pk}) for quote in quotes[1:]]
        figure = ("figure", {"figure": site.figure().pk})
        display = ("display", {"display": site.display(quotes[0]).pk})
        page = full_wisdom(
            site,
            report,
            title=f"Wisdom {number}",
            opening_quote=quotes[0].pk,
            heard=heard,
            counted=[display, figure],
        )
        site.go_live(page)
    return site.go_live(report).url


@pytest.mark.slow
def test_report_asks_as_often_for_five_quotes_as_for_fifty(client, site: World):
    few = queries(client, with_quotes(site, 5, "few"))
    many = queries(client, with_quotes(site, 50, "many"))
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= MOST, "\n".join(many)


def test_home_and_wisdom_ask_seldom_too(client, site: World):
    report = full_report(site)
    page = full_wisdom(site, report)
    site.go_live(report)
    live = site.go_live(page)
    assert len(queries(client, "/")) <= MOST
    assert len(queries(client, live.url)) <= 2 * MOST
