"""Build the demo partnership where it is not built yet, then serve it. Everything lies under var/demo."""

import hashlib
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from scripts.serve import serve
from scripts.setup import SetupError, check_port

HOW_TO_GO_ON = (
    "the lines above say why. Correct that and run `make demo` again, or start over with `make demo-reset`."
)
ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "demo"


class DemoError(Exception):
    """A step of the build failed; the text says which."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; {HOW_TO_GO_ON}")


def demo_environment(port: int) -> dict[str, str]:
    """The environment of the demo: its own folder, its own secret, this machine only."""
    VAR.mkdir(parents=True, exist_ok=True)
    secret = VAR / "secret"
    if not secret.exists():
        handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
    return {
        "SECRET_KEY": secret.read_text(encoding="utf-8").strip(),
        "DEBUG": "1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "SITE_ADDRESS": f"http://127.0.0.1:{port}",
        "WISDOMS_VAR": str(VAR),
        "WISDOMS_STORE": str(VAR / "store"),
        "WISDOMS_KEYRING": str(VAR / "keyring"),
        "WISDOMS_TOMBSTONES": str(VAR / "tombstones"),
        "WISDOMS_SURVEY_TEXTS": str(ROOT / "wisdoms" / "demo" / "data" / "surveys"),
        "WISDOMS_STATIC_ROOT": str(VAR / "static"),
        "WISDOMS_DEMO": "1",
        # The demo never touches a database or a mail server of yours.
        "DATABASE_URL": "",
        "DATABASE_OWNER_URL": "",
        "EMAIL_HOST": "",
        # Its own account of what it does is enough; set WISDOMS_LOG_LEVEL=INFO to see each job.
        "WISDOMS_LOG_LEVEL": os.environ.get("WISDOMS_LOG_LEVEL", "WARNING"),
        # Weights are fetched when somebody asks for them (`make models`), not in passing.
        "WISDOMS_WHISPER_DOWNLOAD": os.environ.get("WISDOMS_WHISPER_DOWNLOAD", "0"),
        # No library may reach for a network: everything is on this machine.
        "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1"),
        "TOKENIZERS_PARALLELISM": "false",
    }


def main() -> int:
    """Build, print one sign-in per role, serve."""
    port = int(os.environ.get("PORT", "8000"))
    try:
        check_port(port)
    except SetupError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    os.environ.update(demo_environment(port))
    try:
        signs = _built()
    except DemoError as error:
        print(f"{error}", file=sys.stderr)
        return 1

    def announce() -> None:
        print(
            f"\nThe demo partnership is at http://127.0.0.1:{port}/ (its people are fictional).", flush=True
        )
        print(signs, flush=True)
        print("Ctrl-C stops everything; `make demo` goes on where you left, `make demo-reset` starts over.\n")

    try:
        return serve(port, announce=announce)
    except SetupError as error:
        print(f"{error}", file=sys.stderr)
        return 1


def _built() -> str:
    """Make the tables and the demo unless that was done with this very code; gives the sign-ins to print.

    Raises:
        DemoError: one of the two failed.
    """
    stamp = VAR / "built"
    code = _fingerprint()
    if stamp.exists() and (VAR / "database" / "data").exists():
        known, _, signs = stamp.read_text(encoding="utf-8").partition("\n")
        if known == code:
            return signs
    started = time.monotonic()
    print("Making the demo's tables (half a minute the first time) ...", flush=True)
    if _manage("migrate", "--verbosity", "0") != 0:
        raise DemoError("The demo's tables could not be made")
    if _manage("build_demo") != 0:
        raise DemoError("The demo could not be built")
    print(f"The demo is ready ({time.monotonic() - started:.0f} seconds).", flush=True)
    signs = _capture("list_demo_sign_ins")
    stamp.write_text(f"{code}\n{signs}", encoding="utf-8")
    return signs


def _fingerprint() -> str:
    """Changes with the tables, the demo's own files and the packages; then both steps are run again."""
    digest = hashlib.sha256((ROOT / "constraints.txt").read_bytes())
    places = [*ROOT.glob("*/migrations/*.py"), *(ROOT / "wisdoms" / "demo").rglob("*")]
    for path in sorted(path for path in places if path.is_file() and path.suffix != ".pyc"):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _manage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=False).returncode


def _capture(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    ).stdout.rstrip()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nStopped. `make demo` goes on from here.", file=sys.stderr)
        sys.exit(130)
