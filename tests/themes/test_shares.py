"""How common a theme is: people counted, not mentions, and told in words."""

import pytest

from enquiries.models import Scope
from tests.factories.enquiries import take_back
from tests.factories.themes import Reading, add_conversation
from themes import actions
from themes.errors import DecisionRefused, NameMissing, NameTaken
from themes.models import Theme
from themes.selectors import share_words, theme_share, theme_shares


@pytest.mark.parametrize(
    ("n_with", "n_of", "words"),
    [
        (0, 0, "nobody yet"),
        (0, 9, "nobody yet"),
        (1, 100, "a few"),
        (19, 100, "a few"),
        (199, 1000, "a few"),
        (20, 100, "some"),
        (39, 100, "some"),
        (40, 100, "about half"),
        (59, 100, "about half"),
        (60, 100, "most"),
        (84, 100, "most"),
        (85, 100, "almost all"),
        (100, 100, "almost all"),
        (1, 3, "some"),
        (3, 5, "most"),
    ],
)
def test_share_words_at_the_edges_of_each_band(n_with: int, n_of: int, words: str) -> None:
    assert share_words(n_with, n_of) == words


@pytest.fixture
def theme(reading: Reading) -> Theme:
    return actions.make_theme(
        enquiry=reading.enquiry,
        title="Waiting for letters",
        statement="People wait for paper.",
        codes=[reading.code("waiting"), reading.code("eligibility-rules")],
        by=reading.reader,
    )


def test_theme_share_counts_a_person_once(reading: Reading, theme: Theme) -> None:
    for segment in reading.segments:
        actions.tag(segment=segment, code=reading.code("waiting"), by=reading.reader)
        actions.tag(segment=segment, code=reading.code("eligibility-rules"), by=reading.second)
    for n in range(4):
        add_conversation(reading, [f"Something else, {n}."])
    share = theme_share(theme)
    assert (share.n_with, share.n_of, share.words) == (1, 5, "some")


def test_theme_share_leaves_out_whoever_took_it_back_from_both_counts(reading: Reading, theme: Theme) -> None:
    actions.tag(segment=reading.segments[0], code=reading.code("waiting"), by=reading.reader)
    other = add_conversation(reading, ["I wait too."])
    actions.tag(segment=other[0], code=reading.code("waiting"), by=reading.reader)
    assert theme_share(theme).words == "almost all"
    take_back(reading.contributor, Scope.ANALYSE)
    share = theme_share(theme)
    assert (share.n_with, share.n_of) == (1, 1)


def test_theme_shares_take_as_many_queries_for_one_as_for_six(
    reading: Reading, theme: Theme, django_assert_num_queries: object
) -> None:
    themes = [theme] + [
        actions.make_theme(
            enquiry=reading.enquiry,
            title=f"Theme {n}",
            statement="Something.",
            codes=[reading.code("animals")],
            by=reading.reader,
        )
        for n in range(5)
    ]
    actions.tag(segment=reading.segments[0], code=reading.code("waiting"), by=reading.reader)
    for listed in (themes[:1], themes):
        with django_assert_num_queries(7):  # type: ignore[operator]
            theme_shares(Theme.objects.filter(pk__in=[one.pk for one in listed]).select_related("enquiry"))


def test_make_theme_says_what_is_missing(reading: Reading, theme: Theme) -> None:
    details = {"title": "New", "statement": "Something.", "codes": [reading.code("animals")]}
    for missing in ({"title": " "}, {"statement": ""}, {"codes": []}, {"title": "🙂"}):
        with pytest.raises(NameMissing):
            actions.make_theme(enquiry=reading.enquiry, by=reading.reader, **(details | missing))  # type: ignore[arg-type]
    with pytest.raises(NameTaken):
        actions.make_theme(
            enquiry=reading.enquiry,
            by=reading.reader,
            **(details | {"title": "Waiting for letters"}),  # type: ignore[arg-type]
        )


def test_put_quote_to_theme_refuses_words_that_were_taken_back(reading: Reading, theme: Theme) -> None:
    quote = actions.select_quote(segment=reading.segments[0], by=reading.reader)
    actions.put_quote_to_theme(theme=theme, quote=quote, by=reading.reader)
    quote = actions.drop_quote(quote=quote, by=reading.reader)
    assert not theme.theme_quotes.exists()
    with pytest.raises(DecisionRefused):
        actions.put_quote_to_theme(theme=theme, quote=quote, by=reading.reader)
