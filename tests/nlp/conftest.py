"""Checkpoints and sounds that several tests of the language package use, each made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.nlp_checkpoints import planted_checkpoint, planted_ct2
from tests.fakes.nlp_sounds import KINDS, write_sound


@pytest.fixture(autouse=True)
def _own_folders() -> None:
    """In place of the site's: nothing here knows of settings."""


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper checkpoint that says one sentence per window."""
    return planted_checkpoint(tmp_path_factory.mktemp("weights") / "planted.pt")


@pytest.fixture(scope="session")
def planted_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model for faster-whisper."""
    return planted_ct2(tmp_path_factory.mktemp("weights") / "planted-ct2")


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Eight seconds of sound of each kind, with a pause from 3 to 4.5 seconds, by suffix."""
    folder = tmp_path_factory.mktemp("sounds")
    return {suffix: write_sound(folder / f"sound{suffix}", 8.0, quiet=[(3.0, 4.5)]) for suffix in KINDS}
