"""The questions of a consent form as a form of the page: each scope alone, nothing chosen beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from enquiries.answers import unsupported
from enquiries.capture import ADULTS_ONLY, Answers
from enquiries.forms import CalmFormMixin
from enquiries.models import Company, ConsentForm, ConsentMethod, ConsentState, ReviewChoice
from enquiries.wording import Ask, asks_of, labels_of, needs_of

LATER = "later"
# For taking back alone, and for the person's own page: neither is a way to ask somebody across a table.
ASKED_BY = [choice for choice in ConsentMethod.choices if choice[0] != ConsentMethod.TOLD]
REVIEW_CHOICES = [
    (ReviewChoice.QUOTES, _("They want to see quotes first")),
    (ReviewChoice.TRANSCRIPT, _("They want to see the whole text first")),
    (ReviewChoice.NONE, _("They do not want to see them first")),
]


@dataclass(frozen=True)
class Question:
    """One scope as a page shows it: its input, what a yes means, and which questions it rests on.

    `picture` names the drawing beside it; empty in forms without drawings.
    """

    field: forms.BoundField
    says: str
    needs: str
    picture: str = ""


class ConsentQuestions(CalmFormMixin, forms.Form):
    """Each scope asked alone: yes, no, or ask later, in the words of one version of the form."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    was_adult = forms.BooleanField(label=_("They say they are 18 or over"), required=False)
    review_choice = forms.ChoiceField(
        label=_("Before words are used"), choices=REVIEW_CHOICES, widget=forms.RadioSelect, required=False
    )
    company = forms.ChoiceField(
        label=_("Who was with them"), choices=Company.choices, widget=forms.RadioSelect, required=False
    )
    method = forms.ChoiceField(
        label=_("How they answered"), choices=ASKED_BY, widget=forms.RadioSelect, required=False
    )
    copy_given = forms.BooleanField(label=_("They have a copy"), required=False)

    def __init__(
        self,
        *args: Any,
        asked: Iterable[str],
        version: ConsentForm | None = None,
        found: Mapping[str, str] | None = None,
        must_say_adult: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked = list(asked)
        self.version = version
        self.found = dict(found or {})
        self.must_say_adult = must_say_adult
        self.asks: dict[str, Ask] = asks_of(version)
        self.words = labels_of(version or ConsentForm())
        if not must_say_adult:
            del self.fields["was_adult"]
        self.fields["key"].initial = uuid4
        answers = [
            (ConsentState.GRANTED.value, self.words.yes),
            (ConsentState.DECLINED.value, self.words.no),
            (LATER, self.words.later),
        ]
        for scope in self.asked:
            self.fields[scope] = forms.ChoiceField(
                label=self.asks[scope].ask, choices=answers, widget=forms.RadioSelect, required=False
            )

    @property
    def questions(self) -> list[Question]:
        """The scopes that are asked, in order; what they rest on is named by its question."""
        return [
            Question(
                field=self[scope],
                says=self.asks[scope].says,
                needs=needs_of(self.version, scope),
                picture=scope if self.version and self.version.has_pictures else "",
            )
            for scope in self.asked
        ]

    @property
    def decisions(self) -> dict[str, str]:
        """Only what was answered with yes or no."""
        answers = {scope: self.cleaned_data.get(scope) for scope in self.asked}
        return {scope: answer for scope, answer in answers.items() if answer and answer != LATER}

    @property
    def is_not_today(self) -> bool:
        """Whether they pressed that today is not the day. What was chosen so far then counts for nothing."""
        return "not_today" in self.data

    @property
    def answers(self) -> Answers:
        """What to keep."""
        if self.is_not_today:
            return Answers(company=self.cleaned_data["company"] or Company.ALONE, not_today=True)
        return Answers(
            decisions=self.decisions,
            method=self.cleaned_data["method"],
            company=self.cleaned_data["company"],
            copy_given=self.cleaned_data["copy_given"],
            review_choice=self.cleaned_data["review_choice"],
            was_adult=self.cleaned_data.get("was_adult", False),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_not_today:
            return cleaned
        if not self.decisions and not cleaned.get("review_choice"):
            raise forms.ValidationError(_("Answer at least one question with yes or no, or leave this page."))
        if not cleaned.get("method"):
            self.add_error("method", _("Say how they answered."))
        if not cleaned.get("company"):
            self.add_error("company", _("Say who was with them, or that nobody was."))
        if self.must_say_adult and self.decisions and not cleaned.get("was_adult"):
            self.add_error("was_adult", str(ADULTS_ONLY))
        for scope, sentence in unsupported(self.found, self.decisions).items():
            self.add_error(scope, sentence)
        return cleaned
