"""What other apps and our own pages read of the sense that was made."""

from themes.selectors.quotes import ShownQuote, TrailStep, approved_quotes, shown_quotes, trail, trails
from themes.selectors.shares import ShareWords, share_words, theme_share, theme_shares
from themes.selectors.tags import current_tags, open_offers

__all__ = [
    "ShareWords",
    "ShownQuote",
    "TrailStep",
    "approved_quotes",
    "current_tags",
    "open_offers",
    "share_words",
    "shown_quotes",
    "theme_share",
    "theme_shares",
    "trail",
    "trails",
]
