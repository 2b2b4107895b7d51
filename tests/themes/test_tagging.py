"""Tags by people: stretches, taking off, the gate, and reading apart."""

import pytest

from accounts.errors import NotYours
from enquiries.errors import ConsentMissing
from enquiries.models import AnalysisMode, Scope
from tests.factories.enquiries import grant, take_back
from tests.factories.themes import LETTER, Reading, a_reading, add_conversation, signed_off
from themes.actions import finish_reading, keep_memo, retire_code, tag, untag
from themes.errors import CodeRetired, PassageClosed, StretchUnknown
from themes.models import Memo
from themes.passages import from_browser, open_passages, stretch
from themes.selectors import current_tags


def slugs(reading: Reading, **narrow: object) -> list[str]:
    return [one.code.slug for one in current_tags(enquiry=reading.enquiry, **narrow)]  # type: ignore[arg-type]


def test_tag_on_a_stretch_keeps_its_words(reading: Reading) -> None:
    decision = tag(
        segment=reading.segments[0],
        code=reading.code("eligibility-rules"),
        start=0,
        end=30,
        by=reading.reader,
    )
    assert decision.text == LETTER[:30].strip()
    assert slugs(reading) == ["eligibility-rules"]


def test_tag_without_a_stretch_takes_the_whole_passage(reading: Reading) -> None:
    decision = tag(segment=reading.segments[1], code=reading.code("animals"), by=reading.reader)
    assert (decision.start, decision.end) == (0, len(reading.segments[1].text))


@pytest.mark.parametrize(("start", "end"), [(5, 5), (9, 3), (-1, 4), (0, 999), (6, 7)])
def test_tag_refuses_a_stretch_that_is_none(reading: Reading, start: int, end: int) -> None:
    with pytest.raises(StretchUnknown):
        tag(segment=reading.segments[0], code=reading.code("silos"), start=start, end=end, by=reading.reader)


def test_tag_refuses_a_stranger(reading: Reading) -> None:
    with pytest.raises(NotYours):
        tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.stranger)


def test_tag_refuses_a_retired_code(reading: Reading) -> None:
    code = retire_code(code=reading.code("silos"), by=reading.reader)
    with pytest.raises(CodeRetired):
        tag(segment=reading.segments[0], code=code, by=reading.reader)


def test_tag_refuses_a_code_of_another_enquiry(reading: Reading) -> None:
    other = a_reading()
    with pytest.raises(StretchUnknown):
        tag(segment=reading.segments[0], code=other.code("silos"), by=reading.reader)


def test_tag_names_the_scope_that_is_missing(reading: Reading) -> None:
    take_back(reading.contributor, Scope.ANALYSE)
    with pytest.raises(ConsentMissing) as refused:
        tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    assert refused.value.scope == Scope.ANALYSE


def test_tag_refuses_a_text_that_a_newer_one_replaced(reading: Reading) -> None:
    signed_off(reading.conversation, ["A newer text."], number=2)
    with pytest.raises(PassageClosed):
        tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)


def test_untag_supersedes_and_deletes_nothing(reading: Reading) -> None:
    decision = tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    untag(decision=decision, by=reading.reader)
    assert slugs(reading) == []
    assert reading.segments[0].tag_decisions.count() == 2
    tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    assert slugs(reading) == ["silos"]


def test_untag_leaves_another_readers_tag(reading: Reading) -> None:
    decision = tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    with pytest.raises(StretchUnknown):
        untag(decision=decision, by=reading.second)
    assert slugs(reading) == ["silos"]


def test_current_tags_leave_out_whoever_took_analyse_back(reading: Reading) -> None:
    tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    other = add_conversation(reading, ["We all wait here."])
    tag(segment=other[0], code=reading.code("waiting"), by=reading.reader)
    take_back(reading.contributor, Scope.ANALYSE)
    assert slugs(reading) == ["waiting"]


def test_open_passages_leave_out_what_is_not_signed_off_or_not_allowed(reading: Reading) -> None:
    add_conversation(reading, ["Declined."], agreed=False, declined=True)
    waiting = a_reading()
    signed_off(waiting.conversation, ["Not signed off."], number=2, is_signed_off=False)
    assert list(open_passages(reading.enquiry)) == reading.segments
    assert list(open_passages(waiting.enquiry)) == waiting.segments


def test_open_passages_ask_each_wave_anew(reading: Reading) -> None:
    take_back(reading.contributor)
    assert not open_passages(reading.enquiry).exists()
    grant(reading.contributor, wave=reading.conversation.wave)
    assert open_passages(reading.enquiry).count() == 3


@pytest.mark.django_db
def test_reading_apart_hides_tags_until_both_have_finished() -> None:
    reading = a_reading(mode=AnalysisMode.CODEBOOK)
    tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.reader)
    tag(segment=reading.segments[0], code=reading.code("waiting"), by=reading.second)
    assert slugs(reading, seen_by=reading.reader) == ["silos"]
    finish_reading(conversation=reading.conversation, by=reading.reader)
    assert slugs(reading, seen_by=reading.reader) == ["silos"]
    assert slugs(reading, seen_by=reading.second) == ["waiting"]
    finish_reading(conversation=reading.conversation, by=reading.second)
    assert sorted(slugs(reading, seen_by=reading.reader)) == ["silos", "waiting"]
    assert sorted(slugs(reading, seen_by=reading.second)) == ["silos", "waiting"]


def test_reading_together_shows_everything(reading: Reading) -> None:
    tag(segment=reading.segments[0], code=reading.code("silos"), by=reading.second)
    assert slugs(reading, seen_by=reading.reader) == ["silos"]


def test_keep_memo_changes_the_one_that_is_there_and_empties_it(reading: Reading) -> None:
    for text in ("The wallet comes back.", "The wallet comes back three times."):
        keep_memo(conversation=reading.conversation, text=text, by=reading.reader)
    assert Memo.objects.get().text.endswith("three times.")
    assert keep_memo(conversation=reading.conversation, text="  ", by=reading.reader) is None
    assert not Memo.objects.exists()


def test_from_browser_counts_as_the_browser_does(reading: Reading) -> None:
    segment = reading.segments[0]
    segment.text = "🙂 Cafe\u0301 Dŵr was shut"
    # In UTF-16 the emoji takes two units; the combining accent is a unit and a code point of its own.
    found = from_browser(segment, 3, 8)
    assert found.text == "Cafe\u0301"
    assert segment.text[found.start : found.end] == found.text


def test_from_browser_refuses_the_middle_of_an_emoji(reading: Reading) -> None:
    segment = reading.segments[0]
    segment.text = "🙂 it was shut"
    with pytest.raises(StretchUnknown):
        from_browser(segment, 1, 6)


def test_stretch_trims_white_space(reading: Reading) -> None:
    segment = reading.segments[0]
    segment.text = "one  two  three"
    found = stretch(segment, 3, 10)
    assert (found.start, found.end, found.text) == (5, 8, "two")
