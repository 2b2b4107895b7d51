"""The gate before publication: what a machine can check, and a second person's name.

`examine` reads a page as it stands and says what is in the way. `run` stores that. `sign` puts a second
person's name under it. `opening` is asked each time a page is about to go live: it examines again, because
a yes of yesterday may have been taken back today, and wants a signature under exactly this content.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.blocks import Block, CharBlock, ListBlock, RichTextBlock, StreamBlock, StructBlock, TextBlock
from wagtail.blocks.stream_block import StreamValue

from accounts.models import User
from accounts.permissions import partners_where
from coaching.models import JointDisplay
from publishing import lint, selectors
from publishing.gathering import Uses
from publishing.models.gate import Excuse, GateCheck
from publishing.models.mixins import GatedPage

REFUSES = "refuses"
ADVISES = "advises"


@dataclass(frozen=True)
class GateFinding:
    """One thing the gate found. `refuses` closes it; `advises` only says."""

    rule: str
    level: str
    sentence: str
    word: str = ""

    @property
    def closes(self) -> bool:
        return self.level == REFUSES


# --- Reading a page -----------------------------------------------------------------------------------


def own_texts(page: GatedPage) -> list[str]:
    """Everything we wrote ourselves on a page, as plain text. Quotes are not among it."""
    return [text for _part, texts in _parts(page) for text in texts]


def _parts(page: GatedPage) -> Iterable[tuple[str, list[str]]]:
    """`(name of the part, its texts)`: our fields, and what stands beside figures."""
    for name in page.prose_fields:
        yield capfirst(str(page._meta.get_field(name).verbose_name)), _texts_of(page, name)
    for pk, row in selectors.joint_displays(page.uses().displays).items():
        yield _("Display %(id)s") % {"id": pk}, [row.topic, row.heard, row.reading]


def _texts_of(page: GatedPage, name: str) -> list[str]:
    value = getattr(page, name)
    if isinstance(value, StreamValue):
        texts = list(_texts(value.stream_block, value))
    else:
        texts = [lint.plain(str(value))] if value else []
    return [text for text in texts if text]


def _texts(block: Block, value: Any) -> Iterable[str]:
    if value is None:
        return
    if isinstance(block, RichTextBlock):
        yield lint.plain(value.source)
    elif isinstance(block, CharBlock | TextBlock):
        yield str(value)
    elif isinstance(block, StreamBlock):
        for child in value:
            yield from _texts(child.block, child.value)
    elif isinstance(block, StructBlock):
        for name, child_block in block.child_blocks.items():
            yield from _texts(child_block, value.get(name))
    elif isinstance(block, ListBlock):
        for item in value:
            yield from _texts(block.child_block, item)


def fingerprint(page: GatedPage) -> str:
    """Digest of all that readers would see: our words, the ids, and what stands behind the ids now.

    Two pages with the same digest show the same. Block ids are left out, since an editor makes new ones
    by saving.
    """
    data = page.serializable_data()
    fields: dict[str, Any] = {}
    for name in page.public_fields:
        value = data.get(name)
        if name in page.stream_fields and isinstance(value, str):
            value = json.loads(value)
        fields[name] = _without_ids(value)
    uses = page.uses()
    displays = selectors.joint_displays(uses.displays)
    everything = {*uses.quotes, *selectors.quotes_beside(displays.values())}
    behind: dict[str, Any] = {
        "quotes": sorted(
            (pk, shown.shown, shown.attribution, shown.voice)
            for pk, shown in selectors.shown_quotes(everything).items()
        ),
        "displays": sorted(
            (pk, row.topic, row.heard, row.relation, row.reading, row.figure and row.figure.id, row.quote_ids)
            for pk, row in displays.items()
        ),
    }
    line = json.dumps([type(page).__name__, fields, behind], sort_keys=True, default=str)
    return hashlib.sha256(line.encode()).hexdigest()


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(each) for each in value]
    if isinstance(value, dict):
        dropped = {"id", "pk"} if "type" in value or "pk" in value else set()
        return {key: _without_ids(each) for key, each in value.items() if key not in dropped}
    return value


# --- What a machine can check -------------------------------------------------------------------------


def examine(page: GatedPage) -> list[GateFinding]:
    """Everything a machine finds on the page as it stands now; empty when nothing is in the way."""
    uses = page.uses()
    return [
        *_quotes(page, uses),
        *_figures(page, uses),
        *_typed_words(page),
        *_language(page),
        *_content_note(page),
        *_pictures(page),
        *_share(page),
        *_length(page),
    ]


def _quotes(page: GatedPage, uses: Uses) -> Iterable[GateFinding]:
    displays = selectors.joint_displays(uses.displays)
    everything = [*uses.quotes, *selectors.quotes_beside(displays.values())]
    enquiry_id = page.home_enquiry_id()
    for pk, stands in selectors.standing(everything).items():
        for problem in stands.problems:
            yield GateFinding("quotes_allowed", REFUSES, problem)
        if stands.problems:
            continue
        if stands.enquiry_id != enquiry_id:
            yield GateFinding(
                "quotes_of_enquiry",
                REFUSES,
                _("Quote %(id)s was said in another enquiry. Choose one from this report’s own.")
                % {"id": pk},
            )
        if not stands.was_offered:
            yield GateFinding(
                "quotes_offered",
                REFUSES,
                _("Quote %(id)s was not shown to its speaker first. Offer it, and wait for the answer.")
                % {"id": pk},
            )


def _figures(page: GatedPage, uses: Uses) -> Iterable[GateFinding]:
    enquiry_id, partner_id = page.home_enquiry_id(), page.home_partner_id()
    rows = {row.pk: row for row in JointDisplay.objects.filter(pk__in=uses.displays)}
    for pk in uses.displays:
        row = rows.get(pk)
        if row is None:
            yield GateFinding(
                "figures_frozen", REFUSES, _("Display %(id)s is no longer here. Take it out.") % {"id": pk}
            )
        elif row.enquiry_id != enquiry_id:
            yield GateFinding(
                "figures_frozen",
                REFUSES,
                _("Display %(id)s belongs to another enquiry. Choose one from this report’s own.")
                % {"id": pk},
            )
    behind = [row.figure_id for row in rows.values() if row.figure_id is not None]
    yield from _frozen([*uses.figures, *behind], enquiry_id, partner_id)


def _frozen(ids: list[int], enquiry_id: int | None, partner_id: int | None) -> Iterable[GateFinding]:
    found = selectors.frozen_figures(ids)
    for pk in dict.fromkeys(ids):
        figure = found.get(pk)
        if figure is None or not figure.safe.get("rows"):
            yield GateFinding(
                "figures_frozen",
                REFUSES,
                _("Figure %(id)s has not been frozen. Freeze it first, or take it out.") % {"id": pk},
            )
        elif figure.partner_id != partner_id or figure.enquiry_id not in (None, enquiry_id):
            yield GateFinding(
                "figures_frozen",
                REFUSES,
                _("Figure %(id)s belongs to others. Choose one of this partner and enquiry.") % {"id": pk},
            )


def _typed_words(page: GatedPage) -> Iterable[GateFinding]:
    """Words somebody said, typed into our own text, where taking them back would not reach them.

    The finding names the part of the page and never the words.
    """
    enquiry_id = page.home_enquiry_id()
    if enquiry_id is None:
        return
    said = selectors.runs_said(enquiry_id) - selectors.runs_of(selectors.question_of(enquiry_id))
    for part, texts in _parts(page):
        if not any(selectors.runs_of(text) & said for text in texts):
            continue
        yield GateFinding(
            "typed_words",
            REFUSES,
            _("In “%(part)s” stand words that somebody said. Choose them as a quote, or use your own.")
            % {"part": part},
        )


def _language(page: GatedPage) -> Iterable[GateFinding]:
    excused = set(Excuse.objects.filter(page_id=page.pk).values_list("word", flat=True)) if page.pk else set()
    seen: set[str] = set()
    for text in own_texts(page):
        for found in lint.read(text):
            if found.word in excused or found.word in seen:
                continue
            seen.add(found.word)
            yield GateFinding(
                "language",
                REFUSES,
                _("“%(word)s” stands in “%(around)s”. Say “%(instead)s”, or give a reason to keep it.")
                % {"word": found.word, "around": found.around, "instead": found.instead},
                word=found.word,
            )


def _content_note(page: GatedPage) -> Iterable[GateFinding]:
    if not page.needs_content_note:
        return
    note, needless = getattr(page, "content_note", ""), getattr(page, "is_note_needless", False)
    if not note.strip() and not needless:
        yield GateFinding(
            "content_note",
            REFUSES,
            _("There is no content note. Write what is spoken of, or say that none is needed."),
        )


def _pictures(page: GatedPage) -> Iterable[GateFinding]:
    for name, words, is_decoration in page.pictures():
        if not words.strip() and not is_decoration:
            yield GateFinding(
                "pictures",
                REFUSES,
                _("The picture “%(name)s” has no words for those who cannot see it. Write some.")
                % {"name": name},
            )


def _share(page: GatedPage) -> Iterable[GateFinding]:
    theme = getattr(page, "theme", None)
    if not page.needs_content_note:
        return
    if theme is None:
        yield GateFinding(
            "share",
            ADVISES,
            _("No theme is chosen, so readers will not be told how many people spoke of this."),
        )
        return
    if selectors.theme_band(theme) is None:
        yield GateFinding(
            "share",
            REFUSES,
            _("Nobody’s words carry the tags of the theme “%(theme)s” now. Choose another theme, or none.")
            % {"theme": theme.title},
        )


def _length(page: GatedPage) -> Iterable[GateFinding]:
    average = lint.average_length(own_texts(page))
    if average is not None and average > lint.LONGEST_AVERAGE:
        yield GateFinding(
            "length",
            ADVISES,
            _("Sentences are %(n)s words long on average. Under 20 reads easier.") % {"n": round(average)},
        )


# --- A record of it, and a name under it --------------------------------------------------------------


def last_check(page: GatedPage) -> GateCheck | None:
    """The newest check of this page, whatever it found."""
    return GateCheck.objects.filter(page_id=page.pk).select_related("checked_by", "signed_by").first()


def signature(page: GatedPage, digest: str | None = None) -> GateCheck | None:
    """The signed check of exactly this content, or None."""
    digest = digest or fingerprint(page)
    return (
        GateCheck.objects.filter(page_id=page.pk, fingerprint=digest, passed=True, signed_by__isnull=False)
        .select_related("checked_by", "signed_by")
        .first()
    )


@dataclass(frozen=True)
class Answer:
    """What the gate says to a page that wants to go live."""

    closed: tuple[str, ...]
    check: GateCheck | None

    @property
    def is_open(self) -> bool:
        return not self.closed


def ask(page: GatedPage) -> Answer:
    """Whether the page may go live as it stands at this moment, with every sentence in the way."""
    closed = [finding.sentence for finding in examine(page) if finding.closes]
    if not page.needs_second_person:
        return Answer(tuple(closed), None)
    signed = signature(page)
    if signed is None:
        closed.append(
            _("A second person has not signed this version yet. Ask a colleague to read and sign it.")
        )
    return Answer(tuple(closed), signed)


def waiting_for_signature(user: User) -> list[GateCheck]:
    """Newest checks that found nothing and wait for a second person, at the user's partners; oldest first.

    The user's own are left out: they cannot sign what they asked for.
    """
    newest = GateCheck.objects.filter(page_id=OuterRef("page_id")).order_by("-pk").values("pk")[:1]
    return list(
        GateCheck.objects.filter(
            partner_id__in=partners_where(user, "page.sign"),
            pk=Subquery(newest),
            passed=True,
            signed_by=None,
        )
        .exclude(checked_by=user)
        .select_related("page", "checked_by")
        .order_by("pk")
    )
