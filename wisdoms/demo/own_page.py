"""One person of the demo has a card for their own page, so that a visitor can come in as they would.

Its code is made of this installation's key, not kept: it can be printed each time the demo starts, as no real
card can be.
"""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

from enquiries.models import Contributor
from portal.actions import links
from portal.models import PersonalLink
from portal.yours import tokens
from wisdoms.demo.world import World

WHO = "Wren"
WORD = "blackbird"
BY = "asha"


def code() -> str:
    """The twelve signs on the demo's card."""
    digest = salted_hmac("wisdoms.demo.card", WHO, algorithm="sha256").digest()
    return "".join(tokens.ALPHABET[byte % len(tokens.ALPHABET)] for byte in digest[: tokens.CODE_LENGTH])


def give_a_card(world: World) -> None:
    """Make the link once."""
    who = Contributor.objects.filter(enquiry=world.asked, pseudonym=WHO).first()
    if who is None or PersonalLink.objects.filter(digest=tokens.digest_of(code())).exists():
        return
    links.make_link(contributor=who, by=world.users[BY], word=WORD, code=code())


def address() -> str | None:
    """Where the demo's person comes in; None before the demo is built."""
    token = links.find_typed(code())
    if token is None:
        return None
    with translation.override("en"):
        return f"{settings.SITE_ADDRESS}{reverse('yours:start', args=[token])}"
