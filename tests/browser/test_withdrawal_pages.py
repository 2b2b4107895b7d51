"""The data guardian follows what somebody took back, and hands out the confirmation."""

import os
from typing import Any

from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Role
from enquiries.actions import withdraw
from enquiries.models import Scope
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory, EnquiryFactory, LinkFactory
from tests.sweeping import sweep_all

# A folder for pictures of the pages, for whoever wants to look at them.
PICTURES = os.environ.get("WISDOMS_PICTURES", "")


def test_a_guardian_follows_a_withdrawal_to_its_end(page: Page, live_server: Any, check_axe: Any) -> None:
    partner = PartnerFactory(name="Eastmere Alongside")
    voice = ContributorFactory(
        enquiry=EnquiryFactory(partner=partner, title="Finding a home"), partner=partner, agreed=True
    )
    LinkFactory(contributor=voice, partner=partner, person__partner=partner)
    guardian = colleague(partner, Role.DATA_GUARDIAN)
    asked = withdraw(contributor=voice, scope=Scope.QUOTE_WORDS, by=None, method="online")
    whole = withdraw(contributor=voice, scope=Scope.TAKE_PART, by=guardian, method="told")
    client = Client()
    client.force_login(guardian)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )

    page.goto("/workspace/care/withdrawals/")
    expect(page.get_by_text(asked.receipt)).to_be_visible()
    check_axe(page)
    _picture(page, "list")
    sweep_all()
    page.get_by_role("link", name=whole.receipt).click()
    expect(page.get_by_text("Everything is removed")).to_be_visible()
    check_axe(page)
    _picture(page, "one")
    page.get_by_role("button", name="They have been told").click()
    expect(page.get_by_text("Kept: they have been told.")).to_be_visible()
    page.get_by_role("link", name="Confirmation to print").click()
    expect(page.get_by_role("heading", name="You took this back")).to_be_visible()
    check_axe(page)
    _picture(page, "paper")


def _picture(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=f"{PICTURES}/{name}-dark.png", full_page=True)
    page.emulate_media(color_scheme="light", media="print")
    page.screenshot(path=f"{PICTURES}/{name}-print.png", full_page=True)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
