"""Form parts that the workspace's and the pocket's forms share."""

from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

from accounts.plain_fields import TellsRefusedChoices, speak_plainly


class DayInput(forms.DateInput):
    """A day, by the browser's own picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CalmForm(TellsRefusedChoices, forms.Form):
    """Gives each input our class; templates tie hint and problem to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if not isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
                widget.attrs.setdefault("class", "input")
            if isinstance(widget, forms.Textarea):
                widget.attrs.setdefault("rows", 3)
        speak_plainly(self.fields)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when it is empty; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None
