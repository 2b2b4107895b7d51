"""Welsh is no less there than English on a person's own pages."""

import gettext
import re
from pathlib import Path

import pytest
from django.utils import translation

from enquiries.models import Scope
from portal.yours.scopes import SAID

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "portal" / "locale" / "cy" / "LC_MESSAGES"
_TRANS = re.compile(r"{%\s*trans\s+(\"([^\"]+)\"|'([^']+)')\s*%}")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _compiled() -> gettext.GNUTranslations:
    with (CATALOGUE / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def _written() -> dict[str, str]:
    """msgid to msgstr of the source, plurals by their first form."""
    found: dict[str, str] = {}
    key = ""
    for line in (CATALOGUE / "django.po").read_text(encoding="utf-8").splitlines():
        said = _STRING.search(line)
        words = said.group(1).replace('\\"', '"') if said else ""
        if line.startswith("msgid "):
            key = words
        elif line.startswith(("msgstr ", "msgstr[0]")) and key:
            found[key] = words
    return found


def test_the_compiled_catalogue_says_what_the_written_one_says():
    compiled = _compiled()
    written = _written()
    assert len(written) > 250
    for english, welsh in written.items():
        assert welsh, english
        if "%(n)" not in english:
            assert compiled.gettext(english) == welsh
    assert "ddarn" in compiled.ngettext(*([next(k for k in written if "%(n)s piece of" in k)] * 2), 2)


def test_every_sentence_of_the_pages_is_there_in_welsh():
    written = _written()
    lacking = set()
    for template in (ROOT / "templates" / "yours").glob("*.html"):
        for _all, double, single in _TRANS.findall(template.read_text(encoding="utf-8")):
            words = double or single
            if words not in written:
                lacking.add(words)
    assert not lacking


@pytest.mark.parametrize("scope", Scope.values)
def test_each_thing_that_can_be_agreed_to_is_said_in_welsh(scope):
    said = SAID[scope]
    with translation.override("en"):
        english = [str(each) for each in (said.title, said.means, said.goes)]
    with translation.override("cy"):
        welsh = [str(each) for each in (said.title, said.means, said.goes)]
    assert all(one != other for one, other in zip(english, welsh, strict=True))


def test_sentences_for_people_are_short():
    """Reading age 9: no sentence over twenty words, and on average under fifteen."""
    written = _written()
    lengths = [
        len(sentence.split())
        for words in written
        for sentence in re.split(r"(?<=[.?!:])\s+", re.sub(r"<[^>]+>", "", words))
        if sentence
    ]
    assert max(lengths) <= 20
    assert sum(lengths) / len(lengths) < 12
