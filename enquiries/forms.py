from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner, User
from accounts.permissions import partners_where
from enquiries.models import (
    ConsentFormat,
    ConsentMethod,
    Contributor,
    Conversation,
    Enquiry,
    Scope,
    Voice,
    Wave,
)

# What each scope asks, in the words a person would be asked in. Order is the order of asking.
QUESTIONS: dict[str, Any] = {
    Scope.TAKE_PART: _("May we listen to you and keep what you say?"),
    Scope.AUDIO_RECORD: _("May we record the sound?"),
    Scope.MACHINE_TRANSCRIBE: _("May a computer on our own desk write it down?"),
    Scope.ANALYSE: _("May we read your words with other people’s, to see what they have in common?"),
    Scope.QUOTE_WORDS: _("May we quote your words, with names taken out?"),
    Scope.AUDIO_CLIP: _("May people hear a short part in your own voice?"),
    Scope.NAMED_CREDIT: _("May we name you, if you want that?"),
    Scope.LINK_COACHING: _("May we set your words beside figures from your coaching?"),
    Scope.PARTNER_SHARE: _("May the other partners of this enquiry read your words?"),
    Scope.PRACTICE_LEARNING: _("May coaches learn from your words?"),
    Scope.ARCHIVE_DEPOSIT: _("May an archive keep your words, with names taken out?"),
    Scope.PAYER_EVIDENCE: _("May those who pay for coaching see something good that happened?"),
    Scope.CONTACT_AGAIN: _("May we ask you again in a year or so?"),
}


class CalmFormMixin:
    """Gives each input our class, and ties hint and problem to it."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if not isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
                widget.attrs.setdefault("class", "input")
            if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") in (None, "10"):
                widget.attrs["rows"] = 3


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class EnquiryForm(CalmFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    opened_on = forms.DateField(label=_("First day of listening"), widget=DayInput(), initial=date.today)

    class Meta:
        model = Enquiry
        fields = [
            "partner",
            "question",
            "title",
            "place",
            "purpose",
            "why",
            "who_listens",
            "how_invited",
            "lawful_basis",
            "special_category_condition",
            "impact_assessment_ref",
            "cut_off_on",
            "retention",
            "analysis_mode",
        ]
        widgets = {
            "cut_off_on": DayInput(),
            "analysis_mode": forms.RadioSelect,
            "purpose": forms.RadioSelect,
            "question": forms.Textarea(attrs={"rows": 2, "class": "input spoken"}),
            "retention": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "question": _("One open question. It is the only one we ask; then we listen."),
            "title": _("A few words for lists, such as “Eastmere: finding a home and keeping it”."),
            "place": _("No finer than a region in anything we publish."),
            "lawful_basis": _(
                "Agreeing to talk is not by itself the legal ground. Write down the one you rely on."
            ),
            "cut_off_on": _(
                "After this day printed figures stay. Words can always be taken back from everything else."
            ),
        }

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under three headings, in the order in which a team talks about them."""
        named = [
            (_("The question"), ["partner", "question", "title", "place", "opened_on"]),
            (_("How we listen and read"), ["purpose", "why", "who_listens", "how_invited", "analysis_mode"]),
            (
                _("The ground we stand on"),
                [
                    "lawful_basis",
                    "special_category_condition",
                    "impact_assessment_ref",
                    "cut_off_on",
                    "retention",
                ],
            ),
        ]
        return [(str(title), [self[name] for name in names if name in self.fields]) for title, names in named]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners = Partner.objects.filter(pk__in=partners_where(user, "enquiry.frame"))
        if self.instance.pk:
            del self.fields["partner"], self.fields["opened_on"]
        else:
            choice = forms.ModelChoiceField(partners, label=_("Partner that asks"), empty_label=None)
            choice.widget.attrs["class"] = "input"
            self.fields["partner"] = choice
            if len(partners) == 1:
                self.fields["partner"].initial = partners[0]
        for name, empty in (("analysis_mode", "reflexive"), ("purpose", "learning")):
            self.fields[name].choices = [c for c in self.fields[name].choices if c[0]]  # type: ignore[attr-defined]
            if not self.instance.pk:
                self.fields[name].initial = empty


class NextWaveForm(CalmFormMixin, forms.Form):
    opened_on = forms.DateField(label=_("First day of the next round"), widget=DayInput())


class ContributorForm(CalmFormMixin, forms.Form):
    pseudonym = forms.CharField(
        label=_("Chosen name"),
        max_length=60,
        help_text=_("The person may choose it. It stays the same in every round, and is not published."),
    )
    voice = forms.ChoiceField(
        label=_("Who is speaking"), choices=Voice.choices, widget=forms.RadioSelect, initial=Voice.PERSON
    )
    review_choice = forms.ChoiceField(
        label=_("Before words are used, this person"),
        choices=[
            ("quotes", _("wants to see quotes first")),
            ("transcript", _("wants to see the whole text first")),
            ("none", _("does not want to see quotes first")),
        ],
        widget=forms.RadioSelect,
        initial="quotes",
    )
    called = forms.CharField(
        label=_("What to call them"),
        required=False,
        max_length=120,
        help_text=_(
            "Goes to the link table, which you will not see again. Leave it empty if you do not know."
        ),
    )
    full_name = forms.CharField(label=_("Full name"), required=False, max_length=200)
    other_names = forms.CharField(
        label=_("Names they may say: family, friends"),
        required=False,
        help_text=_("With commas between. Used only to find these names in the text and take them out."),
    )
    is_adult = forms.BooleanField(label=_("They are 18 or over"), required=False)
    helper = forms.CharField(label=_("Helper or interpreter with them"), required=False, max_length=160)

    def clean_other_names(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["other_names"].split(",") if name.strip()]


ASKED_BY = [choice for choice in ConsentMethod.choices if choice[0] != ConsentMethod.TOLD]


class ConsentQuestions(CalmFormMixin, forms.Form):
    """Each scope asked alone: yes, no, or ask later. Nothing is chosen beforehand."""

    method = forms.ChoiceField(label=_("How they answered"), choices=ASKED_BY, widget=forms.RadioSelect)
    format = forms.ChoiceField(
        label=_("Which form"),
        choices=ConsentFormat.choices,
        widget=forms.RadioSelect,
        initial=ConsentFormat.STANDARD,
    )
    copy_given = forms.BooleanField(label=_("They have a copy"), required=False)

    LATER = "later"
    ANSWERS = [("granted", _("Yes")), ("declined", _("No")), (LATER, _("Ask me later"))]

    def __init__(self, *args: Any, asked: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for scope in asked:
            self.fields[scope] = forms.ChoiceField(
                label=QUESTIONS[scope],
                choices=self.ANSWERS,
                widget=forms.RadioSelect,
                required=False,
            )
        self.asked = asked

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[scope] for scope in self.asked]

    @property
    def decisions(self) -> dict[str, str]:
        """Only what was answered with yes or no."""
        answers = {scope: self.cleaned_data.get(scope) for scope in self.asked}
        return {scope: answer for scope, answer in answers.items() if answer and answer != self.LATER}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if all(cleaned.get(scope) in (None, "", self.LATER) for scope in self.asked):
            raise forms.ValidationError(_("Answer at least one question with yes or no, or leave this page."))
        return cleaned


class ConversationForm(CalmFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    contributors = forms.ModelMultipleChoiceField(
        Contributor.objects.none(),
        label=_("Who spoke"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Say who spoke. Nothing can be kept before somebody has agreed to take part.")
        },
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", _("English")), ("cy", _("Welsh"))])

    class Meta:
        model = Conversation
        fields = [
            "contributors",
            "wave",
            "held_on",
            "kind",
            "place_kind",
            "length_minutes",
            "language",
            "listener",
            "others_present",
            "limits_told",
        ]
        widgets = {"held_on": DayInput()}
        labels = {"wave": _("Round"), "listener": _("Who listened")}
        help_texts = {
            "limits_told": _("Before the start they were told what we cannot keep to ourselves."),
            "others_present": _("No names. “Their sister”, “an interpreter”."),
        }

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contributors"].queryset = enquiry.contributors.all()  # type: ignore[attr-defined]
        waves = Wave.objects.filter(enquiry=enquiry)
        self.fields["wave"].queryset = waves  # type: ignore[attr-defined]
        self.fields["wave"].initial = waves.last()
        self.fields["wave"].empty_label = None  # type: ignore[attr-defined]
        self.fields["listener"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            memberships__partner_id=enquiry.partner_id, memberships__ended_at=None, is_active=True
        ).distinct()
        self.fields["held_on"].initial = date.today
        self.fields["place_kind"].required = True
