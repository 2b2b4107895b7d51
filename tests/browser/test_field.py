"""Asking where there is no network: nothing lost, nothing doubled, nothing readable, nothing left behind."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from playwright.sync_api import Error as BrowserError

from accounts.models import User
from enquiries import consent
from enquiries.actions import withdraw
from enquiries.models import ConsentCapture, ConsentEvent, ConsentFormat, Contributor, Enquiry, Scope
from enquiries.wording import KINDS, default_wording
from scripts.chromium import find_chromium
from tests.browser.steps import PATIENCE_MS
from tests.factories.accounts import colleague
from tests.factories.enquiries import ConsentFormFactory, ContributorFactory, EnquiryFactory
from tests.paths import files_below

PHONE = {"width": 390, "height": 844}
WORD = "Wren-of-the-weir"
READY = "This phone is ready. You can ask here without a network."
NONE_WAIT = "No form waits on this phone."
ONE_WAITS = "One form waits on this phone. It is sent when the network is back."
# Everything this origin's database holds, as text: what somebody with the phone in hand could read.
HELD_IN_THE_OPEN = """async () => {
  const names = (await indexedDB.databases()).map((each) => each.name);
  const found = [];
  for (const name of names) {
    const database = await new Promise((done) => {
      const r = indexedDB.open(name); r.onsuccess = () => done(r.result);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((done) => {
        const r = database.transaction(store).objectStore(store).getAll(); r.onsuccess = () => done(r.result);
      });
      for (const row of rows) {
        for (const [key, value] of Object.entries(row)) {
          if (value instanceof CryptoKey) found.push(`key ${value.extractable}`);
          else if (value instanceof ArrayBuffer) found.push(new TextDecoder("latin1").decode(value));
          else found.push(`${key}=${JSON.stringify(value)}`);
        }
      }
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found.push(`cached ${new URL(request.url).pathname}`);
      if (request.url.endsWith("/field/")) found.push(await (await cache.match(request)).text());
    }
  }
  return found.join("\\n");
}"""

FORTY_NAMES = [f"Wren {number}" for number in range(40)]
# Puts a form for each name down as if it had been filled in, through the page's own store.
FORTY = """async (names) => {
  const { keep, WAITING } = await import("wisdoms/field/store");
  const plan = JSON.parse(document.getElementById("field-plan").textContent);
  for (const pseudonym of names) {
    const payload = {
      wave: plan.wave, form: Number(document.querySelector("input[name='form']").value), pseudonym,
      is_known: false, voice: "person", called: "", full_name: "", decisions: { take_part: "granted" },
      method: "written", company: "alone", review_choice: "", copy_given: false, was_adult: true,
      not_today: false, answered_ms: Date.now(),
    };
    const entry = { id: crypto.randomUUID(), enquiry: plan.enquiry, user: plan.user, state: WAITING };
    await keep(entry, { raw: { pseudonym }, payload });
  }
}"""


# Whether all of what `fill_in` answers last lies on the phone, sealed, for that name.
DRAFT_IS_KEPT = """async (name) => {
  const { all, read, DRAFT } = await import("wisdoms/field/store");
  const drafts = (await all()).filter((each) => each.state === DRAFT);
  const raws = await Promise.all(drafts.map(async (each) => (await read(each)).raw));
  return raws.some((raw) => raw.pseudonym === name && raw.method === "written");
}"""


@pytest.fixture
def enquiry() -> Enquiry:
    made: Enquiry = EnquiryFactory(form=False)
    for form_format, language in KINDS:
        words = default_wording(made, form_format, language).fields()
        ConsentFormFactory(enquiry=made, format=form_format, language=language, version=1, **words)
    return made


@pytest.fixture
def asha(enquiry: Enquiry) -> User:
    return colleague(enquiry.partner)


@pytest.fixture
def phone(browser: Browser, live_server: Any, enquiry: Enquiry, asha: User) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=live_server.url, viewport=PHONE, locale="en-GB", reduced_motion="reduce", has_touch=True
    )
    context.set_default_timeout(PATIENCE_MS)
    sign_in(context, asha, live_server.url)
    yield context
    context.close()


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


def address_of(enquiry: Enquiry) -> str:
    return reverse("enquiries:field", args=[enquiry.pk])


def opened(phone: BrowserContext, enquiry: Enquiry) -> Page:
    page = phone.new_page()
    page.goto(address_of(enquiry))
    return page


def prepared(phone: BrowserContext, enquiry: Enquiry) -> Page:
    page = opened(phone, enquiry)
    expect(page.get_by_text(READY)).to_be_visible()
    return page


def question(page: Page, text: str) -> Any:
    return page.get_by_role("group", name=text, exact=True)


def fill_in(page: Page, name: str = WORD) -> None:
    page.get_by_label("The name they chose").fill(name)
    page.get_by_label("No, they are new").check()
    page.get_by_label("They say they are 18 or over").check()
    question(page, "May we listen to you and keep what you say?").get_by_label("Yes").check()
    question(page, "May we record the sound?").get_by_label("No").check()
    page.get_by_role("group", name="Who was with them").get_by_label("Nobody").check()
    page.get_by_role("group", name="How they answered").get_by_label("In writing").check()


def draft_is_kept(page: Page, name: str = WORD) -> None:
    """Wait until what is being filled in lies on the phone, however long its disk takes."""
    for _look in range(600):
        if page.evaluate(DRAFT_IS_KEPT, name):
            return
        page.wait_for_timeout(100)
    raise AssertionError("What was filled in was not kept within a minute.")


def press_keep(page: Page) -> None:
    page.get_by_role("button", name="Keep on this phone, and send").click()


def assert_kept_once(name: str = WORD) -> None:
    assert Contributor.objects.get().pseudonym == name
    assert dict(ConsentEvent.objects.values_list("scope", "decision")) == {
        Scope.TAKE_PART: "granted",
        Scope.AUDIO_RECORD: "declined",
    }
    assert ConsentEvent.objects.count() == 2
    assert ConsentCapture.objects.count() == 1


def test_asked_without_a_network_and_sent_when_it_is_back(
    phone: BrowserContext, enquiry: Enquiry, check_axe: Callable[..., None]
) -> None:
    page = prepared(phone, enquiry)
    check_axe(page)
    phone.set_offline(True)
    # Opened anew, with nothing but what the phone keeps.
    page.reload()
    expect(page.get_by_role("heading", name="Asking in the field")).to_be_visible()
    assert page.locator("input:checked").count() == 1, "More than which form is shown was chosen beforehand."
    fill_in(page)
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    assert WORD not in page.evaluate(HELD_IN_THE_OPEN)
    assert "key false" in page.evaluate(HELD_IN_THE_OPEN)
    assert not ConsentEvent.objects.exists()

    page.reload()
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    page.close()
    page = opened(phone, enquiry)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    check_axe(page)

    phone.set_offline(False)
    expect(page.get_by_text("Sent and kept. It is gone from this phone.")).to_be_visible()
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert_kept_once()
    left = page.evaluate(HELD_IN_THE_OPEN)
    assert "key" not in left.replace("cached", "").split("<!doctype")[0]
    assert WORD not in left


def test_what_is_being_filled_in_outlives_reload_and_the_death_of_the_page(
    phone: BrowserContext, enquiry: Enquiry
) -> None:
    page = prepared(phone, enquiry)
    phone.set_offline(True)
    fill_in(page)
    draft_is_kept(page)
    page.reload()
    expect(page.get_by_label("The name they chose")).to_have_value(WORD)
    expect(question(page, "May we record the sound?").get_by_label("No")).to_be_checked()
    assert WORD not in page.evaluate(HELD_IN_THE_OPEN)
    # The renderer dies, as where a phone runs out of memory.
    with pytest.raises(BrowserError):
        page.goto("chrome://crash", timeout=3_000)
    page.close()
    page = opened(phone, enquiry)
    expect(page.get_by_label("The name they chose")).to_have_value(WORD)
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    expect(page.get_by_label("The name they chose")).to_have_value("")
    phone.set_offline(False)
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert_kept_once()


def test_an_answer_that_is_lost_on_the_way_doubles_nothing(phone: BrowserContext, enquiry: Enquiry) -> None:
    page = prepared(phone, enquiry)
    lost = []

    def lose(route: Route) -> None:
        # The server keeps the form; the phone never hears of it.
        route.fetch()
        lost.append(route.request.url)
        route.abort()

    phone.route("**/field/keep/", lose)
    fill_in(page)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/keep/")):
        press_keep(page)
    assert lost
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    assert ConsentCapture.objects.count() == 1
    phone.unroute("**/field/keep/")
    # Two pages at once send what waits.
    other = opened(phone, enquiry)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(other.get_by_text(NONE_WAIT)).to_be_visible()
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert_kept_once()


def test_what_another_tab_has_sent_waits_in_none(phone: BrowserContext, enquiry: Enquiry) -> None:
    page = prepared(phone, enquiry)
    phone.route("**/field/keep/", lambda route: route.abort())
    fill_in(page)
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    other = opened(phone, enquiry)
    expect(other.get_by_text(ONE_WAITS)).to_be_visible()
    phone.unroute("**/field/keep/")
    for tab in (page, other):
        tab.evaluate("window.dispatchEvent(new Event('online'))")
        expect(tab.get_by_text(NONE_WAIT)).to_be_visible()
    assert_kept_once()


def test_forty_forms_over_a_bad_line_are_kept_once_each(phone: BrowserContext, enquiry: Enquiry) -> None:
    """Of each ten posts three never arrive, and of three more the answer is lost."""
    page = prepared(phone, enquiry)
    chance = random.Random(20)
    lost = Counter[str]()

    def bad_line(route: Route) -> None:
        fate = chance.random()
        if fate < 0.3:
            lost["before"] += 1
            route.abort()
        elif fate < 0.6:
            lost["after"] += 1
            route.fetch()
            route.abort()
        else:
            route.continue_()

    phone.route("**/field/keep/", bad_line)
    page.evaluate(FORTY, FORTY_NAMES)
    for _try in range(1500):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(100)
        if ConsentCapture.objects.count() == 40 and page.locator("[data-waiting='0']").count():
            break
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert sorted(Contributor.objects.values_list("pseudonym", flat=True)) == sorted(FORTY_NAMES)
    assert ConsentCapture.objects.count() == len(FORTY_NAMES)
    assert ConsentEvent.objects.count() == len(FORTY_NAMES)
    assert min(lost["before"], lost["after"]) >= 5, lost


def test_kept_before_the_whole_browser_is_killed(
    browser: Browser, live_server: Any, enquiry: Enquiry, asha: User, tmp_path: Path
) -> None:
    started = {
        "user_data_dir": tmp_path / "phone",
        "executable_path": find_chromium(),
        "args": ["--no-sandbox"],
        "base_url": live_server.url,
        "viewport": PHONE,
        "locale": "en-GB",
    }
    phone = browser.browser_type.launch_persistent_context(**started)
    sign_in(phone, asha, live_server.url)
    page = prepared(phone, enquiry)
    phone.set_offline(True)
    fill_in(page, "Heron-of-the-hill")
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    fill_in(page)
    draft_is_kept(page)
    for process in psutil.process_iter(["cmdline"]):
        if any(str(tmp_path / "phone") in part for part in process.info["cmdline"] or ()):
            with suppress(psutil.Error):
                process.kill()
    with suppress(BrowserError):
        phone.close()

    phone = browser.browser_type.launch_persistent_context(**started)
    try:
        sign_in(phone, asha, live_server.url)
        phone.set_offline(True)
        page = opened(phone, enquiry)
        expect(page.get_by_text(ONE_WAITS)).to_be_visible()
        expect(page.get_by_label("The name they chose")).to_have_value(WORD)
        press_keep(page)
        phone.set_offline(False)
        expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    finally:
        phone.close()
    names = Contributor.objects.values_list("pseudonym", flat=True)
    assert sorted(names) == ["Heron-of-the-hill", WORD]
    assert ConsentEvent.objects.count() == 4
    on_disk = b"".join(data for _path, data in files_below(tmp_path / "phone"))
    assert WORD.encode() not in on_disk
    assert WORD.encode("utf-16-le") not in on_disk


def test_a_name_that_is_taken_waits_for_an_answer_and_is_not_lost(
    phone: BrowserContext, enquiry: Enquiry
) -> None:
    ContributorFactory(enquiry=enquiry, pseudonym=WORD)
    page = prepared(phone, enquiry)
    fill_in(page)
    press_keep(page)
    needs_answer = page.get_by_text("A form needs an answer from you")
    expect(needs_answer).to_be_visible()
    # Whoever is handed the phone next reads no name before somebody presses.
    expect(page.get_by_text("already goes by")).to_be_hidden()
    page.reload()
    needs_answer.click()
    expect(page.get_by_text("already goes by")).to_be_visible()
    page.get_by_role("button", name="Open it again").click()
    expect(page.get_by_label("The name they chose")).to_have_value(WORD)
    expect(question(page, "May we record the sound?").get_by_label("No")).to_be_checked()
    page.get_by_label("Yes, under this name").check()
    press_keep(page)
    expect(page.get_by_text("Sent and kept.")).to_be_visible()
    assert_kept_once()


def test_a_form_that_was_overtaken_is_kept_and_the_colleague_is_told(
    phone: BrowserContext, enquiry: Enquiry, check_axe: Callable[..., None]
) -> None:
    """Somebody said yes in the park, and rang the office before the phone was back."""
    wren = ContributorFactory(enquiry=enquiry, pseudonym=WORD)
    page = prepared(phone, enquiry)
    phone.set_offline(True)
    fill_in(page)
    page.get_by_label("Yes, under this name").check()
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    withdraw(contributor=wren, scope=Scope.CONTACT_AGAIN, by=None)

    phone.set_offline(False)

    box = page.get_by_text("Read something about a form that was sent")
    expect(box).to_be_visible()
    # Whoever holds the phone reads no name unless they open it.
    expect(page.get_by_text(WORD)).to_be_hidden()
    box.click()
    expect(page.get_by_text(f"No yes on the form of {WORD} counts")).to_be_visible()
    check_axe(page)
    assert not consent.allows(wren, Scope.TAKE_PART)
    assert ConsentCapture.objects.get().outcome == "overtaken"
    page.get_by_role("button", name="I have read this").click()
    expect(box).to_be_hidden()


def test_a_mind_changed_before_the_network_is_back(phone: BrowserContext, enquiry: Enquiry) -> None:
    page = prepared(phone, enquiry)
    phone.set_offline(True)
    fill_in(page, "Heron")
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    fill_in(page)
    # Wren's form is begun; meanwhile Heron takes it all back, and then Wren says no to the sound after all.
    page.get_by_text("Look at the forms on this phone").click()
    page.get_by_role("button", name="Throw it away").click()
    page.get_by_role("button", name="Press again to throw it away for good").click()
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    page.get_by_text("Look at the forms on this phone").click()
    page.get_by_role("button", name="Open it again").click()
    question(page, "May we listen to you and keep what you say?").get_by_label("No").check()
    press_keep(page)
    phone.set_offline(False)
    expect(page.get_by_text("Sent and kept.")).to_be_visible()
    assert Contributor.objects.get().pseudonym == WORD
    assert set(ConsentEvent.objects.values_list("decision", flat=True)) == {"declined"}


def test_what_is_missing_is_said_before_anything_is_kept(
    phone: BrowserContext, enquiry: Enquiry, check_axe: Callable[..., None]
) -> None:
    page = prepared(phone, enquiry)
    page.get_by_label("No, they are new").check()
    question(page, "May people hear a short part in your own voice?").get_by_label("Yes").check()
    press_keep(page)
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(5)
    expect(
        page.get_by_text("“Sharing a clip of the voice” can only be agreed to together with")
    ).to_be_visible()
    check_axe(page)
    assert not ConsentEvent.objects.exists()
    # Today is not the day: of somebody new nothing stays, on the phone or here.
    page.get_by_role("button", name="Not today").click()
    expect(page.get_by_text("Nothing was kept of somebody new.")).to_be_visible()
    assert page.locator("input:checked").count() == 1
    page.reload()
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert page.locator("input:checked").count() == 1
    assert not Contributor.objects.exists()


def test_another_form_shows_the_same_answers_in_other_words(phone: BrowserContext, enquiry: Enquiry) -> None:
    page = prepared(phone, enquiry)
    phone.set_offline(True)
    fill_in(page)
    page.get_by_label("Easy Read, version 1").check()
    expect(question(page, "Can we record your voice?").get_by_label("No")).to_be_checked()
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    phone.set_offline(False)
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert {line.form.format for line in ConsentEvent.objects.all()} == {ConsentFormat.EASY_READ}


def test_signed_out_meanwhile_it_waits_for_the_one_who_asked(
    phone: BrowserContext, enquiry: Enquiry, asha: User, live_server: Any
) -> None:
    page = prepared(phone, enquiry)
    phone.set_offline(True)
    fill_in(page)
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    # The session ran out on the server while the phone was away.
    phone.clear_cookies()
    phone.set_offline(False)
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert not ConsentEvent.objects.exists()
    # A colleague who signs in on the same phone sends nothing in their own name.
    sign_in(phone, colleague(enquiry.partner), live_server.url)
    page.goto(address_of(enquiry))
    expect(page.get_by_text("A colleague’s forms wait here too: 1.")).to_be_visible()
    assert not ConsentEvent.objects.exists()
    phone.clear_cookies()
    sign_in(phone, asha, live_server.url)
    page.goto(address_of(enquiry))
    expect(page.get_by_text(NONE_WAIT)).to_be_visible()
    assert_kept_once()
    assert ConsentCapture.objects.get().kept_by == asha


def test_signing_out_says_what_would_be_lost_and_then_leaves_nothing(
    phone: BrowserContext, enquiry: Enquiry, check_axe: Callable[..., None]
) -> None:
    page = prepared(phone, enquiry)
    phone.route("**/field/keep/", lambda route: route.abort())
    fill_in(page)
    press_keep(page)
    expect(page.get_by_text(ONE_WAITS)).to_be_visible()
    page.goto(reverse("workspace:home"))
    expect(page.get_by_text("One form waits on this device to be sent.")).to_be_visible()
    check_axe(page)
    page.locator("details.role > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Press again to sign out all the same.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/workspace/" not in url)
    assert page.evaluate("async () => (await indexedDB.databases()).length") == 0
    assert page.evaluate("async () => (await caches.keys()).length") == 0
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    assert not ConsentEvent.objects.exists()
