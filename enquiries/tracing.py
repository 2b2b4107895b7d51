"""Every place that holds anything of a person, by kind and id.

The right keeps the register, the left fills it: each app says of its tables by which path their rows lead to
a voice or a person, and names the places outside tables (files, keys, jobs) by a function. The record of acts
is not among them: it holds ids alone, and outlives what they stood for.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q

from accounts import wall
from enquiries import consent, keyring, tombstones, wishes
from enquiries.models import (
    ConsentCapture,
    ConsentEvent,
    Contributor,
    Conversation,
    LegalHold,
    Link,
    Participation,
    Person,
    Scope,
    Withdrawal,
    WithdrawalState,
)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom to look for: ids of voices with their handles, and ids of people."""

    voices: Mapping[int, uuid.UUID]
    people: frozenset[int]


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """One thing in one place: a row, a file, a key, a job. `id` is its key there."""

    kind: str
    id: str
    partner_id: int


# Model -> path(s) that lead to the contributor.
Paths = Mapping[type[Model], str | tuple[str, ...]]
Place = Callable[[Whose], Iterable[object]]


@dataclass(frozen=True, slots=True)
class _Registered:
    of_voices: Paths
    of_people: Paths
    places: Mapping[str, Place]


_registered: dict[str, _Registered] = {}

# What stands for the tombstone in the database once a voice has taken everything back.
_LEFT = (Contributor, ConsentEvent, ConsentCapture, Withdrawal)


def register(
    app_label: str,
    *,
    of_voices: Paths | None = None,
    of_people: Paths | None = None,
    places: Mapping[str, Place] | None = None,
) -> None:
    """Enter what an app holds. Entering the same app again replaces it, so that reloading is safe.

    Args:
        of_voices: model -> path or paths from its rows to the contributor; `""` for Contributor itself.
        of_people: the same, to the person; for what leads to people and not through a voice.
        places: kind -> what gives the keys of what lies there, looked at through each partner's door.
    """
    _registered[app_label] = _Registered(of_voices or {}, of_people or {}, places or {})


def traced_models() -> set[type[Model]]:
    """Every model of which some app said how its rows lead to somebody."""
    found: set[type[Model]] = set()
    for each in _registered.values():
        found |= {*each.of_voices, *each.of_people}
    return found


@dataclass(frozen=True, slots=True)
class Traced:
    """What was found: `held` of somebody, and `tombstone`, what stays once everything was taken back."""

    voices: tuple[uuid.UUID, ...]
    held: tuple[Held, ...] = field(default=())
    tombstone: tuple[Held, ...] = field(default=())


def trace(*, person_id: int | None = None, handle: uuid.UUID | None = None) -> Traced:
    """Look everywhere, partner by partner, for a person with all their voices, or for one voice.

    A person whose link has gone can no longer be told from their voices; what is left of those is found by
    the handle, which their receipt and tombstone lead to.
    """
    voices: dict[int, uuid.UUID] = {}
    people: set[int] = {person_id} if person_id is not None else set()
    for _partner_id in wall.each_partner():
        links = Link.objects.filter(person_id=person_id) if person_id is not None else Link.objects.none()
        rows = Contributor.objects.filter(Q(pk__in=links.values("contributor_id")) | Q(handle=handle))
        voices.update(rows.values_list("pk", "handle"))
        if handle is not None:
            of_voice = Link.objects.filter(contributor__in=rows, person__isnull=False)
            people.update(of_voice.values_list("person_id", flat=True))
    emptied: set[int] = set()
    held: set[Held] = set()
    left: set[Held] = set()
    whose = Whose(voices, frozenset(people))
    for partner_id in wall.each_partner():
        emptied |= _emptied(voices)
        for found, is_left in _look(whose, partner_id, emptied):
            (left if is_left else held).add(found)
    for each in (one for one in tombstones.read_all() if one.handle in map(str, voices.values())):
        left.add(Held("tombstone", each.id, each.partner_id))
    return Traced(tuple(sorted(voices.values())), tuple(sorted(held)), tuple(sorted(left)))


def _emptied(voices: Mapping[int, uuid.UUID]) -> set[int]:
    """Those voices that took everything back, of which all was removed, and that said no yes anew."""
    done = Withdrawal.objects.filter(
        contributor__in=voices, state=WithdrawalState.DONE, scopes__contains=[Scope.TAKE_PART]
    )
    gone = set(done.values_list("contributor_id", flat=True))
    return gone - consent.allowing(gone, Scope.TAKE_PART)


def _look(whose: Whose, partner_id: int, emptied: set[int]) -> Iterable[tuple[Held, bool]]:
    for app in _registered.values():
        for model, paths in app.of_voices.items():
            rows = _rows(model, paths, whose.voices)
            gone = _rows(model, paths, emptied) if model in _LEFT else set()
            for pk in rows:
                yield Held(model._meta.label_lower, str(pk), partner_id), pk in gone
        for model, paths in app.of_people.items():
            for pk in _rows(model, paths, whose.people):
                yield Held(model._meta.label_lower, str(pk), partner_id), False
        for kind, place in app.places.items():
            for key in place(whose):
                yield Held(kind, str(key), partner_id), False


def _rows(model: type[Model], paths: str | tuple[str, ...], ids: Iterable[int]) -> set[Any]:
    wanted = list(ids)
    if not wanted:
        return set()
    condition = Q()
    for path in (paths,) if isinstance(paths, str) else paths:
        condition |= Q(**{f"{path}__in" if path else "pk__in": wanted})
    return set(model._default_manager.filter(condition).values_list("pk", flat=True))


OF_VOICES: Paths = {
    Contributor: "",
    ConsentEvent: "contributor",
    ConsentCapture: "contributor",
    Withdrawal: "contributor",
    LegalHold: "contributor",
    Link: "contributor",
    Participation: "contributor",
    Conversation: "contributors",
}
OF_PEOPLE: Paths = {Person: "", Link: "person"}


def _handles_here(whose: Whose) -> list[uuid.UUID]:
    """Keys lie outside the wall: each is told at the partner of its voice alone."""
    return list(Contributor.objects.filter(pk__in=whose.voices).values_list("handle", flat=True))


def holders(whose: Whose) -> Iterable[uuid.UUID]:
    """A person's own key."""
    return [each for each in _handles_here(whose) if keyring.has_holder(each)]


def entries(whose: Whose) -> Iterable[str]:
    """Keys of recordings that a key of theirs wraps."""
    here = set(_handles_here(whose))
    return (
        [each for each in keyring.keyring().entries() if here & set(keyring.holders_of(each))] if here else []
    )


def closed(whose: Whose) -> Iterable[str]:
    """What they closed one by one, in its files beside the tombstones."""
    here = set(_handles_here(whose))
    return [each.id for each in wishes.of_voices(here)] if here else []


PLACES: Mapping[str, Place] = {
    "keyring.person": holders,
    "keyring.recording": entries,
    "tombstones.wish": closed,
}
