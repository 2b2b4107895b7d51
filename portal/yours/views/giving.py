"""Pages for colleagues: giving somebody the way to their own page, and ending it."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import limits, policy
from accounts.permissions import can, partners_where
from accounts.recent import recently_proved
from accounts.requests import SignedInRequest
from audit.actions import record_look
from coaching.fields import CalmForm
from enquiries.models import Contributor
from enquiries.selectors import get_contributor
from portal.actions import links
from portal.actions.links import MadeLink
from portal.errors import LinkRefused, PortalError
from portal.models import PersonalLink
from portal.yours import tokens
from portal.yours.qr import square

ACTION = "personal_link.make"
PRINTED, SENT = "printed", "sent"


class LinkForm(CalmForm):
    """How the link gets to the person, and the word that opens it."""

    word = forms.CharField(
        label=_lazy("A word you agreed on together"),
        help_text=_lazy(
            "Only the two of you know it. It is never shown again. Without one, they need six numbers."
        ),
        required=False,
        max_length=80,
    )
    how = forms.ChoiceField(
        label=_lazy("How it gets to them"),
        choices=[
            (PRINTED, _lazy("A card that I print now")),
            (SENT, _lazy("An e-mail, to the address kept for them")),
        ],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_lazy("In which language"), choices=settings.LANGUAGES)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["word"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none"}


@policy.needs(ACTION)
@recently_proved
@require_http_methods(["GET", "HEAD", "POST"])
def links_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The links of one contributor, and a form for a new one."""
    contributor = get_contributor(request.user, pk, ACTION)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        limits.check("invite", request)
        try:
            return _made(request, contributor, form)
        except PortalError as error:
            form.add_error("how" if "e-mail" in str(error) else "word", str(error))
    if request.method != "POST":
        record_look("contributor.read", by=request.user, about=contributor, why="consent")
    context = {
        "contributor": contributor,
        "enquiry": contributor.enquiry,
        "form": form,
        "links": PersonalLink.objects.filter(contributor=contributor).select_related("made_by"),
        "sees_enquiry": can(request.user, "enquiry.see", contributor),
    }
    return render(request, "yours/staff/links.html", context, status=422 if form.errors else 200)


def _made(request: SignedInRequest, contributor: Contributor, form: LinkForm) -> HttpResponse:
    data = form.cleaned_data
    if data["how"] == SENT and not links.email_of(contributor.pk):
        raise LinkRefused(_("We hold no e-mail address for this person. Print a card instead."))
    made = links.make_link(contributor=contributor, by=request.user, word=data["word"])
    way = _address(made, data["language"])
    if data["how"] == SENT:
        links.send_link(made=made, by=request.user, address=way, language=data["language"])
        messages.success(request, _("The link is on its way to them."))
        return redirect("personal_links:links", contributor.pk)
    with translation.override(data["language"]):
        shown = {
            "front": f"{settings.SITE_ADDRESS}{reverse('yours:front')}",
            "code": tokens.in_groups(made.code),
            "square": square(way),
            "link": made.link,
            "partner": contributor.enquiry.partner,
            "has_word": bool(made.link.word),
        }
        card = render_to_string("yours/_card.html", shown)
    return render(request, "yours/staff/card.html", {"contributor": contributor, "card": card})


def _address(made: MadeLink, language: str) -> str:
    with translation.override(language):
        return f"{settings.SITE_ADDRESS}{reverse('yours:start', args=[made.token])}"


def _link(request: SignedInRequest, pk: int) -> PersonalLink:
    mine = PersonalLink.objects.filter(partner_id__in=partners_where(request.user, ACTION))
    found: PersonalLink = get_object_or_404(mine.select_related("contributor__enquiry"), pk=pk)
    return found


@policy.needs(ACTION)
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a link at once, and whoever is on the page by it."""
    link = _link(request, pk)
    links.end_link(link=link, by=request.user)
    messages.success(request, _("The link has ended. Nobody comes in by it any more."))
    return redirect("personal_links:links", link.contributor_id)


@policy.needs(ACTION)
@recently_proved
@require_POST
def numbers(request: SignedInRequest, pk: int) -> HttpResponse:
    """Six numbers to read to the person on the phone. They are shown this once."""
    link = _link(request, pk)
    limits.check("portal_letter", request, person=f"link {link.pk}")
    try:
        code = links.read_out_code(link=link, by=request.user)
    except PortalError as error:
        raise Http404 from error
    context = {"contributor": link.contributor, "numbers": f"{code[:3]} {code[3:]}"}
    return render(request, "yours/staff/numbers.html", context)
