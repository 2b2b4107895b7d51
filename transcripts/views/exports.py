"""Handing texts without names to a named recipient, as one file that is made while it is sent."""

from django import forms
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.recent import recently_proved
from accounts.requests import SignedInRequest
from enquiries.errors import EnquiryError
from enquiries.forms import CalmFormMixin
from enquiries.models import Enquiry
from enquiries.selectors import get_enquiry
from transcripts.actions.exports import make_export
from transcripts.errors import TranscriptError
from transcripts.exporting import sent, texts_to_hand
from transcripts.models import Export


class _EarlierExport(forms.ModelChoiceField):
    """An earlier export, told apart by its number and who received it."""

    def label_from_instance(self, obj: Export) -> str:
        return f"{obj.pk}: {obj.recipient}"


class ExportForm(CalmFormMixin, forms.Form):
    """To whom, how to reach them, and what for."""

    recipient = forms.CharField(
        label=_("Who receives it"),
        help_text=_("The organisation, and the person there who answers for it."),
        max_length=200,
    )
    reach = forms.CharField(
        label=_("How to reach them"),
        help_text=_("When somebody takes their words back, we tell them at once to erase them."),
        max_length=200,
    )
    purpose = forms.CharField(
        label=_("What for"),
        help_text=_("One purpose. It stands in the file, and binds whoever receives it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    instead_of = _EarlierExport(
        label=_("Instead of an earlier one"),
        queryset=Export.objects.none(),
        required=False,
        empty_label=_("No, this is the first for them"),
    )

    def __init__(self, *args: object, enquiry: Enquiry, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["instead_of"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Export.objects.filter(
            enquiry=enquiry, recalls__isnull=False, issued_anew=None
        ).distinct()


@policy.needs("export.make")
@recently_proved
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Who has received texts of this enquiry; POST writes down one more and sends its file."""
    enquiry = get_enquiry(request.user, pk, "export.make")
    form = ExportForm(request.POST if request.method == "POST" else None, enquiry=enquiry)
    if request.method == "POST" and form.is_valid():
        try:
            export, texts = make_export(enquiry=enquiry, by=request.user, **form.cleaned_data)
        except (TranscriptError, EnquiryError) as error:
            form.add_error(None, str(error))
        else:
            answer = StreamingHttpResponse(sent(export, texts, request.user), content_type="application/zip")
            answer["Content-Disposition"] = f'attachment; filename="export-{export.pk}.zip"'
            answer["Cache-Control"] = "private, no-store"
            return answer
    ready = texts_to_hand(enquiry)
    context = {
        "enquiry": enquiry,
        "form": form,
        "n_texts": len(ready),
        "n_voices": len(set().union(*(text.voices for text in ready))),
        "exports": Export.objects.filter(enquiry=enquiry)
        .select_related("made_by", "instead_of")
        .prefetch_related("recalls"),
    }
    return render(request, "transcripts/exports.html", context, status=422 if form.errors else 200)
