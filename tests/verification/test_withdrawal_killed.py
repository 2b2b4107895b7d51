"""A withdrawal killed with signal 9 at random moments converges, and is never half readable in between.

`WISDOMS_KILLS` says how many; `make bench-withdrawal` has 200.
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

KILLS = int(os.environ.get("WISDOMS_KILLS", "20"))


@pytest.mark.timeout(max(300, 30 * KILLS))
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_killed_at_random_moments_converges(settings: Any, tmp_path: Path) -> None:
    given = {
        "database": connection.settings_dict["NAME"],
        "settings": {
            name: str(tmp_path / name.lower())
            for name in ("STORE_DIR", "KEYRING_DIR", "TOMBSTONES_DIR", "ANCHOR_DIR", "MEDIA_ROOT")
        },
        "kills": KILLS,
        "seed": 20,
    }
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.killing", json.dumps(given)],
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
    assert found["kills"] >= KILLS
