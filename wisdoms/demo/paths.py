"""Where the input of the demo partnership lies."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
CONVERSATIONS = DATA / "conversations"
SOUND = DATA / "sound"
COACHING = DATA / "coaching"
REFLECTIVE_NOTES = DATA / "reflective_notes"
