"""Themes: written by people over codes, with how common each is in words."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import policy
from enquiries.models import Enquiry
from enquiries.selectors import get_enquiry
from themes import actions
from themes.forms import ThemeForm
from themes.models import Theme
from themes.selectors.codebook import codebook_of, codes_by_kind
from themes.selectors.quotes import approved_quotes
from themes.selectors.shares import theme_shares
from themes.views.shell import REFUSALS, ReaderRequest, crumbs, kept


@policy.needs("passage.read")
def themes(request: ReaderRequest, enquiry_id: int) -> HttpResponse:
    """The themes of an enquiry; a POST writes a new one."""
    enquiry = get_enquiry(request.user, enquiry_id, "passage.read")
    form = ThemeForm(request.POST or None, enquiry=enquiry)
    if request.method == "POST" and form.is_valid():
        try:
            actions.make_theme(enquiry=enquiry, by=request.user, **form.cleaned_data)
        except REFUSALS as error:
            form.add_error("title", str(error))
        else:
            kept(request, _("The theme is kept."))
            return redirect("themes:themes", enquiry.pk)
    listed = _listed(enquiry)
    shares = theme_shares(listed)
    quotes = approved_quotes(enquiry)
    context = {
        "enquiry": enquiry,
        "codebook": codebook_of(enquiry),
        "themes": [
            {
                "theme": theme,
                "share": shares[theme.pk],
                "quotes": [quote for quote in quotes if theme.pk in quote.theme_ids],
            }
            for theme in listed
        ],
        "kinds": codes_by_kind(enquiry),
        "form": form,
        "steps": crumbs(enquiry, (_("Themes"), "")),
    }
    return render(request, "themes/themes.html", context, status=422 if form.errors else 200)


@policy.needs("theme.write")
def theme(request: ReaderRequest, theme_id: int) -> HttpResponse:
    """One theme, to be changed."""
    found = get_object_or_404(Theme.objects.select_related("enquiry__partner", "made_by"), pk=theme_id)
    enquiry = get_enquiry(request.user, found.enquiry_id, "theme.write")
    form = ThemeForm(
        request.POST or None,
        enquiry=enquiry,
        initial={"title": found.title, "statement": found.statement, "codes": found.codes.all()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_theme(theme=found, by=request.user, **form.cleaned_data)
        except REFUSALS as error:
            form.add_error("title", str(error))
        else:
            kept(request, _("Changed."))
            return redirect("themes:themes", enquiry.pk)
    context = {
        "enquiry": enquiry,
        "theme": found,
        "form": form,
        "kinds": codes_by_kind(enquiry),
        "steps": crumbs(
            enquiry, (_("Themes"), reverse("themes:themes", args=[enquiry.pk])), (found.title, "")
        ),
    }
    return render(request, "themes/theme.html", context, status=422 if form.errors else 200)


def _listed(enquiry: Enquiry) -> list[Theme]:
    return list(enquiry.themes.select_related("enquiry", "made_by").prefetch_related("codes"))
