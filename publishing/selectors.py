"""What publishing may read from below, and what of it an editor may choose.

Pages hold ids. The words, figures and displays behind them are read here at the moment of showing, through
the selectors of `themes` and `coaching`, which ask the consent gate each time. Nothing is kept.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import partners_where
from coaching.models import JointDisplay, PublishedFigure
from coaching.selectors import SafeDisplay, SafeFigure, figures_for_pages, joint_displays_for_pages
from enquiries.models import Enquiry, ReviewChoice
from themes import selectors as themes
from themes.actions.quotes import place, unplace
from themes.models import Code, Quote, QuoteState, QuoteStep, Theme
from themes.selectors import ShownQuote, TrailStep
from themes.states import SHOWABLE
from transcripts.models import Segment


@dataclass(frozen=True)
class ShownDisplay:
    """A theme beside a figure, with those of its quotes that may be shown."""

    display: SafeDisplay
    quotes: tuple[ShownQuote, ...]


def shown_quotes(ids: Iterable[int]) -> dict[int, ShownQuote]:
    """Those of `ids` that may be shown at this moment, by id; the others are left out without a word."""
    wanted = set(ids)
    return themes.shown_quotes(wanted, with_themes=False) if wanted else {}


def partners_of_quotes(ids: Iterable[int]) -> dict[int, int]:
    """Whose each quote is, by id; one that is gone is left out."""
    return dict(Quote.objects.filter(pk__in=set(ids)).values_list("pk", "partner_id"))


def trails(ids: Iterable[int]) -> dict[int, list[TrailStep]]:
    """The public way back from each quote that may be shown now."""
    wanted = set(ids)
    return themes.trails(wanted) if wanted else {}


# Words of `themes` for a share of people -> the band that is stored.
BANDS = {
    "a few": "a_few",
    "some": "some",
    "about half": "about_half",
    "most": "most",
    "almost all": "almost_all",
}


def theme_band(theme: Theme) -> str | None:
    """How common a theme is among contributors now, as a band; None where no tag stands yet."""
    with translation.override("en"):
        return BANDS.get(themes.theme_share(theme).words)


def figures(ids: Iterable[int]) -> dict[int, SafeFigure]:
    """Frozen figures by id; one that was emptied since is left out."""
    return figures_for_pages(ids)


def joint_displays(ids: Iterable[int]) -> dict[int, SafeDisplay]:
    """Joint displays by id, their quotes as ids; one whose figure was emptied is left out."""
    return joint_displays_for_pages(ids)


def frozen_figures(ids: Iterable[int]) -> dict[int, PublishedFigure]:
    """The frozen rows themselves, for the gate, which asks whose they are."""
    return PublishedFigure.objects.filter(withdrawn_at=None).in_bulk(list(set(ids)))


def build_displays(
    rows: Mapping[int, SafeDisplay], quotes: Mapping[int, ShownQuote]
) -> dict[int, ShownDisplay]:
    """What readers see of joint displays, given those of their quotes that may be shown."""
    return {
        pk: ShownDisplay(row, tuple(quotes[quote] for quote in row.quote_ids if quote in quotes))
        for pk, row in rows.items()
    }


def quotes_beside(displays: Iterable[SafeDisplay]) -> list[int]:
    """Ids of the quotes that stand in joint displays."""
    return [pk for display in displays for pk in display.quote_ids]


# --- What the gate asks -------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuoteStanding:
    """What stands in the way of one quote, if anything, in the words of the gate."""

    id: int
    enquiry_id: int | None
    problems: tuple[str, ...]
    was_offered: bool


def standing(ids: Iterable[int]) -> dict[int, QuoteStanding]:
    """For each of `ids`, missing ones too: whether it may be published now, and every reason why not."""
    wanted = sorted(set(ids))
    shown = shown_quotes(wanted)
    rows = {
        row.pk: row
        for row in Quote.objects.filter(pk__in=wanted).select_related("contributor", "segment__version")
    }
    offered = set(
        QuoteStep.objects.filter(quote_id__in=wanted, to_state=QuoteState.OFFERED).values_list(
            "quote_id", flat=True
        )
    )
    answers: dict[int, QuoteStanding] = {}
    for pk in wanted:
        row = rows.get(pk)
        if row is None:
            gone = _("Quote %(id)s is no longer here. Take it out of the page.") % {"id": pk}
            answers[pk] = QuoteStanding(pk, None, (gone,), False)
            continue
        problems: list[str] = []
        if row.state not in SHOWABLE:
            problems.append(
                _("Quote %(id)s has no yes from its speaker yet (%(state)s). Take it out, or wait.")
                % {"id": pk, "state": row.get_state_display()}
            )
        elif pk not in shown:
            problems.append(
                _("Quote %(id)s may not be quoted now: its speaker has not agreed, or took it back.")
                % {"id": pk}
            )
        if row.segment is not None and row.segment.version.signed_off_by_id is None:
            problems.append(
                _("Quote %(id)s comes from a text whose names have not been signed off.") % {"id": pk}
            )
        no_need = row.contributor.review_choice == ReviewChoice.NONE
        answers[pk] = QuoteStanding(pk, row.enquiry_id, tuple(problems), no_need or pk in offered)
    return answers


# So many words in a row, the same in our text as in somebody's, are no accident.
RUN_LENGTH = 8
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")


def runs_of(text: str) -> set[tuple[str, ...]]:
    """Every run of `RUN_LENGTH` words in a text, without case and signs; none in a shorter one."""
    words = [word.replace("’", "'").casefold() for word in _WORD.findall(text)]
    return {tuple(words[at : at + RUN_LENGTH]) for at in range(len(words) - RUN_LENGTH + 1)}


def runs_said(enquiry_id: int) -> set[tuple[str, ...]]:
    """Runs of words people said in an enquiry, in passages and in quotes as their speakers want them."""
    found: set[tuple[str, ...]] = set()
    passages = Segment.objects.filter(conversation__enquiry_id=enquiry_id).values_list("text", flat=True)
    shown = Quote.objects.filter(enquiry_id=enquiry_id).values_list("shown", flat=True)
    for text in (*passages.iterator(chunk_size=500), *shown):
        found |= runs_of(text)
    return found


def question_of(enquiry_id: int) -> str:
    """The one question of an enquiry, which people may well repeat in their answers."""
    return Enquiry.objects.values_list("question", flat=True).get(pk=enquiry_id)


# --- What an editor may choose ------------------------------------------------------------------------


def choosable_enquiries(user: User) -> QuerySet[Enquiry]:
    """Enquiries an editor may write about: those of the partners where they are editor now."""
    if user.is_superuser:
        return Enquiry.objects.all()
    return Enquiry.objects.filter(partner_id__in=partners_where(user, "page.write"))


def choosable_quotes(user: User, enquiry_id: int | None = None) -> QuerySet[Quote]:
    """Quotes an editor may place: agreed by their speaker and allowed now, at the editor's own partners."""
    rows = Quote.objects.filter(enquiry__in=choosable_enquiries(user), state__in=SHOWABLE)
    if enquiry_id is not None:
        rows = rows.filter(enquiry_id=enquiry_id)
    return rows.filter(pk__in=shown_quotes(rows.values_list("pk", flat=True))).order_by("pk")


def choosable_figures(user: User, enquiry_id: int | None = None) -> QuerySet[PublishedFigure]:
    """Frozen figures an editor may place: those of the enquiry, and those of its partner as a whole."""
    enquiries = choosable_enquiries(user)
    if enquiry_id is not None:
        enquiries = enquiries.filter(pk=enquiry_id)
    own = Q(enquiry__in=enquiries) | Q(enquiry=None, partner_id__in=enquiries.values("partner_id"))
    return PublishedFigure.objects.filter(own, withdrawn_at=None)


def choosable_displays(user: User, enquiry_id: int | None = None) -> QuerySet[JointDisplay]:
    """Joint displays an editor may place."""
    rows = JointDisplay.objects.filter(enquiry__in=choosable_enquiries(user))
    return rows.filter(enquiry_id=enquiry_id) if enquiry_id is not None else rows


def themes_of(enquiry_id: int) -> QuerySet[Theme]:
    return Theme.objects.filter(enquiry_id=enquiry_id)


def codes_of(enquiry_id: int) -> QuerySet[Code]:
    """Tags of an enquiry's code list that are still in use."""
    return Code.objects.filter(codebook__enquiry_id=enquiry_id, retired_at=None)


def codes_by_id(ids: Iterable[int]) -> dict[int, Code]:
    """Tags by id, retired ones too: a page keeps the words it was published with."""
    return Code.objects.in_bulk(list(ids)) if ids else {}


# --- Going live ---------------------------------------------------------------------------------------


def place_quotes(ids: Iterable[int], *, by: User | None) -> None:
    """Move agreed quotes to "placed in a page"; without a named person there is nothing to place."""
    if by is None:
        return
    for quote in Quote.objects.filter(pk__in=list(ids)).exclude(state=QuoteState.PLACED).order_by("pk"):
        place(quote=quote, by=by)


def unplace_quotes(ids: Iterable[int], *, by: User | None) -> None:
    """Move quotes that stand on no page any more back to their speaker's last answer."""
    if by is None:
        return
    for quote in Quote.objects.filter(pk__in=list(ids), state=QuoteState.PLACED).order_by("pk"):
        unplace(quote=quote, by=by)
