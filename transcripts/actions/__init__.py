"""What changes sound and text. Other apps call these and no module below."""

from transcripts.actions.importing import TypedTurn, import_turns
from transcripts.actions.listening import listen_again
from transcripts.actions.receiving import receive_recording
from transcripts.actions.transcribing import request_transcription

__all__ = [
    "TypedTurn",
    "import_turns",
    "listen_again",
    "receive_recording",
    "request_transcription",
]
