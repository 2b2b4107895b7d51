"""What somebody agreed to: asking them, their copy on paper, and how a whole group stands."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.permissions import can
from accounts.requests import SignedInRequest
from audit.actions import record_look
from enquiries import consent, ledger, selectors
from enquiries.capture import Kept, capture, must_say_adult
from enquiries.errors import EnquiryError
from enquiries.form_versions import forms_in_use
from enquiries.models import ConsentForm, ConsentState, Contributor, Scope, Wave, Withdrawal
from enquiries.questions import ConsentQuestions
from enquiries.wording import asks_of, labels_of

OPEN = (ConsentState.NOT_ASKED, ConsentState.LAPSED)


@policy.needs("contributor.see")
def consent_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a contributor agreed to in a round, with the questions still open and those to ask again."""
    contributor = selectors.get_contributor(request.user, pk)
    if request.method != "POST":
        record_look("contributor.read", by=request.user, about=contributor, why="consent")
    waves = list(contributor.enquiry.waves.all())
    wave = _wave(request, waves)
    found = consent.states(contributor, wave=wave)
    asking_again = request.GET.get("ask") == "all"
    may_ask = can(request.user, "consent.record", contributor)
    if request.method == "POST" and not may_ask:
        raise Http404
    versions = forms_in_use(contributor.enquiry)
    shown = _shown(request, contributor, versions)
    # A page sent twice still holds the questions that its first sending answered.
    asked = [
        scope
        for scope in Scope.values
        if may_ask and shown and (asking_again or found[scope] in OPEN or scope in request.POST)
    ]
    form = ConsentQuestions(
        request.POST or None,
        asked=asked,
        version=shown,
        found=found,
        must_say_adult=bool(asked) and must_say_adult(contributor),
    )
    back = _way_back(request)
    if request.method == "POST" and shown is not None and form.is_valid():
        try:
            kept = capture(
                contributor=contributor,
                wave=wave,
                form=shown,
                answers=form.answers,
                by=request.user,
                key=form.cleaned_data["key"],
            )
        except EnquiryError as error:
            form.add_error(None, str(error))
        else:
            _say_what_was_kept(request, is_put_off=form.is_not_today, was_known=kept.was_known)
            _say_what_goes(request, kept)
            return redirect(back or f"{request.path}?round={wave.number}")
    context = {
        "contributor": contributor,
        "enquiry": contributor.enquiry,
        "wave": wave,
        "waves": waves,
        "form": form,
        "shown": shown,
        "versions": versions,
        "settled": ledger.settled(contributor, wave),
        "entries": ledger.entries(contributor),
        "asking_again": asking_again and may_ask,
        "may_ask": may_ask,
        "may_hear": can(request.user, "recording.hear", contributor),
        "back": back,
    }
    return render(request, "enquiries/consent.html", context, status=422 if form.errors else 200)


@policy.needs("contributor.see")
@require_safe
def copy_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form as it was shown, with what this person answered: a page to print and hand over."""
    contributor = selectors.get_contributor(request.user, pk)
    record_look("contributor.read", by=request.user, about=contributor, why="consent")
    wave = _wave(request, list(contributor.enquiry.waves.all()))
    answered = {row.scope: row for row in ledger.settled(contributor, wave)}
    last_shown = _last_shown(contributor, wave)
    form = last_shown or next(iter(forms_in_use(contributor.enquiry)), None)
    if form is None:
        raise Http404
    rows = [
        {"scope": scope, "ask": ask, "settled": answered.get(scope)} for scope, ask in asks_of(form).items()
    ]
    words = labels_of(form)
    context = {
        "contributor": contributor,
        "enquiry": contributor.enquiry,
        "wave": wave,
        "form": form,
        "rows": rows,
        "was_asked": last_shown is not None,
        "words": words,
        "change": words.change.format(partner=contributor.enquiry.partner),
        "day": max((row.line.decided_at for row in answered.values() if row.line), default=None),
    }
    return render(request, "enquiries/copy.html", context)


@policy.needs("contributor.see")
@require_safe
def group_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """How each of a group stands in a round, and what that means for all of them together.

    `?conversation=` shows those who spoke in it; `?who=` whoever is chosen, before they meet.
    """
    enquiry = selectors.get_enquiry(request.user, pk, "contributor.see")
    waves = list(enquiry.waves.all())
    wave = _wave(request, waves)
    people = ledger.without_forgotten(list(enquiry.contributors.all()), waves)
    conversation = None
    number = request.GET.get("conversation", "")
    if number.isdecimal():
        conversation = enquiry.conversations.filter(pk=int(number[:18])).select_related("wave").first()
    if conversation is not None:
        wave = conversation.wave
        chosen = list(conversation.contributors.order_by("participations__order"))
    else:
        wanted = {int(each) for each in request.GET.getlist("who") if each.isdecimal()}
        chosen = [who for who in people if who.pk in wanted]
    record_look("contributors.listed", by=request.user, about=enquiry, why="consent", count=len(people))
    context = {
        "enquiry": enquiry,
        "wave": wave,
        "waves": waves,
        "people": people,
        "chosen": {who.pk for who in chosen},
        "conversation": conversation,
        "group": ledger.group(chosen, wave),
        "here": request.get_full_path(),
        "may_ask": can(request.user, "consent.record", enquiry),
    }
    return render(request, "enquiries/group.html", context)


def _wave(request: HttpRequest, waves: list[Wave]) -> Wave:
    number = request.GET.get("round", "")
    return next((each for each in waves if str(each.number) == number), waves[-1])


def _shown(request: HttpRequest, contributor: Contributor, versions: list[ConsentForm]) -> ConsentForm | None:
    """The version the person is shown: the one that is named, or else the standard one in use.

    A version that was followed by a newer one while the page stood open still counts: it was what they read.
    """
    wanted = request.POST.get("form") or request.GET.get("form") or ""
    if wanted.isdecimal():
        used = contributor.enquiry.consent_forms.exclude(in_use_from=None)
        named = used.filter(pk=int(wanted[:18])).first()
        if named is not None:
            return named
    return versions[0] if versions else None


def _last_shown(contributor: Contributor, wave: Wave) -> ConsentForm | None:
    line = ledger.lines_of(contributor).filter(wave=wave).order_by("pk").last()
    return line.form if line else None


def _way_back(request: HttpRequest) -> str:
    """The page of this site to go back to, such as a group's; empty for none, or for another site's."""
    wanted = request.GET.get("back", "")
    is_ours = wanted.startswith("/workspace/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def _say_what_goes(request: HttpRequest, kept: Kept) -> None:
    """A no that follows a yes takes it back: there is a receipt to hand over."""
    made = None
    if not kept.was_known:
        fallen = Withdrawal.objects.filter(contributor_id=kept.capture.contributor_id)
        made = fallen.filter(asked_at__gte=kept.capture.received_at).first()
    if made is not None:
        messages.info(
            request,
            _(
                "They had said yes to some of this before. It is taken back, and what was made of it goes. "
                "Give them the number of their receipt: %(receipt)s."
            )
            % {"receipt": made.receipt},
        )


def _say_what_was_kept(request: HttpRequest, *, is_put_off: bool, was_known: bool) -> None:
    if is_put_off:
        said = _("Today is not the day. Nothing was asked for, and no reason is kept. Ask another time.")
    elif was_known:
        said = _("These answers are kept already. They were sent twice and count once.")
    else:
        said = _("Kept, as they answered. They can change any answer at any time.")
    messages.success(request, said)
