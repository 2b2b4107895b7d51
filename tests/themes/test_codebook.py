"""The code list: starter codes, versions, names that cannot be given twice."""

import pytest

from accounts.errors import NotYours
from audit.models import Event
from tests.factories.themes import Reading
from themes.actions import NewCode, add_code, change_code, retire_code, start_codebook
from themes.errors import NameMissing, NameTaken
from themes.models import CodeKind
from themes.selectors.codebook import code_numbers, codes_by_kind

NEW = NewCode(name="Buses", kind=CodeKind.EXPERIENCE, definition="Getting there and back.")


def test_start_codebook_brings_the_starter_codes_as_version_one(reading: Reading) -> None:
    codes = reading.codebook.codes
    assert codes.filter(kind=CodeKind.BARRIER).count() == 17
    assert codes.filter(kind=CodeKind.WHAT_HELPED).count() == 12
    assert codes.get(slug="retelling-trauma").name == "Retelling trauma to prove need"
    assert all(code.definition for code in codes.all())
    version = reading.codebook.versions.get()
    assert version.number == 1
    assert len(version.codes) == codes.count()


def test_start_codebook_twice_gives_the_one_that_is_there(reading: Reading) -> None:
    assert start_codebook(enquiry=reading.enquiry, by=reading.second) == reading.codebook
    assert reading.codebook.versions.count() == 1


def test_start_codebook_is_for_readers_of_the_partner(reading: Reading) -> None:
    with pytest.raises(NotYours):
        start_codebook(enquiry=reading.enquiry, by=reading.stranger)


def test_add_code_makes_a_version_and_an_event(reading: Reading) -> None:
    code = add_code(codebook=reading.codebook, code=NEW, by=reading.reader)
    assert code.slug == "buses"
    assert [version.number for version in reading.codebook.versions.all()] == [2, 1]
    assert Event.objects.filter(action="code.added", object_id=str(code.pk)).exists()


@pytest.mark.parametrize("name", ["Silos", "silos", "SILOS"])
def test_add_code_refuses_a_name_that_is_there(reading: Reading, name: str) -> None:
    with pytest.raises(NameTaken):
        add_code(
            codebook=reading.codebook,
            code=NewCode(name=name, kind=CodeKind.BARRIER, definition="Apart."),
            by=reading.reader,
        )


@pytest.mark.parametrize(
    "code",
    [
        NewCode(name=" ", kind=CodeKind.BARRIER, definition="Apart."),
        NewCode(name="Buses", kind=CodeKind.BARRIER, definition=" "),
        NewCode(name="Buses", kind="feeling", definition="Apart."),
        NewCode(name="🙂", kind=CodeKind.BARRIER, definition="Apart."),
    ],
)
def test_add_code_says_what_is_missing(reading: Reading, code: NewCode) -> None:
    with pytest.raises(NameMissing):
        add_code(codebook=reading.codebook, code=code, by=reading.reader)
    assert reading.codebook.versions.count() == 1


def test_change_code_keeps_the_earlier_meaning_in_its_version(reading: Reading) -> None:
    code = reading.code("silos")
    before = code.definition
    change_code(code=code, by=reading.reader, definition="Doors that do not speak to each other.")
    first, second = reading.codebook.versions.order_by("number")
    assert next(c for c in first.codes if c["slug"] == "silos")["definition"] == before
    assert next(c for c in second.codes if c["slug"] == "silos")["definition"].startswith("Doors")


def test_retire_code_takes_it_out_of_use_and_keeps_its_number(reading: Reading) -> None:
    before = code_numbers(reading.enquiry)
    retire_code(code=reading.code("silos"), by=reading.reader)
    assert "silos" not in {c.slug for kind in codes_by_kind(reading.enquiry) for c in kind.codes}
    assert [c.slug for kind in codes_by_kind(reading.enquiry, retired=True) for c in kind.codes] == ["silos"]
    assert code_numbers(reading.enquiry) == before
