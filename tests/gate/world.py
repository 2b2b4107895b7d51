"""One partner in which two people have said something of every kind, and it was used in every way.

The makers of `tests.walls.world` are used again: there a letter stands for a partner, here for a voice. So
whatever the walls' world learns to make is in this one too.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from wagtail.models import Page

from accounts.models import Role, User
from enquiries.models import Contributor, Enquiry
from publishing import site
from publishing.models import HomePage, SuitePage
from tests.factories import publishing as pages
from tests.factories.accounts import UserFactory
from tests.factories.portal import Card, a_card
from tests.factories.themes import a_quote
from tests.gate import instrument
from tests.walls import world as walls
from tests.walls import world_coaching, world_pages
from themes.models import Quote, QuoteState, QuoteStep
from transcripts.models import PseudonymisedVersion, Segment
from transcripts.models.raw import RawVersion, Recording


@dataclass
class World:
    """`walls` has everything by its key; `voices` says whose a letter is; `users` who looks."""

    walls: walls.World
    voices: dict[str, set[int]]
    users: dict[str, User | None]
    card: Card

    def voice(self, letter: str) -> Contributor:
        """Who said what bears this letter."""
        side = self.walls.a if letter == "a" else self.walls.b
        return Contributor.objects.get(pk=side.objects["contributor"][0])


def build() -> World:
    """Make everything; a few seconds."""
    site.prepare(hostname="localhost", port=80)
    a = walls._partner("a")
    b = walls.Side("b", a.partner, a.first, a.second, defaultdict(list))
    for kind in ("partner", "user", "membership", "invitation", "emergency"):
        b.objects[kind] = a.objects[kind]
    # Sharing one partner: what hangs on it alone is made once.
    walls._listening(a, "first")
    walls._listening(b, "second")
    world_coaching.walk_alongside(a, "first", "one")
    world_coaching.walk_alongside(b, "second", "two")
    for kind in ("licence", "definition"):
        b.objects[kind] = a.objects[kind]
    for side in (a, b):
        world_pages.publish(side)
        world_pages.share(side)
        _further_steps(side)
    _tell_texts_from_passages()
    _tell_drafts_from_texts(a, b)
    _quote_by_name(a, b)
    users: dict[str, User | None] = {
        "anonymous": None,
        "superuser": UserFactory(email="superuser@example.org", is_staff=True, is_superuser=True),
        **{str(role): user for role, user in a.first.items()},
    }
    assert set(Role.values) <= set(users)
    voices = {side.letter: set(side.objects["contributor"]) for side in (a, b)}
    speaker = Contributor.objects.get(pk=a.objects["contributor"][0])
    card = a_card(speaker, by=a.first[Role.RESEARCHER])
    made = World(walls.World(a, b, users, {}), voices, users, card)
    _know_sounds(a, b)
    return made


def _further_steps(side: walls.Side) -> None:
    """A conversation that nothing was kept of yet, and quotes half-way: an act finds something to do."""
    enquiry = Enquiry.objects.get(pk=side.objects["enquiry"][0])
    speaker = Contributor.objects.get(pk=side.objects["contributor"][0])
    researcher = side.first[Role.RESEARCHER]
    made = walls._conversation(side, enquiry, speaker, researcher)
    side.objects["empty_conversation"].append(made.pk)
    segment = Segment.objects.get(pk=side.objects["segment"][0])
    for state in (QuoteState.HEARD, QuoteState.PSEUDONYMISED, QuoteState.OFFERED):
        quote = a_quote(segment, by=researcher, state=state, shown=f"Told again {side.word('passage')}.")
        side.objects["further_quote"].append(quote.pk)


def _tell_texts_from_passages() -> None:
    """A whole text without names needs `take_part`, a passage cut from it `analyse`: two kinds of mark, of
    one length so that every offset stays right."""
    for version in PseudonymisedVersion.objects.all():
        text = version.text.replace("xpassage", "xrawtext")
        PseudonymisedVersion.objects.filter(pk=version.pk).update(text=text)


def _tell_drafts_from_texts(*sides: walls.Side) -> None:
    """What a machine wrote needs `machine_transcribe`, too, until a person has found it right to its end."""
    for side in sides:
        drafts = RawVersion.objects.filter(
            transcript__conversation__in=side.objects["draft_conversation"], run__isnull=False
        )
        for version in drafts:
            text = version.text.replace(side.word("raw"), side.word("bot"))
            RawVersion.objects.filter(pk=version.pk).update(text=text)


def _quote_by_name(*sides: walls.Side) -> None:
    """A live Wisdom with a quote of each voice, named as they chose, which needs `named_credit`."""
    quotes = []
    for side in sides:
        quotes += Quote.objects.filter(pk__in=side.objects["approved_quote"])
    Quote.objects.filter(pk__in=[quote.pk for quote in quotes]).update(attribution="chosen_name")
    for side, quote in zip(sides, quotes, strict=True):
        report = Page.objects.get(pk=side.objects["live_page"][0]).specific
        inner = pages.World(
            partner=side.partner,
            editor=side.first[Role.EDITOR],
            second=side.first[Role.REVIEWER],
            enquiry=quote.enquiry,
            home=HomePage.objects.get(),
            shelf=SuitePage.objects.get(partner=side.partner),
        )
        # Shown to them first, as most wish.
        QuoteStep.objects.create(
            partner=side.partner, quote=quote, from_state="pseudonymised", to_state="offered", by=inner.second
        )
        made = pages.full_wisdom(
            inner, report, title=f"In their own words {side.letter}", opening_quote=quote.pk
        )
        inner.go_live(Page.objects.get(pk=made.pk).specific)
        side.objects["live_page"].append(made.pk)


def _know_sounds(*sides: Any) -> None:
    for side in sides:
        for recording in Recording.objects.filter(pk__in=side.objects["recording"]):
            keys = filter(None, (recording.stored_as, recording.playback_as))
            instrument.know_sounds((key, side.letter) for key in keys)
