"""Names are found by shape, by wording, by list and by what is already known; each find says why."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.names import (
    KINDS,
    FoundName,
    SpacyModelMissing,
    SpacyModelUnreadable,
    find_names,
    load_pipeline,
    propose_replacement,
    role_before,
)
from nlp.names.candidates import Candidate, merged
from tests.paths import spacy_port

# spaCy and presidio warn of their own future; what they do now is what is tested.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)

VISIT = """My name is Tariq Bashir and I'm 43. I grew up in Bradford with my sister Anna Kowalski, then
moved to 14 Albert Road, Sheffield S1 2AB. Anna's kids went to St Mary's Primary School. I worked for Tesco
until the 3rd of March 2019. My keyworker, Dave, rang me on 07700 900123. Email me at tariq.b@example.co.uk
😀. My NI number is QQ 12 34 56 C and my NHS number is 943 476 5919. Later Dave said the council would help.
Zoë and Jose\u0301 went to Cardiff. He was in HMP Doncaster. Three weeks later, Mrs Okafor found me a flat,
and PIP came through.
"""


def _kinds(found: list[FoundName]) -> dict[str, str]:
    return {name.text: name.kind for name in found}


def _of(text: str, **options: Any) -> dict[str, str]:
    return _kinds(find_names(text, **options))


def _holds(text: str, found: list[FoundName]) -> bool:
    """Each find is where it says, in order, without overlap, with a sentence."""
    at = 0
    for name in found:
        if not (at <= name.start < name.end <= len(text)) or text[name.start : name.end] != name.text:
            return False
        if name.kind not in KINDS or not 0.0 <= name.score <= 1.0 or not name.why.endswith("."):
            return False
        at = name.end
    return True


EXPECTED = {
    "Tariq Bashir": "person",
    "43": "age",
    "Bradford": "place",
    "Anna Kowalski": "person",
    "14 Albert Road": "address",
    "Sheffield": "place",
    "S1 2AB": "postcode",
    "Anna": "person",
    "St Mary's Primary School": "organisation",
    "Tesco": "organisation",
    "3rd of March 2019": "date",
    "Dave": "person",
    "07700 900123": "phone",
    "tariq.b@example.co.uk": "email",
    "QQ 12 34 56 C": "number_id",
    "943 476 5919": "number_id",
    "Zoë": "person",
    "Cardiff": "place",
    "HMP Doncaster": "organisation",
}


def test_a_visit_in_plain_english_without_a_trained_model() -> None:
    found = find_names(VISIT)

    kinds = _kinds(found)
    assert {text: kinds.get(text) for text in EXPECTED} == EXPECTED
    assert [name.text for name in found].count("Dave") == 2
    assert "Jose\u0301" in kinds
    assert any(text.endswith("Okafor") for text in kinds)
    assert not {"PIP", "NHS", "NI", "Email", "Three weeks", "Three", "Later"} & set(kinds)
    assert _holds(VISIT, found)


def test_a_trained_model_adds_to_what_the_rules_find() -> None:
    found = find_names(VISIT, spacy_model=spacy_port())

    kinds = _kinds(found)
    assert {text: kinds.get(text) for text in EXPECTED} == EXPECTED
    assert _holds(VISIT, found)
    more = "The lad from Khartoum met Adaeze Nwosu at Barclays and they got talking."
    assert set(_of(more)) <= set(" ".join(_of(more, spacy_model=spacy_port())).split()) | set(
        _of(more, spacy_model=spacy_port())
    )


def test_the_trained_model_is_named_without_its_path() -> None:
    pipeline = load_pipeline(spacy_port())

    assert pipeline.is_trained
    assert "/" not in pipeline.label
    assert load_pipeline().label == "blank English" or load_pipeline().is_trained


@pytest.mark.parametrize("spacy_model", [None, "port"])
def test_text_of_every_kind_keeps_its_offsets(spacy_model: str | None) -> None:
    model = spacy_port() if spacy_model else None
    for text in (
        "😀😀 Sarah 👩‍👩‍👧 went to Leeds",
        "We met Zoe\u0308 and Franc\u0327ois in the café",
        "קוראים לי דוד כהן ואני גר בלידס, Leeds",
        "اسمي أحمد وأعيش في Bradford منذ ٢٠١٥",
        "\ufeffSarah\r\nwent\r\nto Leeds\u2028with Tom",
        "",
        " \n\t",
        "[sister] and [a person]",
        "Tom" * 2000,
        "a\x00b Sarah",
    ):
        assert _holds(text, find_names(text, spacy_model=model)), text


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=120), st.lists(st.text(max_size=12), max_size=3))
def test_whatever_the_text_finds_are_where_they_say(text: str, known: list[str]) -> None:
    found = find_names(text, known_names=known)

    assert _holds(text, found)
    assert found == find_names(text, known_names=known)


def test_a_long_text_is_read_whole_in_bounded_time() -> None:
    text = VISIT * (1_000_000 // len(VISIT))
    started = time.process_time()

    found = find_names(text, known_names=["Anna Kowalski"])

    assert _holds(text, found)
    assert found[-1].start > 999_000 - len(VISIT)
    assert time.process_time() - started < 60


def test_a_long_text_is_not_cut_inside_a_name() -> None:
    text = (
        "We talked for a while about nothing much at all. " * 500 + "Then Bronwen Pritchard came in. "
    ) * 3

    found = find_names(text, spacy_model=spacy_port())

    assert [name.text for name in found if "Pritchard" in name.text] == ["Bronwen Pritchard"] * 3


# --- Known names and consistency ----------------------------------------------------------------------


def test_known_names_are_found_in_whole_in_part_and_in_short() -> None:
    text = "elizabeth came. ELIZABETH ADEYEMI left. Lizzie's bag. Mrs Adeyemi rang. Ask Liz."

    found = find_names(text, known_names=["Elizabeth Adeyemi"])

    assert [name.text for name in found] == ["elizabeth", "ELIZABETH ADEYEMI", "Lizzie", "Adeyemi", "Liz"]
    assert all(name.kind == "person" for name in found)
    assert found[1].score == 1.0
    assert "consent record" in found[1].why


def test_known_names_are_found_however_their_accents_are_written() -> None:
    for known in ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez"):
        found = find_names("jose\u0301 spoke, then José said no. Núñez!", known_names=[known])

        assert [name.text for name in found] == ["jose\u0301", "José", "Núñez"]


def test_known_names_in_other_scripts_are_found() -> None:
    text = "קוראים לי דוד. اسمي أحمد علي هنا."

    assert _of(text, known_names=["דוד", "أحمد علي"]) == {"דוד": "person", "أحمد علي": "person"}


def test_a_known_name_that_is_also_a_word_needs_its_capital() -> None:
    text = "I hope it will work. Then Will said so, and Hope too."

    assert _of(text, known_names=["Will", "Hope"]) == {"Will": "person", "Hope": "person"}


def test_part_of_a_longer_word_is_no_name() -> None:
    assert "Ann" not in _of("Annual planning, then ANNEX.", known_names=["Ann"])


def test_a_name_found_once_is_found_everywhere() -> None:
    text = "My brother Kwabena helped. Kwabena's van broke. Kwabena laughed."

    assert [name.text for name in find_names(text)] == ["Kwabena"] * 3


def test_the_possessive_stays_outside() -> None:
    (name,) = find_names("It was my sister Anna's idea.")

    assert name.text == "Anna"


def test_what_was_replaced_before_is_left_alone() -> None:
    assert find_names("I asked [sister] and [a person] in [town].") == []


# --- Shapes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "part", "kind"),
    [
        ("ring 0161 496 0000 today", "0161 496 0000", "phone"),
        ("ring +44 7700 900 123 today", "+44 7700 900 123", "phone"),
        ("write to a.b-c@mail.example.org please", "a.b-c@mail.example.org", "email"),
        ("it was at sw1a 1aa then", "sw1a 1aa", "postcode"),
        ("born on 12/03/1980 in the rain", "12/03/1980", "date"),
        ("born on the 2nd of May in the rain", "2nd of May", "date"),
        ("back in March 2020 it began", "March 2020", "date"),
        ("back in 1998 it began", "1998", "date"),
        ("my reference number is AB12345 they said", "AB12345", "number_id"),
        ("see www.example.com/me for it", "www.example.com/me", "other"),
        ("find me as @tariq_b on there", "@tariq_b", "other"),
        ("she was sixteen when it began", "sixteen", "age"),
        ("a 19-year-old lad", "19-year-old", "age"),
        ("we lived on Marlborough Avenue then", "Marlborough Avenue", "address"),
        ("I volunteered at Emmaus for a bit", "Emmaus", "organisation"),
        ("a lad called Dexter came", "Dexter", "person"),
        ("I saw Dr Chowdhury twice", "Chowdhury", "person"),
    ],
)
def test_each_shape_is_found(text: str, part: str, kind: str) -> None:
    found = find_names(text)

    assert any(part in name.text and name.kind == kind for name in found), found


@pytest.mark.parametrize(
    "text",
    [
        "I waited three weeks and then twenty minutes more.",
        "Yeah. Honestly, it was hard. So I left. But then I came back.",
        "I went to the GP and the DWP about PIP and Universal Credit.",
        "I felt better on Monday. We met every Tuesday.",
        "It cost 2000 pounds, maybe £1,950, about 20% more.",
        "May I ask you something? Will it help? Reading helps.",
    ],
)
def test_what_names_nobody_is_not_offered(text: str) -> None:
    assert find_names(text) == []
    assert [name.text for name in find_names(text, spacy_model=spacy_port())] == []


def test_overlaps_are_settled_the_same_way_in_any_order() -> None:
    text = "Anna Kowalski of 14 Albert Road"
    candidates = [
        Candidate(0, 4, "person", 0.7, "a."),
        Candidate(0, 13, "person", 0.8, "b."),
        Candidate(5, 13, "place", 0.9, "c."),
        Candidate(17, 31, "address", 0.75, "d."),
        Candidate(20, 26, "person", 0.7, "e."),
    ]

    first = merged(candidates, text)

    assert first == merged(reversed(candidates), text)
    assert [(text[item.start : item.end], item.kind) for item in first] == [
        ("Anna", "person"),
        ("Kowalski", "place"),
        ("14 Albert Road", "address"),
    ]


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("The name finder reached for the network.")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert _of("Write to someone@example.co.uk.") == {"someone@example.co.uk": "email"}


# --- Pipelines ----------------------------------------------------------------------------------------


def test_a_missing_pipeline_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(SpacyModelMissing, match="neither a folder nor an installed package"):
        find_names("Anna", spacy_model="en_no_such_model")
    with pytest.raises(SpacyModelMissing):
        find_names("Anna", spacy_model=tmp_path)


def test_a_broken_pipeline_is_called_broken(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")

    with pytest.raises(SpacyModelUnreadable, match="cannot be loaded"):
        find_names("Anna", spacy_model=tmp_path)


# --- Replacements -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "before", "replacement"),
    [
        ("person", "Anna", "It was my sister ", "[sister]"),
        ("person", "Anna", "It was my little sister, ", "[sister]"),
        ("person", "Dave", "and her support worker was called ", "[support worker]"),
        ("person", "Anna", "Then ", "[a person]"),
        ("place", "Leeds", "", "[town]"),
        ("place", "Lancashire", "", "[county]"),
        ("place", "Sudan", "", "[country]"),
        ("organisation", "Mill House Hostel", "", "[a hostel]"),
        ("organisation", "HMP Doncaster", "", "[a prison]"),
        ("organisation", "Tesco", "", "[an organisation]"),
        ("date", "1998", "", "[year]"),
        ("date", "3rd of March", "", "[date]"),
        ("phone", "07700 900123", "", "[phone number]"),
        ("age", "43", "", "[age]"),
        ("other", "Polish", "", "[detail removed]"),
    ],
)
def test_a_stand_in_keeps_the_sentence_readable(kind: str, text: str, before: str, replacement: str) -> None:
    assert propose_replacement(kind, text, before=before) == replacement


def test_a_hint_goes_before_what_the_words_say() -> None:
    assert propose_replacement("person", "Anna", "daughter", before="my sister ") == "[daughter]"
    assert role_before("It was my sister Anna", 17) == "sister"
    assert role_before("It was Anna", 7) is None
    with pytest.raises(ValueError, match="no kind of name"):
        propose_replacement("pet", "Rex")


def test_every_kind_has_a_stand_in() -> None:
    for kind in KINDS:
        assert propose_replacement(kind, "X").startswith("[")
        assert propose_replacement(kind, "X").endswith("]")
