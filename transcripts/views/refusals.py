"""One way in which the views of texts answer a refusal: a sentence, and back to where it was asked."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.errors import NotYours
from accounts.requests import SignedInRequest
from enquiries.errors import ConsentMissing, EnquiryError
from enquiries.selectors import get_conversation
from transcripts.errors import TranscriptError

P = ParamSpec("P")
View = Callable[Concatenate[SignedInRequest, int, P], HttpResponse]


def answered(place: str) -> Callable[[View[P]], View[P]]:
    """Wrap a view on a conversation's text: its first argument is the conversation's id.

    A missing agreement answers 403 with the sentence that names the scope; any other refusal goes back to
    `transcripts:<place>` with its sentence; a role that does not allow it answers 404, as for a stranger.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: SignedInRequest, pk: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, pk, *args, **kwargs)
            except NotYours as error:
                raise Http404 from error
            except ConsentMissing as error:
                return _closed(request, pk, str(error))
            except (TranscriptError, EnquiryError) as error:
                messages.error(request, str(error))
                return back(request, reverse(f"transcripts:{place}", args=[pk]))

        return answer

    return wrap


def back(request: SignedInRequest, address: str) -> HttpResponse:
    """Go to a page, also from a part that htmx asked for."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _closed(request: SignedInRequest, pk: int, sentence: str) -> HttpResponse:
    if request.htmx:
        # The page itself then says why it is closed.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    conversation = get_conversation(request.user, pk)
    context = {"conversation": conversation, "enquiry": conversation.enquiry, "sentence": sentence}
    return render(request, "transcripts/text_closed.html", context, status=403)
