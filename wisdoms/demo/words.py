"""Each conversation's words through every step; scripted people decide, through the actions a person uses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.files import File

from accounts.models import User
from enquiries.models import Contributor, Conversation, WorkState
from transcripts import actions
from transcripts.actions import TypedTurn, checking, names, pseudonymising
from transcripts.drafts import TurnDraft, split
from transcripts.models import Transcript, TranscriptState
from transcripts.recordings import recordings_of
from wisdoms.demo import corpus
from wisdoms.demo.corpus import LISTENER, DemoConversation, NameKey
from wisdoms.demo.world import World, run_jobs

# Left undone on purpose, so that a newcomer finds something to do at each step.
LEFT_TO_CHECK = 2
LEFT_TO_TAKE_NAMES_OUT = 21
LEFT_TO_SIGN_OFF = 24


def bring_in(world: World, conversations: dict[int, Conversation]) -> None:
    """Sound is received and written down; everything else comes in as typed text."""
    for talk in corpus.read_conversations():
        row = conversations[talk.number]
        if hasattr(row, "transcript"):
            continue
        if talk.sound is not None:
            _record(world, talk, talk.sound, row)
        else:
            _type(world, talk, row)


def _type(world: World, talk: DemoConversation, row: Conversation) -> Transcript:
    contributor = row.contributors.get()
    turns = [TypedTurn(None if said.speaker == LISTENER else contributor, said.text) for said in talk.turns]
    return actions.import_turns(conversation=row, turns=turns, by=world.users["asha"], checked=True)


def _record(world: World, talk: DemoConversation, sound: Path, row: Conversation) -> None:
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
        with sound.open("rb") as file:
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


def go_through(world: World) -> None:
    """Check, verify, take names out, sign off: whatever a text still waits for, notes too."""
    rows = [row for row in world.asked.conversations.order_by("number") if hasattr(row, "transcript")]
    for row in rows:
        waits = row.transcript.state in (TranscriptState.DRAFTED, TranscriptState.CHECKED)
        if waits and row.number != LEFT_TO_CHECK:
            _check(world, row.transcript, row.contributors.get())
    ready = [row for row in rows if row.transcript.state == TranscriptState.VERIFIED]
    for row in ready:
        if not names.names_looked_for(checking.latest(row.transcript)):
            names.request_names(transcript=row.transcript, by=world.users["asha"])
    run_jobs()
    for row in ready:
        if row.number != LEFT_TO_TAKE_NAMES_OUT:
            _take_names_out(world, row.transcript, sign_off=row.number != LEFT_TO_SIGN_OFF)
    run_jobs()


def _check(world: World, text: Transcript, contributor: Contributor) -> None:
    """Asha hears the draft through and says who speaks; Tom goes through it again and stands for it."""
    asha, tom = world.users["asha"], world.users["tom"]
    if text.state == TranscriptState.DRAFTED:
        version = checking.latest(text)
        turns = [
            replace(turn, contributor_id=contributor.pk, checked_by_id=asha.pk, flags=[])
            for turn in checking.turns_of(version)
        ]
        talk = next(
            (each for each in corpus.read_conversations() if each.number == text.conversation.number), None
        )
        if talk is not None and talk.sound is not None:
            turns = [part for turn in turns for part in _by_speaker(turn, talk.script)]
        checking.save_turns(transcript=text, base_number=version.number, turns=turns, by=asha)
        checking.mark_checked(transcript=text, by=asha)
    checking.verify(transcript=text, has_heard=True, by=tom)


def _by_speaker(turn: TurnDraft, script: Path) -> list[TurnDraft]:
    """The turn cut where the script says that somebody else begins, each part given to who speaks there."""
    spoken = json.loads(script.read_text(encoding="utf-8"))["segments"]
    parts = [turn]
    for segment in spoken:
        begins = next((word for word in parts[-1].words if word[2] >= segment["start_ms"] - 150), None)
        if begins is not None and begins is not parts[-1].words[0]:
            parts[-1:] = split(parts[-1], begins[0])
    found = []
    for part in parts:
        middle = ((part.start_ms or 0) + (part.end_ms or 0)) // 2
        nearest = min(spoken, key=lambda each: abs((each["start_ms"] + each["end_ms"]) // 2 - middle))
        is_asked = nearest["speaker"] == LISTENER
        found.append(
            replace(part, is_listener=is_asked, contributor_id=None if is_asked else part.contributor_id)
        )
    return found


def _take_names_out(world: World, text: Transcript, *, sign_off: bool) -> None:
    """Asha decides every name, and Tom signs off."""
    made = pseudonymising.latest_pseudonymised(text)
    if made is None:
        _decide(checking.latest(text), world.users["asha"])
        made = pseudonymising.make_pseudonymised(transcript=text, by=world.users["asha"])
    if sign_off:
        pseudonymising.sign_off(version=made, by=world.users["tom"])


def _decide(version: Any, by: User) -> None:
    """Answer every offer by the demo's list of names, and add what the computer missed."""
    key = NameKey.from_decisions(corpus.read_decisions())
    for offer in names.undecided(version):
        changes = key.touching(version.text, offer.start, offer.end)
        same = next((each for each in changes if (each.start, each.end) == (offer.start, offer.end)), None)
        # An offer of more or less than the name is refused, and the name itself added below.
        names.decide_name(
            version=version,
            start=offer.start,
            end=offer.end,
            decision="changed" if same else "refused",
            replacement=same.replacement if same else "",
            by=by,
        )
    taken = [(row.start, row.end) for row in names.current_replacements(version) if row.decision != "refused"]
    for change in key.changes(version.text):
        if not any(start < change.end and change.start < end for start, end in taken):
            names.add_name(
                version=version, start=change.start, end=change.end, replacement=change.replacement, by=by
            )
