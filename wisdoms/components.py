"""One page that shows every component in every state, for those who build. In debug only."""

import math

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import policy
from enquiries.forms import ContributorForm
from enquiries.models import Scope, Work, WorkState
from enquiries.questions import ConsentQuestions
from transcripts import waveform
from transcripts.recordings import Strip, noticed


@policy.public
def components(request: HttpRequest) -> HttpResponse:
    """Render the page; nothing in it is stored."""
    form = ContributorForm({"pseudonym": "", "voice": "person", "review_choice": "quotes"})
    form.is_valid()
    works = [
        Work(pk=1, kind="transcribe", state=WorkState.QUEUED),
        Work(pk=2, kind="transcribe", state=WorkState.RUNNING, done=660_000, total=1_080_000, unit="ms"),
        Work(
            pk=3,
            kind="transcribe",
            state=WorkState.FAILED,
            reason="The file ends early. Upload it again, or transcribe what is there.",
        ),
        Work(pk=4, kind="topics", state=WorkState.FINISHED, done=4, total=4),
    ]
    messages.success(request, "Kept. Next: the people you listen to.")
    messages.error(request, "Wren did not agree to recording. You can add notes instead.")
    context = {
        "form": form,
        "questions": ConsentQuestions(asked=[Scope.TAKE_PART, Scope.AUDIO_RECORD]).questions,
        "works": works,
        "strip": Strip(
            pk=1,
            address="/components/no-sound",
            duration_ms=1_120_000,
            duration=waveform.clock(1_120_000),
            wave=waveform.draw([abs(math.sin(n / 7) * math.sin(n / 2)) for n in range(waveform.STROKES)]),
            flags=waveform.flags([375_000, 610_000, 900_000], 1_120_000),
            noticed=noticed(["long_pause", "low_confidence", "repeat"]),
        ),
    }
    return render(request, "components/all.html", context)
