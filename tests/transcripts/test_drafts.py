"""Turns carried, split and joined as values; no database."""

from hypothesis import given
from hypothesis import strategies as st

from transcripts import drafts
from transcripts.drafts import TurnDraft


def timed(text: str, **fields: object) -> TurnDraft:
    words = [
        [*found.span(), place * 1000, place * 1000 + 900, 0.9]
        for place, found in enumerate(drafts._TOKEN.finditer(text))
    ]
    return TurnDraft(text, start_ms=0, end_ms=len(words) * 1000, words=words, **fields)  # type: ignore[arg-type]


def said(draft: TurnDraft) -> list[tuple[str, int, int]]:
    return [(draft.text[word[0] : word[1]], word[2], word[3]) for word in draft.words]


def test_rewritten_keeps_times_of_words_that_stay():
    after = drafts.rewritten(timed("from the counsel and back"), "from the council, and back")
    assert said(after) == [
        ("from", 0, 900),
        ("the", 1000, 1900),
        ("council,", 2000, 2900),
        ("and", 3000, 3900),
        ("back", 4000, 4900),
    ]
    assert after.words[2][4] is None
    assert after.words[0][4] == 0.9


def test_rewritten_gives_new_words_times_between_their_neighbours():
    after = drafts.rewritten(timed("I walked"), "I got up and walked")
    assert [word[0] for word in said(after)] == ["I", "got", "up", "and", "walked"]
    times = [(start, end) for _word, start, end in said(after)]
    assert times == sorted(times)
    assert times[-1] == (1000, 1900)


def test_rewritten_keeps_a_word_whose_stop_or_case_changed():
    after = drafts.rewritten(timed("the letter"), "The letter.")
    assert [word[4] for word in after.words] == [0.9, 0.9]


def test_rewritten_drops_a_mark_whose_words_are_gone():
    flags = [{"kind": "repeat", "start": 4, "end": 8, "start_ms": 1000, "end_ms": 1900}]
    assert drafts.rewritten(timed("the wine here", flags=flags), "the line here").flags == []
    kept = drafts.rewritten(timed("the wine here", flags=flags), "so the wine here").flags
    assert (kept[0]["start"], kept[0]["end"]) == (7, 11)


def test_rewritten_typed_text_stays_without_times():
    assert drafts.rewritten(TurnDraft("a b"), "a b c").words == []


def test_split_shares_words_and_times():
    left, right = drafts.split(timed("one two three"), 7)
    assert (left.text, right.text) == ("one two", "three")
    assert said(right) == [("three", 2000, 2900)]
    assert (left.end_ms, right.start_ms) == (1900, 2000)


def test_split_at_empty_lines_gives_one_turn_each():
    parts = drafts.split_at_empty_lines(timed("one two\n\nthree\n \nfour"))
    assert [part.text for part in parts] == ["one two", "three", "four"]
    assert [said(part)[0][1] for part in parts] == [0, 2000, 3000]


def test_split_at_the_edge_leaves_one_turn():
    assert len(drafts.split(timed("one two"), 0)) == 1


def test_split_puts_marks_where_their_words_are():
    flags = [{"kind": "repeat", "start": 4, "end": 7}, {"kind": "repeat", "start": 8, "end": 13}]
    left, right = drafts.split(timed("one two three", flags=flags), 7)
    assert left.flags == [flags[0]]
    assert right.flags == [{"kind": "repeat", "start": 0, "end": 5}]


def test_joined_speaks_with_the_first_voice_and_is_unchecked():
    both = drafts.joined(
        timed("one two", contributor_id=4, checked_by_id=1), timed("three", is_listener=True)
    )
    assert both.text == "one two three"
    assert (both.contributor_id, both.is_listener, both.checked_by_id) == (4, False, None)
    assert [word[0] for word in said(both)] == ["one", "two", "three"]


def test_without_closes_the_gap():
    assert drafts.without(timed("one two three"), 4, 7).text == "one three"


def test_where_now_finds_a_turn_that_moved():
    old = [TurnDraft("a"), TurnDraft("b"), TurnDraft("c")]
    new = [TurnDraft("a"), TurnDraft("b one"), TurnDraft("b two"), TurnDraft("c")]
    assert drafts.where_now(old, new, 2)[0] == 3
    assert drafts.where_now(old, new, 1) == (None, range(1, 3))


def test_lay_out_counts_in_code_points():
    text, laid = drafts.lay_out([timed("né 🙂 ok"), timed("שלום")])
    assert [text[place.start : place.end] for place in laid] == ["né 🙂 ok", "שלום"]
    assert text[laid[1].words[0][0] : laid[1].words[0][1]] == "שלום"


def test_changed_words_names_what_was_put_right():
    assert drafts.changed_words("from the counsel so", "from the council so") == [("counsel", "council")]


words = st.lists(st.sampled_from(["the", "letter", "é", "🙂", "שלום", "walked", "and", "x."]), max_size=12)


@given(words, words)
def test_rewritten_words_lie_in_the_text_in_order(old: list[str], new: list[str]):
    after = drafts.rewritten(timed(" ".join(old)), " ".join(new))
    spans = [(word[0], word[1]) for word in after.words]
    assert spans == sorted(spans)
    assert all(after.text[a:b] == after.text[a:b].strip() != "" for a, b in spans)
    if old and new:
        assert len(spans) == len(new)


@given(words, st.integers(0, 60))
def test_split_then_joined_says_the_same(said_words: list[str], at: int):
    draft = timed(" ".join(said_words))
    parts = drafts.split(draft, min(at, len(draft.text)))
    whole = parts[0] if len(parts) == 1 else drafts.joined(*parts)
    assert "".join(whole.text.split()) == "".join(draft.text.split())
