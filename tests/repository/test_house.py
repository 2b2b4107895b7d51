"""What holds for the repository as a whole: layers, templates, tokens, locks, decisions, privacy, words."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.privacy import our_models, undeclared_fields
from wisdoms.vendor import FILES, MODULES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
APPS = (
    "wisdoms",
    "portal",
    "publishing",
    "coaching",
    "themes",
    "transcripts",
    "enquiries",
    "accounts",
    "audit",
    "nlp",
)


def _without_comments(template: str) -> str:
    template = re.sub(r"\{#.*?#\}", "", template)
    template = re.sub(r"\{% comment.*?%\}.*?\{% endcomment %\}", "", template, flags=re.DOTALL)
    return re.sub(r"<!--.*?-->", "", template, flags=re.DOTALL)


def _python_files() -> Iterator[Path]:
    for app in (*APPS, "scripts"):
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def test_layers_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_language_package_knows_no_framework() -> None:
    pattern = re.compile(
        rf"^\s*(?:from|import) (?:django|wagtail|procrastinate|{'|'.join(APPS[:-1])})\b", re.MULTILINE
    )
    found = [
        str(path) for path in (ROOT / "nlp").rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_every_stored_field_says_what_it_may_give_away() -> None:
    assert undeclared_fields() == []


def test_no_field_is_named_for_what_is_never_collected() -> None:
    never = re.compile(
        r"diagnos|risk_score|needs?_score|offence|substance|support_category|complex_need|vulnerab|service_user|\bclient\b"
    )
    found = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if never.search(field.name)
    ]
    assert not found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_keeps_to_the_content_policy(path: Path) -> None:
    template = _without_comments(path.read_text(encoding="utf-8"))
    assert not re.search(r"\sstyle\s*=", template), "a style attribute; name a class instead"
    assert not re.search(r"<style\b", template), "a style element; use a file in static/css"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", template), "an inline event handler; use a controller"
    assert "javascript:" not in template
    assert not re.search(r"hx-on", template), "hx-on is inline script; use a controller"
    for tag in re.findall(r"<script\b[^>]*>", template):
        assert "src=" in tag or 'type="importmap"' in tag or 'type="application/json"' in tag, (
            f"inline script: {tag}"
        )
    for address in re.findall(
        r"<(?:script|link|img|source|audio)\b[^>]*?(?:src|href)=[\"'](https?:)?//", template
    ):
        pytest.fail(f"something from another site: {address}")


def test_light_tokens_equal_the_light_half_of_each_pair() -> None:
    css = (ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    plain_block, paired_block = css.split("@supports", 1)
    plain = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3,8});", plain_block))
    pairs = dict(re.findall(r"(--[\w-]+):\s*light-dark\((#[0-9a-fA-F]{3,8}),", paired_block))
    assert pairs
    assert plain == pairs


def test_colours_are_named_by_role_outside_the_tokens() -> None:
    found = []
    for path in sorted((ROOT / "static" / "css").rglob("*.css")):
        if path.name == "tokens.css":
            continue
        css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        # A hex value of a property, not an id in a selector or an address.
        found += [f"{path.name}: {hit}" for hit in re.findall(r":[^;{}]*?(#[0-9a-fA-F]{3,8})\b[^;{}]*;", css)]
    assert not found


def test_browser_lock_names_no_addresses_and_exact_versions() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all(package.get("integrity") for name, package in lock["packages"].items() if name)
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())


def test_python_lock_names_no_addresses_and_holds_all_that_is_asked_for() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line) for line in locked), (
        "no addresses, no builds"
    )
    names = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in locked}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        each for name, extra in project["optional-dependencies"].items() if name != "dev" for each in extra
    ]
    for requirement in (*project["dependencies"], *extras):
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)
        assert name is not None
        assert re.sub(r"[-_.]+", "-", name[0]).lower() in names, requirement
    assert "torch==2.13.0" in locked
    assert not [name for name in names if name.startswith("nvidia")]


def test_listed_files_of_the_browsers_packages_are_there() -> None:
    missing = [path for path in FILES.values() if not (ROOT / "node_modules" / path).is_file()]
    assert not missing, "run `make install`"
    assert set(MODULES.values()) <= set(FILES)


def test_nothing_third_party_is_committed_to_static() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "static"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    assert not [
        path for path in tracked if path.endswith((".min.js", ".woff2", ".woff")) or "vendor/" in path
    ]


def test_decisions_are_numbered_without_a_gap_and_say_their_number() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert numbers == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} "), f"{path.name}: heading and number differ"
        assert "\n## Consequences" in text, f"{path.name}: no consequences"


def test_makefile_says_of_each_target_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - {"env"}
    said = set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE))
    assert targets == said
    phony = makefile.split(".PHONY:")[1].split("\n\n")[0].replace("\\", " ").split()
    assert targets | {"env"} == set(phony)


def test_modules_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _python_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 620
    }
    assert not long
