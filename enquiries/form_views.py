"""The consent forms of an enquiry: which are in use, how each reads, and writing the next version."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.permissions import can
from accounts.requests import SignedInRequest
from enquiries import form_versions, selectors
from enquiries.errors import EnquiryError
from enquiries.forms import CalmFormMixin, DayInput
from enquiries.models import ConsentForm, Scope
from enquiries.wording import asks_of, labels_of, needs_of


class DraftForm(CalmFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """All words of one version: around the questions, and two for each scope."""

    class Meta:
        model = ConsentForm
        fields = ["title", "text", "cannot_recall", "printed_copies", "cut_off_on"]
        widgets = {
            "text": forms.Textarea(attrs={"rows": 14}),
            "cannot_recall": forms.Textarea(attrs={"rows": 5}),
            "printed_copies": forms.Textarea(attrs={"rows": 4}),
            "cut_off_on": DayInput(),
        }
        help_texts = {
            "text": gettext_lazy("An empty line begins a new paragraph."),
            "cut_off_on": gettext_lazy("The same day that the enquiry names."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asks = asks_of(self.instance)
        for name in self.Meta.fields:
            self.fields[name].required = True
        for scope in Scope.values:
            self.fields[f"ask_{scope}"] = forms.CharField(
                label=_("The question"),
                max_length=300,
                initial=asks[scope].ask,
                widget=forms.TextInput(attrs={"class": "input"}),
            )
            self.fields[f"says_{scope}"] = forms.CharField(
                label=_("What a yes means"),
                max_length=1000,
                required=False,
                initial=asks[scope].says,
                widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
            )

    @property
    def scopes(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Each scope's name with its two inputs, in the order of asking."""
        return [
            (str(Scope(scope).label), self[f"ask_{scope}"], self[f"says_{scope}"]) for scope in Scope.values
        ]

    @property
    def words(self) -> dict[str, Any]:
        """What was written, by the names of the model's fields."""
        data = self.cleaned_data
        asks = {
            scope: {"ask": data[f"ask_{scope}"].strip(), "says": data[f"says_{scope}"].strip()}
            for scope in Scope.values
        }
        return {**{name: data[name] for name in self.Meta.fields}, "asks": asks}


@policy.needs("contributor.see")
@require_http_methods(["GET", "HEAD", "POST"])
def forms_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every kind of form, its version in use and those before; POST begins the next version of a kind."""
    enquiry = selectors.get_enquiry(request.user, pk, "contributor.see")
    may_write = can(request.user, "form.write", enquiry)
    if request.method == "POST":
        if not may_write:
            raise Http404
        form_format, _sep, language = request.POST.get("kind", "").partition("-")
        language = language or request.POST.get("language", "")
        try:
            draft = form_versions.begin_version(
                enquiry=enquiry, form_format=form_format, language=language, by=request.user
            )
        except EnquiryError as error:
            messages.error(request, str(error))
            return redirect("enquiries:forms", enquiry.pk)
        return redirect("enquiries:write_form", draft.pk)
    series = form_versions.series_of(enquiry)
    context = {
        "enquiry": enquiry,
        "series": series,
        "languages": form_versions.other_languages(series),
        "may_write": may_write,
    }
    return render(request, "enquiries/forms.html", context)


@policy.needs("contributor.see")
@require_safe
def form_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One version as somebody is shown it, to read or to print with empty boxes."""
    form = form_versions.get_form(request.user, pk)
    words = labels_of(form)
    context = {
        "form": form,
        "enquiry": form.enquiry,
        "asks": [
            {"scope": scope, "ask": ask.ask, "says": ask.says, "needs": needs_of(form, scope)}
            for scope, ask in asks_of(form).items()
        ],
        "words": words,
        "change": words.change.format(partner=form.enquiry.partner),
        "may_write": can(request.user, "form.write", form),
        "lacking": form_versions.what_is_lacking(form) if form.is_draft else [],
        "too_long": form_versions.too_long(form) if form.is_draft else [],
    }
    return render(request, "enquiries/form.html", context)


@policy.needs("form.write")
@require_http_methods(["GET", "HEAD", "POST"])
def write_form(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write a draft. Three ways on: keep it and look at it, put it into use, or throw it away."""
    version = form_versions.get_form(request.user, pk, "form.write")
    if not version.is_draft:
        if request.method == "POST":
            messages.error(
                request, _("This version is in use, so it stays as it is. Write the next version instead.")
            )
        return redirect("enquiries:form", version.pk)
    if "throw_away" in request.POST:
        form_versions.throw_draft_away(form=version, by=request.user)
        messages.success(request, _("The draft is gone. The version in use stays as it is."))
        return redirect("enquiries:forms", version.enquiry_id)
    form = DraftForm(request.POST or None, instance=version)
    if request.method == "POST" and form.is_valid():
        try:
            form_versions.change_draft(form=version, by=request.user, **form.words)
            if "put_in_use" in request.POST:
                form_versions.put_in_use(form=version, by=request.user)
                messages.success(request, _("In use from now on. Earlier versions stay as they were shown."))
                return redirect("enquiries:forms", version.enquiry_id)
        except EnquiryError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept as a draft. This is how it reads."))
            return redirect("enquiries:form", version.pk)
    context = {
        "form": form,
        "version": version,
        "enquiry": version.enquiry,
        "too_long": form_versions.too_long(version),
    }
    return render(request, "enquiries/write_form.html", context, status=422 if form.errors else 200)
