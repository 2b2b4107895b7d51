"""Each conversation's words through every step; scripted people decide, through the actions a person uses."""

import re
from dataclasses import replace
from typing import Any

from django.core.files import File

from enquiries.models import Contributor, Conversation, ConversationKind, WorkState
from transcripts import actions, selectors
from transcripts.actions import TypedTurn, checking, names, pseudonymising
from transcripts.models import Transcript, TranscriptState
from transcripts.recordings import recordings_of
from wisdoms.demo import corpus
from wisdoms.demo.corpus import LISTENER, Talk
from wisdoms.demo.world import World, run_jobs

# Left undone on purpose, so that a newcomer finds something to do at each step.
LEFT_TO_CHECK = 2
LEFT_TO_TAKE_NAMES_OUT = 21
LEFT_TO_SIGN_OFF = 24


def bring_in(world: World, conversations: dict[int, Conversation]) -> None:
    """Sound is received and written down; everything else comes in as typed text."""
    for talk in corpus.talks():
        row = conversations[talk.number]
        if hasattr(row, "transcript"):
            continue
        if talk.sound is not None:
            _record(world, talk, row)
        else:
            _type(world, talk, row)


def _type(world: World, talk: Talk, row: Conversation) -> Transcript:
    contributor = row.contributors.get()
    turns = [TypedTurn(None if said.who == LISTENER else contributor, said.words) for said in talk.turns]
    return actions.import_turns(conversation=row, turns=turns, by=world.users["asha"], checked=True)


def _record(world: World, talk: Talk, row: Conversation) -> None:
    """Receive the sound, and ask the configured engine to write it down.

    Where no Whisper weights are found, that work waits with its reason on the page of the computer's work.
    The demo then carries on with the script from which the sound was made, through the same engine process,
    under that engine's own name, `scripted`.
    """
    by = world.users["asha"]
    known = recordings_of(row)
    if known:
        recording = known[0]
    else:
        with (talk.sound or corpus.DATA).open("rb") as file:
            recording = actions.receive_recording(conversation=row, upload=File(file), by=by)
        run_jobs()
    work = actions.request_transcription(recording=recording, by=by, language="en")
    run_jobs()
    work.refresh_from_db()
    if work.state == WorkState.FINISHED:
        return
    world.say(
        f"Conversation {talk.number} has sound, but no Whisper weights are here. The page of the computer’s "
        "work says how to get them. Carrying on with the script that the sound was made from."
    )
    actions.request_transcription(
        recording=recording, by=by, engine="scripted", model=str(talk.script), language="en"
    )
    run_jobs()


def go_through(world: World, conversations: dict[int, Conversation]) -> None:
    """Check, verify, take names out, sign off: whatever a conversation still waits for."""
    for talk in corpus.talks():
        row = Conversation.objects.get(pk=conversations[talk.number].pk)
        if not hasattr(row, "transcript") or talk.number == LEFT_TO_CHECK:
            continue
        text = row.transcript
        if text.state in (TranscriptState.DRAFTED, TranscriptState.CHECKED):
            _check(world, text, row.contributors.get())
        if text.state == TranscriptState.VERIFIED:
            _take_names_out(
                world,
                text,
                decide=talk.number != LEFT_TO_TAKE_NAMES_OUT,
                sign_off=talk.number != LEFT_TO_SIGN_OFF,
            )
    run_jobs()


def _check(world: World, text: Transcript, contributor: Contributor) -> None:
    """Asha hears the draft through and says who speaks; Tom goes through it again and stands for it."""
    asha, tom = world.users["asha"], world.users["tom"]
    if text.state == TranscriptState.DRAFTED:
        version = checking.latest(text)
        turns = [
            replace(
                turn,
                is_listener=_is_asked(turn.text),
                contributor_id=None if _is_asked(turn.text) else contributor.pk,
                checked_by_id=asha.pk,
                flags=[],
            )
            for turn in checking.turns_of(version)
        ]
        checking.save_turns(transcript=text, base_number=version.number, turns=turns, by=asha)
        checking.mark_checked(transcript=text, by=asha)
    checking.verify(transcript=text, has_heard=True, by=tom)


def _is_asked(words: str) -> bool:
    """Whether a turn is one of the listener's: the scripts of the two recordings tell."""
    plain = " ".join(words.split())
    return any(
        plain in said.words or said.words in plain
        for talk in corpus.talks()
        if talk.sound
        for said in talk.turns
        if said.who == LISTENER
    )


def _take_names_out(world: World, text: Transcript, *, decide: bool = True, sign_off: bool = True) -> None:
    """Names are sought and decided by Asha, and signed off by Tom; either may be left to a newcomer."""
    asha, tom = world.users["asha"], world.users["tom"]
    version = selectors.latest_raw_version(text)
    assert version is not None
    if not names.names_looked_for(version):
        names.request_names(transcript=text, by=asha)
        run_jobs()
    if not decide:
        return
    made = pseudonymising.latest_pseudonymised(text)
    if made is None:
        _decide(version, corpus.table("decisions")["names"]["replace"], world)
        made = pseudonymising.make_pseudonymised(transcript=text, by=asha)
    if sign_off:
        pseudonymising.sign_off(version=made, by=tom)


def _decide(version: Any, replacements: dict[str, str], world: World) -> None:
    """Asha answers every offer, and adds what the computer missed.

    An offer is answered by the longest listed name it holds; one that holds none stays in the text.
    """
    by = world.users["asha"]
    longest_first = sorted(replacements, key=len, reverse=True)
    for offer in names.undecided(version):
        name = next((each for each in longest_first if each in offer.text), None)
        names.decide_name(
            version=version,
            start=offer.start,
            end=offer.end,
            decision="refused" if name is None else "changed",
            replacement="" if name is None else offer.text.replace(name, replacements[name]),
            by=by,
        )
    for name in longest_first:
        taken = [
            (row.start, row.end) for row in names.current_replacements(version) if row.decision != "refused"
        ]
        for start in _places(version.text, name):
            end = start + len(name)
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                names.add_name(version=version, start=start, end=end, replacement=replacements[name], by=by)


def _places(text: str, name: str) -> list[int]:
    """Where a name stands as whole words."""
    return [found.start() for found in re.finditer(rf"\b{re.escape(name)}\b", text)]


def go_through_notes(world: World) -> None:
    """Notes that coaches gave to the enquiry go the same way."""
    for row in world.asked.conversations.filter(kind=ConversationKind.REFLECTION):
        text = row.transcript
        if text.state in (TranscriptState.DRAFTED, TranscriptState.CHECKED):
            _check(world, text, row.contributors.get())
        if text.state == TranscriptState.VERIFIED:
            _take_names_out(world, text)
    run_jobs()
