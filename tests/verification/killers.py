"""Runs a module that kills what it starts, in a process of its own, on a test's database and folders."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

from tests.paths import REPOSITORY

FOLDERS = ("STORE_DIR", "KEYRING_DIR", "TOMBSTONES_DIR", "ANCHOR_DIR", "MEDIA_ROOT")


def killed(module: str, tmp_path: Path, **given: Any) -> dict[str, Any]:
    """What `module` found, as it printed it last; its errors where it did not come to its end."""
    told = {
        "database": connection.settings_dict["NAME"],
        "settings": {name: str(tmp_path / name.lower()) for name in FOLDERS},
        "seed": 20,
        **given,
    }
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", module, json.dumps(told)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=3000,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    sys.stdout.write(f"\n{found}\n")
    return found
