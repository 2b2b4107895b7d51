"""Find Chromium for the browser tests, or install it: as root through apt, else through Playwright."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium that can be started: WISDOMS_CHROMIUM, one on PATH, or Playwright's own."""
    named = os.environ.get("WISDOMS_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    for name in ON_PATH:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def _playwrights_own() -> str | None:
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    path = done.stdout.strip()
    return path if done.returncode == 0 and Path(path).is_file() else None


def ensure_chromium() -> tuple[str | None, str]:
    """Find Chromium or install it.

    Returns:
        Its path and an empty reason; or None and, in a sentence, why there is none.
    """
    found = find_chromium()
    if found:
        return found, ""
    if os.environ.get("WISDOMS_CHROMIUM"):
        return None, f"WISDOMS_CHROMIUM names {os.environ['WISDOMS_CHROMIUM']}, where no file is."
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium through apt ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, **quiet)  # type: ignore[call-overload]
        subprocess.run(  # type: ignore[call-overload]
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            check=False,
            env=environment,
            **quiet,
        )
    else:
        print("Installing Chromium through Playwright ...", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    found = find_chromium()
    if found:
        return found, ""
    return None, (
        "No Chromium is on PATH and none could be installed. Install one (on Debian: apt install chromium) "
        "or name one with WISDOMS_CHROMIUM."
    )


if __name__ == "__main__":
    path, reason = ensure_chromium()
    print(path or reason)
    sys.exit(0 if path else 1)
