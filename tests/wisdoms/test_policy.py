"""What every answer says to the browser, and which third-party files it can reach at all."""

import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from wisdoms.vendor import FILES, import_map

pytestmark = pytest.mark.django_db


def _policy(header: str) -> dict[str, list[str]]:
    parts = (part.split() for part in header.split(";") if part.strip())
    return {part[0]: part[1:] for part in parts}


def test_policy_allows_our_own_files_and_one_marked_script(client: Client) -> None:
    response = client.get("/accounts/login/")
    policy = _policy(response["Content-Security-Policy"])
    (nonce,) = [source for source in policy["script-src"] if source.startswith("'nonce-")]
    assert policy["script-src"] == ["'self'", nonce]
    assert policy["style-src"] == ["'self'"]
    assert policy["default-src"] == ["'none'"]
    assert policy["object-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    scripts = re.findall(r"<script\b([^>]*)>", response.content.decode())
    inline = [attributes for attributes in scripts if "src=" not in attributes]
    assert inline == [f' type="importmap" nonce="{nonce[7:-1]}"']


def test_each_answer_has_a_mark_of_its_own(client: Client) -> None:
    first, second = (client.get("/accounts/login/")["Content-Security-Policy"] for _ in range(2))
    assert first != second


def test_map_leads_to_files_that_are_there() -> None:
    imports = import_map()["imports"]
    assert {"@hotwired/stimulus", "wavesurfer.js", "tus-js-client"} <= set(imports)
    missing = [
        address for address in imports.values() if finders.find(address.removeprefix("/static/")) is None
    ]
    assert not missing
    assert json.dumps(imports)


@pytest.mark.parametrize(
    "path",
    [
        "vendor/../package.json",
        "vendor/package.json",
        "vendor/",
        "vendor/@hotwired/stimulus/package.json",
        "vendor/fonts/x",
    ],
)
def test_nothing_else_of_the_browsers_packages_can_be_reached(path: str) -> None:
    assert not any(
        finder.find(path) for finder in finders.get_finders() if type(finder).__name__ == "VendorFinder"
    )


def test_listed_files_are_found_and_collected(settings: Any) -> None:
    (finder,) = [each for each in finders.get_finders() if type(each).__name__ == "VendorFinder"]
    listed = dict(finder.list([]))
    assert set(listed) == set(FILES)
    for name, storage in listed.items():
        with storage.open(name) as file:
            assert file.read(4)
