from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner, User
from accounts.permissions import partners_where
from accounts.plain_fields import TellsRefusedChoices, speak_plainly
from enquiries.models import (
    Contributor,
    Conversation,
    Enquiry,
    LinkKept,
    Voice,
    Wave,
)


class CalmFormMixin(TellsRefusedChoices):
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
        speak_plainly(self.fields)


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
            "keep_sound_months",
            "keep_unedited_months",
            "keep_link",
            "retention",
            "analysis_mode",
        ]
        widgets = {
            "cut_off_on": DayInput(),
            "analysis_mode": forms.RadioSelect,
            "purpose": forms.RadioSelect,
            "question": forms.Textarea(attrs={"rows": 2, "class": "input spoken"}),
            "retention": forms.Textarea(attrs={"rows": 2}),
            "keep_link": forms.RadioSelect,
        }
        help_texts = {
            "question": _("One open question. It is the only one we ask; then we listen."),
            "title": _("A few words for lists, such as “Eastmere: finding a home and keeping it”."),
            "place": _("No finer than a region in anything we publish."),
            "lawful_basis": _(
                "Agreeing to talk is not by itself the legal ground. Write down the one you rely on."
            ),
            "keep_sound_months": _("Longer where somebody agrees to a clip or to an archive."),
            "keep_unedited_months": _("The text without names stays as long as its speaker lets it."),
            "retention": _("In your own words, for those who read the form. The clocks are the lines above."),
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
                    "keep_sound_months",
                    "keep_unedited_months",
                    "keep_link",
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
        choices = (("analysis_mode", "reflexive"), ("purpose", "learning"), ("keep_link", LinkKept.CUT_OFF))
        for name, empty in choices:
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
