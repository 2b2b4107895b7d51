"""How common a theme is, in words and never in figures (domain guide, section 6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from themes.models import Code, Theme, ThemeCode
from themes.passages import open_passages
from themes.selectors.tags import current_tags


@dataclass(frozen=True, slots=True)
class ShareWords:
    """The words, and the two counts behind them. Only `words` may ever be shown.

    Attributes:
        words: "a few", "some", "about half", "most", "almost all"; "nobody yet" where no tag stands.
        n_with: people with at least one tag of the theme's codes.
        n_of: people whose words may be read.
    """

    words: str
    n_with: int
    n_of: int


def share_words(n_with: int, n_of: int) -> str:
    """Words for a share of people: under 20% a few, to 39 some, to 59 about half, to 84 most, else almost
    all. The bands meet at the whole percents, so 19.9% is a few and 39.9% is some."""
    if not n_of or not n_with:
        return _("nobody yet")
    share = Fraction(n_with, n_of)
    for below, words in (
        (Fraction(20, 100), _("a few")),
        (Fraction(40, 100), _("some")),
        (Fraction(60, 100), _("about half")),
        (Fraction(85, 100), _("most")),
    ):
        if share < below:
            return words
    return _("almost all")


def theme_share(theme: Theme) -> ShareWords:
    """How many of those whose words may be read speak of the theme: people are counted, not mentions."""
    return theme_shares([theme])[theme.pk]


def theme_shares(themes: Iterable[Theme]) -> dict[int, ShareWords]:
    """`theme_share` of each theme of one enquiry, by theme id, in a constant number of queries.

    Counted are people with at least one passage that is open for analysis now; of them, those with at
    least one standing tag of one of the theme's codes.
    """
    listed = list(themes)
    if not listed:
        return {}
    enquiry = listed[0].enquiry
    readable = set(open_passages(enquiry).order_by().values_list("contributor_id", flat=True).distinct())
    speakers_by_code: dict[int, set[int]] = {}
    for tag in current_tags(enquiry=enquiry):
        speakers_by_code.setdefault(tag.code_id, set()).add(tag.segment.contributor_id)
    codes_by_theme: dict[int, set[int]] = {theme.pk: set() for theme in listed}
    links = ThemeCode.objects.filter(theme__in=list(codes_by_theme))
    for theme_id, code_id in links.values_list("theme_id", "code_id"):
        codes_by_theme[theme_id].add(code_id)
    found = {}
    for theme in listed:
        speakers = set().union(*(speakers_by_code.get(code, set()) for code in codes_by_theme[theme.pk]))
        speakers &= readable
        found[theme.pk] = ShareWords(
            words=share_words(len(speakers), len(readable)), n_with=len(speakers), n_of=len(readable)
        )
    return found


def code_counts(codes: Iterable[Code]) -> dict[int, int]:
    """How many passages carry each code now, by code id, for readers' own pages."""
    listed = list(codes)
    if not listed:
        return {}
    segments: dict[int, set[int]] = {code.pk: set() for code in listed}
    for tag in current_tags(enquiry=listed[0].codebook.enquiry):
        if tag.code_id in segments:
            segments[tag.code_id].add(tag.segment_id)
    return {pk: len(found) for pk, found in segments.items()}
