"""A small world walked in Chromium as each role: nothing refused, nothing from elsewhere, no way to nowhere.

`make crawl` walks the whole demo the same way; see scripts/crawl.py for what counts as a fault.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from accounts.models import Partner, Role, User
from scripts.crawl import PASSES_BY, STARTS, Crawler, kind_of, table
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.coaching import NoteFactory, RelationshipFactory, SessionFactory, SightingFactory
from tests.factories.enquiries import ContributorFactory, ConversationFactory, WorkFactory
from tests.factories.publishing import full_report, full_wisdom, world
from tests.factories.themes import a_quote, a_reading, a_run, an_offer
from tests.factories.transcripts import RecordingFactory, TranscriptFactory

# Where a walk begins besides the public pages; not every role is let in everywhere.
BEGINNINGS = {
    Role.RESEARCHER: ("/workspace/",),
    Role.REVIEWER: ("/workspace/", "/cms/"),
    Role.COACH: ("/coach/",),
    Role.EDITOR: ("/cms/", "/workspace/"),
    Role.DATA_GUARDIAN: ("/workspace/",),
    Role.SAFEGUARDING_LEAD: ("/workspace/",),
    Role.PARTNER_LEAD: ("/workspace/",),
}

LEAST_PAGES = {Role.RESEARCHER: 20, Role.COACH: 8, Role.EDITOR: 15}


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One colleague for each role, at two partners with something of everything."""
    site = world()
    report = full_report(site)
    site.go_live(full_wisdom(site, report, title="A door is not yet a home"))
    site.go_live(report)
    reading = a_reading()
    an_offer(reading.segments[0], reading.code("eligibility-rules"))
    a_run(reading, [reading.segments[:2]], outside=reading.segments[2:])
    a_quote(reading.segments[0], by=reading.reader)
    speaker = ContributorFactory(enquiry=reading.enquiry, agreed=True)
    for made in ({}, {"checked": True}, {"verified": True}):
        talk = ConversationFactory(enquiry=reading.enquiry, contributors=[speaker])
        RecordingFactory(conversation=talk)
        TranscriptFactory(conversation=talk, **made)
    WorkFactory(partner=reading.partner, enquiry=reading.enquiry, failed=True)

    found = {role: _at(role, reading.partner, site.partner) for role in BEGINNINGS}
    coach = found[Role.COACH]
    beside = RelationshipFactory(partner=reading.partner, coach=coach)
    SessionFactory(relationship=beside)
    NoteFactory(author=coach, partner=reading.partner)
    SightingFactory(author=coach, partner=reading.partner)
    return found


def _at(role: str, *partners: Partner) -> User:
    user: Any = UserFactory()
    for partner in partners:
        MembershipFactory(user=user, partner=partner, role=role)
    return user  # type: ignore[no-any-return]


def _signed_in_as(user: User, address: str) -> Callable[[Page], None]:
    def sign_in(page: Page) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}]
        )

    return sign_in


@pytest.mark.parametrize("role", ["a reader", *BEGINNINGS])
def test_every_kind_of_page_as_each_role(
    browser: Browser,
    live_server: Any,
    people: dict[str, User],
    capsys: pytest.CaptureFixture[str],
    role: str,
) -> None:
    crawler = Crawler(browser, live_server.url, most_of_a_kind=1, most_pages=40, passes_by=PASSES_BY)
    user = people.get(role)
    sign_in = _signed_in_as(user, live_server.url) if user else None
    walk = crawler.walk(role, sign_in, BEGINNINGS.get(role, STARTS))  # type: ignore[call-overload]
    with capsys.disabled():
        print(f"\n{table([walk])}")
    assert not walk.faults, "\n".join(f"{each.kind} on {each.page}: {each.what}" for each in walk.faults)
    # The walk went somewhere: a world that shows nothing has no faults either.
    assert len(walk.pages) >= LEAST_PAGES.get(role, 4)


def test_walk_finds_what_is_wrong(browser: Browser, live_server: Any, db: None) -> None:
    """The one page that has everything wrong, so that a walk without faults means something."""
    crawler = Crawler(browser, live_server.url, most_of_a_kind=1)
    wrong = (
        '<!doctype html><html><body><p id="a"></p><p id="a"></p><div style="width: 900px">wide</div>'
        '<img src="http://elsewhere.example/x.png"><script>1</script><a href="/workspace/nowhere/">x</a>'
        '<script src="/static/not-there.js"></script></body></html>'
    )
    real = crawler.browser.new_context

    def with_wrong_page(**options: Any) -> Any:
        context = real(**options)
        context.route("http://elsewhere.example/**", lambda route: route.abort())
        context.route(
            "**/wrong/",
            lambda route: route.fulfill(
                content_type="text/html",
                headers={"Content-Security-Policy": "script-src 'self'", "Content-Type": "text/html"},
                body=wrong,
            ),
        )
        return context

    crawler.browser = type("Wrong", (), {"new_context": staticmethod(with_wrong_page)})()  # type: ignore[assignment]
    found = {fault.kind for fault in crawler.walk("a reader", None, ["/wrong/"]).faults}
    assert found >= {
        "policy",
        "elsewhere",
        "refused part",
        "double id",
        "no language",
        "no title",
        "too wide",
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a/people/12/", "http://a/people/7/"),
        ("http://a/x/?q=a&page=2", "http://a/x/?page=9&q="),
        (
            "http://a/s/00000000-0000-4000-8000-000000000000/",
            "http://a/s/11111111-0000-4000-8000-000000000000/",
        ),
    ],
)
def test_addresses_of_one_kind_are_told_by_their_shape(one: str, other: str) -> None:
    assert kind_of(one) == kind_of(other)
    assert kind_of(one) != kind_of("http://a/else/")
