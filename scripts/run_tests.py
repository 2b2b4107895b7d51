"""Run pytest; the browser tests too where there is a Chromium, and say plainly where there is none."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.chromium import ensure_chromium

ROOT = Path(__file__).resolve().parent.parent
# All of them, file by file in as many processes as there are cores; each may need 2 GB for its models. In the
# order that tests/conftest.py gives: the files with the most tests are not those that take longest.
SIDE_BY_SIDE = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def main(arguments: list[str]) -> int:
    """pytest's own code; 1 as well when WISDOMS_REQUIRE_BROWSER=1 and the browser tests could not run."""
    environment = dict(os.environ)
    # Models come from folders and packages here; a test must never wait for a network.
    environment.setdefault("HF_HUB_OFFLINE", "1")
    environment.setdefault("TOKENIZERS_PARALLELISM", "false")
    environment.setdefault("OMP_NUM_THREADS", "1")
    chromium, reason = ensure_chromium()
    command = [sys.executable, "-m", "pytest"]
    if not arguments:
        command += SIDE_BY_SIDE
    if chromium:
        environment["WISDOMS_CHROMIUM"] = chromium
    else:
        print(f"{reason}\nThe tests under tests/browser are left out; all others run.", flush=True)
        command += ["--ignore", "tests/browser"]
    code = subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode
    if not chromium:
        print(f"The tests under tests/browser could not run. {reason}", file=sys.stderr)
        if environment.get("WISDOMS_REQUIRE_BROWSER") == "1":
            return code or 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
