"""What readers type in, cleaned. The rules themselves are in the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.plain_fields import TellsRefusedChoices
from enquiries.models import Enquiry
from themes.models import Code, CodeKind, Level, System


def _input(**attrs: str) -> dict[str, str]:
    return {"class": "input", **attrs}


class CodeForm(forms.Form):
    """A code's name, kind, meaning and facets."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(_input()))
    kind = forms.ChoiceField(
        label=_("What kind of code is it?"), choices=CodeKind.choices, widget=forms.Select(_input())
    )
    definition = forms.CharField(
        label=_("What it means"),
        help_text=_("So that two readers use it alike."),
        widget=forms.Textarea(_input(rows="3")),
    )
    system = forms.ChoiceField(
        label=_("System"),
        required=False,
        choices=[("", _("None in particular")), *System.choices],
        widget=forms.Select(_input()),
    )
    level = forms.ChoiceField(
        label=_("Level"),
        required=False,
        choices=[("", _("None in particular")), *Level.choices],
        widget=forms.Select(_input()),
    )
    harm = forms.CharField(
        label=_("Harm it does"), required=False, max_length=200, widget=forms.TextInput(_input())
    )
    local_name = forms.CharField(
        label=_("Our own words for it"), required=False, max_length=80, widget=forms.TextInput(_input())
    )


class CodeChangeForm(CodeForm):
    """The same for a code that is there; its kind stays, since tags rest on it."""

    kind = None  # type: ignore[assignment]


class ThemeForm(TellsRefusedChoices, forms.Form):
    """A theme's title, what we understand, and the codes it rests on."""

    title = forms.CharField(label=_("Title"), max_length=160, widget=forms.TextInput(_input()))
    statement = forms.CharField(
        label=_("What we understand"),
        help_text=_("In a sentence or two, in your own words. Quotes stay where they are."),
        widget=forms.Textarea(_input(rows="4")),
    )
    codes = forms.ModelMultipleChoiceField(
        label=_("Codes it rests on"), queryset=Code.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].queryset = Code.objects.filter(  # type: ignore[attr-defined]
            codebook__enquiry=enquiry, retired_at=None
        ).order_by("kind", "name")

    @property
    def chosen(self) -> set[int]:
        """Ids of the codes that are ticked, as sent or as they stand; the template groups them by kind."""
        value = self["codes"].value() or []
        ids = (one.pk if isinstance(one, Code) else one for one in value)
        return {int(pk) for pk in ids if str(pk).isdigit()}
