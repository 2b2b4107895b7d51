"""Forms of the coach's pocket pages. Few questions, nothing chosen beforehand where it matters."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner
from coaching.fields import CalmForm, DayInput
from coaching.models import (
    BarrierSighting,
    CoachingRelationship,
    EndingKind,
    NoteTemplate,
    RelationshipState,
    WhoChanged,
)
from coaching.reflection import STEPS
from enquiries.models import PlaceKind, ReviewChoice, Scope

# What a coach is asked before a note of theirs goes to an enquiry, in the order of asking. Sound has no
# place here, since a note is written.
NOTE_SCOPES: dict[str, Any] = {
    Scope.TAKE_PART: _("May the enquiry keep a copy of this note?"),
    Scope.ANALYSE: _("May your words be read with other people’s, to see what they have in common?"),
    Scope.QUOTE_WORDS: _("May your words be quoted, with names taken out?"),
    Scope.PARTNER_SHARE: _("May the other partners of the enquiry read your words?"),
    Scope.PRACTICE_LEARNING: _("May other coaches learn from your words?"),
    Scope.ARCHIVE_DEPOSIT: _("May an archive keep your words, with names taken out?"),
    Scope.CONTACT_AGAIN: _("May you be asked again in a year or so?"),
}


class WithWhom(CalmForm):
    """Base of the forms that begin with one of the coach's own people."""

    who = forms.ModelChoiceField(
        CoachingRelationship.objects.none(),
        label=_("Who with?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who it was."),
            "invalid_choice": _("Choose one of the people you walk alongside."),
        },
        empty_label=None,
    )
    held_on = forms.DateField(
        label=_("Day"), widget=DayInput(), error_messages={"invalid": _("Write the day as 31/03/2025.")}
    )

    def __init__(self, *args: Any, relationships: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = relationships  # type: ignore[attr-defined]
        self.fields["held_on"].initial = timezone.localdate


class WeMetForm(WithWhom):
    """Who, where, keep. Day and length are filled in already and can be changed."""

    where = forms.ChoiceField(
        label=_("Where?"),
        choices=PlaceKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where you met.")},
    )
    minutes = forms.IntegerField(
        label=_("How long, in minutes"),
        initial=60,
        min_value=1,
        max_value=24 * 60,
        error_messages={"required": _("Write how long it was, in minutes.")},
    )


class MissedForm(WithWhom):
    """A meeting that was planned and did not happen. No reason is asked."""

    changed_by = forms.ChoiceField(
        label=_("Who changed it?"), choices=WhoChanged.choices, widget=forms.RadioSelect, required=False
    )


class MeetingForm(CalmForm):
    """Putting right a meeting that was held."""

    held_on = forms.DateField(label=_("Day"), widget=DayInput())
    where = forms.ChoiceField(label=_("Where?"), choices=PlaceKind.choices, widget=forms.RadioSelect)
    minutes = forms.IntegerField(label=_("How long, in minutes"), min_value=1, max_value=24 * 60)


class AtPartner(CalmForm):
    """Base of forms for a coach who may work at more than one partner; with one, nothing is asked."""

    partner = forms.ModelChoiceField(Partner.objects.none(), label=_("Where you work as a coach"))

    def __init__(self, *args: Any, partners: Iterable[Partner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partners = list(partners)
        field = self.fields["partner"]
        field.queryset = Partner.objects.filter(pk__in=[each.pk for each in self.partners])  # type: ignore[attr-defined]
        if len(self.partners) == 1:
            del self.fields["partner"]

    @property
    def chosen_partner(self) -> Partner:
        """The one partner, or the one that was chosen."""
        found: Partner = self.cleaned_data.get("partner") or self.partners[0]
        return found


class NewPersonForm(AtPartner):
    called = forms.CharField(
        label=_("What to call them"),
        max_length=120,
        help_text=_("The name they like. No more is needed."),
        error_messages={"required": _("Write what to call them.")},
    )
    started_on = forms.DateField(label=_("The day you first met"), widget=DayInput())
    state = forms.ChoiceField(
        label=_("How it begins"),
        choices=[
            (RelationshipState.TRYING_OUT, _("They are trying it out")),
            (RelationshipState.ACTIVE, _("They know that they want this")),
        ],
        widget=forms.RadioSelect,
        initial=RelationshipState.TRYING_OUT,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["started_on"].initial = timezone.localdate


_YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class EndingForm(CalmForm):
    kind = forms.ChoiceField(
        label=_("How did it come to an end?"),
        choices=EndingKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it came to an end.")},
    )
    ended_on = forms.DateField(label=_("Last day"), widget=DayInput())
    talk_held = forms.ChoiceField(
        label=_("Did you talk about the ending?"), choices=_YES_NO, widget=forms.RadioSelect, required=False
    )
    door_left_open = forms.ChoiceField(
        label=_("Do they know that they can come back?"),
        choices=_YES_NO,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].initial = timezone.localdate

    def answer(self, name: str) -> bool | None:
        """Yes, no, or None where that was left open."""
        return {"yes": True, "no": False}.get(self.cleaned_data.get(name, ""))


class NoteForm(AtPartner):
    """One text for each step of the chosen way of writing; each can be left empty, not all."""

    def __init__(self, *args: Any, template: str = NoteTemplate.FREE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template = template if template in NoteTemplate.values else NoteTemplate.FREE
        steps = STEPS[self.template]
        for step in steps:
            self.fields[step.key] = forms.CharField(
                label=step.asks,
                help_text=step.hint,
                required=False,
                strip=False,
                widget=forms.Textarea(attrs={"class": "input", "rows": 7 if len(steps) == 1 else 4}),
            )
        self.fields["written_on"] = forms.DateField(
            label=_("Day"), widget=DayInput(), initial=timezone.localdate
        )
        self.fields["written_on"].widget.attrs["class"] = "input"

    @property
    def parts(self) -> dict[str, str]:
        """What was written, by step."""
        return {step.key: self.cleaned_data.get(step.key, "") for step in STEPS[self.template]}

    @property
    def day(self) -> date:
        """The day the note is about."""
        found: date = self.cleaned_data["written_on"]
        return found


class SightingForm(AtPartner):
    text = forms.CharField(
        label=_("What got in the way"),
        max_length=BarrierSighting._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what got in the way. One line is enough.")},
    )


class GivingForm(CalmForm):
    """Each scope asked alone: yes, no, or later. Nothing is chosen beforehand."""

    def __init__(self, *args: Any, asked: Iterable[str], is_new_voice: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [scope for scope in NOTE_SCOPES if scope in set(asked)]
        for scope in self.asked:
            answers = [("granted", _("Yes")), ("declined", _("No"))]
            if scope != Scope.TAKE_PART:
                answers.append(("later", _("Ask me later")))
            self.fields[scope] = forms.ChoiceField(
                label=NOTE_SCOPES[scope], choices=answers, widget=forms.RadioSelect, required=False
            )
        if is_new_voice:
            self.fields["pseudonym"] = forms.CharField(
                label=_("A name for you in this enquiry"),
                max_length=60,
                required=False,
                help_text=_("Not your own. It is not published. If you leave this empty, we give you one."),
                widget=forms.TextInput(attrs={"class": "input"}),
            )
            self.fields["review_choice"] = forms.ChoiceField(
                label=_("Before your words are used"),
                choices=[
                    (ReviewChoice.QUOTES, _("I want to see quotes first")),
                    (ReviewChoice.TRANSCRIPT, _("I want to see the whole text first")),
                    (ReviewChoice.NONE, _("I do not need to see them")),
                ],
                widget=forms.RadioSelect,
                initial=ReviewChoice.QUOTES,
            )

    @property
    def questions(self) -> list[forms.BoundField]:
        """The scopes, in the order of asking."""
        return [self[scope] for scope in self.asked]

    @property
    def decisions(self) -> dict[str, str]:
        """Only what was answered with yes or no."""
        answers = {scope: self.cleaned_data.get(scope, "") for scope in self.asked}
        return {scope: answer for scope, answer in answers.items() if answer in ("granted", "declined")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if Scope.TAKE_PART in self.asked and cleaned.get(Scope.TAKE_PART) != "granted":
            raise forms.ValidationError(
                _(
                    "The note goes to the enquiry only if you say yes to the first question. "
                    "It is still yours."
                )
            )
        return cleaned
