"""The code list: reading it, starting it, adding to it, changing it, retiring a code."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import policy
from enquiries.selectors import get_enquiry
from themes import actions
from themes.forms import CodeChangeForm, CodeForm
from themes.models import Code
from themes.selectors.codebook import codebook_of, codes_by_kind
from themes.selectors.shares import code_counts
from themes.views.shell import REFUSALS, ReaderRequest, crumbs, kept, refuse


@policy.needs("passage.read")
def codebook(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """The code list of an enquiry; a POST adds a code."""
    enquiry = get_enquiry(request.user, enquiry_id, "passage.read")
    found = codebook_of(enquiry)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and found is not None and form.is_valid():
        try:
            code = actions.add_code(
                codebook=found, code=actions.NewCode(**form.cleaned_data), by=request.user
            )
        except REFUSALS as error:
            form.add_error("name", str(error))
        else:
            kept(request, _("“%(name)s” is in the code list.") % {"name": code.name})
            return redirect(reverse("themes:codebook", args=[enquiry.pk]) + f"#code-{code.pk}")
    kinds = codes_by_kind(enquiry) if found else []
    context = {
        "enquiry": enquiry,
        "codebook": found,
        "kinds": kinds,
        "retired": codes_by_kind(enquiry, retired=True) if found else [],
        "counts": code_counts([code for kind in kinds for code in kind.codes]),
        "versions": found.versions.select_related("made_by")[:12] if found else [],
        "form": form,
        "steps": crumbs(enquiry, (_("Code list"), "")),
    }
    return render(request, "themes/codebook.html", context, status=422 if form.errors else 200)


@policy.needs("code.change")
@require_POST
def start(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """Start the code list with the starter codes."""
    enquiry = get_enquiry(request.user, enquiry_id, "code.change")
    back = reverse("themes:codebook", args=[enquiry.pk])
    try:
        actions.start_codebook(enquiry=enquiry, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    kept(request, _("The code list is started. Change any code until it fits what you hear."))
    return redirect(back)


@policy.needs("code.change")
def code(request: ReaderRequest, code_id: int) -> HttpResponse:
    """One code, to be changed; its kind stays."""
    found = _code(request, code_id)
    enquiry = found.codebook.enquiry
    form = CodeChangeForm(
        request.POST or None,
        initial={
            field: getattr(found, field)
            for field in ("name", "definition", "system", "level", "harm", "local_name")
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_code(code=found, by=request.user, **form.cleaned_data)
        except REFUSALS as error:
            form.add_error("name", str(error))
        else:
            kept(request, _("Changed. The earlier meaning stays in the version before this one."))
            return redirect(reverse("themes:codebook", args=[enquiry.pk]) + f"#code-{found.pk}")
    context = {
        "enquiry": enquiry,
        "code": found,
        "form": form,
        "steps": crumbs(
            enquiry, (_("Code list"), reverse("themes:codebook", args=[enquiry.pk])), (found.name, "")
        ),
    }
    return render(request, "themes/code.html", context, status=422 if form.errors else 200)


@policy.needs("code.change")
@require_POST
def retire(request: ReaderRequest, code_id: int) -> HttpResponse:
    """Take a code out of use."""
    found = _code(request, code_id)
    back = reverse("themes:codebook", args=[found.codebook.enquiry_id])
    try:
        actions.retire_code(code=found, by=request.user)
    except REFUSALS as error:
        return refuse(request, error, back)
    kept(request, _("“%(name)s” takes no new tags. Those it has stay.") % {"name": found.name})
    return redirect(back)


def _code(request: ReaderRequest, code_id: int) -> Code:
    found = get_object_or_404(Code.objects.select_related("codebook__enquiry__partner"), pk=code_id)
    get_enquiry(request.user, found.codebook.enquiry_id)
    return found
