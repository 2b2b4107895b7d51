"""Links to people's own pages. The code on a card is known here alone, as on a real one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Role, User
from enquiries.models import Contributor
from portal.actions import links
from portal.models import PersonalLink
from tests.factories.accounts import colleague

WORD = "blackbird"
# Every part of the page that opens by itself.
PAGES = ["start", "agreed", "quotes", "words", "used", "progress", "copy", "ask", "everything"]


@dataclass
class Card:
    """A link as the person holds it."""

    link: PersonalLink
    token: str
    code: str

    def way(self, name: str, *rest: Any) -> str:
        # A request in Welsh before this one leaves Welsh behind on the thread of a test.
        with translation.override("en"):
            return reverse(f"yours:{name}", args=[self.token, *rest])


def a_card(
    contributor: Contributor, *, by: User | None = None, lasts: timedelta = links.LASTS, word: str = WORD
) -> Card:
    """A link made by a researcher of the contributor's partner."""
    made = links.make_link(
        contributor=contributor,
        by=by or colleague(contributor.partner, Role.RESEARCHER),
        word=word,
        lasts=lasts,
    )
    return Card(made.link, made.token, made.code)


def come_in(client: Client, card: Card, *, who: str = "self") -> None:
    """Confirm with the agreed word."""
    answer = client.post(card.way("confirm"), {"answer": WORD, "who": who})
    assert answer.status_code == 302, answer.content.decode()
