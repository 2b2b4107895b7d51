"""Versions of an enquiry's consent forms: written as a draft, put into use, and never edited from then on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf.locale import LANG_INFO
from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check, partners_where
from audit.actions import record
from enquiries.errors import NotPossibleNow
from enquiries.models import ConsentForm, ConsentFormat, Enquiry, Scope
from enquiries.wording import KINDS, asks_of, default_wording, long_sentences

WORDS = ("title", "text", "asks", "cannot_recall", "printed_copies", "cut_off_on")


def forms_in_use(enquiry: Enquiry) -> list[ConsentForm]:
    """The newest version in use of each kind, standard first, then Easy Read, then other languages."""
    newest: dict[tuple[str, str], ConsentForm] = {}
    for form in enquiry.consent_forms.exclude(in_use_from=None).order_by("version"):
        newest[form.format, form.language] = form
    order = list(ConsentFormat.values)
    return sorted(newest.values(), key=lambda form: (order.index(form.format), form.language))


def form_in_use(enquiry: Enquiry, form_format: str, language: str = "") -> ConsentForm:
    """The newest version in use in one format; in any language where none is named.

    Raises:
        NotPossibleNow: there is none.
    """
    for form in forms_in_use(enquiry):
        if form.format == form_format and language in ("", form.language):
            return form
    raise NotPossibleNow(
        _("This enquiry has no form in use of the kind “%(kind)s”. Write one first, or use another.")
        % {"kind": ConsentFormat(form_format).label}
    )


def get_form(user: User, pk: int, action: str = "contributor.see") -> ConsentForm:
    """The form, for somebody who may do `action` at its partner, or Http404: missing and forbidden alike."""
    found = (
        ConsentForm.objects.filter(partner_id__in=partners_where(user, action))
        .select_related("enquiry__partner", "made_by")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Series:
    """All versions of one kind: what is in use, what is being written, and what was in use before."""

    name: str
    format: str
    language: str
    current: ConsentForm | None
    draft: ConsentForm | None
    older: tuple[ConsentForm, ...]
    out_of_date: str

    @property
    def kind(self) -> str:
        """How an address or a form names it."""
        return f"{self.format}-{self.language}"


def series_of(enquiry: Enquiry) -> list[Series]:
    """Every kind of form that the enquiry has or that we have words for."""
    found: dict[tuple[str, str], list[ConsentForm]] = {kind: [] for kind in KINDS}
    for form in enquiry.consent_forms.select_related("made_by").order_by("-version"):
        found.setdefault((form.format, form.language), []).append(form)
    made = []
    for (form_format, language), versions in found.items():
        used = [form for form in versions if not form.is_draft]
        current = used[0] if used else None
        made.append(
            Series(
                name=ConsentForm(format=form_format, language=language).kind,
                format=form_format,
                language=language,
                current=current,
                draft=next((form for form in versions if form.is_draft), None),
                older=tuple(used[1:]),
                out_of_date=_out_of_date(current, enquiry),
            )
        )
    return made


def other_languages(series: Iterable[Series]) -> list[tuple[str, str]]:
    """Codes and names of languages that a form could be written in besides, by name."""
    taken = {each.language for each in series}
    found = {code: info for code, info in LANG_INFO.items() if "name_local" in info and code.isalpha()}
    names = [(code, f"{info['name']} ({info['name_local']})") for code, info in found.items()]
    return sorted((pair for pair in names if pair[0] not in taken), key=lambda pair: pair[1])


def _out_of_date(form: ConsentForm | None, enquiry: Enquiry) -> str:
    if form is None or form.cut_off_on in (None, enquiry.cut_off_on):
        return ""
    return _("It says %(said)s as the last day; the enquiry says %(now)s. Write the next version.") % {
        "said": date_format(form.cut_off_on or date.min),
        "now": date_format(enquiry.cut_off_on),
    }


def make_first_versions(*, enquiry: Enquiry, by: User, text: str = "") -> None:
    """Version 1 of every kind, in our own words and in use at once: part of framing an enquiry.

    Args:
        text: what the standard form says first, where the team has words of its own.
    """
    for form_format, language in KINDS:
        words = default_wording(enquiry, form_format, language).fields()
        if text and form_format == ConsentFormat.STANDARD:
            words["text"] = text
        ConsentForm.objects.create(
            partner_id=enquiry.partner_id,
            enquiry=enquiry,
            version=1,
            format=form_format,
            language=language,
            made_by=by,
            **words,
        )


@transaction.atomic
def begin_version(*, enquiry: Enquiry, form_format: str, language: str, by: User) -> ConsentForm:
    """The draft of the next version: the one being written, or else a new one.

    It begins with what the version in use says, and where there is none with our own words.

    Raises:
        NotYours: the user writes no forms at the partner.
        NotPossibleNow: no such format.
    """
    check(by, "form.write", enquiry)
    if form_format not in ConsentFormat.values or not language.isalpha() or len(language) > 8:
        raise NotPossibleNow(_("Choose which kind of form to write."))
    Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    versions = enquiry.consent_forms.filter(format=form_format, language=language)
    draft = versions.filter(in_use_from=None).first()
    if draft is not None:
        return draft
    current = versions.order_by("-version").first()
    ours = default_wording(enquiry, form_format, language).fields()
    words = ours
    if current is not None:
        words = {name: getattr(current, name) or ours[name] for name in WORDS}
        words["asks"] = {scope: ask._asdict() for scope, ask in asks_of(current).items()}
    words["cut_off_on"] = enquiry.cut_off_on
    number = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
    draft = ConsentForm.objects.create(
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        version=number,
        format=form_format,
        language=language,
        made_by=by,
        in_use_from=None,
        **words,
    )
    record("form.begun", by=by, about=draft, enquiry=enquiry.pk, version=number)
    return draft


@transaction.atomic
def change_draft(*, form: ConsentForm, by: User, **words: Any) -> ConsentForm:
    """Change the words of a draft; names as in WORDS, `asks` whole.

    Raises:
        NotYours: the user writes no forms at the partner.
        NotPossibleNow: the version is in use.
    """
    check(by, "form.write", form)
    form = _locked_draft(form)
    for name in WORDS:
        if name in words:
            setattr(form, name, words[name])
    form.save(update_fields=list(WORDS))
    record("form.changed", by=by, about=form)
    return form


@transaction.atomic
def put_in_use(*, form: ConsentForm, by: User) -> ConsentForm:
    """Show this version from now on. What was agreed to by an older one stays as it is.

    Raises:
        NotYours: the user writes no forms at the partner.
        NotPossibleNow: it is in use already, something is unsaid, or it names another last day than the
            enquiry.
    """
    check(by, "form.write", form)
    form = _locked_draft(form)
    lacking = what_is_lacking(form)
    if lacking:
        raise NotPossibleNow(lacking[0])
    form.in_use_from = timezone.now()
    form.save(update_fields=["in_use_from"])
    record("form.put_in_use", by=by, about=form, enquiry=form.enquiry_id, version=form.version)
    return form


@transaction.atomic
def throw_draft_away(*, form: ConsentForm, by: User) -> None:
    """Remove a draft. A version that was ever in use cannot be removed."""
    check(by, "form.write", form)
    form = _locked_draft(form)
    record("form.thrown_away", by=by, about=form)
    form.delete()


def what_is_lacking(form: ConsentForm) -> list[str]:
    """Full sentences on what a draft must say before anybody may be shown it."""
    said = []
    if not form.title.strip():
        said.append(_("Give the form a title."))
    if not form.text.strip():
        said.append(_("Write what the person reads first."))
    for scope in Scope.values:
        if not form.asks.get(scope, {}).get("ask", "").strip():
            said.append(_("Write the question for “%(scope)s”.") % {"scope": Scope(scope).label})
    if not form.cannot_recall.strip():
        said.append(_("Say what cannot be taken back, and from when."))
    if not form.printed_copies.strip():
        said.append(_("Say that copies on paper cannot be called back."))
    if form.cut_off_on != form.enquiry.cut_off_on:
        said.append(
            _("The last day must be that of the enquiry: %(day)s. Change it here, or there first.")
            % {"day": date_format(form.enquiry.cut_off_on)}
        )
    return said


def too_long(form: ConsentForm) -> list[str]:
    """Sentences of an Easy Read form with more words than Easy Read allows; none for other formats."""
    if form.format != ConsentFormat.EASY_READ:
        return []
    words = [form.title, form.text, form.cannot_recall, form.printed_copies]
    words += [part for ask in asks_of(form).values() for part in ask]
    return [sentence for each in words for sentence in long_sentences(each)]


def _locked_draft(form: ConsentForm) -> ConsentForm:
    locked = ConsentForm.objects.select_for_update().select_related("enquiry").get(pk=form.pk)
    if not locked.is_draft:
        raise NotPossibleNow(
            _("This version is in use, so it stays as it is. Write the next version instead.")
        )
    return locked
