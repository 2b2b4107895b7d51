"""Stop the embedded databases under the folders named; with --remove, remove the folders too."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Stop each database found; 0 also when there was none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="such as var/demo, from the root of the project")
    parser.add_argument("--remove", action="store_true")
    options = parser.parse_args(arguments)
    python = ROOT / ".venv" / "bin" / "python"
    for name in options.folders:
        folder = (ROOT / name).resolve()
        database = folder / "database"
        if database.is_dir() and python.exists():
            print(f"{name}: ", end="", flush=True)
            stopped = subprocess.run(
                [str(python), "-m", "wisdoms.embedded", "stop", str(database)], cwd=ROOT, check=False
            )
            if stopped.returncode != 0:
                return stopped.returncode
        if not options.remove:
            continue
        # Moved aside first: broken off half-way, what is left must not pass for a whole one.
        aside = folder.with_name(f".{folder.name}.removed")
        shutil.rmtree(aside, ignore_errors=True)
        if folder.is_dir():
            folder.rename(aside)
            shutil.rmtree(aside)
            print(f"Removed {name} and everything in it.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
