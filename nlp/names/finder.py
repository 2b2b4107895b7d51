"""Finding names: the union of a trained model, fixed shapes, ways of speaking, and names already known.

Each of these misses a quarter or more on its own, which is why they are joined, and why a person signs off
on the result. Deterministic: the same text, names and pipeline give the same list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nlp.names.candidates import Candidate, merged
from nlp.names.occurrences import Index, known_candidates, repeated_candidates
from nlp.names.patterns import looks_like_date, pattern_candidates
from nlp.names.pipeline import LoadedPipeline, load_pipeline
from nlp.names.speech import speech_candidates, starts_sentence
from nlp.names.types import FoundName
from nlp.names.wordlists import NOT_NAMES, PLACES

_CHUNK = 20_000
"""Characters given to spaCy at once: it refuses texts over a million and needs memory in proportion."""
_LABELS: dict[str, tuple[str, float, str]] = {
    "PERSON": ("person", 0.75, "The language model reads it as a person's name."),
    "GPE": ("place", 0.7, "The language model reads it as a place."),
    "LOC": ("place", 0.65, "The language model reads it as a place."),
    "FAC": ("place", 0.65, "The language model reads it as a building or a road."),
    "ORG": ("organisation", 0.65, "The language model reads it as an organisation."),
    "DATE": ("date", 0.55, "The language model reads it as a date."),
    "NORP": ("other", 0.5, "It says where someone comes from or what they belong to."),
    "EVENT": ("other", 0.5, "The language model reads it as an event that could be looked up."),
}


def find_names(
    text: str, *, known_names: Sequence[str] = (), spacy_model: str | Path | None = None
) -> list[FoundName]:
    """What in a text may say who someone is, in order of place, without overlaps.

    Args:
        text: any length, any script.
        known_names: names from the consent record, whole ("Ann Smith"); parts and short forms are looked
            for too.
        spacy_model: folder or package of a spaCy pipeline; None takes the best one installed, else none.

    Returns:
        Spans in code points with `text[start:end] == found.text`. Words in square brackets stand in for
        names already and are left alone.

    Raises:
        SpacyModelMissing, SpacyModelUnreadable: the pipeline asked for does not serve.
    """
    pipeline = load_pipeline(spacy_model)
    candidates = [*_by_model(pipeline, text), *pattern_candidates(text), *speech_candidates(text)]
    index = Index(text)
    candidates += known_candidates(index, text, known_names)
    candidates = _outside_brackets(candidates, text)
    candidates += _outside_brackets(list(repeated_candidates(index, text, merged(candidates, text))), text)
    return [
        FoundName(
            item.start, item.end, text[item.start : item.end], item.kind, round(item.score, 2), item.why
        )
        for item in merged(candidates, text)
    ]


def _by_model(pipeline: LoadedPipeline, text: str) -> Iterator[Candidate]:
    if not pipeline.is_trained:
        return
    bounds = list(_chunks(text))
    documents = pipeline.nlp.pipe((text[start:end] for start, end in bounds), batch_size=4)
    for (offset, _end), document in zip(bounds, documents, strict=True):
        for entity in document.ents:
            label = _LABELS.get(entity.label_)
            if label is None:
                continue
            start, end = offset + entity.start_char, offset + entity.end_char
            if candidate := _sensible(Candidate(start, end, *label), text):
                yield candidate


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that cover the text, cut after a line or a space so that no name is cut in two."""
    start = 0
    while len(text) - start > _CHUNK:
        end = text.rfind("\n", start + _CHUNK // 2, start + _CHUNK)
        if end < 0:
            end = text.rfind(". ", start + _CHUNK // 2, start + _CHUNK)
        if end < 0:
            end = text.rfind(" ", start + _CHUNK // 2, start + _CHUNK)
        end = start + _CHUNK if end < 0 else end + 1
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _sensible(candidate: Candidate, text: str) -> Candidate | None:
    """The model's finds without its usual slips in speech: lengths of time, letters, and words as such."""
    part = text[candidate.start : candidate.end].strip(" \n\t.,;:!?'\"“”‘’")
    bare = re.sub(r"['’]s$", "", part)
    without_article = re.sub(r"^(?:[Tt]he|[Aa]n?)\s+", "", bare)
    if not bare or without_article in NOT_NAMES or (candidate.kind != "date" and bare.islower()):
        return None
    if candidate.kind == "date":
        if looks_like_date(part):
            return candidate
        if without_article in PLACES:
            return Candidate(candidate.start, candidate.end, "place", 0.6, "It is the name of a place.")
        return None
    if candidate.kind in ("person", "organisation") and bare.isupper() and len(bare) <= 5:
        return None  # PIP, DWP, CBT: services that everybody has to do with
    if len(bare.split()) == 1 and starts_sentence(text, candidate.start) and bare in _SPEECH_OPENERS:
        return None
    return candidate


_SPEECH_OPENERS = frozenset(
    [
        "Um",
        "Uh",
        "Er",
        "Erm",
        "Mm",
        "Mhm",
        "Hmm",
        "Yeah",
        "Yep",
        "Yes",
        "No",
        "Nah",
        "Nope",
        "Well",
        "Right",
        "So",
        "Like",
        "Okay",
        "Honestly",
        "Basically",
        "Hello",
        "Hi",
        "Hiya",
        "Bye",
        "Thanks",
        "Cheers",
        "Sorry",
        "Please",
        "Oh",
        "Ah",
        "Aye",
        "Ta",
        "Wow",
        "Gosh",
    ]
)


def _outside_brackets(candidates: list[Candidate], text: str) -> list[Candidate]:
    brackets = [match.span() for match in re.finditer(r"\[[^\[\]\n]{1,80}\]", text)]
    if not brackets:
        return candidates
    from bisect import bisect_right

    starts = [start for start, _end in brackets]

    def touches(item: Candidate) -> bool:
        at = bisect_right(starts, item.end - 1) - 1
        return at >= 0 and brackets[at][1] > item.start

    return [item for item in candidates if not touches(item)]
