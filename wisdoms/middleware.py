"""What every answer says to the browser, and which posts are our own. The reasons stand in docs/adr/0009.

`BrowserDefencesMiddleware` is the outermost layer, so that files, refusals and failures bear the headers too.
"""

import re
from collections.abc import Callable
from http import HTTPStatus

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import REASON_NO_REFERER, CsrfViewMiddleware, RejectRequest
from django.urls import ResolverMatch

from accounts.refusals import note_refused
from wisdoms import maintenance, problems

CMS_PREFIX = "/cms/"
POLICY = "Content-Security-Policy"
# Views whose answers are the same for everybody; whatever is not named here is kept by nobody.
PUBLIC_VIEWS = frozenset({"publishing:page", "picture", "wagtaildocs_serve", "wagtail_serve"})
# Files of Wagtail's editor that come from a view: its icons and its translated words.
EDITORS_FILES = frozenset({"wagtailadmin_sprite", "wagtailadmin_javascript_catalog"})
# Where a recording may be made in the browser.
LISTENING_VIEWS = frozenset({"transcripts:recording"})
SIGN_OUT_VIEW = "account_logout"
NOT_KEPT = "private, no-store"
_DEBUG_PAGE = b"<code>DEBUG = True</code>"


class BrowserDefencesMiddleware(CSPMiddleware):
    """Content policy, rights of the page, isolation, and who may keep a copy, for every answer there is."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the headers. What a view says of itself stands, but it cannot make a page public."""
        response = _in_our_look(request, response)
        match: ResolverMatch | None = getattr(request, "resolver_match", None)
        view = match.view_name if match else ""
        is_cms = request.path.startswith(CMS_PREFIX)
        self._set_policy(request, response, is_cms=is_cms)
        _set_isolation(response)
        response["X-Frame-Options"] = "SAMEORIGIN" if is_cms else "DENY"
        response["Permissions-Policy"] = permissions_policy(view)
        if not (view in PUBLIC_VIEWS or request.path.startswith(str(settings.STATIC_URL))):
            response["X-Robots-Tag"] = "noindex, nofollow"
            if view not in EDITORS_FILES:
                response["Cache-Control"] = NOT_KEPT
        if view == SIGN_OUT_VIEW and request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    def _set_policy(self, request: HttpRequest, response: HttpResponseBase, *, is_cms: bool) -> None:
        """The strict policy; under /cms/ what Wagtail needs beside it. A policy that is there is kept."""
        if is_cms and POLICY in response:
            # A draft shown in the editor's frame: a public page with its own strict policy.
            response[POLICY] = re.sub(r"frame-ancestors [^;]*", "frame-ancestors 'self'", response[POLICY])
            return
        if is_cms:
            response._csp_replace = settings.CMS_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        # django-csp leaves Django's debug pages alone; they are the developer's own.
        super().process_response(request, response)


def _set_isolation(response: HttpResponseBase) -> None:
    """No other site may hold a handle on our windows, nor draw our answers into its own pages."""
    response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.setdefault("Cross-Origin-Embedder-Policy", "require-corp")


def permissions_policy(view: str) -> str:
    """The header's value: every right off but those a view needs, by the view's name."""
    rights = dict.fromkeys(settings.RIGHTS_OFF, "()")
    if view in LISTENING_VIEWS:
        rights["microphone"] = "(self)"
    if view.startswith(("account_", "mfa_")):
        rights |= dict.fromkeys(("publickey-credentials-get", "publickey-credentials-create"), "(self)")
    return ", ".join(f"{name}={allowed}" for name, allowed in rights.items())


def _in_our_look(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """In the demo, whose visitors build nothing: our own page in the place of Django's debug page."""
    if not (settings.DEBUG and settings.IS_DEMO and isinstance(response, HttpResponse)):
        return response
    if response.status_code < HTTPStatus.BAD_REQUEST or _DEBUG_PAGE not in response.content:
        return response
    return problems.page(response.status_code, request)


class OwnPagesCsrfMiddleware(CsrfViewMiddleware):
    """Django's check of posts, for a site that sends no referrer.

    Under `no-referrer` a browser says `Origin: null` when a form is sent, even to the page's own site, so
    origin and referrer cannot tell ours from others'. Sec-Fetch-Site can: the browser alone sets it. Browsers
    too old to send it are held by the token and by a cookie that, with https, no other site and nobody on
    the line can set (`__Host-`), which is what Django's check of the referrer is for.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] == "null":
            return _may_be_from_our_own_page(request)
        return bool(super()._origin_verified(request))  # type: ignore[misc]

    def _check_referer(self, request: HttpRequest) -> None:
        if request.META.get("HTTP_REFERER") is not None:
            super()._check_referer(request)  # type: ignore[misc]
        elif not _may_be_from_our_own_page(request):
            raise RejectRequest(REASON_NO_REFERER)


def _may_be_from_our_own_page(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return not request.is_secure() or str(settings.CSRF_COOKIE_NAME).startswith("__Host-")


class EditorsDoorMiddleware:
    """Who is signed in and has no part in the editor's pages finds nothing there.

    Wagtail sends them to the sign-in page, which knows them and sends them back, without end.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.path.startswith(CMS_PREFIX)
            and request.user.is_authenticated
            and not request.user.has_perm("wagtailadmin.access_admin")
        ):
            note_refused(request, where="wagtailadmin")
            raise Http404
        return self.get_response(request)


class MaintenanceMiddleware:
    """While the site is closed (`manage.py close_site`), answers everything but our own files with 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seconds = maintenance.seconds_left()
        if seconds is None:
            return self.get_response(request)
        response = problems.page(HTTPStatus.SERVICE_UNAVAILABLE, request)
        response["Retry-After"] = str(seconds)
        return response
