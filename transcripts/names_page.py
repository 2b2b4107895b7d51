"""What the pages for names show: offers in their sentences, what was decided, the text with its changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from enquiries import consent
from enquiries.models import Contributor, Scope
from nlp.text import split_sentences
from transcripts.actions.names import current_replacements, not_carried, undecided
from transcripts.models import PseudonymisedVersion, Segment
from transcripts.models.raw import NameFinding, PseudonymisedFrom, RawVersion, Replacement, Turn
from transcripts.replacing import occurrences, to_new
from transcripts.selectors import listed

OFFERS_PER_PAGE = 40
# Around a name where a sentence is longer than anybody reads at once.
_AROUND = 220

KINDS = {
    "person": _lazy("A person"),
    "place": _lazy("A place"),
    "organisation": _lazy("An organisation"),
    "date": _lazy("A date"),
    "phone": _lazy("A telephone number"),
    "email": _lazy("An e-mail address"),
    "address": _lazy("An address"),
    "postcode": _lazy("A postcode"),
    "number_id": _lazy("A number that belongs to someone"),
    "age": _lazy("An age"),
    "other": _lazy("Something else"),
}


@dataclass(frozen=True, slots=True)
class InSentence:
    """A stretch of the text with what stands around it; the times of speech are left out."""

    before: str
    words: str
    after: str
    speaker: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One offered name, to be accepted, changed or refused."""

    start: int
    end: int
    place: InSentence
    kind: str
    why: str
    offered: str
    twins: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision in force about a stretch. `offered` is empty for one the computer missed."""

    start: int
    end: int
    place: InSentence
    replacement: str
    offered: str
    by: str


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a turn drawn alike; `mark` is offered, out, changed or empty."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A turn to be read: its place among the turns, who speaks, and its stretches."""

    index: int
    speaker: str
    is_listener: bool
    runs: list[Run]


@dataclass(frozen=True, slots=True)
class NamesShown:
    """All that the page for names needs about one raw version."""

    version: RawVersion
    offers: list[Offer]
    waiting: int
    decided: list[Decided]
    warnings: list[str]
    turns: list[Said]

    @property
    def taken_out(self) -> int:
        return sum(1 for each in self.decided if each.replacement)


class _Text:
    """A raw version with its turns, read once; tells the sentence round a stretch."""

    def __init__(self, version: RawVersion) -> None:
        self.text = version.text
        self.turns = list(
            Turn.objects.filter(version=version).select_related("contributor").order_by("start")
        )
        self._sentences: dict[int, list[tuple[int, int]]] = {}

    def place(self, start: int, end: int) -> InSentence:
        turn = next((each for each in self.turns if each.start <= start and end <= each.end), None)
        if turn is None:
            return InSentence("", self.text[start:end], "", "")
        if turn.pk not in self._sentences:
            said = self.text[turn.start : turn.end]
            self._sentences[turn.pk] = [(turn.start + a, turn.start + b) for a, b in split_sentences(said)]
        inside = [(a, b) for a, b in self._sentences[turn.pk] if a < end and b > start]
        first = min([a for a, _b in inside], default=turn.start)
        last = max([b for _a, b in inside], default=turn.end)
        before, after = self.text[min(first, start) : start], self.text[end : max(last, end)]
        if len(before) > _AROUND:
            before = "…" + before[-_AROUND:].partition(" ")[2]
        if len(after) > _AROUND:
            after = after[:_AROUND].rpartition(" ")[0] + "…"
        return InSentence(before, self.text[start:end], after, speaker_name(turn))

    def said(self, marks: Sequence[tuple[int, int, str]]) -> list[Said]:
        return [
            Said(
                index,
                speaker_name(turn),
                turn.is_listener,
                _runs(
                    self.text,
                    turn.start,
                    turn.end,
                    [m for m in marks if m[0] < turn.end and m[1] > turn.start],
                ),
            )
            for index, turn in enumerate(self.turns)
        ]


def names_shown(version: RawVersion) -> NamesShown:
    """Offers and decisions of a version. A constant number of queries."""
    text = _Text(version)
    waiting = undecided(version)
    decisions = current_replacements(version)
    offered = {(f.start, f.end): f.offered for f in NameFinding.objects.filter(version=version)}
    alike: dict[str, int] = {}
    for finding in waiting:
        alike[finding.text] = len(occurrences(version.text, finding.text))
    marks = [(f.start, f.end, "offered") for f in waiting]
    marks += [(row.start, row.end, "out") for row in decisions if row.replacement]
    return NamesShown(
        version=version,
        offers=[
            Offer(
                f.start,
                f.end,
                text.place(f.start, f.end),
                str(KINDS.get(f.kind, KINDS["other"])),
                f.why,
                f.offered,
                max(1, alike[f.text]),
            )
            for f in waiting[:OFFERS_PER_PAGE]
        ],
        waiting=len(waiting),
        decided=[
            Decided(
                row.start,
                row.end,
                text.place(row.start, row.end),
                row.replacement,
                offered.get((row.start, row.end), ""),
                row.decided_by.name,
            )
            for row in decisions
        ],
        warnings=[*warnings(decisions), *_look_again(version)],
        turns=text.said(sorted(marks)),
    )


def places_of(version: RawVersion, words: str) -> list[tuple[int, int]]:
    """Where words stand that are not taken out yet; whatever the case when they stand nowhere as written."""
    out = [(row.start, row.end) for row in current_replacements(version) if row.replacement]
    found = occurrences(version.text, words) or occurrences(version.text, words, ignore_case=True)
    return [span for span in found if not any(span[0] < b and a < span[1] for a, b in out)]


def in_sentences(version: RawVersion, spans: Iterable[tuple[int, int]]) -> list[tuple[str, InSentence]]:
    """Each place as the value a form sends, `start-end`, and in its sentence."""
    text = _Text(version)
    return [(f"{start}-{end}", text.place(start, end)) for start, end in spans]


def warnings(decisions: Iterable[Replacement]) -> list[str]:
    """A sentence for each name that is not treated alike everywhere."""
    treated: dict[str, dict[str, None]] = {}
    shown: dict[str, str] = {}
    for row in decisions:
        folded = " ".join(row.original.split()).casefold()
        shown.setdefault(folded, row.original)
        treated.setdefault(folded, {})[row.replacement] = None
    found: list[str] = []
    for folded, ways in treated.items():
        words = [each for each in ways if each]
        if len(words) > 1:
            found.append(
                _("“%(name)s” became %(ways)s in different places. Choose one, so that nobody is misled.")
                % {"name": shown[folded], "ways": listed(words)}
            )
        elif len(ways) > 1:
            found.append(
                _("“%(name)s” is taken out in one place and left in at another. Look at both.")
                % {"name": shown[folded]}
            )
    return found


def _look_again(version: RawVersion) -> list[str]:
    sentence = _("“%(name)s” was taken out before, and the words round it have changed. Look at it again.")
    return [sentence % {"name": words} for words in not_carried(version)]


def speaker_name(turn: Turn) -> str:
    if turn.is_listener:
        return _("Listener")
    return turn.contributor.pseudonym if turn.contributor is not None else _("Who is this?")


def text_shown(version: PseudonymisedVersion) -> list[Said]:
    """The text without names, turn by turn, each change marked. Three queries.

    Once the text with names has been kept long enough, nothing tells who spoke: paragraphs are left.
    """
    way_back = PseudonymisedFrom.objects.filter(pseudonymised=version).first()
    if way_back is None:
        parts = version.text.split("\n\n")
        return [Said(index, "", is_listener=False, runs=[Run(part)]) for index, part in enumerate(parts)]
    marks = [(start, end, "changed") for _a, _b, start, end in way_back.offsets]
    turns = Turn.objects.filter(version_id=way_back.raw_id).select_related("contributor").order_by("start")
    shown: list[Said] = []
    for index, turn in enumerate(turns):
        start = to_new(turn.start, way_back.offsets)
        end = to_new(turn.end, way_back.offsets, is_end=True)
        inside = [mark for mark in marks if mark[0] < end and mark[1] > start]
        shown.append(
            Said(index, speaker_name(turn), turn.is_listener, _runs(version.text, start, end, inside))
        )
    return shown


@dataclass(frozen=True, slots=True)
class Passages:
    """What became of a signed-off text: how many passages, how many of them the computer has compared, and
    sentences on those who have none."""

    cut: int
    embedded: int
    closed: list[str]
    can_cut_more: bool


def passages_of(version: PseudonymisedVersion) -> Passages:
    conversation = version.transcript.conversation
    rows = Segment.objects.filter(version=version)
    have = set(rows.values_list("contributor_id", flat=True))
    way_back = PseudonymisedFrom.objects.filter(pseudonymised=version).first()
    raw_id = way_back.raw_id if way_back is not None else None
    speaking = (
        Turn.objects.filter(version_id=raw_id, contributor__isnull=False)
        .order_by()
        .values_list("contributor_id", flat=True)
        .distinct()
    )
    without = set(speaking) - have
    allowed = consent.allowing(without, Scope.ANALYSE, wave=conversation.wave_id)
    closed = Contributor.objects.filter(pk__in=without - allowed)
    return Passages(
        cut=rows.count(),
        embedded=rows.filter(embedding__isnull=False).count(),
        closed=[
            _("%(name)s has not agreed to “%(label)s” (%(scope)s), so their words are not cut into passages.")
            % {"name": who.pseudonym, "label": Scope.ANALYSE.label, "scope": Scope.ANALYSE.value}
            for who in closed
        ],
        can_cut_more=bool(allowed),
    )


def _runs(text: str, start: int, end: int, marks: Iterable[tuple[int, int, str]]) -> list[Run]:
    runs: list[Run] = []
    at = start
    for a, b, mark in marks:
        a, b = max(a, at), min(b, end)
        if b <= a:
            continue
        if a > at:
            runs.append(Run(text[at:a]))
        runs.append(Run(text[a:b], mark))
        at = b
    if at < end:
        runs.append(Run(text[at:end]))
    return runs
