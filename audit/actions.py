"""The one door to the record. Call it inside the transaction of the act it speaks of."""

import json
from datetime import timedelta
from functools import partial
from typing import Protocol

from django.db import connection, models, transaction
from django.utils import timezone

from audit import anchor
from audit.models import Event

Fact = int | str | bool | None | list[int] | list[str]

# Reads that are written down: of identity, sound, the link table and unedited words. What is shown to a
# data guardian as “looked at”.
LOOKS = frozenset(
    {
        "transcript.read",
        "recording.heard",
        "person.read",
        "people.listed",
        "contributor.read",
        "contributors.listed",
        "link_table.read",
        "import.read",
        "record.read",
    }
)


class HasKey(Protocol):
    pk: int


class UnknownLook(Exception):
    """A kind of look that is not in LOOKS; the page of looks would leave it out."""


def record(
    action: str,
    *,
    by: HasKey | None,
    about: models.Model | None = None,
    partner_id: int | None = None,
    **facts: Fact,
) -> Event:
    """Write down one act. One query; the database gives the id and the time.

    Args:
        action: noun and past participle, such as "recording.received".
        by: the acting user, or None when the system acted by itself.
        about: the row the act changed or read. Its partner is taken over when it has one.
        facts: ids, counts, names of states and scopes. Never words somebody said, names or file names.
    """
    if partner_id is None and about is not None:
        partner_id = getattr(about, "partner_id", None)
    event = Event(
        action=action,
        actor_id=by.pk if by is not None else None,
        partner_id=partner_id,
        object_type=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        detail=facts,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_id, happened_at FROM audit_append(%s, %s, %s, %s, %s, %s)",
            [
                event.action,
                event.actor_id,
                event.partner_id,
                event.object_type,
                event.object_id,
                json.dumps(facts),
            ],
        )
        event.pk, event.at = cursor.fetchone()
    event._state.adding = False
    event._state.db = connection.alias
    # Robust: an anchor that cannot be written is told in the log, and never undoes what was done.
    transaction.on_commit(partial(anchor.note, partner_id or 0), robust=True)
    return event


def record_look(
    what: str,
    *,
    by: HasKey,
    about: models.Model | None = None,
    why: str = "",
    partner_id: int | None = None,
    once_in: timedelta | None = None,
    **facts: Fact,
) -> Event | None:
    """Write down that somebody was shown identity, sound, the link table or unedited words.

    Call it before the answer is made: a request is one transaction, which is committed before the first
    byte of the answer leaves; outside a transaction it is committed at once.

    Args:
        what: one of LOOKS.
        by: who looks.
        about: the row looked at; None for a list, whose `partner_id` is then given.
        why: the page or the purpose, as a short fixed word such as "checking"; never free text.
        once_in: where given, a look by the same person at the same row within this time is the same look;
            nothing is written and None returned. Sound arrives in many requests and is heard once.

    Raises:
        UnknownLook: `what` is not one of LOOKS.
    """
    if what not in LOOKS:
        raise UnknownLook(f"{what} is no kind of look. Add it to LOOKS and to the guardian’s sentences.")
    if once_in is not None and about is not None and _looked_lately(what, by, about, once_in):
        return None
    if why:
        facts["why"] = why
    return record(what, by=by, about=about, partner_id=partner_id, **facts)


def happened_lately(action: str, *, about: models.Model, within: timedelta, **facts: Fact) -> bool:
    """Whether an act with these facts was written down about the row within this time.

    For what somebody without an account does in many requests, such as hearing their own recording.
    """
    return _lately(action, about, within).filter(detail__contains=facts).exists()


def _looked_lately(what: str, by: HasKey, about: models.Model, once_in: timedelta) -> bool:
    return _lately(what, about, once_in).filter(actor_id=by.pk).exists()


def _lately(action: str, about: models.Model, within: timedelta) -> models.QuerySet[Event]:
    return Event.objects.filter(
        object_type=about._meta.label_lower,
        object_id=str(about.pk),
        action=action,
        at__gte=timezone.now() - within,
    )
