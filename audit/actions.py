"""The one door to the record. Call it inside the transaction of the act it speaks of."""

from typing import Protocol

from django.db import models

from audit.models import Event

Fact = int | str | bool | None | list[int] | list[str]


class HasKey(Protocol):
    pk: int


def record(
    action: str,
    *,
    by: HasKey | None,
    about: models.Model | None = None,
    partner_id: int | None = None,
    **facts: Fact,
) -> Event:
    """Write down one act.

    Args:
        action: noun and past participle, such as "recording.received".
        by: the acting user, or None when the system acted by itself.
        about: the row the act changed or read. Its partner is taken over when it has one.
        facts: ids, counts, names of states and scopes. Never words somebody said, names or file names.
    """
    if partner_id is None and about is not None:
        partner_id = getattr(about, "partner_id", None)
    return Event.objects.create(
        action=action,
        actor_id=by.pk if by is not None else None,
        partner_id=partner_id,
        object_type=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        detail=facts,
    )
