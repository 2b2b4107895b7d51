"""What people send when they put words right and take names out. Rules live in the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from transcripts.actions.checking import Speaker
from transcripts.replacing import LONGEST_REPLACEMENT

# Longer than anybody speaks in one turn; a guard against a pasted book.
LONGEST_TURN = 100_000


class SpeakerField(forms.CharField):
    """A contributor's id, "listener", or nothing for nobody yet; cleaned to a Speaker."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=20, **kwargs)

    def clean(self, value: Any) -> Speaker:
        sent = super().clean(value)
        if sent == "listener":
            return Speaker(is_listener=True)
        if not sent:
            return Speaker()
        if not sent.isdecimal():
            raise forms.ValidationError(_("Choose who speaks from the list."))
        return Speaker(int(sent))


class TurnForm(forms.Form):
    """One turn of the version `base`."""

    base = forms.IntegerField(min_value=1)
    text = forms.CharField(
        strip=False,
        required=False,
        max_length=LONGEST_TURN,
        error_messages={"max_length": _("This is too long for one turn. Split it into several.")},
    )
    speaker = SpeakerField()


class BaseForm(forms.Form):
    """An act on the text as it stood in version `base`."""

    base = forms.IntegerField(min_value=1)


class RemainingSpeakersForm(BaseForm):
    speaker = SpeakerField()


class DoubtForm(BaseForm):
    answer = forms.ChoiceField(choices=[("said", ""), ("out", "")])


class VerifyForm(forms.Form):
    has_heard = forms.BooleanField(required=False, label=_("I have gone through the whole text myself"))


class NameDecisionForm(forms.Form):
    """A decision about `[start, end)` code points of the version `version`."""

    version = forms.IntegerField(min_value=1)
    start = forms.IntegerField(min_value=0)
    end = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(choices=[("accepted", ""), ("changed", ""), ("refused", "")])
    replacement = forms.CharField(required=False, max_length=2 * LONGEST_REPLACEMENT)
    everywhere = forms.BooleanField(required=False)


class MissedNameForm(forms.Form):
    """Words the computer missed, and what should stand in their place.

    Where they were selected, `turn` is the place of the turn from 0; `first` and `last` count UTF-16 units
    of its text, as browsers do. Where one of several places was chosen, `place` is `start-end` in code
    points.
    """

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("Words to take out"),
        max_length=300,
        error_messages={"required": _("Write the words that should be taken out.")},
    )
    replacement = forms.CharField(
        label=_("What should stand there"),
        help_text=_("A few plain words, such as “sister” or “town”. We put the brackets."),
        max_length=2 * LONGEST_REPLACEMENT,
        error_messages={"required": _("Say what should stand in its place, such as “sister” or “town”.")},
    )
    place = forms.RegexField(r"^\d{1,9}-\d{1,9}$", required=False)
    turn = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    first = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    last = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    everywhere = forms.BooleanField(label=_("Everywhere in this text"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("words", "replacement"):
            self.fields[name].widget.attrs.update({"class": "input", "autocomplete": "off"})
