"""Freezing a figure, setting it beside words, and making it anew when somebody takes their link back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from accounts.permissions import check
from audit.actions import record
from coaching import disclosure
from coaching.errors import DisclosureRefused, NotPossibleNow
from coaching.metrics import METRICS, Measured, Population, Row, measure
from coaching.models import FigurePerson, JointDisplay, PublishedFigure, Relation
from enquiries import consent
from enquiries.models import Enquiry, Link, Scope
from themes.models import Quote, Theme
from themes.states import SHOWABLE


@transaction.atomic
def freeze_figure(
    *,
    metric: str,
    enquiry: Enquiry | None,
    partner: Partner,
    by: User,
    title: str,
    period_start: date | None = None,
    period_end: date | None = None,
    only_linked: bool = False,
) -> PublishedFigure:
    """Measure one metric of one partner and freeze what disclosure control lets through.

    Args:
        metric: a key of `coaching.metrics.METRICS`.
        enquiry: the enquiry it is for; None for a figure of the partner alone.
        period_start, period_end: ends of the time, both included; None leaves that end open.
        only_linked: count only people behind contributors of `enquiry` who allow `link_coaching` now.

    Raises:
        NotYours: the user freezes no figures of the partner, or none for this enquiry.
        NotPossibleNow: an unknown metric, a partner outside the enquiry, ends the wrong way round.
        TooFewPeople, TooCloseToEarlier: see `coaching.disclosure`.
    """
    check(by, "figure.freeze", partner)
    if enquiry is not None:
        # A lead could tell from such a figure how many of their own people took part.
        check(by, "enquiry_figure.freeze", enquiry)
    _check_request(metric, enquiry, partner, period_start, period_end, only_linked)
    if only_linked and enquiry is not None:
        # Before the partner's row, which every new row of somebody who takes their link back leans on.
        consent.hold(_links(enquiry, partner))
    # Two figures frozen at once could each look past the other; the partner's row makes them wait.
    Partner.objects.select_for_update().get(pk=partner.pk)
    rules = disclosure.current_rules()
    population = Population(
        partner_id=partner.pk,
        only=_linked_people(enquiry, partner) if only_linked and enquiry else None,
        start=period_start,
        end=period_end,
    )
    measured = measure(metric, population, rules)
    disclosure.check_differencing(measured.people, _earlier_people(partner.pk, metric), rules)
    figure = PublishedFigure.objects.create(
        partner=partner,
        enquiry=enquiry,
        metric=metric,
        title=title.strip() or str(METRICS[metric].label),
        filter={"only_linked": only_linked},
        period_start=period_start,
        period_end=period_end,
        safe=_safe(measured, partner, population, rules),
        rule_version=rules.version,
        frozen_by=by,
    )
    _set_down_people(figure, measured.people)
    record("figure.frozen", by=by, about=figure, metric=metric, linked=only_linked)
    return figure


def _check_request(
    metric: str,
    enquiry: Enquiry | None,
    partner: Partner,
    start: date | None,
    end: date | None,
    only_linked: bool,
) -> None:
    if metric not in METRICS:
        raise NotPossibleNow(_("We do not count that. Choose one of the figures offered."))
    if start and end and end < start:
        raise NotPossibleNow(_("The last day lies before the first. Change one of them."))
    if enquiry is None:
        if only_linked:
            raise NotPossibleNow(_("Choose the enquiry whose people agreed to be counted."))
    elif partner.pk != enquiry.partner_id and not enquiry.with_partners.filter(pk=partner.pk).exists():
        raise NotPossibleNow(_("This partner is not part of the enquiry."))


def _links(enquiry: Enquiry, partner: Partner) -> dict[int, int | None]:
    """Voice → person of the partner behind it, whatever they agreed to."""
    return dict(
        Link.objects.filter(
            contributor__enquiry=enquiry, person__isnull=False, person__partner=partner
        ).values_list("contributor_id", "person_id")
    )


def _linked_people(enquiry: Enquiry, partner: Partner) -> frozenset[int]:
    """People of the partner behind contributors who allow the link now. Asked anew at every call."""
    links = _links(enquiry, partner)
    allowed = consent.allowing(links, Scope.LINK_COACHING)
    return frozenset(person for contributor, person in links.items() if contributor in allowed and person)


def _earlier_people(
    partner_id: int, metric: str, *, leaving_out: PublishedFigure | None = None
) -> Mapping[int, frozenset[int]]:
    """By figure, whom each earlier one of the same thing counted."""
    rows = FigurePerson.objects.filter(
        partner_id=partner_id, figure__metric=metric, figure__withdrawn_at=None
    )
    if leaving_out is not None:
        rows = rows.exclude(figure=leaving_out)
    found: dict[int, set[int]] = defaultdict(set)
    for figure, person in rows.values_list("figure_id", "person_id"):
        found[figure].add(person)
    return {figure: frozenset(people) for figure, people in found.items()}


def _set_down_people(figure: PublishedFigure, people: Iterable[int]) -> None:
    FigurePerson.objects.bulk_create(
        FigurePerson(partner_id=figure.partner_id, figure=figure, person_id=person)
        for person in sorted(people)
    )


def _safe(
    measured: Measured, partner: Partner, population: Population, rules: disclosure.Rules
) -> dict[str, Any]:
    """The stored form; its shape is described on `PublishedFigure`."""
    if population.only is None:
        whom = _("Counted among everyone coached at %(partner)s.") % {"partner": partner}
    else:
        whom = _("Counted among people coached at %(partner)s who took part and agreed to be counted.") % {
            "partner": partner
        }
    base = f"{measured.base_text}, {_period(population)}."
    return {
        "heading": measured.heading,
        "caption": " ".join([base, whom, *measured.said, disclosure.rule_sentence(rules)]),
        "base_text": base,
        "unit": measured.unit,
        "row_heading": measured.row_heading,
        "columns": list(measured.columns),
        "rows": [_row(row) for row in measured.rows],
        "notes": list(measured.notes),
        "copyright": measured.copyright,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "values": [cell.text for cell in row.values],
        "size": row.values[0].size,
        "series": row.series,
        "short": row.short,
    }


def _period(population: Population) -> str:
    start = date_format(population.start, "j F Y") if population.start else ""
    end = date_format(population.end or timezone.localdate(), "j F Y")
    if start:
        return _("%(start)s to %(end)s") % {"start": start, "end": end}
    return _("up to %(end)s") % {"end": end}


@transaction.atomic
def make_joint_display(
    *,
    enquiry: Enquiry,
    topic: str,
    theme: Theme,
    quotes: Iterable[Quote],
    figure: PublishedFigure | None,
    heard: str,
    relation: str,
    reading: str,
    by: User,
) -> JointDisplay:
    """Set a theme and some of its quotes beside a frozen figure, with a sentence on how the two relate.

    A figure of linked people is used only while each of them still allows `link_coaching`; any other
    figure speaks of the whole partnership and says so. `relation` is silent exactly where `figure` is None.

    Raises:
        NotYours: the user is no researcher or reviewer of the enquiry's partner.
        ConsentMissing: a speaker does not allow quoting now.
        NotPossibleNow: something of another enquiry, a quote not agreed to, a figure that is gone, or
            nothing written.
    """
    check(by, "joint_display.make", enquiry)
    chosen = list(quotes)
    if not (topic.strip() and heard.strip() and reading.strip()):
        raise NotPossibleNow(_("Write what it is about, what was heard, and how you read the two together."))
    if theme.enquiry_id != enquiry.pk or any(quote.enquiry_id != enquiry.pk for quote in chosen):
        raise NotPossibleNow(_("The theme and the quotes must belong to this enquiry."))
    if relation not in Relation.values or (relation == Relation.SILENT) != (figure is None):
        raise NotPossibleNow(
            _("Choose a figure and say how it relates, or say that nothing was counted about this.")
        )
    consent.hold({quote.contributor_id for quote in chosen})
    # As they are now: the quotes at hand may have been read before their words were taken back.
    now = (
        Quote.objects.select_related("contributor", "segment__conversation")
        .defer("text", "shown", "segment__text", "segment__embedding")
        .in_bulk([quote.pk for quote in chosen])
    )
    for quote in (now.get(each.pk) for each in chosen):
        if quote is None or quote.state not in SHOWABLE or quote.segment is None:
            raise NotPossibleNow(_("A quote here waits for its speaker’s yes. Choose agreed quotes only."))
        consent.check(quote.contributor, Scope.QUOTE_WORDS, wave=quote.segment.conversation.wave_id)
    if figure is not None:
        check_figure(figure=figure, enquiry=enquiry)
    row = JointDisplay.objects.create(
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        topic=topic.strip(),
        theme=theme,
        figure=figure,
        heard=heard.strip(),
        relation=relation,
        reading=reading.strip(),
        made_by=by,
    )
    row.quotes.set(chosen, through_defaults={"partner_id": enquiry.partner_id})
    record(
        "joint_display.made",
        by=by,
        about=row,
        theme=theme.pk,
        figure=figure.pk if figure else None,
        relation=relation,
        quotes=[quote.pk for quote in chosen],
    )
    return row


def check_figure(*, figure: PublishedFigure, enquiry: Enquiry) -> None:
    """Raise NotPossibleNow unless the figure may stand beside this enquiry's words at this moment."""
    partners = {enquiry.partner_id, *enquiry.with_partners.values_list("pk", flat=True)}
    if figure.withdrawn_at is not None or figure.partner_id not in partners:
        raise NotPossibleNow(_("That figure cannot be shown here. Choose another."))
    if figure.enquiry_id not in (None, enquiry.pk):
        raise NotPossibleNow(_("That figure was made for another enquiry. Freeze one for this enquiry."))
    if not figure.filter.get("only_linked"):
        return
    counted = set(FigurePerson.objects.filter(figure=figure).values_list("person_id", flat=True))
    if not counted <= _linked_people(enquiry, figure.partner):
        raise NotPossibleNow(
            _("Somebody this figure counts no longer agrees to be counted. Freeze the figure anew.")
        )


@transaction.atomic
def remove_joint_display(*, row: JointDisplay, by: User) -> None:
    """Take a joint display away. The figure and the quotes stay."""
    check(by, "joint_display.make", row)
    record("joint_display.removed", by=by, about=row, enquiry=row.enquiry_id)
    row.delete()


@transaction.atomic
def mark_published(*, figure_ids: Iterable[int], by: User | None) -> int:
    """Say that pages showing these figures went live; from then on they stay as they were frozen.

    Returns:
        How many were not marked before.
    """
    figures = PublishedFigure.objects.filter(pk__in=list(figure_ids), published_at=None)
    ids = sorted(figures.values_list("pk", flat=True))
    count = figures.update(published_at=timezone.now())
    if count:
        record("figure.published", by=by, figures=ids)
    return count


@transaction.atomic
def drop_person_from_linked(*, person_id: int, enquiry: Enquiry) -> Mapping[str, int]:
    """After a link was taken back: forget that the person was counted, and make unpublished figures anew.

    A published figure keeps its numbers, since printed ones cannot be recalled, and loses the row that
    names the person. An unpublished one is measured again without them; where that leaves too few people,
    or could be subtracted from a published one, it is emptied.

    Returns:
        Counts by kind, for the record of the withdrawal.
    """
    rows = FigurePerson.objects.filter(
        person_id=person_id, figure__enquiry=enquiry, figure__filter__only_linked=True
    )
    figures = list(
        PublishedFigure.objects.select_for_update()
        .filter(pk__in=rows.values_list("figure_id", flat=True), withdrawn_at=None)
        .order_by("pk")
    )
    # As published, they count the person still: a new figure must not be the same less one.
    published = {
        metric: {
            figure: people
            for figure, people in _earlier_people(partner_id, metric).items()
            if PublishedFigure.objects.filter(pk=figure, published_at__isnull=False).exists()
        }
        for partner_id, metric in {(each.partner_id, each.metric) for each in figures}
    }
    dropped, _kinds = rows.delete()
    remade = emptied = 0
    for figure in figures:
        if figure.published_at is not None:
            continue
        if _make_anew(figure, published[figure.metric]):
            remade += 1
        else:
            emptied += 1
    return {"figure_rows": dropped, "figures_remade": remade, "figures_emptied": emptied}


def _make_anew(figure: PublishedFigure, published: Mapping[int, frozenset[int]]) -> bool:
    """Measure an unpublished figure of linked people again; False where it had to be emptied."""
    assert figure.enquiry is not None
    rules = disclosure.current_rules()
    population = Population(
        partner_id=figure.partner_id,
        only=_linked_people(figure.enquiry, figure.partner),
        start=figure.period_start,
        end=figure.period_end,
    )
    FigurePerson.objects.filter(figure=figure).delete()
    try:
        measured = measure(figure.metric, population, rules)
        disclosure.check_differencing(measured.people, published, rules)
    except DisclosureRefused:
        figure.safe, figure.withdrawn_at = {}, timezone.now()
        figure.save(update_fields=["safe", "withdrawn_at"])
        record("figure.emptied", by=None, about=figure)
        return False
    figure.safe = _safe(measured, figure.partner, population, rules)
    figure.rule_version, figure.frozen_at = rules.version, timezone.now()
    figure.save(update_fields=["safe", "rule_version", "frozen_at"])
    _set_down_people(figure, measured.people)
    record("figure.made_anew", by=None, about=figure)
    return True
