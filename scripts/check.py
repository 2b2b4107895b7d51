"""Everything that judges the code without running the site: a line each, and all that a failure says."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# Name -> what it holds, and the command. Quick ones first.
CHECKS: dict[str, tuple[str, list[str]]] = {
    "lint": ("ruff's rules", ["ruff", "check", "."]),
    "format": ("ruff's format", ["ruff", "format", "--check", "."]),
    "layers": ("who imports whom", ["lint-imports"]),
    "templates": ("djlint's rules", ["djlint", "templates", "--lint", "--quiet"]),
    "django": ("Django's own checks", ["python", "-m", "scripts.manage", "check", "--fail-level", "WARNING"]),
    "migrations": (
        "no change of a model without its migration",
        ["python", "-m", "scripts.manage", "makemigrations", "--check", "--dry-run"],
    ),
    "types": ("mypy", ["mypy"]),
}
# djlint's formatter is left out: it breaks lines inside a sentence's markup, which puts spaces into quotes.
FORMATTERS = [["ruff", "check", "--fix", "--quiet", "."], ["ruff", "format", "."]]


def main(arguments: list[str]) -> int:
    """Run the checks named, or all; `format` alone puts the files into format. 0 when all is well."""
    if arguments == ["format"]:
        for command in FORMATTERS:
            _run(command, show=True)
        return 0
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown:
        print(f"There is no check named {unknown[0]}. There are: {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    names = arguments or list(CHECKS)
    failed = []
    for name in names:
        what, command = CHECKS[name]
        started = time.monotonic()
        print(f"{name:<16} {what} ... ", end="", flush=True)
        done = _run(command)
        print(
            f"{'ok' if done.returncode == 0 else 'NOT OK'} ({time.monotonic() - started:.0f} s)", flush=True
        )
        if done.returncode != 0:
            failed.append(name)
            print((done.stdout + done.stderr).strip(), flush=True)
    if failed:
        print(
            f"\nNot in order: {', '.join(failed)}. `make format` repairs the format by itself.",
            file=sys.stderr,
        )
        return 1
    print("All in order.")
    return 0


def _run(command: list[str], *, show: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False, text=True, capture_output=not show
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
