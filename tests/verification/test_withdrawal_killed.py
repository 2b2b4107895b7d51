"""A withdrawal killed with signal 9 at random moments converges, and is never half readable in between.

`WISDOMS_KILLS` says how many; `make bench-withdrawal` has 200.
"""

import os
from pathlib import Path

import pytest

from tests.verification.killers import killed

KILLS = int(os.environ.get("WISDOMS_KILLS", "20"))


@pytest.mark.timeout(max(300, 30 * KILLS))
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_killed_at_random_moments_converges(tmp_path: Path) -> None:
    found = killed("tests.killing", tmp_path, kills=KILLS)
    assert found["problems"] == []
    assert found["kills"] >= KILLS
