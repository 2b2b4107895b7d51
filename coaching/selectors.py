"""What may be seen of the coaching record. Lists are scoped here; a row that is not theirs does not exist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import Max, Model, Q, QuerySet
from django.http import Http404

from accounts.models import Partner, User
from accounts.permissions import partners_where
from coaching.models import (
    BarrierSighting,
    CoachingRelationship,
    CoachingSession,
    ImportBatch,
    InstrumentLicence,
    JointDisplay,
    JointDisplayQuote,
    NoteVisibility,
    PublishedFigure,
    ReflectiveNote,
    Relation,
    RelationshipState,
)
from enquiries import consent
from enquiries.models import ConsentState, Contributor, Enquiry, Link, Scope

M = TypeVar("M", bound=Model)


# --- Figures for pages: safe output alone ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SafeFigure:
    """A frozen figure: only what disclosure control let through. See `PublishedFigure.safe`."""

    id: int
    heading: str
    caption: str
    base_text: str
    unit: str
    row_heading: str
    columns: list[str]
    rows: list[dict[str, Any]]
    notes: list[str]
    copyright: str


def figures_for_pages(ids: Iterable[int]) -> dict[int, SafeFigure]:
    """Frozen figures by id, in one query. One that was emptied, or never was, is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = PublishedFigure.objects.filter(pk__in=wanted, withdrawn_at=None)
    return {row.pk: safe_figure(row) for row in rows}


def safe_figure(row: PublishedFigure) -> SafeFigure:
    """The safe side of one frozen figure."""
    safe = row.safe
    return SafeFigure(
        id=row.pk,
        heading=safe.get("heading") or row.title,
        caption=safe.get("caption", ""),
        base_text=safe.get("base_text", ""),
        unit=safe.get("unit", ""),
        row_heading=safe.get("row_heading", ""),
        columns=safe.get("columns", []),
        rows=safe.get("rows", []),
        notes=safe.get("notes", []),
        copyright=safe.get("copyright", ""),
    )


@dataclass(frozen=True, slots=True)
class SafeDisplay:
    """A joint display for pages. Quotes are ids, in the order they were put there: which of them may be
    shown now is for `themes.selectors` to say. `figure` is None where nothing was counted."""

    id: int
    topic: str
    theme_id: int
    heard: str
    relation: str
    relation_label: str
    reading: str
    quote_ids: tuple[int, ...]
    figure: SafeFigure | None


def joint_displays_for_pages(ids: Iterable[int]) -> dict[int, SafeDisplay]:
    """Joint displays by id, in two queries. One whose figure was emptied is left out: its reading would
    speak of numbers that are gone."""
    wanted = set(ids)
    if not wanted:
        return {}
    quotes: dict[int, list[int]] = {}
    links = JointDisplayQuote.objects.filter(jointdisplay_id__in=wanted).order_by("pk")
    for row_id, quote_id in links.values_list("jointdisplay_id", "quote_id"):
        quotes.setdefault(row_id, []).append(quote_id)
    rows = JointDisplay.objects.filter(pk__in=wanted).select_related("figure")
    return {
        row.pk: SafeDisplay(
            id=row.pk,
            topic=row.topic,
            theme_id=row.theme_id,
            heard=row.heard,
            relation=row.relation,
            relation_label=str(Relation(row.relation).label),
            reading=row.reading,
            quote_ids=tuple(quotes.get(row.pk, ())),
            figure=safe_figure(row.figure) if row.figure else None,
        )
        for row in rows
        if row.figure is None or row.figure.withdrawn_at is None
    }


def figures_of_enquiry(enquiry: Enquiry) -> QuerySet[PublishedFigure]:
    """Frozen figures that may stand beside this enquiry's words, newest first."""
    partners = [enquiry.partner_id, *enquiry.with_partners.values_list("pk", flat=True)]
    return PublishedFigure.objects.filter(
        Q(enquiry=enquiry) | Q(enquiry=None, partner_id__in=partners), withdrawn_at=None
    ).select_related("partner", "frozen_by")


def figures_for(user: User) -> QuerySet[PublishedFigure]:
    """Frozen figures of the partners where the user may see them; nobody sees another partner's.

    A figure of those alone who let their words be linked tells how many took part in an enquiry, so it is
    for those who work on enquiries. A lead sees the figures of everybody.
    """
    of_everybody = Q(partner_id__in=partners_where(user, "figure.see")) & (
        Q(filter__only_linked=False) | ~Q(filter__has_key="only_linked")
    )
    of_linked = Q(partner_id__in=partners_where(user, "enquiry_figure.freeze"))
    return PublishedFigure.objects.filter(of_everybody | of_linked, withdrawn_at=None).select_related(
        "partner", "enquiry"
    )


# --- The coach's own ---------------------------------------------------------------------------------
def coached_partners(user: User) -> list[Partner]:
    """Partners at which the user coaches now."""
    return list(Partner.objects.filter(pk__in=partners_where(user, "relationship.keep")))


def relationships_for(user: User) -> QuerySet[CoachingRelationship]:
    """The user's own relationships where they coach now; nobody else's, whatever their role."""
    return CoachingRelationship.objects.filter(
        coach=user, partner_id__in=partners_where(user, "relationship.keep")
    ).select_related("person", "partner", "ending")


def open_relationships(user: User) -> QuerySet[CoachingRelationship]:
    """Own relationships that have not ended; who was met last comes first."""
    return (
        relationships_for(user)
        .exclude(state=RelationshipState.ENDED)
        .annotate(last_met_on=Max("sessions__held_on", filter=Q(sessions__was_met=True)))
        .order_by("-last_met_on", "person__called", "pk")
    )


def get_relationship(user: User, pk: int) -> CoachingRelationship:
    """One own relationship, or Http404: missing and another's answer alike."""
    return _get(relationships_for(user), pk)


def get_session(user: User, pk: int) -> CoachingSession:
    """One meeting of an own relationship, or Http404."""
    sessions = CoachingSession.objects.filter(relationship__in=relationships_for(user))
    return _get(sessions.select_related("relationship__person"), pk)


def caseload(coach: User, partner: Partner, on: date) -> int:
    """Relationships of a coach that were open on a day. Seen by the coach and their lead alone."""
    return (
        CoachingRelationship.objects.filter(coach=coach, partner=partner, started_on__lte=on)
        .filter(Q(ended_on=None) | Q(ended_on__gt=on))
        .exclude(state=RelationshipState.PAUSED)
        .count()
    )


def own_notes(user: User) -> QuerySet[ReflectiveNote]:
    """What the user wrote. Managers, researchers and other coaches get nothing from here."""
    return ReflectiveNote.objects.filter(author=user).select_related("conversation__enquiry")


def get_own_note(user: User, pk: int) -> ReflectiveNote:
    """One note of one's own, or Http404."""
    return _get(own_notes(user), pk)


def notes_shared_with(user: User) -> QuerySet[ReflectiveNote]:
    """Notes other coaches share with the coaches of a partner where the user coaches now."""
    return (
        ReflectiveNote.objects.filter(
            visibility=NoteVisibility.SHARED, partner_id__in=partners_where(user, "note.see_shared")
        )
        .exclude(author=user)
        .select_related("author")
    )


def get_readable_note(user: User, pk: int) -> ReflectiveNote:
    """A note of one's own, or one shared with the user, or Http404."""
    shared = notes_shared_with(user).values("pk")
    return _get(
        ReflectiveNote.objects.filter(Q(author=user) | Q(pk__in=shared)).select_related(
            "author", "conversation__enquiry", "partner"
        ),
        pk,
    )


def own_sightings(user: User) -> QuerySet[BarrierSighting]:
    """What the user saw get in the way."""
    return BarrierSighting.objects.filter(author=user)


def get_own_sighting(user: User, pk: int) -> BarrierSighting:
    """One sighting of one's own, or Http404."""
    return _get(own_sightings(user), pk)


# --- Enquiries a coach may give a note to -------------------------------------------------------------
def enquiries_open_to(user: User) -> QuerySet[Enquiry]:
    """Enquiries of the partners where the user coaches now, still open and with a round begun.

    Only what an enquiry says of itself may be shown from these: never who took part.
    """
    partners = partners_where(user, "note.give")
    return (
        Enquiry.objects.filter(Q(partner_id__in=partners), closed_at=None, waves__isnull=False)
        .distinct()
        .order_by("title")
    )


def own_contributor(user: User, enquiry: Enquiry) -> Contributor | None:
    """The user's own voice in an enquiry, while they have not taken it back; nobody else's."""
    link = Link.objects.filter(user=user, contributor__enquiry=enquiry).select_related("contributor").last()
    if link is None:
        return None
    found = consent.states(link.contributor)[Scope.TAKE_PART]
    return None if found == ConsentState.WITHDRAWN else link.contributor


# --- Files and licences -------------------------------------------------------------------------------
def kept_partners(user: User) -> list[Partner]:
    """Partners whose records the user keeps."""
    return list(Partner.objects.filter(pk__in=partners_where(user, "coaching_file.import")))


def get_batch(user: User, pk: int) -> ImportBatch:
    """A file of a partner whose records the user keeps, or Http404."""
    return _get(
        ImportBatch.objects.filter(
            partner_id__in=partners_where(user, "coaching_file.import")
        ).select_related("partner"),
        pk,
    )


def current_licence(partner: Partner, on: date) -> InstrumentLicence | None:
    """The licence for the wellbeing scales that holds on a day, or None: their form then stays shut."""
    return (
        InstrumentLicence.objects.filter(partner=partner, valid_from__lte=on)
        .filter(Q(valid_until=None) | Q(valid_until__gte=on))
        .first()
    )


def _get(rows: QuerySet[M], pk: int) -> M:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
