"""The policy of every view, also of those other packages bring, and the middleware that holds them to it.

Our own views carry theirs (`accounts.policy`). Those of other packages get one here, by the longest module or
`module.ClassName` that their name begins with. A view in neither place is answered to nobody.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.handlers.exception import response_for_exception
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.errors import NotYours
from accounts.policy import PUBLIC, SIGNED_IN, Policy

View = Callable[..., Any]

# Wagtail asks for its own permissions behind this door; `publishing.editors` derives them from the roles.
EDITORS_PAGES = Policy("needs", ("page.write", "page.check"), installer_too=True)

FOREIGN: dict[str, Policy] = {
    # Signing in happens before anybody is signed in; allauth asks for a sign-in where one is needed.
    "allauth.account.": PUBLIC,
    "allauth.account.views.EmailView": SIGNED_IN,
    "allauth.account.views.PasswordChangeView": SIGNED_IN,
    "allauth.account.views.PasswordSetView": SIGNED_IN,
    "allauth.account.views.BaseReauthenticateView": SIGNED_IN,
    "allauth.account.views.ReauthenticateView": SIGNED_IN,
    "allauth.mfa.": SIGNED_IN,
    "allauth.mfa.base.views.AuthenticateView": PUBLIC,
    "allauth.mfa.base.views.TrustView": PUBLIC,
    "allauth.mfa.webauthn.views.LoginWebAuthnView": PUBLIC,
    "allauth.mfa.webauthn.views.SignupWebAuthnView": PUBLIC,
    "allauth.usersessions.": SIGNED_IN,
    "wagtail.": EDITORS_PAGES,
    # Views that Wagtail makes for our choosers; each gives only what this editor may place.
    "publishing.choosers.": Policy("needs", ("page.write",), installer_too=True),
    # What is public of Wagtail: pages, files an editor put out, and the password of a page that has one.
    "wagtail.views.": PUBLIC,
    "wagtail.documents.views.serve.": PUBLIC,
    "django.contrib.auth.views.LoginView": PUBLIC,
    "django.contrib.staticfiles.views.": PUBLIC,
    "django.views.static.": PUBLIC,
    # Wagtail's page that shows what a missing page looks like.
    "django.views.generic.base.TemplateView": EDITORS_PAGES,
}


class PolicyMissing(LookupError):
    """A view says nowhere to whom it answers. Put a policy on it, or name its package in `FOREIGN`."""


def name_of(view: View) -> str:
    """Dotted name of a view; of the class for class-based views and for Wagtail's views over models."""
    named: Any = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    return f"{named.__module__}.{getattr(named, '__qualname__', type(named).__qualname__)}"


def policy_of(view: View) -> Policy:
    """The policy of any view of the site.

    Raises:
        PolicyMissing: neither the view nor its package has one.
    """
    own = getattr(view, "policy", None) or getattr(getattr(view, "view_class", None), "policy", None)
    if isinstance(own, Policy):
        return own
    name = name_of(view)
    fitting = [prefix for prefix in FOREIGN if name == prefix or name.startswith(prefix)]
    if not fitting:
        raise PolicyMissing(f"{name} does not say to whom it answers.")
    return FOREIGN[max(fitting, key=len)]


def views(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, View]]:
    """Every address pattern of the site with its view, found by walking all of `urls.py`."""
    for each in (resolver or get_resolver()).url_patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from views(each, pattern)
        elif isinstance(each, URLPattern):
            yield pattern, each.callback


class PolicyMiddleware:
    """Holds every view to its policy, before any decorator of another package has a say.

    Our own views hold themselves to theirs as well, so that one called from elsewhere stays shut.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse before the view is called; a view without any policy is never called."""
        return policy_of(view).refusal(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """A right that turned out to be missing inside a view answers as for an object that is not there."""
        if isinstance(exception, NotYours):
            return response_for_exception(request, Http404())
        return None
