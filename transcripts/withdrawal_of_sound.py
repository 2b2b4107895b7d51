"""How sound goes when it is taken back: whole where one person spoke, their own part where a group did.

In a group only what is surely somebody else's stays: the stretches of turns by those who still agree, and the
listener's. Everything between goes silent with it, since nobody can say whose voice is in it. Where no turn
tells the others apart, the recording goes whole.
"""

from collections import Counter
from collections.abc import Mapping

from audit.models import Event
from enquiries import consent
from enquiries.keyring import check_there
from enquiries.models import Contributor, Conversation, Scope
from nlp.audio import SoundUnreadable
from transcripts.actions.silencing import merged, remove_whole, silence
from transcripts.errors import SoundGone
from transcripts.models.raw import RawVersion, Recording, Turn
from transcripts.voices import is_without

Spans = list[tuple[int, int]]


def silence_in_groups(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`audio_record`, in groups: write each recording anew without this voice, under a key of the others.

    Runs first, while turns still say when each spoke. What it leaves as it is, `remove_sound` takes whole.
    """
    counts: Counter[str] = Counter()
    if Scope.AUDIO_RECORD not in scopes:
        return counts
    if _was_recorded(contributor):
        # Else a keyring that is not mounted would look like sound nobody can open: that of others would go
        # whole, and this voice's key would still be there when the keyring is, and open what backups hold.
        check_there()
    for conversation in contributor.conversations.all():
        others = _who_still_agree(conversation, contributor)
        if not others:
            continue
        for recording in Recording.objects.filter(conversation=conversation):
            spans = _to_silence(recording, conversation, contributor, others)
            if spans is None:
                continue
            try:
                silence(recording=recording, spans=spans, holders=[each.handle for each in others])
                counts["recordings_silenced"] += 1
            except (SoundGone, SoundUnreadable, ValueError):
                # It cannot be taken apart: the next step removes it whole.
                continue
    return counts


def _was_recorded(contributor: Contributor) -> bool:
    """Whether there is sound of a conversation of theirs, or ever was: its clock may have erased it since."""
    talks = list(contributor.conversations.values_list("pk", flat=True))
    return (
        Recording.objects.filter(conversation__in=talks).exists()
        or Event.objects.filter(action="recording.received", detail__conversation__in=talks).exists()
    )


# Keys and files cannot be brought back by a transaction: this step makes its own, each good by itself.
silence_in_groups.has_own_transactions = True  # type: ignore[attr-defined]


def remove_sound(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`audio_record`: the sound and everything made of it, first from the store and then from the table.

    A kill in between leaves rows whose sound is gone; the step runs again and removes them. Recordings of a
    group that hold this voice no more stay.
    """
    counts: Counter[str] = Counter()
    if Scope.AUDIO_RECORD not in scopes:
        return counts
    for conversation in contributor.conversations.all():
        others = _who_still_agree(conversation, contributor)
        for recording in Recording.objects.select_for_update().filter(conversation=conversation):
            if others and is_without(recording, contributor):
                continue
            _remove(recording, counts)
            if conversation.contributors.exclude(pk=contributor.pk).exists():
                counts["recordings_whole"] += 1
    return counts


def is_left_to_others(conversation: Conversation, contributor: Contributor) -> bool:
    """Whether every recording of a group was written anew without this voice."""
    recordings = list(Recording.objects.filter(conversation=conversation))
    return bool(_who_still_agree(conversation, contributor)) and all(
        is_without(each, contributor) for each in recordings
    )


def remove_recordings(conversation: Conversation, counts: Counter[str]) -> None:
    """Every recording of a conversation whole, whoever spoke in it."""
    for recording in Recording.objects.select_for_update().filter(conversation=conversation):
        _remove(recording, counts)


def _remove(recording: Recording, counts: Counter[str]) -> None:
    counts["files"] += remove_whole(recording)
    counts["recordings"] += 1


def _who_still_agree(conversation: Conversation, contributor: Contributor) -> list[Contributor]:
    return [
        each
        for each in conversation.contributors.exclude(pk=contributor.pk).order_by("pk")
        if consent.allows(each, Scope.AUDIO_RECORD, wave=conversation.wave_id)
    ]


def _to_silence(
    recording: Recording, conversation: Conversation, contributor: Contributor, others: list[Contributor]
) -> Spans | None:
    """Every stretch that is not surely somebody else's; None where no turn tells anybody apart.

    Times in a text count from the start of one recording, so with several nothing can be told.
    """
    if Recording.objects.filter(conversation=conversation).count() != 1 or not recording.duration_ms:
        return None
    for version in RawVersion.objects.filter(transcript__conversation=conversation).order_by("-number"):
        timed = list(Turn.objects.filter(version=version, start_ms__isnull=False, end_ms__isnull=False))
        known = {each.pk for each in others}
        if not any(turn.contributor_id in known for turn in timed):
            continue
        kept: Spans = []
        not_kept: Spans = []
        for turn in timed:
            is_kept = turn.contributor_id in known or turn.is_listener
            (kept if is_kept else not_kept).append((turn.start_ms or 0, turn.end_ms or 0))
        gaps = _between(merged(kept, recording.duration_ms), recording.duration_ms)
        return merged([*gaps, *not_kept], recording.duration_ms)
    return None


def _between(kept: Spans, duration_ms: int) -> Spans:
    gaps, at = [], 0
    for start, end in kept:
        gaps.append((at, start))
        at = end
    return [*gaps, (at, duration_ms)]
