"""`.env.example` and the settings name the same variables; wrong values are refused with a sentence."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.env import write_env
from wisdoms import environment

ROOT = Path(__file__).resolve().parents[2]
READERS = {"text", "truth", "whole_number", "words", "one_of", "folder", "web_address", "database_address"}


def _read_by_settings() -> set[str]:
    tree = ast.parse((ROOT / "wisdoms" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in READERS
        and isinstance(node.args[0], ast.Constant)
    }


def _named_in_example() -> list[str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[0] for line in lines if line and not line.startswith("#")]


def test_example_names_each_variable_once_and_no_other() -> None:
    named = _named_in_example()
    assert len(named) == len(set(named))
    assert set(named) == _read_by_settings()


def test_settings_read_the_environment_through_the_readers_alone() -> None:
    assert "os.environ" not in (ROOT / "wisdoms" / "settings.py").read_text(encoding="utf-8")


def test_each_variable_has_a_line_on_it() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#") and not line.startswith("EMAIL_"):
            assert lines[number - 1].startswith("# "), f"{line} has no line on it"


def test_written_env_has_a_secret_of_its_own_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert write_env(tmp_path) is True
    written = (tmp_path / ".env").read_text(encoding="utf-8")
    secret = re.search(r"^SECRET_KEY=(.+)$", written, re.MULTILINE)
    assert secret is not None
    assert len(secret[1]) > 40
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert write_env(tmp_path) is False
    assert (tmp_path / ".env").read_text(encoding="utf-8") == written


def _start(tmp_path: Path, **values: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {*_named_in_example(), "DJANGO_SETTINGS_MODULE"}
    }
    good = {"SECRET_KEY": "s" * 50, "ALLOWED_HOSTS": "localhost", "WISDOMS_VAR": str(tmp_path)}
    # A developer's own .env must not fill in what is left out here.
    code = "import wisdoms.environment as e; e.read_env_file = lambda path: None; import wisdoms.settings"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | good | values,
        capture_output=True,
        text=True,
        check=False,
    )


def test_settings_start_with_little_and_with_debug_off(tmp_path: Path) -> None:
    assert _start(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
        ({"DEBUG": "perhaps"}, "neither yes nor no"),
        ({"EMAIL_PORT": "many"}, "not a whole number"),
        ({"EMAIL_PORT": "70000"}, "at most 65535"),
        ({"SITE_ADDRESS": "wisdoms.example.org"}, "write it whole"),
        ({"DATABASE_URL": "sqlite:///db"}, "must begin with postgresql://"),
        ({"WISDOMS_WHISPER_ENGINE": "ear"}, "must be one of"),
        ({"DEBUG": "1", "SITE_ADDRESS": "https://wisdoms.example.org"}, "Turn DEBUG off"),
    ],
)
def test_wrong_value_is_refused_with_a_sentence(
    tmp_path: Path, values: dict[str, str], sentence: str
) -> None:
    done = _start(tmp_path, **values)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_env_file_fills_gaps_and_leaves_what_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISDOMS_TRIED_SET", "before")
    monkeypatch.delenv("WISDOMS_TRIED_GAP", raising=False)
    (tmp_path / ".env").write_text(
        '# a line on it\n\nWISDOMS_TRIED_SET=file\nWISDOMS_TRIED_GAP="with = and # in it"\n'
    )
    environment.read_env_file(tmp_path / ".env")
    assert os.environ.pop("WISDOMS_TRIED_GAP") == "with = and # in it"
    assert os.environ["WISDOMS_TRIED_SET"] == "before"


def test_env_file_with_another_line_is_refused_by_number(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GOOD=1\nexport BAD=1\n")
    with pytest.raises(environment.SettingsError, match="Line 2"):
        environment.read_env_file(tmp_path / ".env")
