"""Words that were typed again are found however they were typed, and nothing else is taken."""

import pytest

from themes.extracts import CUT, Said, without

SAID = Said.in_texts(
    [
        "They sent me from desk to desk and nobody would tell me why, not once.",
        "My sister Agnes rang the housing office every single morning that week.",
        "What has it been like for you? It was like shouting into a well.",
    ],
    quotes=["New face, same paper.", "Nobody."],
    asked="What has it been like for you?",
)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("She said they sent me from desk to desk, that’s all.", f"She said {CUT}, that’s all."),
        # From memory: a word left out, one put in, one in another's place.
        ("Sent from desk to desk and no one would tell me why.", f"Sent {CUT}."),
        ("In short: the housing office [rang] every single morning.", f"In short: {CUT}."),
        ("Somebody was told nothing, “not once”, and “nobody would tell me”.", None),
        ("The telling phrase is “rang the … single morning”.", f"The telling phrase is “{CUT}”."),
        ("It was &quot;into a well&quot; again.", f"It was &quot;{CUT}&quot; again."),
        ("It was ‘shouting into a well’ again.", f"It was ‘{CUT}’ again."),
        ("New face, same paper: that is how it goes.", f"{CUT}: that is how it goes."),
        ("<p>sent me <b>from desk</b> to desk and on</p>", f"<p>{CUT}<b></b> on</p>"),
    ],
)
def test_what_was_said_is_taken_out(written: str, left: str | None) -> None:
    expected = left or f"Somebody was told nothing, “not once”, and “{CUT}”."
    assert without(written, SAID) == expected


@pytest.mark.parametrize(
    "written",
    [
        # In a colleague's own words.
        "People are sent from one desk to another, and are not told why.",
        "The housing office rang her sister every morning.",
        # Few words that anybody may use, and far apart.
        "They sent me a letter. Nobody would tell us, and so it went from desk drawer to desk drawer.",
        # The question is ours.
        "We asked: what has it been like for you?",
        "We asked “what has it been like for you” in spring.",
        # Two words in quotation marks are nobody's.
        "The “housing office” does what it can.",
        "Nobody.",
        "",
    ],
)
def test_what_a_colleague_wrote_stays(written: str) -> None:
    assert without(written, SAID) == written


def test_nothing_said_takes_nothing() -> None:
    assert not Said()
    assert without("They sent me from desk to desk.", Said()) == "They sent me from desk to desk."
