"""Words of the fields themselves: what an empty choice is called, and what is said of a missing answer.

Django's own are a row of dashes, which a screen reader spells out, and "This field is required.", which does
not say what to do. Our forms call `speak_plainly` once their fields are there.

A form also tells here where something was chosen that it did not offer: from a page that was left open for
long, or by somebody who tries another's number. `accounts.refusals` writes that down at the request's end.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext as _

DASHES = BLANK_CHOICE_DASH[0][1]
_NOT_OFFERED = frozenset({"invalid_choice", "invalid_pk_value"})
_refused: ContextVar[set[str] | None] = ContextVar("refused_choices", default=None)


@contextmanager
def refused_choices() -> Iterator[set[str]]:
    """Names of the fields in which, while the block lasts, something was chosen that was not offered."""
    found: set[str] = set()
    token = _refused.set(found)
    try:
        yield found
    finally:
        _refused.reset(token)


class TellsRefusedChoices:
    """Mixed into a form, before Django's own class."""

    def full_clean(self) -> None:
        """As Django's; then tells of each choice that was not offered."""
        super().full_clean()  # type: ignore[misc]
        found = _refused.get()
        if found is not None and self.is_bound:  # type: ignore[attr-defined]
            errors = self.errors.as_data()  # type: ignore[attr-defined]
            found.update(
                name for name, each in errors.items() if any(error.code in _NOT_OFFERED for error in each)
            )


def speak_plainly(fields: Mapping[str, forms.Field]) -> None:
    """Put words in the place of Django's dashes, of its one sentence for every missing answer, and of those
    that "ensure" a length or a size.

    What a form says in its own words stays as it is.
    """
    for field in fields.values():
        if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = _missing(field)
        if isinstance(field, forms.CharField):
            too_long = _("This is too long: %(show_value)d signs. At most %(limit_value)d fit.")
            field.error_messages.setdefault("max_length", too_long)
        elif isinstance(field, forms.IntegerField):
            field.error_messages.setdefault("min_value", _("At least %(limit_value)d."))
            field.error_messages.setdefault("max_value", _("At most %(limit_value)d."))
        empty = _("Choose one") if field.required else _("Leave this open")
        if isinstance(field, forms.ModelChoiceField):
            if field.empty_label == DASHES:
                field.empty_label = empty
        elif isinstance(field, forms.ChoiceField):
            choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
            if choices and choices[0] == ("", DASHES):
                field.choices = [("", empty), *choices[1:]]


def _missing(field: forms.Field) -> str:
    if isinstance(field, forms.BooleanField):
        return _("Tick this, if it is so.")
    if isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return _("Choose at least one.")
    if isinstance(field, forms.ChoiceField):
        return _("Choose one of these.")
    if isinstance(field, forms.DateField | forms.DateTimeField):
        return _("Give a day.")
    if isinstance(field, forms.IntegerField):
        return _("Write a number.")
    if isinstance(field, forms.FileField):
        return _("Choose a file.")
    return _("Write something here.")
