"""What the log says of a fault, and of an address that opens somebody's page."""

import logging
import logging.config
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from wisdoms.logs import WithoutWaysIn, WithoutWords

WORDS = "a green kettle on the towpath"


def line_of(error: Exception, *, formatter: logging.Formatter) -> str:
    try:
        try:
            raise error
        except Exception as inner:
            raise ValueError(f"again {WORDS}") from inner
    except ValueError as outer:
        row = logging.LogRecord("transcripts", logging.ERROR, "", 0, "Work %s failed", (7,), None)
        row.exc_info = (type(outer), outer, outer.__traceback__)
        return formatter.format(row)


def test_a_fault_is_told_by_kind_and_place_and_never_by_what_it_says() -> None:
    said = line_of(LookupError(f"Failing row contains ({WORDS})"), formatter=WithoutWords("%(message)s"))
    assert said.startswith("Work 7 failed")
    assert "builtins.LookupError" in said
    assert "builtins.ValueError" in said
    assert said.index("LookupError") < said.index("ValueError")
    assert "test_logs.py" in said
    assert WORDS not in said


def test_what_another_handler_wrote_of_a_fault_is_not_taken_over() -> None:
    row = logging.LogRecord("transcripts", logging.ERROR, "", 0, "Work 7 failed", (), None)
    row.exc_info = (KeyError, KeyError(WORDS), None)
    row.exc_text = WORDS
    assert WORDS not in WithoutWords("%(message)s").format(row)
    assert row.exc_text == WORDS


@pytest.mark.parametrize(
    "name", ["account_reset_password_from_key", "accounts:join", "yours:start", "yours:receipt"]
)
def test_the_secret_part_of_an_address_stays_out_of_the_log(name: str) -> None:
    secret = {"uidb36": "1a", "key": "s3cr3t"} if name.startswith("account_") else {"token": "s3cr3t"}
    for address in (reverse(name, kwargs=secret), f"/cy{reverse(name, kwargs=secret)}?a=1"):
        row = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (address,), None)
        assert WithoutWaysIn().filter(row)
        assert "s3cr3t" not in row.getMessage()


def test_whatever_serves_pages_writes_through_the_same_handler() -> None:
    """Also gunicorn, which writes a fault that comes before the first byte with the whole address."""
    config: dict[str, Any] = settings.LOGGING
    console = config["handlers"]["console"]
    assert config["filters"][console["filters"][0]]["()"].endswith(WithoutWaysIn.__name__)
    assert config["formatters"][console["formatter"]]["()"].endswith(WithoutWords.__name__)
    assert set(config["handlers"]) == {"console"}
    for name in ("django", "django.server", "gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        assert not [each for each in logger.handlers if isinstance(each, logging.StreamHandler)]
        assert logger.propagate
    assert config["root"]["handlers"] == ["console"]
