"""The demo's input holds together, and what makes it makes the same thing twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from wisdoms.demo import check_corpus, make_coaching
from wisdoms.demo.corpus import CorpusError, NameKey, read_conversation, read_conversations, read_decisions
from wisdoms.demo.paths import COACHING, SOUND
from wisdoms.demo.sound import SoundError, SpokenTurn, make, read_script, speak


def test_the_demo_input_has_no_faults() -> None:
    assert check_corpus.faults() == []


def test_what_a_scope_needs_is_what_the_gate_says() -> None:
    from enquiries.consent import NEEDS

    assert {str(scope): tuple(map(str, needs)) for scope, needs in NEEDS.items()} == check_corpus.NEEDS


def test_consents_differ_as_they_do_among_people() -> None:
    conversations = read_conversations()

    def saying_no(scope: str) -> set[str]:
        return {each.front["contributor"] for each in conversations if each.consents.get(scope) == "declined"}

    assert len(saying_no("quote_words")) == 4
    assert len(saying_no("analyse")) == 2
    assert len(saying_no("audio_record")) == 3
    assert sum("withdrawn" in each.front for each in conversations) == 1
    assert {each.front["kind"] for each in conversations} == {"individual", "written", "message"}
    assert len({each.front["contributor"] for each in conversations if each.front["wave"] == 1}) == 16


def test_values_are_those_the_models_know() -> None:
    from enquiries.models import ConversationKind, PlaceKind, ReviewChoice, Voice

    for each in read_conversations():
        assert each.front["voice"] in Voice.values
        assert each.front["kind"] in ConversationKind.values
        assert each.front["place_kind"] in PlaceKind.values
        assert each.front["review_choice"] in ReviewChoice.values


def test_every_tag_is_a_code_of_the_starter_codebook_or_a_new_slug() -> None:
    slugs = {tag["code"] for tag in read_decisions()["tags"]}
    assert len(slugs) == 35
    assert all(slug == slug.lower() and " " not in slug for slug in slugs)


def test_the_second_wave_falls_twelve_to_eighteen_months_after_the_first() -> None:
    first = [each.held_on for each in read_conversations() if each.front["wave"] == 1]
    second = [each.held_on for each in read_conversations() if each.front["wave"] == 2]
    months = [(on.year - min(first).year) * 12 + on.month - min(first).month for on in second]
    assert len(first) == 16
    assert len(second) == 8
    assert all(12 <= each <= 18 for each in months)


def test_the_coaching_data_is_the_same_every_time(tmp_path: Path) -> None:
    make_coaching.make(tmp_path)
    for made in sorted(tmp_path.iterdir()):
        assert made.read_bytes() == (COACHING / made.name).read_bytes(), made.name


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed here.")
def test_a_script_is_spoken_to_the_same_bytes_twice(tmp_path: Path) -> None:
    script = tmp_path / "09-rook.toml"
    script.write_text(
        '[[turns]]\nspeaker = "Rook"\nvoice = "en-gb"\npitch = 40\nspeed = 170\n'
        'pause_after_ms = 500\ntext = "A small house."\n',
        encoding="utf-8",
    )
    sound, length_ms = make(script, tmp_path)
    once = sound.read_bytes()
    make(script, tmp_path)
    words: dict[str, Any] = json.loads((tmp_path / "09.words.json").read_text(encoding="utf-8"))
    assert sound.read_bytes() == once
    assert words["segments"][0]["text"] == "A small house."
    assert 500 < words["segments"][0]["end_ms"] == length_ms - 500


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed here.")
def test_a_voice_nobody_has_is_refused_with_a_sentence() -> None:
    with pytest.raises(SoundError, match="qqq-voice"):
        speak(SpokenTurn("Rook", "qqq-voice", 40, 170, 0, "A small house."))


def test_the_committed_sound_lasts_as_long_as_its_words() -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed here: see `make test`.")
    for path in sorted(SOUND.glob("*.ogg")):
        words = json.loads((SOUND / f"{path.stem[:2]}.words.json").read_text(encoding="utf-8"))
        with av.open(str(path)) as container:
            seconds = float(container.duration) / av.time_base
        last_ms = words["segments"][-1]["end_ms"]
        pause_ms = read_script(path.with_suffix(".toml"))[-1].pause_after_ms
        assert abs(seconds * 1000 - last_ms - pause_ms) < 100


def test_a_kept_word_shields_the_name_inside_it() -> None:
    key = NameKey({"Basildon": "[a town]", "Dev": "[coach]"}, ["Basildon Bond"])
    assert key.apply("Dev wrote on Basildon Bond, in Basildon, Devotedly.") == (
        "[coach] wrote on Basildon Bond, in [a town], Devotedly."
    )


def test_a_paragraph_without_a_speaker_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "01-rook.md"
    path.write_text("+++\nnumber = 1\n+++\n\nNobody says this.\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="Speaker"):
        read_conversation(path)


def test_a_span_that_a_finder_offers_is_judged_by_the_list_of_names() -> None:
    key = NameKey({"Castle Lenney": "[a village]"}, ["Tesco"])
    text = "From Castle Lenney by way of Tesco."
    assert [(change.start, change.end) for change in key.touching(text, 5, 11)] == [(5, 18)]
    assert key.touching(text, 29, 34) == []
