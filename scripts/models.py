"""Fetch the recommended weights for speech and names, say how large they are, or tell the way by hand.

Weights are not ours and never enter the repository. Without them the site works: a recording waits with
a clear message, and names are found by patterns and from the consent record alone.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

# Megabytes to fetch, rounded up. The names ending in .en know English only and know it better.
WHISPER_MB = {
    "tiny.en": 73,
    "tiny": 73,
    "base.en": 139,
    "base": 139,
    "small.en": 462,
    "small": 462,
    "medium.en": 1459,
    "medium": 1459,
    "large-v3-turbo": 1545,
    "large-v3": 2950,
}
SPACY_MB = {"en_core_web_sm": 13, "en_core_web_md": 34, "en_core_web_lg": 401}
# What the site asks for when nothing is set; it knows Welsh as well.
RECOMMENDED_WHISPER = "small"
RECOMMENDED_SPACY = "en_core_web_md"


def whisper_folder() -> Path:
    """Where openai-whisper keeps its weights."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"


def whisper_by_hand(name: str) -> str:
    """How to bring Whisper's weights from another machine."""
    return (
        f"By hand: on a machine with a network, run `make models` or "
        f"`python -c \"import whisper; whisper.load_model('{name}')\"`. Copy the file {name}.pt from its "
        f"folder ~/.cache/whisper/ into {whisper_folder()}/ here; or put it anywhere and set "
        f"WISDOMS_WHISPER_MODEL=/path/to/{name}.pt in .env. Then press “transcribe again”."
    )


def spacy_by_hand(name: str) -> str:
    """How to bring a spaCy pipeline from another machine."""
    return (
        f"By hand: fetch the wheel of {name} (version 3.8) from spaCy's release page on another machine, "
        f"copy it here and run `.venv/bin/python -m pip install {name}-*.whl`; or unpack it and set "
        f"WISDOMS_SPACY_MODEL to the folder that holds its config.cfg."
    )


def fetch_whisper(name: str) -> bool:
    """Fetch Whisper's weights into its cache; True when they are there afterwards."""
    target = whisper_folder() / f"{name}.pt"
    if target.is_file():
        print(f"Whisper {name} is there already: {target}.")
        return True
    print(f"Fetching Whisper {name}, {WHISPER_MB[name]} MB, into {whisper_folder()}/ ...", flush=True)
    code = "import sys, whisper; whisper.load_model(sys.argv[1], device='cpu')"
    done = subprocess.run([sys.executable, "-c", code, name], check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        print(f"Whisper {name} is in place.")
        return True
    print(
        f"Whisper {name} could not be fetched: {_reason(done.stderr)}\n{whisper_by_hand(name)}",
        file=sys.stderr,
    )
    return False


def fetch_spacy(name: str) -> bool:
    """Install a spaCy pipeline into the virtual environment; True when it is there afterwards."""
    if importlib.util.find_spec(name) is not None:
        print(f"spaCy's {name} is there already.")
        return True
    print(f"Fetching spaCy's {name}, {SPACY_MB[name]} MB, into .venv ...", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "spacy", "download", name], check=False, capture_output=True, text=True
    )
    if done.returncode == 0:
        print(f"spaCy's {name} is in place.")
        return True
    print(
        f"spaCy's {name} could not be fetched: {_reason(done.stdout + done.stderr)}\n{spacy_by_hand(name)}",
        file=sys.stderr,
    )
    return False


def _reason(output: str) -> str:
    signs = (
        "URLError",
        "ConnectionError",
        "Max retries",
        "Temporary failure",
        "timed out",
        "getaddrinfo",
        "HTTP Error",
    )
    if any(sign in output for sign in signs):
        return "there is no way to its home on the network from here."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given."


def main(arguments: list[str]) -> int:
    """0 when both are in place, 1 when one is not."""
    parser = argparse.ArgumentParser(description="Fetch weights for speech and for finding names.")
    parser.add_argument("--whisper", choices=WHISPER_MB, default=RECOMMENDED_WHISPER)
    parser.add_argument("--spacy", choices=SPACY_MB, default=RECOMMENDED_SPACY)
    options = parser.parse_args(arguments)
    print("Sizes in MB. Whisper:", ", ".join(f"{name} {size}" for name, size in WHISPER_MB.items()) + ".")
    print("spaCy:", ", ".join(f"{name} {size}" for name, size in SPACY_MB.items()) + ".")
    got = [fetch_whisper(options.whisper), fetch_spacy(options.spacy)]
    return 0 if all(got) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
