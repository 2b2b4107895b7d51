"""Coming in by a card, confirming that it is oneself, and leaving."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import limits, policy
from portal.actions import links
from portal.yours import receipts
from portal.yours.forms import WITH_HELP, CodeForm, ConfirmForm
from portal.yours.views import asking
from portal.yours.visits import YoursRequest, ask_who, carried_in, closed, forget, keep, own_page


@policy.public
@require_http_methods(["GET", "HEAD", "POST"])
def front(request: HttpRequest) -> HttpResponse:
    """Where somebody types the code from their card."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        tries = limits.check("portal_link", request)
        token = links.find_typed(form.cleaned_data["code"])
        receipt_token = receipts.find_typed(form.cleaned_data["code"])
        if token is None and receipt_token is None:
            links.note_refused()
            return closed(request)
        limits.forgive(tries)
        return redirect("yours:start", token) if token else redirect("yours:receipt", receipt_token)
    return render(request, "yours/front.html", {"form": form}, status=422 if form.errors else 200)


@own_page(unconfirmed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: YoursRequest) -> HttpResponse:
    """The word agreed in person, or six numbers. Looking at this page does nothing."""
    visit = request.visit
    if visit.is_confirmed and request.method != "POST":
        return redirect(visit.way("start"))
    form = ConfirmForm(request.POST if request.method == "POST" else None, has_word=bool(visit.link.word))
    if request.method == "POST" and form.is_valid():
        with_helper = form.cleaned_data["who"] == WITH_HELP
        with visit.acting():
            tries = limits.check("portal_proof", request, person=f"link {visit.link.pk}")
            is_they = links.confirm(
                link=visit.link, answer=form.cleaned_data["answer"], with_helper=with_helper
            )
            if is_they:
                limits.forgive(tries)
        if is_they:
            visit.is_confirmed, visit.with_helper = True, with_helper
            carried = carried_in(request)
            response = asking.written_before(request, carried) if carried else redirect(visit.way("start"))
            keep(response, visit)
            return response
        form.add_error("answer", _("That is not it. Try again, or ask for six numbers below."))
    return ask_who(request, form=form, carried=carried_in(request))


@own_page(unconfirmed=True)
@require_POST
def send_code(request: YoursRequest) -> HttpResponse:
    """Six numbers by e-mail."""
    visit = request.visit
    with visit.acting():
        limits.check("portal_letter", request, person=f"link {visit.link.pk}")
        links.send_code(link=visit.link, language=get_language() or "en")
    return redirect(visit.way("confirm") + "?sent=1")


@own_page()
@require_POST
def leave(request: YoursRequest) -> HttpResponse:
    """End this visit, here and on every other device."""
    with request.visit.acting():
        links.leave(link=request.visit.link)
    response = render(request, "yours/left.html")
    forget(response)
    # Phones are lent and shared: the way back leads to no page that was read before. What the field keeps on
    # a colleague's phone is storage, and stays.
    response["Clear-Site-Data"] = '"cache"'
    return response


@policy.public
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt of what was taken back; it works after the link has ended."""
    tries = limits.check("portal_link", request)
    found = receipts.unseal(token)
    if found is None:
        links.note_refused()
        return closed(request)
    limits.forgive(tries)
    return render(request, "yours/receipt.html", {"receipt": found})
