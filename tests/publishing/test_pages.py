"""Public pages: what stands on them at their least and at their fullest."""

import re

import pytest

from tests.factories.publishing import World, full_report, full_wisdom

pytestmark = pytest.mark.django_db


def test_home_before_anything_is_prepared(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "No Wisdom has been written yet" in response.content.decode()


def test_home_before_any_report(client, site: World):
    text = client.get("/").content.decode()
    assert "No Wisdom has been written yet" in text
    assert "How we do this" in text
    assert "116 123" in text


def test_wisdom_at_its_fullest(client, site: World):
    report = full_report(site)
    page = full_wisdom(site, report)
    site.go_live(report)
    live = site.go_live(page)
    response = client.get(live.url)
    text = response.content.decode()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"
    assert text.index('class="exit"') < text.index('class="masthead"')
    assert text.index("Before you read") < text.index("voice opening")
    for part in (
        "By the fourth time",
        "How we know",
        "Seeing people",
        "Staff change",
        "What has not changed",
    ):
        assert part in text
    assert "The count and the words do not agree" in text
    assert text.count("Square brackets show") == 1


def test_wisdom_at_its_least(client, site: World):
    report = site.report()
    page = site.wisdom(report)
    site.go_live(report)
    text = client.get(site.go_live(page).url).content.decode()
    assert "<blockquote" not in text
    assert "What we heard" not in text
    assert re.search(r"<b>1</b>\s*of 1", text)


def test_address_that_leads_nowhere_is_answered_calmly(client, site: World):
    response = client.get("/eastmere-alongside/no-such-report/")
    text = response.content.decode()
    assert response.status_code == 404
    assert "Nothing is here" in text
    assert 'class="exit"' in text


def test_page_behind_a_password_is_left_to_wagtail(client, site: World):
    from wagtail.models import PageViewRestriction

    report = site.go_live(site.report())
    PageViewRestriction.objects.create(page=site.shelf, restriction_type="password", password="open")
    text = client.get(report.url).content.decode()
    assert report.title not in text
    assert "password" in text


def test_draft_is_not_to_be_read(client, site: World):
    assert client.get(site.report().url).status_code == 404


def test_wisdoms_are_numbered_by_place_and_keep_their_address(client, site: World):
    report = site.report()
    first, second = (site.go_live(site.wisdom(report, title=title)) for title in ("First", "Second"))
    site.go_live(report)
    before = client.get(second.url).content.decode()
    assert re.search(r"<b>2</b>\s*of 2", before)
    assert "1. First" in before
    second.move(first, pos="left")
    after = client.get(second.url).content.decode()
    assert re.search(r"<b>1</b>\s*of 2", after)
    assert "2. First" in after


def test_demo_says_so_on_public_pages(client, site: World, settings):
    settings.IS_DEMO = True
    assert "Nobody in it is real." in client.get("/").content.decode()
    settings.IS_DEMO = False
    assert "Nobody in it is real." not in client.get("/").content.decode()


def test_report_at_its_least_has_no_empty_headings(client, site: World):
    text = client.get(site.go_live(site.report()).url).content.decode()
    for heading in ("Before the Wisdoms", "What should change", "Our method in full", "Changes since"):
        assert heading not in text
    assert "No Wisdom has been written yet" in text


def test_page_in_two_languages_links_the_other(client, site: World):
    from wagtail.models import Locale

    assert client.get("/cy/").status_code == 404
    assert "Cymraeg" not in client.get("/").content.decode()
    welsh = site.home.copy_for_translation(Locale.objects.get(language_code="cy"))
    welsh.title = "Doethinebau"
    welsh.save_revision().publish()
    assert client.get("/cy/").status_code == 200
    text = client.get("/").content.decode()
    assert '<a class="lang" href="/cy/" lang="cy" hreflang="cy">Cymraeg</a>' in text
    text = client.get("/cy/").content.decode()
    assert '<html lang="cy">' in text
    assert '<a class="lang" href="/" lang="en" hreflang="en">English</a>' in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("I'd got it.", "I’d got it."),
        ('He says, "What now?" Well.', "He says, ‘What now?’ Well."),
        ("Already “curled”, it’s fine.", "Already ‘curled’, it’s fine."),
        ("", ""),
    ],
)
def test_marks_are_set_and_words_are_not_touched(said, shown):
    from publishing.templatetags.publishing import typographic

    assert typographic(said) == shown
