"""Filling in a survey again on one's own page: when, by which wording, and by the same rules as elsewhere."""

import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from coaching.errors import NotPossibleNow
from coaching.models import AssetSurvey, RecordMode, WellbeingResponse
from coaching.scales import SWEMWBS_ITEMS
from portal.yours.surveys import dues, fill_in
from portal.yours.visits import Visit
from tests.factories.coaching import (
    AssetDefinitionFactory,
    AssetSurveyFactory,
    LicenceFactory,
    WellbeingFactory,
)
from tests.factories.enquiries import LinkFactory, PersonFactory
from tests.factories.portal import come_in
from tests.sweeping import withdraw_and_sweep

pytestmark = pytest.mark.django_db

LONG_AGO = datetime.date(2025, 1, 10)
ANSWERS = ["Not at all", "A little", "Partly", "Mostly", "Very much"]


@pytest.fixture
def texts(settings, tmp_path) -> Path:
    settings.SURVEY_TEXTS_DIR = tmp_path / "surveys"
    return settings.SURVEY_TEXTS_DIR


@pytest.fixture
def person(wren):
    return LinkFactory(contributor=wren, person=PersonFactory(partner=wren.partner)).person


def _lay_down(texts: Path, partner, name: str, items, answers=ANSWERS, language: str = "en") -> None:
    folder = texts / partner.slug
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"answers = {answers!r}".replace("'", '"')]
    lines += [f'[[items]]\nid = "{pk}"\ntext = "Line {pk} ({language})"' for pk in items]
    (folder / f"{name}.{language}.toml").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def assets(person, texts) -> AssetSurvey:
    """One filled in long ago, with its wording laid down."""
    definition = AssetDefinitionFactory(partner=person.partner)
    row = AssetSurveyFactory(person=person, definition=definition, completed_on=LONG_AGO)
    _lay_down(texts, person.partner, "assets-starter-1", [item["id"] for item in definition.items])
    return row


def test_it_is_filled_in_again_and_kept_as_theirs(inside, card, person, assets):
    assert card.way("survey_assets") in inside.get(card.way("progress")).content.decode()
    page = inside.get(card.way("survey_assets")).content.decode()
    assert "Line a01 (en)" in page
    assert "checked" not in page
    given = {item["id"]: "4" for item in assets.definition.items}
    answer = inside.post(card.way("survey_assets"), given)
    assert answer["Location"] == card.way("progress") + "?kept=1"
    kept = AssetSurvey.objects.exclude(pk=assets.pk).get()
    assert (kept.person, kept.completed_on, kept.recorded_by) == (person, timezone.localdate(), None)
    assert kept.internal == kept.external == 22.5
    # Pressed twice: the first press counts, and the next one is due in three months.
    assert inside.post(card.way("survey_assets"), given)["Location"] == card.way("progress")
    assert AssetSurvey.objects.count() == 2
    assert "again from" in inside.get(card.way("progress")).content.decode()


def test_questions_can_be_left_out_but_not_all(inside, card, assets):
    answer = inside.post(card.way("survey_assets"), {})
    assert answer.status_code == 422
    assert "Answer at least one question" in answer.content.decode()
    assert inside.post(card.way("survey_assets"), {"a01": "9"}).status_code == 422
    assert AssetSurvey.objects.count() == 1
    inside.post(card.way("survey_assets"), {"a01": "2"})
    kept = AssetSurvey.objects.exclude(pk=assets.pk).get()
    assert (kept.answers, kept.total) == ({"a01": 2}, None)


def test_it_is_not_offered_before_a_quarter_is_over(inside, card, assets, time_machine):
    AssetSurvey.objects.update(completed_on=timezone.localdate())
    assert inside.get(card.way("survey_assets")).status_code == 302
    assert "Fill in:" not in inside.get(card.way("progress")).content.decode()


def test_a_form_that_was_open_when_everything_went_is_not_kept(card, wren, assets):
    visit = Visit(card.link, card.token, is_confirmed=True)
    (due,) = dues(visit)
    withdraw_and_sweep(contributor=wren, scope=["take_part", "contact_again"])
    with pytest.raises(NotPossibleNow, match="Talk with your coach"):
        fill_in(visit, due, {"a01": 2})
    # What their coach keeps depends on no scope.
    assert AssetSurvey.objects.get() == assets


@pytest.mark.parametrize("spoil", ["missing", "other items", "too few answers", "broken"])
def test_without_fitting_wording_nothing_is_offered(inside, card, assets, texts, spoil):
    file = next(texts.rglob("*.toml"))
    ids = [item["id"] for item in assets.definition.items]
    if spoil == "missing":
        file.unlink()
    elif spoil == "broken":
        file.write_text("answers = [")
    else:
        items, answers = (ids[:-1], ANSWERS) if spoil == "other items" else (ids, ANSWERS[:-1])
        _lay_down(texts, assets.partner, "assets-starter-1", items, answers)
    assert inside.get(card.way("survey_assets")).status_code == 302
    assert inside.get(card.way("progress")).status_code == 200


def test_it_is_read_in_welsh_where_that_is_laid_down(inside, card, assets, texts):
    welsh = "/cy" + card.way("survey_assets")
    assert "Line a01 (en)" in inside.get(welsh).content.decode()
    _lay_down(
        texts,
        assets.partner,
        "assets-starter-1",
        [item["id"] for item in assets.definition.items],
        language="cy",
    )
    page = inside.get(welsh).content.decode()
    assert "Line a01 (cy)" in page
    assert "Cadw fy atebion" in page


@pytest.mark.parametrize("has_licence", [True, False])
def test_a_wellbeing_form_opens_with_a_licence_alone(client, card, person, texts, has_licence):
    come_in(client, card, who="helper")
    WellbeingFactory(person=person, completed_on=LONG_AGO)
    _lay_down(texts, person.partner, "swemwbs", SWEMWBS_ITEMS)
    if has_licence:
        LicenceFactory(partner=person.partner)
    page = client.get(card.way("survey_wellbeing"))
    assert page.status_code == (200 if has_licence else 302)
    if has_licence:
        assert "Universit" in page.content.decode()
        client.post(card.way("survey_wellbeing"), dict.fromkeys(SWEMWBS_ITEMS, "3"))
        kept = WellbeingResponse.objects.order_by("completed_on").last()
        assert (kept.metric, kept.record_mode, kept.recorded_by) == (
            WellbeingResponse.objects.order_by("completed_on").first().metric,
            RecordMode.WITH_HELP,
            None,
        )


def test_who_never_filled_one_in_is_offered_none(inside, card, person, texts):
    _lay_down(texts, person.partner, "swemwbs", SWEMWBS_ITEMS)
    LicenceFactory(partner=person.partner)
    for page in ("survey_assets", "survey_wellbeing"):
        assert inside.get(card.way(page)).status_code == 302
