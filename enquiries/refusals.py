"""Refusals of the gate, written down with their scope even where the act that was refused is undone.

An act that is refused raises inside its own transaction, and what it wrote goes with it. So `consent.check`
only notes a refusal here; whoever lets the act run (a request, a job, a command) stands outside of its
transaction and writes down at its end what was noted.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase

from accounts import wall
from accounts.models import User
from audit.actions import record
from enquiries.models import Contributor, Conversation

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused to whom: the voice, or a conversation in which nobody is set down as speaking."""

    about: Contributor | Conversation
    scope: str
    wave_id: int | None


# A dict for its order: the same refusal twice in one request is one refusal.
_noted: ContextVar[dict[Refusal, None] | None] = ContextVar("refusals", default=None)


def note(refusal: Refusal) -> None:
    """Keep a refusal until whoever runs the act writes it down."""
    noted = _noted.get()
    if noted is None:
        logger.warning(
            "The gate refused %s to %s %s, where nobody writes refusals down. Wrap it in refusals.written.",
            refusal.scope,
            refusal.about._meta.label_lower,
            refusal.about.pk,
        )
        return
    noted[refusal] = None


def _the_computer() -> User | None:
    return None


@contextmanager
def written(where: str | Callable[[], str], by: Callable[[], User | None] = _the_computer) -> Iterator[None]:
    """Write down, when the block ends in whatever way, each refusal of the gate in it.

    Args:
        where: the name of the view, task or command; never an address, which may hold a secret. Asked for at
            the end where it is a function.
        by: gives the acting user at the end of the block; None when the computer acted by itself.
    """
    noted: dict[Refusal, None] = {}
    token = _noted.set(noted)
    try:
        yield
    finally:
        _noted.reset(token)
        if noted:
            _write(noted, where if isinstance(where, str) else where(), by())


def _write(noted: dict[Refusal, None], where: str, by: User | None) -> None:
    if connection.in_atomic_block and connection.needs_rollback:
        # Somebody stands around us whose transaction has failed: it takes no statement but its end.
        logger.error("%s refusals of the gate in %s were lost with their transaction", len(noted), where)
        return
    partners = {refusal.about.partner_id for refusal in noted}
    with wall.acting_for(partners=partners, user_id=by.pk if by else None), transaction.atomic():
        for refusal in noted:
            record(
                "consent.refused",
                by=by,
                about=refusal.about,
                scope=refusal.scope,
                wave=refusal.wave_id,
                where=where,
            )


class ConsentRefusalsMiddleware:
    """Writes down what the gate refused in a request. Stands outside the wall's transaction, which is taken
    back where the server failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        def view() -> str:
            return request.resolver_match.view_name if request.resolver_match else ""

        def user() -> User | None:
            return request.user if isinstance(request.user, User) else None

        with written(view, user):
            return self.get_response(request)
