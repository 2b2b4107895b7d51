"""Copies and ways back killed with signal 9 at random moments: nothing half counts, or goes on by itself.

`WISDOMS_KILLS` says how many times the four commands are killed in all; `make bench-withdrawal` has 200.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.paths import REPOSITORY

KILLS = int(os.environ.get("WISDOMS_KILLS", "12"))
COMMANDS = 4


@pytest.mark.timeout(max(300, 30 * KILLS))
@pytest.mark.django_db(transaction=True)
def test_copies_and_ways_back_killed_at_random_moments_leave_nothing_half(
    settings: Any, tmp_path: Path
) -> None:
    given = {
        "database": connection.settings_dict["NAME"],
        "settings": {
            name: str(tmp_path / name.lower())
            for name in ("STORE_DIR", "KEYRING_DIR", "TOMBSTONES_DIR", "ANCHOR_DIR", "MEDIA_ROOT")
        },
        "place": str(tmp_path / "copies"),
        "kills": KILLS // COMMANDS,
        "seed": 20,
    }
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.killing_copies", json.dumps(given)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=3000,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    sys.stdout.write(f"\n{found}\n")
    assert found["problems"] == []
