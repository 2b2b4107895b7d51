"""Asking where there is no network: a page the phone keeps, and the door through which its forms come later.

The page holds the enquiry's forms and nothing of anybody who was asked. What people answer is sealed in the
browser's own store (static/js/field/store.js) and sent to `keep` when the network is back.
"""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.errors import NotYours
from accounts.requests import SignedInRequest
from enquiries import selectors
from enquiries.capture import ADULTS_ONLY, Answers, by_our_clock, capture_in_field, earliest_by
from enquiries.consent import NEEDS
from enquiries.errors import EnquiryError
from enquiries.form_versions import forms_in_use
from enquiries.forms import CalmFormMixin
from enquiries.models import Company, ConsentMethod, ReviewChoice, Scope, Voice
from enquiries.questions import ConsentQuestions
from enquiries.wording import labels_of

# Everything the page needs to open without a network, beside itself.
SHELL = (
    "favicon.svg",
    "css/fonts.css",
    "css/tokens.css",
    "css/components.css",
    "css/workspace.css",
    "css/consent.css",
    "js/trusted_types.js",
    "js/application.js",
    "js/controllers/field_controller.js",
    "js/field/store.js",
    "js/field/send.js",
    "vendor/stimulus.js",
    "django_htmx/htmx-2.min.js",
    "vendor/fonts/literata-latin-opsz.woff2",
    "vendor/fonts/literata-latin-ext-opsz.woff2",
    "vendor/fonts/atkinson-latin-wght.woff2",
    "vendor/fonts/atkinson-latin-ext-wght.woff2",
)
_SCRIPTS = Path(settings.BASE_DIR) / "static"
MOST_BODY_BYTES = 64 * 1024


class FieldPerson(CalmFormMixin, forms.Form):
    """Who is asked, as far as it is needed, and how: the part of the page around the questions."""

    pseudonym = forms.CharField(
        label=gettext_lazy("The name they chose"),
        max_length=60,
        help_text=gettext_lazy("It stays the same in every round, and is not published."),
    )
    is_known = forms.ChoiceField(
        label=gettext_lazy("Have they been here before?"),
        choices=[
            ("new", gettext_lazy("No, they are new")),
            ("known", gettext_lazy("Yes, under this name")),
        ],
        widget=forms.RadioSelect,
    )
    voice = forms.ChoiceField(
        label=gettext_lazy("Who is speaking"), choices=Voice.choices, initial=Voice.PERSON
    )
    called = forms.CharField(
        label=gettext_lazy("What to call them"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Goes to the link table, which you will not see again."),
    )
    full_name = forms.CharField(label=gettext_lazy("Full name"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A phone that is handed over must not offer the names of those asked before.
            field.widget.attrs["autocomplete"] = "off"


class FieldAnswers(forms.Form):
    """What a phone sends, apart from the decisions. Wrong values are refused with the field's name."""

    key = forms.UUIDField()
    wave = forms.IntegerField(min_value=1)
    form = forms.IntegerField(min_value=1)
    pseudonym = forms.CharField(max_length=60)
    is_known = forms.BooleanField(required=False)
    voice = forms.ChoiceField(choices=Voice.choices, required=False)
    called = forms.CharField(max_length=120, required=False)
    full_name = forms.CharField(max_length=200, required=False)
    method = forms.ChoiceField(choices=ConsentMethod.choices, required=False)
    company = forms.ChoiceField(choices=Company.choices, required=False)
    review_choice = forms.ChoiceField(choices=ReviewChoice.choices, required=False)
    copy_given = forms.BooleanField(required=False)
    was_adult = forms.BooleanField(required=False)
    not_today = forms.BooleanField(required=False)
    # Milliseconds since 1970 by the phone's own clock: when they answered, and when it sent this.
    answered_ms = forms.IntegerField(min_value=0, max_value=10**14)
    device_ms = forms.IntegerField(min_value=0, max_value=10**14)

    def answers(self, decisions: dict[str, str]) -> Answers:
        """What to keep; the moment by our own clock."""
        data = self.cleaned_data
        waited = timedelta(milliseconds=data["device_ms"] - data["answered_ms"])
        return Answers(
            decisions=decisions,
            method=data["method"] or ConsentMethod.WRITTEN,
            company=data["company"] or Company.ALONE,
            copy_given=data["copy_given"],
            review_choice=data["review_choice"],
            was_adult=data["was_adult"],
            not_today=data["not_today"],
            answered_at=by_our_clock(waited),
            earliest_at=earliest_by(data["answered_ms"], data["device_ms"]),
        )


@policy.needs("consent.record")
@require_safe
def field(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page that works without a network. It names nobody who was asked."""
    enquiry = selectors.get_enquiry(request.user, pk, "consent.record")
    wave = enquiry.waves.order_by("-number").first()
    versions = forms_in_use(enquiry)
    sheets = [
        {
            "version": version,
            "words": labels_of(version),
            "questions": ConsentQuestions(
                asked=Scope.values, version=version, prefix=f"v{version.pk}", auto_id="%s"
            ),
        }
        for version in versions
    ]
    context = {
        "enquiry": enquiry,
        "wave": wave,
        "sheets": sheets,
        "person": FieldPerson(auto_id="field_%s"),
        "about": ConsentQuestions(asked=[], must_say_adult=enquiry.adults_only, auto_id="field_%s"),
        "plan": {
            "enquiry": enquiry.pk,
            "user": request.user.pk,
            "wave": wave.pk if wave else None,
            "adults": str(ADULTS_ONLY) if enquiry.adults_only else "",
            "scopes": {scope: str(Scope(scope).label) for scope in Scope.values},
            "needs": {scope: list(needed) for scope, needed in NEEDS.items()},
            "worker": reverse("enquiries:field_worker", args=[enquiry.pk]),
            "state": reverse("enquiries:field_state", args=[enquiry.pk]),
            "keep": reverse("enquiries:field_keep", args=[enquiry.pk]),
            "says": _sentences(),
        },
    }
    return render(request, "enquiries/field.html", context)


@policy.needs("consent.record")
@require_safe
def field_worker(request: SignedInRequest, pk: int) -> HttpResponse:
    """The service worker of this enquiry's field page, with the list of what it keeps.

    Its text changes with the files, so that a browser with an older copy fetches them anew. It lies under the
    page, so that it can never answer for any other page of the site.
    """
    enquiry = selectors.get_enquiry(request.user, pk, "consent.record")
    page = reverse("enquiries:field", args=[enquiry.pk])
    addresses = [static(path) for path in SHELL]
    digest = hashlib.sha256("\n".join(addresses).encode())
    for path in SHELL:
        if (_SCRIPTS / path).is_file():
            digest.update((_SCRIPTS / path).read_bytes())
    shell = {"name": f"field-{enquiry.pk}-{digest.hexdigest()[:16]}", "page": page, "files": addresses}
    script = (_SCRIPTS / "js" / "field" / "worker.js").read_text(encoding="utf-8")
    return HttpResponse(
        f"const SHELL = {json.dumps(shell)};\n{script}", content_type="text/javascript; charset=utf-8"
    )


@policy.needs("consent.record")
@require_safe
def field_state(request: SignedInRequest, pk: int) -> JsonResponse:
    """Whose session this is, and the token a post needs: what a phone asks before it sends."""
    selectors.get_enquiry(request.user, pk, "consent.record")
    return JsonResponse({"user": request.user.pk, "token": get_token(request)})


@policy.needs("consent.record")
@require_POST
def field_keep(request: SignedInRequest, pk: int) -> JsonResponse:
    """Take in one form that waited on a phone: 201 when it is kept, 200 when it was kept before.

    A `note` says where no yes of it counts.

    422 with a sentence where it cannot be kept as it is; the phone then shows it and keeps the form.
    """
    enquiry = selectors.get_enquiry(request.user, pk, "consent.record")
    sent = _body(request)
    answers = FieldAnswers(sent)
    decisions = sent.get("decisions", {})
    is_readable = isinstance(decisions, dict) and all(isinstance(each, str) for each in decisions.values())
    if not answers.is_valid() or not is_readable:
        names = ", ".join(sorted(answers.errors)) or "decisions"
        return _problem(_("This form cannot be read: %(names)s. Fill it in anew.") % {"names": names})
    data = answers.cleaned_data
    try:
        kept = capture_in_field(
            enquiry=enquiry,
            wave=get_object_or_404(enquiry.waves, pk=data["wave"]),
            form=get_object_or_404(enquiry.consent_forms, pk=data["form"]),
            answers=answers.answers(decisions),
            by=request.user,
            key=data["key"],
            pseudonym=data["pseudonym"],
            is_known=data["is_known"],
            voice=data["voice"] or Voice.PERSON,
            identity={"called": data["called"], "full_name": data["full_name"]},
        )
    except (EnquiryError, NotYours) as error:
        return _problem(str(error))
    told = {"note": kept.note} if kept.note else {}
    return JsonResponse({"kept": str(kept.capture.key), **told}, status=200 if kept.was_known else 201)


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > MOST_BODY_BYTES:
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):  # the second: thousands of lists inside each other
        return {}
    return found if isinstance(found, dict) else {}


def _problem(sentence: str) -> JsonResponse:
    return JsonResponse({"problem": sentence}, status=422)


def _sentences() -> dict[str, str]:
    """What the page says by script, in the language it was opened in."""
    return {
        "preparing": _("Getting this phone ready …"),
        "ready": _("This phone is ready. You can ask here without a network."),
        "unable": _(
            "This browser cannot keep forms without a network. Take paper along, or use a newer browser."
        ),
        "none": _("No form waits on this phone."),
        "one": _("One form waits on this phone. It is sent when the network is back."),
        "many": _("{n} forms wait on this phone. They are sent when the network is back."),
        "sending": _("Sending …"),
        "sent": _("Sent and kept. It is gone from this phone."),
        "signIn": _("You are signed out. What waits stays here, locked, until you sign in again."),
        "closed": _("You may not keep answers for this enquiry now. What waits stays here. Ask your lead."),
        "others": _("A colleague’s forms wait here too: {n}. They are sent when that colleague signs in."),
        "read": _("I have read this"),
        "held": _("Something about this form needs an answer from you:"),
        "waits": _("Waits to be sent."),
        "begun": _("Begun, and not kept yet."),
        "nameless": _("Without a name yet"),
        "open": _("Open it again"),
        "throwAway": _("Throw it away"),
        "throwAwayAgain": _("Press again to throw it away for good"),
        "lost": _(
            "A form on this phone cannot be opened any more: its key is gone. Ask that person once more."
        ),
        "kept": _("Kept on this phone, locked."),
        "notToday": _("Today is not the day. Nothing was kept of somebody new."),
        "name": _("Write the name they chose."),
        "known": _("Say whether they have been here before."),
        "nothing": _("Answer at least one question with yes or no."),
        "method": _("Say how they answered."),
        "company": _("Say who was with them, or that nobody was."),
        "needs": _("“{scope}” can only be agreed to together with “{needed}”. Ask about that first."),
    }
