"""The whole way, as people go it: from one question to a published Wisdom, and the words taken back.

One test, since each step stands on what the one before left. It drives Chromium through every page on the
way, with real sound and a real worker, and holds each page to axe. Words come from Whisper where its weights
are found and else from the scripted engine; patterns always come from the real embedding and BERTopic.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from accounts.models import Role
from nlp.transcription import WeightsMissing, find_weights
from tests.browser.samples import Spoken, choose_sample
from tests.browser.stages import coached, listening, meaning, published, words
from tests.browser.steps import PASSWORD, Way, worker
from tests.factories.accounts import MembershipFactory, PartnerFactory, UserFactory
from tests.paths import SPACY_PORT

PEOPLE = {
    "asha": ("Asha Devi", Role.RESEARCHER),
    "tom": ("Tom Ellis", Role.REVIEWER),
    "dev": ("Dev Rowlands", Role.COACH),
    "mair": ("Mair Prys", Role.DATA_GUARDIAN),
    "nia": ("Nia Okoro", Role.EDITOR),
}
STAGES: tuple[Callable[[Way, Spoken], None], ...] = (
    listening.frame_enquiry,
    listening.add_person,
    listening.ask_consent,
    listening.set_conversation_down,
    listening.send_recording,
    listening.hear,
    words.write_down,
    words.hear_words,
    words.put_words_right,
    words.verify,
    words.decide_names,
    words.sign_off,
    meaning.start_codes,
    meaning.tag,
    meaning.answer_offers,
    meaning.look_for_patterns,
    meaning.judge_patterns,
    meaning.write_theme,
    meaning.agree_quote,
    coached.write_note,
    coached.give_note,
    coached.bring_records_in,
    coached.freeze_figure,
    coached.set_beside,
    published.write_report,
    published.write_wisdom,
    published.pass_gate,
    published.read_as_stranger,
    published.read_on_paper_and_without_script,
    published.leave_quickly,
    published.take_words_back,
)
# Quick ones only: a large model on two cores would take longer than all the rest.
WHISPER = ("base.en", "base", "tiny.en", "tiny")


@pytest.fixture
def spoken(settings: Any, tmp_path: Path) -> Spoken:
    """The recording, with the engine and the names' pipeline set up for what this machine has."""
    sample = choose_sample()
    found = next((name for name in WHISPER if _has_weights(name)), None)
    if found:
        settings.WHISPER_ENGINE, settings.WHISPER_MODEL = "whisper", found
    else:
        settings.WHISPER_ENGINE = "fake"
        settings.WHISPER_MODEL = str(sample.write_script(tmp_path / "script.json"))
    if SPACY_PORT.is_dir():
        settings.SPACY_MODEL = str(SPACY_PORT)
    return sample


def _has_weights(name: str) -> bool:
    try:
        find_weights("whisper", name)
    except WeightsMissing:
        return False
    return True


@pytest.fixture
def way(
    browser: Browser,
    live_server: Any,
    check_axe: Callable[..., None],
    spoken: Spoken,
    tmp_path: Path,
    settings: Any,
) -> Iterator[Way]:
    partner = PartnerFactory(name="Eastmere Together", slug="eastmere")
    users = {}
    for key, (name, role) in PEOPLE.items():
        users[key] = UserFactory(email=f"{key}@example.org", name=name)
        users[key].set_password(PASSWORD)
        users[key].save(update_fields=["password"])
        MembershipFactory(user=users[key], partner=partner, role=role)
    way = Way(browser, live_server.url, check_axe, users, partner, on_phone=frozenset({"dev"}))
    try:
        yield way
    finally:
        way.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_from_one_question_to_a_published_wisdom_and_back(
    way: Way, spoken: Spoken, settings: Any, tmp_path: Path
) -> None:
    with worker(settings, tmp_path / "worker.log"):
        for stage in STAGES:
            stage(way, spoken)
