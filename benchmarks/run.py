"""Time the main paths on this machine and print what they cost: `make bench`, or ARGS="transcription --json".

Each path runs in a fresh Python, so that nothing is warm that would be cold for a person who waits. Sound
and passages are made here. What is measured beside a bare arm (transcription, the record, the wall) has a
program of its own in this folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Programs of their own, which print what they found beside a bare arm.
PROGRAMS: dict[str, tuple[str, str]] = {
    "transcription": ("benchmarks.bench_transcription", "ours beside the bare engine"),
    "record": ("benchmarks.bench_record", "the chained record beside a bare table"),
    "store": ("benchmarks.bench_store", "sealed sound beside plain files"),
    "wall": ("benchmarks.bench_wall", "queries behind the wall beside explicit filters"),
}


@dataclass(frozen=True)
class Figure:
    """One measured value, its unit, and the ceiling it must keep below, if it has one."""

    name: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value keeps below its ceiling; True without one."""
        return self.at_most is None or self.value <= self.at_most


def _python(code: str, *arguments: str) -> dict[str, float]:
    """Run code in a fresh Python; it prints one JSON object of seconds or counts on its last line."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT), HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"A benchmark failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


MAKE_SPEECH = """
import json, sys
import numpy as np, av
path, seconds = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(7)
rate = 16000
t = np.arange(rate * seconds) / rate
# Syllables at four a second with pauses between sentences: loud enough not to count as silence.
syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) * (np.sin(2 * np.pi * t / 9) > -0.9)
voice = 0.3 * syllables * (np.sin(2 * np.pi * 140 * t) + 0.5 * np.sin(2 * np.pi * 700 * t))
pcm = ((voice + 0.002 * rng.standard_normal(t.size)) * 20000).astype(np.int16)
with av.open(path, "w", format="wav") as out:
    stream = out.add_stream("pcm_s16le", rate=rate, layout="mono")
    for start in range(0, pcm.size, rate):
        frame = av.AudioFrame.from_ndarray(pcm[None, start:start + rate], format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in stream.encode(frame): out.mux(packet)
    for packet in stream.encode(None): out.mux(packet)
print(json.dumps({}))
"""

SOUND = """
import json, sys, time
from nlp.audio import measure, probe
started = time.perf_counter(); facts = probe(sys.argv[1]); probed = time.perf_counter() - started
started = time.perf_counter(); measure(sys.argv[1]); measured = time.perf_counter() - started
print(json.dumps({"probe": probed, "times_real": facts.duration_ms / 1000 / measured}))
"""

TOPICS = """
import json, random, time
from nlp.embedding import MiniLmEmbedder
from nlp.topics import Passage, run_topics
rng = random.Random(3)
themes = ["the council housing office waiting list letter", "my coach walked beside me coffee park listening",
          "benefits sanction appointment missed bus fare", "night shelter staff rules curfew door locked",
          "college course painting certificate proud daughter", "doctor referral months phone queue form"]
passages = [Passage(str(n), " ".join(rng.choices(rng.choice(themes).split(), k=45))) for n in range(600)]
started = time.perf_counter(); embedder = MiniLmEmbedder()
vectors = embedder.embed([passage.text for passage in passages]); embedded = time.perf_counter() - started
started = time.perf_counter(); run_topics(passages, vectors, seed=42); run = time.perf_counter() - started
print(json.dumps({"embed": len(passages) / embedded, "run": run}))
"""

NAMES = """
import json, time
from nlp.names import find_names
text = ("I met Rhiannon Pugh at the Salvation Army on Mill Street in Wrexham in March. My sister Carys rang "
        "the council and we waited. It was raining and nobody said much about it. ") * 40
find_names("Warm up with Alice.")
started = time.perf_counter(); find_names(text); seconds = time.perf_counter() - started
print(json.dumps({"words": len(text.split()) / seconds}))
"""

DATABASE = """
import json, sys, time
from pathlib import Path
from wisdoms import embedded
home = Path(sys.argv[1])
started = time.perf_counter(); embedded.attach(home); first = time.perf_counter() - started
embedded.detach(home); embedded.stop(home)
started = time.perf_counter(); embedded.attach(home); again = time.perf_counter() - started
embedded.detach(home); embedded.stop(home)
print(json.dumps({"first": first, "again": again}))
"""


def sound(folder: Path) -> list[Figure]:
    """Looking at and measuring an hour of sound."""
    path = folder / "hour.wav"
    _python(MAKE_SPEECH, str(path), "3600")
    found = _python(SOUND, str(path))
    return [
        Figure("look at an hour's file", found["probe"], "s"),
        Figure("measure its loudness", found["times_real"], "times real time"),
    ]


def topics(folder: Path) -> list[Figure]:
    """Embedding and a topic run over 600 passages."""
    found = _python(TOPICS)
    return [
        Figure("passages embedded", found["embed"], "per s"),
        Figure("topic run over 600 passages", found["run"], "s"),
    ]


def names(folder: Path) -> list[Figure]:
    """Finding names, with the spaCy pipeline that is installed."""
    return [Figure("words searched for names", _python(NAMES)["words"], "per s")]


def database(folder: Path) -> list[Figure]:
    """Starting the embedded database."""
    found = _python(DATABASE, str(folder / "database"))
    return [
        Figure("database made and started", found["first"], "s", at_most=15.0),
        Figure("database started again", found["again"], "s", at_most=10.0),
    ]


BENCHMARKS: dict[str, Callable[[Path], list[Figure]]] = {
    "database": database,
    "sound": sound,
    "names": names,
    "topics": topics,
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all; 1 when a figure exceeds its ceiling."""
    parser = argparse.ArgumentParser(description="Time the main paths.")
    parser.add_argument("names", nargs="*", help=f"any of: {', '.join((*BENCHMARKS, *PROGRAMS))}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in (*BENCHMARKS, *PROGRAMS)]
    if unknown:
        parser.error(f"there is no benchmark named {unknown[0]}")
    names = options.names or [*BENCHMARKS, *PROGRAMS]
    code = 0
    all_figures: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="wisdoms-bench-") as folder:
        # The embedded server runs under another account for root, which must pass through.
        Path(folder).chmod(0o711)
        for name in names:
            if name in PROGRAMS:
                module, what = PROGRAMS[name]
                print(f"{name}: {what}", flush=True)
                code = max(
                    code, subprocess.run([sys.executable, "-m", module], cwd=ROOT, check=False).returncode
                )
                continue
            all_figures[name] = BENCHMARKS[name](Path(folder))
            if not options.json:
                print(f"{name}: {(BENCHMARKS[name].__doc__ or '').splitlines()[0]}", flush=True)
                for figure in all_figures[name]:
                    limit = "" if figure.at_most is None else f"  (at most {figure.at_most:g})"
                    mark = "" if figure.holds else "  TOO MUCH"
                    print(f"  {figure.name:<36} {figure.value:10.2f} {figure.unit}{limit}{mark}", flush=True)
    if options.json:
        print(json.dumps({name: [asdict(figure) for figure in found] for name, found in all_figures.items()}))
    return code or int(not all(figure.holds for found in all_figures.values() for figure in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
