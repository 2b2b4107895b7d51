"""The two recordings that the whole way can start from, and what is said in them.

The shared sample is a person reading aloud; where it is absent, the demo's own recording takes its place,
which a synthesiser spoke. Where no Whisper weights are found, the scripted engine says what is written here,
with a slip for the person who checks it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.paths import REPOSITORY, SAMPLES

DEMO_SOUND = REPOSITORY / "wisdoms" / "demo" / "data" / "sound"
LISTENER, SPEAKER = "Listener", "Speaker"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recording. `segments` hold start and end in milliseconds, words, confidence and who speaks.

    `slip` is what the scripted engine hears and what was said; `names` what the consent record knows;
    `missed` a word that no finder offers and what to put in its place.
    """

    path: Path
    segments: tuple[tuple[int, int, str, float, str], ...]
    slip: tuple[str, str]
    names: tuple[str, ...]
    missed: tuple[str, str]

    def write_script(self, path: Path) -> Path:
        """A script for the fake engine, slow enough to be watched and with the slip in it."""
        wrong, right = self.slip
        rows = [
            {"start_ms": start, "end_ms": end, "text": text.replace(right, wrong), "confidence": sure}
            for start, end, text, sure, _who in self.segments
        ]
        assert any(wrong in str(row["text"]) for row in rows)
        path.write_text(json.dumps({"language": "en", "segments": rows, "delay_ms": 350}), encoding="utf-8")
        return path


def choose_sample() -> Spoken:
    """The shared recording of a person where it is present, else the demo's."""
    return _shared() if (SAMPLES / "sentences.wav").is_file() else _demo()


def _shared() -> Spoken:
    # Each sentence at about its time, with the breath between two that makes a turn of each.
    said = (
        (
            "Content like data, models, tests, and endpoints are organized into Projects in the Custom "
            "Speech portal.",
            0.93,
        ),
        ("Each project is specific to a domain and country/language.", 0.93),
        (
            "For example, you may create a project for call centers that use English in the United States.",
            0.93,
        ),
        (
            "To create your first project, select the Speech-to-text/Custom speech, then click New Project.",
            0.58,
        ),
        ("Follow the instructions provided by the wizard to create your project.", 0.93),
        (
            "After you've created a project, you should see four tabs: Data, Testing, Training, and "
            "Deployment.",
            0.93,
        ),
        ("Use the links provided in Next steps to learn how to use each tab.", 0.93),
    )
    letters, length_ms, at = sum(len(text) for text, _sure in said), 35_000, 0
    segments = []
    for text, sure in said:
        end = at + length_ms * len(text) // letters
        segments.append((at, end - 700, text, sure, SPEAKER))
        at = end
    return Spoken(
        path=SAMPLES / "sentences.wav",
        segments=tuple(segments),
        slip=("costume speech", "Custom speech"),
        names=("United States", "Custom Speech"),
        missed=("wizard", "guide"),
    )


def _demo() -> Spoken:
    told = json.loads((DEMO_SOUND / "01.words.json").read_text(encoding="utf-8"))["segments"]
    return Spoken(
        path=DEMO_SOUND / "01-wren.ogg",
        segments=tuple(
            (
                row["start_ms"],
                row["end_ms"],
                row["text"],
                row["confidence"],
                LISTENER if row["speaker"] == "Listener" else SPEAKER,
            )
            for row in told
        ),
        slip=("lamp yard", "lanyard"),
        names=("Kayleigh Dunmore", "Ffion", "Mrs Okafor"),
        missed=("Friary House", "a hostel"),
    )
