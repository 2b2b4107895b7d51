"""Where tests find the shared models and samples, which are never committed.

They lie in `../shared` beside the repository, or where the environment variable WISDOMS_SHARED points.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("WISDOMS_SHARED") or REPOSITORY.parent / "shared")
MODELS = SHARED / "models"
SAMPLES = SHARED / "samples"
SPACY_PORT = MODELS / "en_core_web_sm_225_port"


def files_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every ordinary file below a folder with what it holds. Others may make and remove files meanwhile, and
    whole folders, which `Path.rglob` does not bear; what is gone when we come to it is left out."""
    for base, _folders, names in os.walk(folder):
        for name in sorted(names):
            path = Path(base, name)
            try:
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes()
            except OSError:
                continue


def sample(name: str) -> Path:
    """Path of a shared speech sample; skips the test with a sentence where it is absent."""
    import pytest

    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"The shared speech sample {name} is not here: set WISDOMS_SHARED to its folder.")
    return path


def spacy_port() -> Path:
    """Path of the shared spaCy pipeline; skips the test with a sentence where it is absent."""
    import pytest

    if not SPACY_PORT.is_dir():
        pytest.skip("The shared spaCy pipeline is not here: set WISDOMS_SHARED to its folder.")
    return SPACY_PORT
