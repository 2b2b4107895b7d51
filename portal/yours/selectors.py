"""What a person's pages show of them. Every reading here goes through their own door of the wall.

Words are shown only while the gate allows it: whoever has taken something back finds it gone here too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from coaching.models import AssetSurvey, WellbeingResponse
from enquiries import consent, ledger
from enquiries.models import ConsentEvent, ConsentState, Contributor, Conversation, Scope, Wave
from portal.yours.scopes import SAID, Said
from publishing.models.gate import QuoteOnPage
from themes.models import Quote, QuoteState, QuoteStep


@dataclass(frozen=True, slots=True)
class Agreed:
    """One thing that can be agreed to, and where it stands for this person.

    `state` is one of `ConsentState`; `at` when they last said so; `rests` what falls with it, by title.
    """

    scope: str
    said: Said
    state: str
    at: datetime | None
    rests: tuple[str, ...]

    @property
    def is_yes(self) -> bool:
        return self.state == ConsentState.GRANTED

    @property
    def sentence(self) -> str:
        """Such as "You said yes on 3 May 2026."."""
        if self.at is None or self.state == ConsentState.NOT_ASKED:
            return _("We have not asked you this.")
        day = formats.date_format(timezone.localtime(self.at), "j F Y")
        return {
            ConsentState.GRANTED: _("You said yes on %(day)s."),
            ConsentState.DECLINED: _("You said no on %(day)s."),
            ConsentState.WITHDRAWN: _("You took it back on %(day)s."),
            ConsentState.LAPSED: _("Your yes ended on %(day)s. We do not use it any more."),
        }[ConsentState(self.state)] % {"day": day}


@dataclass(frozen=True, slots=True)
class Round:
    """What was agreed in one round of listening."""

    wave: Wave
    agreed: tuple[Agreed, ...]


def rounds(contributor: Contributor) -> list[Round]:
    """What they agreed to, round by round, the latest first.

    Rounds they were asked nothing in are left out.
    """
    events = list(ConsentEvent.objects.filter(contributor=contributor).order_by("decided_at", "pk"))
    waves = list(Wave.objects.filter(enquiry_id=contributor.enquiry_id).order_by("-number"))
    asked = {event.wave_id for event in events if event.wave_id is not None}
    return [
        Round(wave, tuple(_agreed([e for e in events if e.wave_id in (wave.pk, None)])))
        for wave in waves
        if wave.pk in asked or (not asked and wave == waves[0])
    ]


def _agreed(events: Iterable[ConsentEvent]) -> Iterable[Agreed]:
    last = {event.scope: event for event in events}
    states = {
        scope: last[scope].decision if scope in last else ConsentState.NOT_ASKED for scope in Scope.values
    }
    for scope in Scope.values:
        falling = [
            other
            for other in Scope.values
            if other != scope and other in consent.resting_on(scope) and states[other] == ConsentState.GRANTED
        ]
        line = last.get(scope)
        yield Agreed(
            scope=scope,
            said=SAID[scope],
            state=str(states[scope]),
            at=line.decided_at if line else None,
            rests=tuple(str(SAID[other].title) for other in falling),
        )


def stands(contributor: Contributor, scope: str) -> bool:
    """Whether there is a yes to this in any round that could be taken back."""
    waves = Wave.objects.filter(enquiry_id=contributor.enquiry_id)
    return any(consent.states(contributor, wave=wave)[scope] == ConsentState.GRANTED for wave in waves)


def still_takes_part(contributor: Contributor) -> bool:
    """Whether anything of theirs is here: they said yes to taking part in some round."""
    return stands(contributor, Scope.TAKE_PART)


def is_anything_here(contributor: Contributor) -> bool:
    """Whether there is anything to take back: also of somebody who never said yes, who they are."""
    return still_takes_part(contributor) or not ledger.is_forgotten(contributor)


def conversations(contributor: Contributor) -> list[Conversation]:
    """Their conversations, the latest first, those alone whose round they still take part in."""
    rows = list(
        Conversation.objects.filter(participations__contributor=contributor)
        .select_related("wave")
        .order_by("-held_on", "-number")
    )
    pairs = {(contributor.pk, row.wave_id) for row in rows}
    allowed = consent.allowing_pairs(pairs, Scope.TAKE_PART)
    return [row for row in rows if (contributor.pk, row.wave_id) in allowed]


# --- Quotes -------------------------------------------------------------------------------------------
# States in which the person has been asked, or has answered.
_THEIRS_TO_ANSWER = (
    QuoteState.OFFERED,
    QuoteState.APPROVED,
    QuoteState.CHANGED,
    QuoteState.REFUSED,
    QuoteState.PLACED,
)


def quotes(contributor: Contributor) -> list[Quote]:
    """Words of theirs that were offered to them, whatever they answered; those that wait come first."""
    steps = QuoteStep.objects.order_by("pk")
    rows = (
        Quote.objects.filter(contributor=contributor, state__in=_THEIRS_TO_ANSWER)
        .select_related("segment__conversation")
        .prefetch_related(Prefetch("steps", queryset=steps))
    )
    said = [(row, row.segment.conversation.wave_id) for row in rows if row.segment is not None]
    pairs = {(contributor.pk, wave_id) for _row, wave_id in said}
    allowed = consent.allowing_pairs(pairs, Scope.QUOTE_WORDS)
    found = [row for row, wave_id in said if (contributor.pk, wave_id) in allowed]
    return sorted(found, key=lambda row: (row.state != QuoteState.OFFERED, row.pk))


def waiting(contributor: Contributor) -> int:
    """How many of their words wait for their answer."""
    return sum(row.state == QuoteState.OFFERED for row in quotes(contributor))


def is_coached(contributor: Contributor) -> bool:
    """Whether surveys of theirs are kept, which only the link table can tell."""
    return WellbeingResponse.objects.exists() or AssetSurvey.objects.exists()


# --- Where words are used -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Place:
    """One page of the website that shows words of theirs now, and what came of it."""

    title: str
    url: str
    language: str
    since: datetime
    shown: tuple[Quote, ...]
    done: Any
    not_changed: Any


def places(contributor: Contributor) -> list[Place]:
    """Live pages with their words, the newest first; none that the gate would not show at this moment."""
    open_now = {quote.pk: quote for quote in quotes(contributor) if quote.state == QuoteState.PLACED}
    rows = QuoteOnPage.objects.filter(quote__in=open_now, page__live=True).order_by("placed_at")
    by_page: dict[int, list[QuoteOnPage]] = {}
    for row in rows:
        by_page.setdefault(row.page_id, []).append(row)
    rows_of_pages = Page.objects.filter(pk__in=by_page).select_related("locale").specific()
    pages = {page.pk: page for page in rows_of_pages}
    found = [
        Place(
            title=pages[pk].title,
            url=pages[pk].url or "",
            language=pages[pk].locale.language_code,
            since=standing[0].placed_at,
            shown=tuple(open_now[row.quote_id] for row in standing),
            done=getattr(pages[pk], "done", None),
            not_changed=getattr(pages[pk], "not_changed", None),
        )
        for pk, standing in by_page.items()
        if pk in pages
    ]
    return sorted(found, key=lambda place: place.since, reverse=True)
