"""Copies and ways back killed with signal 9 at random moments: nothing half counts, or goes on by itself.

`WISDOMS_KILLS` says how many times they are killed in all; `make bench-withdrawal` has 200.
"""

import os
from pathlib import Path

import pytest

from tests.verification.killers import killed

KILLS = int(os.environ.get("WISDOMS_KILLS", "15"))
# With what people close, and closing it again.
COMMANDS = 5


@pytest.mark.timeout(max(300, 30 * KILLS))
@pytest.mark.django_db(transaction=True)
def test_copies_and_ways_back_killed_at_random_moments_leave_nothing_half(tmp_path: Path) -> None:
    found = killed("tests.killing_copies", tmp_path, place=str(tmp_path / "copies"), kills=KILLS // COMMANDS)
    assert found["problems"] == []
