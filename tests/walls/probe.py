"""One request and what came of it: the answer, the marks in it, and the tables that were written to.

Each request runs in a savepoint that is rolled back, so that the world stays as it is.
"""

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.http import QueryDict
from django.http.cookie import SimpleCookie
from django.http.request import HttpHeaders
from django.test import Client, RequestFactory, override_settings
from django.test.client import ClientHandler

from accounts.models import User
from tests.walls import forms
from tests.walls.marks import marks_in

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Written to by any request, and not part of what people said or did in their work.
RECORD_TABLES = re.compile(r"^(django_session|audit_|axes_|accounts_try|usersessions_|procrastinate_)")
_WRITES = re.compile(r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_CHANGING = re.compile(
    r'(name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|\'nonce-[^\']*\'|"csrfToken": ?"[^"]*"'
    r'|data-csrf[\w-]*="[^"]*"|"X-CSRFToken": ?"[^"]*"|csrf_?token[\w-]*[\'"]?[:=] ?[\'"][^\'"]*[\'"])',
    re.IGNORECASE,
)
# Look for a file or for a moved page whenever nothing is found; the world has neither, and most answers here
# are of that kind.
_IDLE = (
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
)
_PASSING_HEADERS = {
    "content-length",
    "date",
    "expires",
    "server-timing",
    "last-modified",
    "etag",
    "x-request-id",
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str
    said: list[str]
    written: set[str]
    error: BaseException | None = None
    changed: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    # Names of the request's headers that anybody asked for on the way, in lower case.
    looked_for: set[str] = field(default_factory=set)
    # Names of the query's parameters that anybody asked for; "*" where all were, whatever they are called.
    asked_for: set[str] = field(default_factory=set)

    @cached_property
    def _read(self) -> tuple[list[forms.Form], list[str]]:
        return forms.read(self.body) if "html" in self.headers.get("content-type", "") else ([], [])

    @property
    def page_forms(self) -> list[forms.Form]:
        """The forms of a page; none in what is no page."""
        return self._read[0]

    @property
    def links(self) -> list[str]:
        """Where the page leads to."""
        return self._read[1]

    @property
    def everything(self) -> str:
        return "\n".join([self.body, *self.headers.values(), *self.said])

    @property
    def marks(self) -> set[tuple[str, str]]:
        return marks_in(self.everything) | marks_in(unquote(self.headers.get("location", "")))

    @property
    def lasting(self) -> set[str]:
        """Tables written to, without those that any request writes to."""
        return {name for name in self.written if not RECORD_TABLES.match(name)}

    def like(self, address: str) -> tuple[Any, ...]:
        """What somebody could tell two answers apart by, `address` and passing tokens put aside."""

        def plain(text: str) -> str:
            for form in (address, unquote(address), urlencode({"": address})[1:]):
                text = text.replace(form, "ADDRESS")
            return _CHANGING.sub("TOKEN", text)

        headers = sorted(
            (name, plain(value)) for name, value in self.headers.items() if name not in _PASSING_HEADERS
        )
        return self.status, headers, plain(self.body), [plain(each) for each in self.said]


class Visitor:
    """Somebody with a browser: signed in as `user`, or nobody."""

    def __init__(self, user: User | None) -> None:
        self.cookies: SimpleCookie = SimpleCookie()
        if user is not None:
            client = Client()
            client.force_login(user)
            # As after a whole sign-in of just now, the second factor included.
            session = client.session
            given = {"method": "mfa", "type": "totp", "at": time.time()}
            session["account_authentication_methods"] = [given]
            session["account_authentication_methods_user"] = str(user.pk)
            session.save()
            self.cookies = client.cookies
        self._factory = RequestFactory()
        self._handler = ClientHandler(enforce_csrf_checks=False)
        with override_settings(MIDDLEWARE=[each for each in settings.MIDDLEWARE if each not in _IDLE]):
            self._handler.load_middleware()

    def ask(
        self,
        method: str,
        address: str,
        sent: list[tuple[str, str]] | None = None,
        *,
        fingerprints: "Fingerprints | None" = None,
        crossings: Any = None,
        **headers: str,
    ) -> Answer:
        """Make the request, look at what came of it, and undo it."""
        cache.clear()
        path, _, query = address.partition("?")
        body = urlencode(sent or []).encode()
        form = "application/x-www-form-urlencoded"
        self._factory.cookies = self.cookies.copy()  # type: ignore[attr-defined]
        with transaction.atomic(), _watched() as (written, errors):
            request = self._factory.generic(
                method, path, body, content_type=form, QUERY_STRING=query, headers=headers or None
            )
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
            request.headers = noted = _Headers(request.META)
            request.GET = asked = _Query(query)
            response = self._handler.get_response(request)
            raw = b"".join(response) if response.streaming else response.content  # type: ignore[call-overload]
            for close in response._resource_closers:
                close()
            queued = getattr(getattr(request, "_messages", None), "_queued_messages", [])
            answer = Answer(
                response.status_code,
                {name.lower(): value for name, value in response.items()},
                raw.decode("utf-8", errors="replace"),
                [str(each) for each in queued],
                written,
                errors[0] if errors else None,
                looked_for=noted.looked_for,
                asked_for=asked.asked_for,
            )
            for name, morsel in response.cookies.items():
                if name not in ("csrftoken", "sessionid", "messages"):
                    answer.headers[f"set-cookie {name}"] = morsel.value
            if fingerprints is not None:
                answer.changed = [name for name in sorted(answer.lasting) if fingerprints.differs(name)]
            if crossings is not None:
                answer.crossed = crossings.among(answer.lasting)
            transaction.set_rollback(True)
        return answer


class _Headers(HttpHeaders):
    """A request's headers, with a note of which of them were asked for."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.looked_for: set[str] = set()
        super().__init__(environ)

    def __getitem__(self, key: str) -> str:
        self.looked_for.add(key.lower().replace("_", "-"))
        return super().__getitem__(key)


class _Query(QueryDict):
    """A request's query, with a note of which parameters were asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.asked_for: set[str] = set()
        super().__init__(*args, **kwargs)
        self.asked_for = set()

    def __getitem__(self, key: str) -> Any:
        self.asked_for.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked_for.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, default: Any = None) -> Any:
        self.asked_for.add(key)
        return super().getlist(key, default)


def _noting_all(name: str) -> Any:
    real = getattr(QueryDict, name)

    def noting(self: _Query, *args: Any, **kwargs: Any) -> Any:
        self.asked_for.add("*")
        return real(self, *args, **kwargs)

    return noting


for _name in ("__iter__", "keys", "values", "items", "lists", "dict", "copy", "urlencode"):
    setattr(_Query, _name, _noting_all(_name))


@contextmanager
def _watched() -> Iterator[tuple[set[str], list[BaseException]]]:
    """Tables that statements write to, and exceptions that became an answer of 500."""
    written: set[str] = set()
    errors: list[BaseException] = []

    def spy(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        found = _WRITES.match(sql) if isinstance(sql, str) else None
        if found:
            written.add(found[1])
        return execute(sql, params, many, context)

    def failed(sender: object, **_kwargs: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            errors.append(error)

    got_request_exception.connect(failed)
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with connection.execute_wrapper(spy):
            yield written, errors
    finally:
        logging.disable(level)
        got_request_exception.disconnect(failed)


class Fingerprints:
    """Whether rows of a partner changed since the world was made. Tables without a partner count whole."""

    def __init__(self, partner_id: int) -> None:
        self._partner_id = partner_id
        self._before: dict[str, tuple[Any, ...]] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "select c.table_name, bool_or(c.column_name = 'partner_id') from information_schema.columns c"
                " join information_schema.tables t using (table_schema, table_name)"
                " where c.table_schema = 'public' and t.table_type = 'BASE TABLE' group by c.table_name"
            )
            self._tables: dict[str, bool] = dict(cursor.fetchall())
        for name, is_partners in self._tables.items():
            if is_partners:
                self._before[name] = self._now(name)

    def _now(self, table: str) -> tuple[Any, ...]:
        where = "where partner_id = %s" if self._tables[table] else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"select count(*), md5(string_agg(md5(t::text), '' order by md5(t::text))) from \"{table}\" t"
                f" {where}",
                [self._partner_id] if where else [],
            )
            row: tuple[Any, ...] = cursor.fetchone()
            return row

    def differs(self, table: str) -> bool:
        """Only for tables with a partner; writes to others are judged by who may write at all."""
        return table in self._before and self._now(table) != self._before[table]
