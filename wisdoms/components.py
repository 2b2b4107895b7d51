"""One page that shows every component in every state, for those who build. In debug only."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from enquiries.forms import ConsentQuestions, ContributorForm
from enquiries.models import Scope, Work, WorkState


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
    }
    return render(request, "components/all.html", context)
