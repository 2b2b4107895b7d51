"""The page that takes in words typed elsewhere."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.models import User
from enquiries.errors import ConsentMissing
from enquiries.models import Conversation
from enquiries.selectors import get_conversation
from transcripts.actions import import_turns
from transcripts.errors import TypedTextRefused
from transcripts.models import SourceKind, Transcript
from transcripts.typed import decode, read

# A day of talking is about 100,000 words, half a megabyte. What is sent as text stays within Django's limit.
_MOST_BYTES = 5 * 1024**2


class TypedForm(forms.Form):
    """The words, pasted or as a file; one of the two."""

    file = forms.FileField(
        label=_lazy("A text file"),
        required=False,
        allow_empty_file=True,
        help_text=_lazy("Plain text (.txt) or captions (.vtt)."),
        widget=forms.FileInput(attrs={"accept": ".txt,.vtt,text/plain,text/vtt", "class": "input"}),
    )
    words = forms.CharField(
        label=_lazy("Or the words themselves"),
        required=False,
        strip=False,
        help_text=_lazy("Paste or type them here. The letters are kept exactly as they are."),
        widget=forms.Textarea(attrs={"rows": 14, "class": "input spoken", "dir": "auto"}),
    )
    is_checked = forms.BooleanField(label=_lazy("I have read it, and it says what was said"), required=False)

    def __init__(self, *args: Any, is_far_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Sent, and so large that it was not even taken into memory.
        self.is_far_too_large = is_far_too_large

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        file, words = data.get("file"), str(data.get("words") or "")
        if self.is_far_too_large:
            self.add_error("file", _("This file is larger than 5 MB. Is it text?"))
            return data
        if file and words.strip():
            raise forms.ValidationError(_("Choose a file or paste the words, not both."))
        if not file and not words.strip():
            self.add_error("words", _("Choose a file, or paste the words here."))
        if file and file.size > _MOST_BYTES:
            self.add_error("file", _("This file is larger than 5 MB. Is it text?"))
        return data

    def text(self) -> str:
        """The words as typed. Raises TypedTextRefused for a file that is not text."""
        file = self.cleaned_data.get("file")
        return decode(file.read()) if file else str(self.cleaned_data["words"])


@policy.needs("transcript.import")
@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: HttpRequest, pk: int) -> HttpResponse:
    """Paste or choose a typed transcript; what cannot be read is said beside its field and stays there."""
    assert isinstance(request.user, User)
    conversation = get_conversation(request.user, pk, "transcript.import")
    is_sent = request.method == "POST"
    form = TypedForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        is_far_too_large=is_sent
        and int(request.headers.get("Content-Length") or 0) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE,
    )
    if request.method == "POST" and form.is_valid():
        field = "file" if form.cleaned_data.get("file") else "words"
        try:
            _import(conversation, form, request.user)
        except TypedTextRefused as error:
            form.add_error(field, str(error))
        except ConsentMissing as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The words are here. Next: check who said what."))
            return redirect("workspace:conversation", conversation.pk)
    context = {
        "conversation": conversation,
        "enquiry": conversation.enquiry,
        "form": form,
        "speakers": list(conversation.contributors.order_by("participations__order")),
        "has_text": Transcript.objects.filter(conversation=conversation).exists(),
    }
    return render(request, "transcripts/typed.html", context, status=422 if form.errors else 200)


def _import(conversation: Conversation, form: TypedForm, by: User) -> None:
    speakers = list(conversation.contributors.all())
    import_turns(
        conversation=conversation,
        turns=read(form.text(), speakers),
        by=by,
        source=SourceKind.TYPED,
        checked=form.cleaned_data["is_checked"],
    )
