"""The pages for what went wrong, in our look. They need no database and no session, since those may be away;
a request that could not be read is written down where there is a database.

Each says what happened and what to do next, and nothing of what was asked for: a missing thing and a
forbidden one read alike.
"""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

from accounts.refusals import note_bad_request

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
PAGES = frozenset({400, 403, 404, 413, 429, 500, 503})


def page(status: int, request: HttpRequest | None = None, *, name: str = "") -> HttpResponse:
    """The page of one status; a status without a page of its own gets that of 400 or 500.

    Args:
        status: the status to answer with.
        request: not read; failures may happen before it is whole.
        name: of another template than `<status>.html`.
    """
    number = status if status in PAGES else 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
    words = loader.get_template(name or f"{number}.html").render({"is_demo": settings.IS_DEMO})
    return HttpResponse(words, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when more was sent than the site takes in at once."""
    note_bad_request(request, exception)
    if isinstance(exception, TOO_MUCH):
        return page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, request)
    return page(HTTPStatus.BAD_REQUEST, request)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, without the exception's words: they may say more than the person may know."""
    return page(HTTPStatus.FORBIDDEN, request)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, for what is missing and for what is not theirs."""
    return page(HTTPStatus.NOT_FOUND, request)


def too_many(request: HttpRequest) -> HttpResponse:
    """429; the sign-in library asks for this when somebody tries too often."""
    return page(HTTPStatus.TOO_MANY_REQUESTS, request)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500. The log holds the reason."""
    return page(HTTPStatus.INTERNAL_SERVER_ERROR, request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that cannot be shown to come from one of our pages; mostly a page left open too long."""
    return page(HTTPStatus.FORBIDDEN, request, name="403_csrf.html")
