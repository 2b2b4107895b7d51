"""What changes sound and text. Other apps call these and no module below."""

from transcripts.actions.checking import (
    Speaker,
    check_turn,
    correct_turn,
    mark_checked,
    reopen,
    restore_version,
    save_turns,
    set_speaker,
    verify,
)
from transcripts.actions.importing import TypedTurn, import_turns
from transcripts.actions.listening import listen_again
from transcripts.actions.names import add_name, decide_name, request_names, store_findings
from transcripts.actions.pseudonymising import cut_segments, make_pseudonymised, sign_off
from transcripts.actions.receiving import receive_recording
from transcripts.actions.silencing import silence
from transcripts.actions.transcribing import request_transcription

__all__ = [
    "Speaker",
    "TypedTurn",
    "add_name",
    "check_turn",
    "correct_turn",
    "cut_segments",
    "decide_name",
    "import_turns",
    "listen_again",
    "make_pseudonymised",
    "mark_checked",
    "receive_recording",
    "reopen",
    "request_names",
    "request_transcription",
    "restore_version",
    "save_turns",
    "set_speaker",
    "sign_off",
    "silence",
    "store_findings",
    "verify",
]
