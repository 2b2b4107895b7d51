"""What may be read of texts: passages to make sense of, a text's state in words.

Each that gives out words asks the gate when it is called; nothing is kept.
"""

from collections.abc import Iterable

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from enquiries import consent
from enquiries.models import ConsentState, Contributor, Conversation, Enquiry, ReviewChoice, Scope, Wave
from transcripts.actions.names import undecided
from transcripts.models import PseudonymisedVersion, Segment, Transcript, TranscriptState
from transcripts.models.raw import (
    PseudonymisedFrom,
    RawVersion,
    Turn,
)


def segments_for_analysis(enquiry: Enquiry) -> QuerySet[Segment]:
    """Passages of an enquiry that may be read and tagged now, in the order of conversations and of speech.

    Only the latest signed-off version of each text counts, and only what was said by those who allow
    `analyse` for the wave of that conversation at this moment. Asks one query per wave beforehand, however
    many passages there are.
    """
    return _readable(Segment.objects.filter(conversation__enquiry=enquiry))


def segments_of(conversation: Conversation) -> QuerySet[Segment]:
    """Passages of one conversation that may be read and tagged now; see `segments_for_analysis`."""
    return _readable(Segment.objects.filter(conversation=conversation))


def _readable(segments: QuerySet[Segment]) -> QuerySet[Segment]:
    speaking = set(segments.order_by().values_list("conversation__wave_id", "contributor_id").distinct())
    allowed = Q(pk__in=[])
    for wave_id in sorted({wave for wave, _who in speaking}):
        voices = consent.allowing(
            {who for wave, who in speaking if wave == wave_id}, Scope.ANALYSE, wave=wave_id
        )
        allowed |= Q(conversation__wave_id=wave_id, contributor_id__in=voices)
    newest = (
        PseudonymisedVersion.objects.filter(
            transcript=OuterRef("version__transcript"), signed_off_at__isnull=False
        )
        .order_by("-number")
        .values("pk")[:1]
    )
    return (
        segments.filter(allowed, version_id=Subquery(newest), struck_out=None)
        .select_related("conversation", "contributor")
        .order_by("conversation__number", "conversation_id", "number")
    )


def turns_said_by(contributor: Contributor) -> list[str]:
    """What somebody said, with names, in every version of every text; each wording once.

    For finding it where it was typed again when it is taken back; nobody is shown it.
    """
    turns = Turn.objects.filter(contributor=contributor).values_list("version_id", "start", "end")
    texts = dict(
        RawVersion.objects.filter(pk__in={version for version, _start, _end in turns}).values_list(
            "pk", "text"
        )
    )
    return list(dict.fromkeys(texts[version][start:end] for version, start, end in turns))


def latest_raw_version(transcript: Transcript) -> RawVersion | None:
    """The version of the unedited words in force; None while there are none. Only this app may ask, and asks
    the gate beforehand."""
    return RawVersion.objects.filter(transcript=transcript).order_by("-number").first()


def transcript_sentence(transcript: Transcript) -> str:
    """Where a text stands, in words, such as "A draft. 38 turns are still to be checked."."""
    # Without its words: they may be closed, and nothing of them is said here.
    version = RawVersion.objects.filter(transcript=transcript).order_by("-number").defer("text").first()
    if version is None:
        return _("There are no words here yet.")
    if transcript.state == TranscriptState.DRAFTED:
        left = Turn.objects.filter(version=version, checked_by=None).count()
        if not left:
            return _("Every turn is checked. The text can be marked as checked.")
        return ngettext(
            "A draft. %(count)d turn is still to be checked.",
            "A draft. %(count)d turns are still to be checked.",
            left,
        ) % {"count": left}
    if transcript.state == TranscriptState.CHECKED:
        return _("Checked by %(who)s. It waits to be verified.") % {"who": transcript.checked_by}
    if transcript.state == TranscriptState.PSEUDONYMISED:
        return _("Names are taken out and a second person has signed it off.")
    made = PseudonymisedVersion.objects.filter(transcript=transcript, signed_off_at=None)
    if PseudonymisedFrom.objects.filter(raw=version, pseudonymised__in=made).exists():
        return _("Names are taken out. A second person must sign it off.")
    left = len(undecided(version))
    if left:
        return ngettext(
            "Verified by %(who)s. %(count)d offered name is to be decided.",
            "Verified by %(who)s. %(count)d offered names are to be decided.",
            left,
        ) % {"who": transcript.verified_by, "count": left}
    return _("Verified by %(who)s. Names are still in it.") % {"who": transcript.verified_by}


# The scopes that matter to someone who works on the words, as parts of a sentence.
_AGREED_WORDS = {
    Scope.AUDIO_RECORD: _lazy("recording"),
    Scope.MACHINE_TRANSCRIBE: _lazy("writing down by computer"),
    Scope.ANALYSE: _lazy("making sense of it"),
    Scope.QUOTE_WORDS: _lazy("quoting their words"),
    Scope.AUDIO_CLIP: _lazy("sound clips"),
}
_REVIEW_SENTENCES = {
    ReviewChoice.NONE: _lazy("%(name)s does not want to see quotes first."),
    ReviewChoice.QUOTES: _lazy("%(name)s wants to see quotes first."),
    ReviewChoice.TRANSCRIPT: _lazy("%(name)s wants to see the whole text first."),
}


def consent_sentence(contributor: Contributor, wave: Wave | int) -> str:
    """What somebody agreed to in a wave, for those who work on their words.

    Such as "Recording, writing down by computer and quoting their words. Not sound clips. Wren wants to see
    quotes first."
    """
    states = consent.states(contributor, wave=wave)
    if states[Scope.TAKE_PART] != ConsentState.GRANTED:
        return _("%(name)s does not take part. Their words are closed.") % {"name": contributor.pseudonym}
    allowed = [
        str(words)
        for scope, words in _AGREED_WORDS.items()
        if all(states[needed] == ConsentState.GRANTED for needed in consent.needed_for(scope))
    ]
    refused = [str(words) for words in _AGREED_WORDS.values() if str(words) not in allowed]
    parts = [
        _("%(list)s.") % {"list": capfirst(listed(allowed))} if allowed else "",
        _("Not %(list)s.") % {"list": listed(refused, last=_("or"))} if refused else "",
        str(_REVIEW_SENTENCES[ReviewChoice(contributor.review_choice)]) % {"name": contributor.pseudonym},
    ]
    return " ".join(part for part in parts if part)


def listed(words: Iterable[str], *, last: str = "") -> str:
    """Words as a list in a sentence: "a, b and c"."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last or _('and')} {items[-1]}"
