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
