"""Forms of a person's own page. Few fields, large, and nothing chosen beforehand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coaching.fields import CalmForm
from coaching.sheets import Sheet
from portal.models import QuestionKind
from portal.yours.scopes import SEEING_FIRST

HERSELF, WITH_HELP = "self", "helper"


class CodeForm(CalmForm):
    """The code from a card."""

    code = forms.CharField(
        label=_("The code on your card"),
        help_text=_("Twelve letters and numbers. Big or small letters are the same."),
        max_length=40,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"autocapitalize": "characters", "autocomplete": "off"}


class ConfirmForm(CalmForm):
    """The word or the numbers, and who sits in front of the page."""

    answer = forms.CharField(label=_("The six numbers"), max_length=80)
    who = forms.ChoiceField(
        label=_("Who is reading this?"),
        choices=[(HERSELF, _("It is me")), (WITH_HELP, _("I am helping, and they are with me"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, has_word: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_word:
            self.fields["answer"].label = _("The word you chose with us, or six numbers")
        self.fields["answer"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none"}


class AnswerForm(CalmForm):
    """Yes or no to one thing."""

    decision = forms.ChoiceField(
        label=_("What do you say?"),
        choices=[("granted", _("Yes")), ("declined", _("No"))],
        widget=forms.RadioSelect,
    )


class FirstForm(CalmForm):
    """Whether somebody sees their words before we use them."""

    review_choice = forms.ChoiceField(
        label=_("Before we use your words"), choices=list(SEEING_FIRST.items()), widget=forms.RadioSelect
    )


class OwnWordsForm(CalmForm):
    """A quote as its speaker wants it."""

    shown = forms.CharField(
        label=_("The words, as you want them"),
        help_text=_("Take out or change what you like. A person checks it before anybody reads it."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )


class SurveyForm(CalmForm):
    """Each question of a survey in the words of its sheet. None has to be answered, one has to be."""

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for pk, text in sheet.items:
            self.fields[pk] = forms.TypedChoiceField(
                label=text,
                choices=sheet.answers,
                coerce=int,
                empty_value=None,
                widget=forms.RadioSelect,
                required=False,
            )

    @property
    def answers(self) -> dict[str, int | None]:
        """The answer to each question, None where it was left out."""
        return {pk: self.cleaned_data[pk] for pk, _text in self.sheet.items}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and all(answer is None for answer in self.answers.values()):
            raise forms.ValidationError(_("Answer at least one question, or go back."))
        return cleaned


class QuestionForm(CalmForm):
    """A question or a complaint."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=QuestionKind.choices, widget=forms.RadioSelect)
    said = forms.CharField(
        label=_("Write it in your own words"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )
