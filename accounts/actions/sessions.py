"""Ending sign-ins: one, all others, or every one of a user."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from accounts.models import User
from audit.actions import record


@transaction.atomic
def end_one(*, session: UserSession, by: User) -> None:
    """End one sign-in of one's own; that browser is a stranger at its next request."""
    number = session.pk
    session.end()
    record("session.ended", by=by, about=by, session=number)


@transaction.atomic
def end_others(*, request: HttpRequest, by: User) -> int:
    """End every sign-in but this one, also those that no list knows of. Gives back how many were listed."""
    others = UserSession.objects.filter(user=by).exclude(session_key=request.session.session_key)
    count = others.count()
    for session in others:
        session.end()
    User.objects.filter(pk=by.pk).update(sign_in_generation=F("sign_in_generation") + 1)
    by.refresh_from_db(fields=["sign_in_generation"])
    # Carries this one over into the new generation, under a new key.
    own = UserSession.objects.filter(user=by, session_key=request.session.session_key).first()
    update_session_auth_hash(request, by)
    if own is not None:
        request.session.save()
        own.session_key = request.session.session_key
        own.save(update_fields=["session_key"])
    record("sessions.ended", by=by, about=by, sessions=count)
    return count


def end_all(user: User, *, by: User | None, why: str) -> None:
    """End every sign-in of a user, on every device. Call it inside the transaction of the act."""
    User.objects.filter(pk=user.pk).update(sign_in_generation=F("sign_in_generation") + 1)
    count = 0
    for session in UserSession.objects.filter(user=user):
        session.end()
        count += 1
    record("sessions.ended", by=by, about=user, sessions=count, why=why)
