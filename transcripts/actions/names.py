"""Names in a verified text: found by the computer, decided by people.

What the finder offers is a `NameFinding` and never changes. What a person decides about a stretch is a
`Replacement`; a later one about the same stretch takes the place of an earlier one, and none is edited.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, work
from enquiries.models import Scope, Work, WorkState
from nlp.names import FoundName, propose_replacement, role_before
from nlp.text import SpanCarrier
from transcripts.errors import NotPossibleNow, ReplacementRefused, StaleVersion
from transcripts.models import Transcript, TranscriptState
from transcripts.models.raw import NameFinding, RawVersion, Replacement, ReplacementDecision, Turn
from transcripts.replacing import LONGEST_REPLACEMENT, bracketed, occurrences
from transcripts.versions import latest

FIND_NAMES = "find_names"

# How much text before a name tells whose it is: "my sister", "the hospital in".
_BEFORE = 80


@transaction.atomic
def request_names(*, transcript: Transcript, by: User) -> Work:
    """Ask the computer to look for names in the verified text.

    Asking again while it is waiting, going on or done for this version gives the work there is.

    Raises:
        NotPossibleNow: the text is not verified. ConsentMissing: somebody no longer takes part.
    """
    held = hold_verified(transcript, by)
    version = latest(held)
    there = (
        Work.objects.filter(
            kind=FIND_NAMES,
            about_id=version.pk,
            state__in=[WorkState.QUEUED, WorkState.RUNNING, WorkState.FINISHED],
        )
        .order_by("-pk")
        .first()
    )
    if there is not None:
        return there
    asked = work.start(
        kind=FIND_NAMES,
        task="transcripts.text_tasks.find_names",
        about_id=version.pk,
        partner_id=held.partner_id,
        enquiry=held.conversation.enquiry,
        by=by,
    )
    record("names.requested", by=by, about=held, version=version.number)
    return asked


@transaction.atomic
def store_findings(*, version: RawVersion, found: Iterable[FoundName]) -> list[NameFinding]:
    """Keep what the finder found, each within one turn. A stretch that is kept already is left alone.

    The words offered are those a person chose before for the same name in this transcript; else, where the
    text says somewhere whose name it is ("my sister Sarah"), those words for that name everywhere; else what
    its kind is called. What people took out of the version before is offered again where it stands now.

    Returns:
        The rows that were added.
    """
    found = [*found, *_taken_out_before(version)]
    turns = list(Turn.objects.filter(version=version).order_by("start").values_list("start", "end"))
    kept = set(NameFinding.objects.filter(version=version).values_list("start", "end"))
    chosen = _words_said_of(found, version.text) | _words_chosen_before(version.transcript_id)
    rows: list[NameFinding] = []
    for name in found:
        for start, end in _within(turns, name.start, name.end, version.text):
            if (start, end) in kept:
                continue
            kept.add((start, end))
            text = version.text[start:end]
            before = version.text[max(0, start - _BEFORE) : start]
            offered = chosen.get(_folded(text)) or propose_replacement(name.kind, text, before=before)
            rows.append(
                NameFinding(
                    partner_id=version.partner_id,
                    version=version,
                    start=start,
                    end=end,
                    text=text,
                    kind=name.kind,
                    score=name.score,
                    why=name.why[:200],
                    offered=offered[:LONGEST_REPLACEMENT],
                )
            )
    stored = NameFinding.objects.bulk_create(rows)
    record("names.found", by=None, about=version.transcript, version=version.number, count=len(stored))
    return stored


@transaction.atomic
def decide_name(
    *,
    version: RawVersion,
    start: int,
    end: int,
    decision: str,
    by: User,
    replacement: str = "",
    everywhere: bool = False,
) -> list[Replacement]:
    """Decide about one stretch of the verified text, and about its twins when `everywhere`.

    Args:
        start, end: `[start, end)` code points of the version's text.
        decision: accepted takes the words offered, changed takes `replacement`, refused leaves the words in.
        replacement: for changed; brackets are put round it.
        everywhere: also decide every other place where the same words stand by themselves, found or not,
            that is not part of a longer find.

    Returns:
        The decisions, that about the stretch itself first.

    Raises:
        ReplacementRefused: the stretch or the words cannot be used. StaleVersion: the text has a newer
        version. NotPossibleNow: the text is not verified.
    """
    held = hold_verified(version.transcript, by)
    if latest(held).pk != version.pk:
        raise StaleVersion(latest(held).number)
    _check_stretch(version, start, end)
    findings = {(f.start, f.end): f for f in NameFinding.objects.filter(version=version)}
    finding = findings.get((start, end))
    text = version.text[start:end]
    if decision == ReplacementDecision.ACCEPTED:
        if finding is None:
            raise ReplacementRefused(_("Nothing is offered here. Say what should stand in its place."))
        words = finding.offered
    elif decision == ReplacementDecision.CHANGED:
        words = _usable(replacement, text)
    elif decision == ReplacementDecision.REFUSED:
        words = ""
    else:
        raise ReplacementRefused(_("Accept it, change it or refuse it."))
    in_force = [row for row in current_replacements(version) if row.replacement]
    if words and any(
        _overlap((start, end), (row.start, row.end)) for row in in_force if _span(row) != (start, end)
    ):
        raise ReplacementRefused(_("Part of this is taken out already. Change that decision instead."))
    spans = [(start, end)]
    if everywhere:
        taken = [_span(row) for row in in_force]
        others = {*occurrences(version.text, text)}
        others |= {span for span, each in findings.items() if _folded(each.text) == _folded(text)}
        for span in sorted(others - {(start, end)}):
            blockers = [each for each in (*taken, *findings, (start, end)) if each != span]
            if not any(_overlap(span, each) for each in blockers):
                spans.append(span)
    rows = Replacement.objects.bulk_create(
        Replacement(
            partner_id=version.partner_id,
            version=version,
            finding=findings.get(span),
            start=span[0],
            end=span[1],
            original=version.text[span[0] : span[1]],
            replacement=words,
            decision=decision
            if decision != ReplacementDecision.ACCEPTED or span in findings
            else ReplacementDecision.CHANGED,
            decided_by=by,
        )
        for span in spans
    )
    record(
        "names.decided",
        by=by,
        about=held,
        version=version.number,
        decision=str(decision),
        replacements=[row.pk for row in rows],
    )
    return rows


def add_name(
    *, version: RawVersion, start: int, end: int, replacement: str, by: User, everywhere: bool = False
) -> list[Replacement]:
    """Take out a stretch that the computer missed. Raises as `decide_name` does."""
    return decide_name(
        version=version,
        start=start,
        end=end,
        decision=ReplacementDecision.CHANGED,
        replacement=replacement,
        by=by,
        everywhere=everywhere,
    )


def current_replacements(version: RawVersion) -> list[Replacement]:
    """The decision in force about each stretch of a version, in the order of the text."""
    rows = (
        Replacement.objects.filter(version=version)
        .select_related("decided_by")
        .order_by("start", "end", "-pk")
        .distinct("start", "end")
    )
    return list(rows)


def undecided(version: RawVersion) -> list[NameFinding]:
    """Offers nobody has decided; one that lies in a stretch that is taken out is decided with it."""
    decisions = current_replacements(version)
    decided = {_span(row) for row in decisions}
    out = [_span(row) for row in decisions if row.replacement]
    return [
        finding
        for finding in NameFinding.objects.filter(version=version).order_by("start", "pk")
        if (finding.start, finding.end) not in decided
        and not any(_overlap((finding.start, finding.end), span) for span in out)
    ]


def names_looked_for(version: RawVersion) -> bool:
    """Whether the finder has gone through this version to its end."""
    return Work.objects.filter(kind=FIND_NAMES, about_id=version.pk, state=WorkState.FINISHED).exists()


def not_carried(version: RawVersion) -> list[str]:
    """Words taken out of the version before whose place in this one alignment cannot tell, and which still
    stand somewhere in it: a person has to look.
    """
    before = _version_decided_before(version)
    if before is None:
        return []
    carrier = SpanCarrier(before.text, version.text)
    out = [_span(row) for row in current_replacements(version)]
    out += list(NameFinding.objects.filter(version=version).values_list("start", "end"))
    lost: dict[str, None] = {}
    for row in current_replacements(before):
        if not row.replacement or carrier.carry(row.start, row.end) is not None:
            continue
        places = occurrences(version.text, row.original, ignore_case=True)
        if any(not any(_overlap(place, each) for each in out) for place in places):
            lost[row.original] = None
    return list(lost)


def _version_decided_before(version: RawVersion) -> RawVersion | None:
    """The latest earlier version of the same text about which something was decided."""
    return (
        RawVersion.objects.filter(
            transcript_id=version.transcript_id,
            number__lt=version.number,
            pk__in=Replacement.objects.filter(version__transcript_id=version.transcript_id).values("version"),
        )
        .order_by("-number")
        .first()
    )


def _taken_out_before(version: RawVersion) -> list[FoundName]:
    """What people took out of the version before, where alignment finds it in this one."""
    before = _version_decided_before(version)
    if before is None:
        return []
    carrier = SpanCarrier(before.text, version.text)
    kinds = dict(NameFinding.objects.filter(version=before).values_list("pk", "kind"))
    again: list[FoundName] = []
    for row in current_replacements(before):
        place = carrier.carry(row.start, row.end) if row.replacement else None
        if place is not None:
            kind = kinds.get(row.finding_id or 0, "other")
            words = version.text[place[0] : place[1]]
            why = _("It was taken out of the version before.")
            again.append(FoundName(place[0], place[1], words, kind, 1.0, why))
    return again


def hold_verified(transcript: Transcript, by: User) -> Transcript:
    """The row, locked until this transaction ends, if names may be taken out of it by this user now."""
    check(by, "name.decide", transcript)
    held = (
        Transcript.objects.select_for_update(of=("self",))
        .select_related("conversation__enquiry")
        .get(pk=transcript.pk)
    )
    consent.check_conversation(held.conversation, Scope.TAKE_PART)
    if held.state != TranscriptState.VERIFIED:
        raise NotPossibleNow(
            _("Names have been taken out of this text. Open it again if something has to be put right.")
            if held.state == TranscriptState.PSEUDONYMISED
            else _("Names are taken out once a person has verified the text. Check the words first.")
        )
    return held


def _check_stretch(version: RawVersion, start: int, end: int) -> None:
    if not 0 <= start < end <= len(version.text) or not version.text[start:end].strip():
        raise ReplacementRefused(_("Choose the words that should be taken out."))
    if not Turn.objects.filter(version=version, start__lte=start, end__gte=end).exists():
        raise ReplacementRefused(_("Choose words within one turn. Take out what another person said apart."))


def _usable(replacement: str, text: str) -> str:
    words = bracketed(replacement)
    if not words:
        raise ReplacementRefused(_("Say what should stand in its place, such as [sister] or [town]."))
    if len(words) > LONGEST_REPLACEMENT:
        raise ReplacementRefused(
            _("Use fewer words: %(most)d letters at most.") % {"most": LONGEST_REPLACEMENT}
        )
    if occurrences(words, text, ignore_case=True):
        raise ReplacementRefused(_("The new words still hold the name. Use words that many people share."))
    return words


def _words_said_of(found: Iterable[FoundName], text: str) -> dict[str, str]:
    """What the text itself says of a name, where it does, by the name; the first saying counts."""
    said: dict[str, str] = {}
    for name in found:
        if role_before(text, name.start) is not None:
            before = text[max(0, name.start - _BEFORE) : name.start]
            said.setdefault(_folded(name.text), propose_replacement(name.kind, name.text, before=before))
    return said


def _words_chosen_before(transcript_id: int) -> dict[str, str]:
    rows = (
        Replacement.objects.filter(version__transcript_id=transcript_id)
        .exclude(replacement="")
        .order_by("pk")
        .values_list("original", "replacement")
    )
    return {_folded(original): words for original, words in rows}


def _within(turns: Sequence[tuple[int, int]], start: int, end: int, text: str) -> Iterable[tuple[int, int]]:
    """The parts of a stretch that lie in turns, without space at their edges."""
    for turn_start, turn_end in turns:
        a, b = max(start, turn_start), min(end, turn_end)
        while a < b and text[a].isspace():
            a += 1
        while a < b and text[b - 1].isspace():
            b -= 1
        if a < b:
            yield a, b


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _span(row: Replacement) -> tuple[int, int]:
    return row.start, row.end


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
