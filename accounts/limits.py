"""How often something may be tried, per person and per address, counted for all processes together.

Call `check("portal_link", request)` at the start of a view; it raises TooManyTries, which becomes a page with
a plain sentence and the status 429.

Counted in a table of the database and not in the cache: the cache here lives in each process by itself, and a
database cache keeps one row for each counter, which two requests at once would wait for. Here each try is a
row of its own, so nobody waits; requests under way at the same moment are not counted yet, and so a limit may
be passed by as many as there are workers. Addresses and e-mails are kept as keyed digests, for two days.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.errors import TooManyTries
from accounts.models import Try
from audit.actions import record

KEPT_FOR = timedelta(days=2)
# Old rows are removed once in so many new ones.
SWEEP_EVERY = 500
# A refusal is written into the record at these counts: a flood must not become a flood of events.
TOLD_AT = frozenset({1, 10, 100, 1_000, 10_000, 100_000})
MOST_COUNTED = 100_001


class Per(StrEnum):
    ADDRESS = "address"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in so many minutes, for one address or one person."""

    per: Per
    tries: int
    minutes: int


LIMITS: dict[str, tuple[Limit, ...]] = {
    # Axes refuses one person at one address sooner; these refuse many persons from one address, and one
    # person from many addresses.
    "sign_in": (Limit(Per.ADDRESS, 60, 15), Limit(Per.PERSON, 30, 15)),
    "code": (Limit(Per.ADDRESS, 60, 15), Limit(Per.PERSON, 10, 15)),
    "passkey": (Limit(Per.ADDRESS, 60, 15),),
    "proof": (Limit(Per.ADDRESS, 60, 15), Limit(Per.PERSON, 10, 15)),
    "password_letter": (Limit(Per.ADDRESS, 20, 60), Limit(Per.PERSON, 5, 60)),
    "invite": (Limit(Per.PERSON, 40, 60),),
    "invitation": (Limit(Per.ADDRESS, 40, 15),),
    "portal_link": (Limit(Per.ADDRESS, 60, 15), Limit(Per.PERSON, 60, 15)),
    # One link's word or code, and letters with a code.
    "portal_proof": (Limit(Per.ADDRESS, 60, 15), Limit(Per.PERSON, 8, 15)),
    "portal_letter": (Limit(Per.ADDRESS, 20, 60), Limit(Per.PERSON, 4, 60)),
    # Questions by one link, each of which somebody has to read.
    "portal_question": (Limit(Per.ADDRESS, 40, 60), Limit(Per.PERSON, 10, 60)),
    "search": (Limit(Per.ADDRESS, 300, 5), Limit(Per.PERSON, 150, 5)),
    "bad_request": (Limit(Per.ADDRESS, 1, 60),),
}


def address_of(request: HttpRequest) -> str:
    """The caller's address: what the proxy in front saw, or what the socket says where there is none.

    Only the last entry of X-Forwarded-For counts: the proxy wrote that one, the caller may have written the
    others.
    """
    if settings.BEHIND_PROXY:
        last = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1].strip()
        if _is_address(last):
            return last
    return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - no caller's address, not a listener


def tried_email(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str | None:
    """Whom a sign-in says to be, for axes: credentials name the e-mail, the form names it `login`."""
    told = credentials or {}
    email = told.get("email") or told.get("username") or request.POST.get("login") or None
    return str(email).strip().lower()[:255] if email else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _group(address: str) -> str:
    """One household of addresses: a whole /64 of IPv6, which one caller may have to themselves."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


def _digest(kind: str, per: Per, value: str) -> str:
    return salted_hmac("accounts.limits", f"{kind}:{per}:{value}", algorithm="sha256").hexdigest()


def check(kind: str, request: HttpRequest, *, person: object = None) -> list[int]:
    """Count one try, or refuse it.

    Args:
        kind: a key of LIMITS.
        person: whoever is tried to be: an id, an e-mail, or the digest of a link. Without one, the signed-in
            user; without that too, only the address counts.

    Returns:
        Ids of the counted tries, for `forgive`.

    Raises:
        TooManyTries: a limit is reached; this try is counted as refused.
    """
    if person is None and getattr(request, "user", None) is not None and request.user.is_authenticated:
        person = request.user.pk
    now = timezone.now()
    values = {Per.ADDRESS: _group(address_of(request))}
    if person is not None:
        values[Per.PERSON] = str(person).strip().lower()
    limits = [limit for limit in LIMITS[kind] if limit.per in values]
    for limit in limits:
        who = _digest(kind, limit.per, values[limit.per])
        since = now - timedelta(minutes=limit.minutes)
        counted = Try.objects.filter(kind=kind, who=who, was_refused=False, at__gt=since)
        if counted[: limit.tries].count() >= limit.tries:
            _refuse(kind, limit, who, request, counted.order_by("at")[0].at, now)
    made = Try.objects.bulk_create(
        Try(kind=kind, who=_digest(kind, limit.per, values[limit.per]), at=now) for limit in limits
    )
    if made and made[-1].pk % SWEEP_EVERY < len(made):
        Try.objects.filter(at__lt=now - KEPT_FOR).delete()
    return [each.pk for each in made]


def forgive(tries: list[int]) -> None:
    """Take back tries that went well: a whole office signing in from one address is no attack."""
    if tries:
        Try.objects.filter(pk__in=tries).delete()


def spend(kind: str, what: str, *, seconds: int) -> bool:
    """Use something up that counts once. False where it was used within so many seconds.

    Two at once both get True unless the caller holds a lock over them.
    """
    who = _digest(kind, Per.PERSON, what)
    since = timezone.now() - timedelta(seconds=seconds)
    if Try.objects.filter(kind=kind, who=who, was_refused=False, at__gt=since).exists():
        return False
    Try.objects.create(kind=kind, who=who)
    return True


def _refuse(kind: str, limit: Limit, who: str, request: HttpRequest, oldest: datetime, now: datetime) -> None:
    Try.objects.create(kind=kind, who=who, at=now, was_refused=True)
    refused = Try.objects.filter(kind=kind, who=who, was_refused=True)[:MOST_COUNTED].count()
    if refused in TOLD_AT:
        user = getattr(request, "user", None)
        by = user if user is not None and user.is_authenticated else None
        record("tries.refused", by=by, kind=kind, per=limit.per.value, tries=refused)
    left = oldest + timedelta(minutes=limit.minutes) - now
    raise TooManyTries(kind, max(1, -(-int(left.total_seconds()) // 60)))
