"""How soon a sweep starts while every core is busy, and that no kill leaves half a withdrawal.

Four parts, each on a database made for it:

- kills: withdrawals killed with signal 9 at random moments, taken up again, killed again; each has to
  converge with nothing left and nothing readable in between (`tests.killing`).
- copies: backups, copies of the keyring and the ways back of both, killed likewise (`tests.killing_copies`).
- start: a worker of the withdrawals' queue alone, while one process for each core computes; the time from
  asking to the first step, several times.
- everywhere: a whole person taken back, and a search of every place for what they said.

    python -m benchmarks.bench_withdrawal [--kills 200] [--json]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PARTS = {
    "kills": "tests/verification/test_withdrawal_killed.py",
    "copies": "tests/verification/test_copies_killed.py",
    "start": "tests/verification/test_sweep_starts.py",
    "everywhere": "tests/verification/test_withdrawal_everywhere.py",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the parts and print what each found; 1 where one of them fails."""
    parser = argparse.ArgumentParser(description="Time withdrawals, and kill them.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    options = parser.parse_args(arguments)
    failed = 0
    for name in options.only or PARTS:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-s", PARTS[name]],
            cwd=REPOSITORY,
            env=dict(os.environ, WISDOMS_KILLS=str(options.kills)),
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.findall(r"^\{.*\}$", done.stdout, re.MULTILINE)
        sys.stdout.write(f"{name}: {'holds' if done.returncode == 0 else 'FAILS'}\n")
        for line in found:
            sys.stdout.write(f"  {line}\n")
        if done.returncode:
            sys.stdout.write(done.stdout[-3000:] + done.stderr[-1000:])
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
