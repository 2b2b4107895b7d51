"""Proof of identity within the last quarter of an hour, for raw sound and for who a person is.

A session that is open on a desk proves that somebody signed in this morning. Whoever asks to hear a voice, or
to see whose it is, proves it anew: by password, code or passkey. A sign-in counts as a proof.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

WINDOW_S = 15 * 60
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def proved_at(request: HttpRequest) -> float | None:
    """Seconds since 1970 at which this session last proved who is there; None for never."""
    if not request.user.is_authenticated:
        return None
    records = get_authentication_records(request, request.user)
    return max((float(each["at"]) for each in records), default=None)


def is_proved(request: HttpRequest) -> bool:
    """Whether this session proved who is there within the last fifteen minutes."""
    at = proved_at(request)
    return at is not None and 0 <= time.time() - at < WINDOW_S


def proof_address(request: HttpRequest, then: str | None = None) -> str:
    """Where one proves who one is, and comes back from to `then` (this page, where nothing is said)."""
    then = then or request.get_full_path()
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    # Somebody with no password and no factor cannot be here but by the demo's one press.
    address = methods[0]["url"] if methods else reverse("accounts:prove_in_demo")
    return f"{address}?{urlencode({'next': then})}"


def is_demo_press(request: HttpRequest) -> bool:
    """Whether this session was opened by the demo's one press, on an installation that is a demo."""
    return bool(settings.DEBUG and settings.IS_DEMO and request.session.get("demo_press") is True)


def recently_proved(
    view: Callable[..., HttpResponseBase] | None = None, *, is_sound: bool = False, only_reading: bool = False
) -> Any:
    """Decorator: let a request through only with a proof of identity within fifteen minutes.

    A page sends to where one proves it and comes back. A fragment tells htmx to go there as a whole page.
    Sound, which a player cannot follow to a form, is refused with a sentence; the page around it asks first
    (`{% load proof %}` in `components/listen.html`). Stands inside the decorator that demands a sign-in.

    Args:
        is_sound: the answer is for a player and not for a person's eyes.
        only_reading: let what was typed into the page since be sent, however long the typing took.
    """

    def decorate(wrapped: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(wrapped)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated or is_proved(request):
                return wrapped(request, *args, **kwargs)
            if only_reading and request.method not in SAFE:
                return wrapped(request, *args, **kwargs)
            return _send_to_proof(request, is_sound=is_sound)

        return asked

    return decorate(view) if view is not None else decorate


def _send_to_proof(request: HttpRequest, *, is_sound: bool) -> HttpResponse:
    if is_sound:
        response = HttpResponse(
            _("Prove that it is you, then play this again: load the page anew."),
            status=403,
            content_type="text/plain; charset=utf-8",
        )
        response["Cache-Control"] = "private, no-store"
        return response
    if request.headers.get("HX-Request") == "true":
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        then = f"{here.path}?{here.query}" if here.query else here.path
        response = HttpResponse(status=204)
        response["HX-Redirect"] = proof_address(request, then or "/workspace/")
        return response
    return redirect(proof_address(request, request.get_full_path() if request.method in SAFE else None))
