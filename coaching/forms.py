"""Forms of the workspace pages: freezing a figure, setting it beside words, bringing in a file."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner
from coaching.fields import CalmForm, DayInput
from coaching.importing import LARGEST_BYTES
from coaching.metrics import METRICS
from coaching.models import ImportKind, PublishedFigure, Relation
from enquiries.models import Enquiry
from themes.models import Quote, Theme


class FreezeForm(CalmForm):
    """What to count, of whom, over which time."""

    metric = forms.ChoiceField(
        label=_("What to count"),
        choices=[(metric.key, metric.label) for metric in METRICS.values()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what to count.")},
    )
    partner = forms.ModelChoiceField(
        Partner.objects.none(), label=_("At which partner"), widget=forms.RadioSelect, empty_label=None
    )
    whom = forms.ChoiceField(
        label=_("Whom to count"),
        choices=[
            ("everyone", _("Everyone coached there")),
            ("linked", _("Only people who took part in this enquiry and agreed to be counted")),
        ],
        widget=forms.RadioSelect,
        initial="everyone",
    )
    period_start = forms.DateField(label=_("From"), widget=DayInput(), required=False)
    period_end = forms.DateField(label=_("To, that day included"), widget=DayInput(), required=False)
    title = forms.CharField(
        label=_("A name for lists"),
        max_length=160,
        required=False,
        help_text=_("Readers see the heading that comes with the figure, not this."),
    )

    def __init__(
        self, *args: Any, partners: Iterable[Partner], enquiry: Enquiry | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.partners = list(partners)
        self.fields["partner"].queryset = Partner.objects.filter(  # type: ignore[attr-defined]
            pk__in=[each.pk for each in self.partners]
        )
        if len(self.partners) == 1:
            del self.fields["partner"]
        if enquiry is None:
            del self.fields["whom"]

    @property
    def chosen_partner(self) -> Partner:
        """The one partner, or the one that was chosen."""
        found: Partner = self.cleaned_data.get("partner") or self.partners[0]
        return found

    @property
    def only_linked(self) -> bool:
        """Whether only people behind contributors who allow it are counted."""
        return bool(self.cleaned_data.get("whom") == "linked")


class JointDisplayForm(CalmForm):
    """What was heard on one side, a figure on the other, and how the two relate."""

    topic = forms.CharField(
        label=_("What it is about"),
        max_length=160,
        help_text=_("A few words, such as “Starting again with someone new”."),
    )
    theme = forms.ModelChoiceField(Theme.objects.none(), label=_("Theme"), empty_label=None)
    heard = forms.CharField(
        label=_("What we heard, in a sentence"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Say how many in words (a few, most), not in percent."),
    )
    quotes = forms.ModelMultipleChoiceField(
        Quote.objects.none(),
        label=_("Quotes that speak for it"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Only words their speakers have agreed to are here."),
    )
    figure = forms.ModelChoiceField(
        PublishedFigure.objects.none(),
        label=_("What was counted"),
        widget=forms.RadioSelect,
        required=False,
        blank=True,
        empty_label=_("Nothing was counted about this"),
    )
    relation = forms.ChoiceField(
        label=_("How the two relate"),
        choices=[choice for choice in Relation.choices if choice[0] != Relation.SILENT],
        widget=forms.RadioSelect,
        required=False,
        help_text=_("Leave this open where nothing was counted. Disagreement is as welcome as agreement."),
    )
    reading = forms.CharField(
        label=_("How you read the two together"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Scores rise and fall; we cannot say what made them."),
    )

    def __init__(
        self,
        *args: Any,
        themes: QuerySet[Theme],
        quotes: QuerySet[Quote],
        figures: QuerySet[PublishedFigure],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = themes  # type: ignore[attr-defined]
        self.fields["quotes"].queryset = quotes  # type: ignore[attr-defined]
        self.fields["quotes"].label_from_instance = lambda quote: f"“{quote.shown}”"  # type: ignore[attr-defined]
        self.fields["figure"].queryset = figures  # type: ignore[attr-defined]
        self.fields["figure"].label_from_instance = (  # type: ignore[attr-defined]
            lambda figure: f"{figure.title}: {figure.safe.get('base_text', '')}"
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("figure") is None:
            cleaned["relation"] = Relation.SILENT
        elif not cleaned.get("relation") and "figure" not in self.errors:
            self.add_error("relation", _("Say how the figure relates to what was heard."))
        return cleaned


class ImportForm(CalmForm):
    """A file and what it holds."""

    kind = forms.ChoiceField(
        label=_("What is in the file"),
        choices=ImportKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what is in the file.")},
    )
    partner = forms.ModelChoiceField(
        Partner.objects.none(), label=_("Whose records"), widget=forms.RadioSelect, empty_label=None
    )
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Nothing is kept yet: you see first what would come in."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv", "class": "input"}),
        error_messages={"required": _("Choose a file.")},
    )

    def __init__(self, *args: Any, partners: Iterable[Partner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partners = list(partners)
        self.fields["partner"].queryset = Partner.objects.filter(  # type: ignore[attr-defined]
            pk__in=[each.pk for each in self.partners]
        )
        if len(self.partners) == 1:
            del self.fields["partner"]

    @property
    def chosen_partner(self) -> Partner:
        """The one partner, or the one that was chosen."""
        found: Partner = self.cleaned_data.get("partner") or self.partners[0]
        return found

    def clean_file(self) -> Any:
        """A file too large to be read is refused before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError(
                _("This file is larger than %(n)s megabytes. Bring it in parts.")
                % {"n": LARGEST_BYTES // 1_000_000}
            )
        return file
