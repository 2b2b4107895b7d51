"""Words for lengths and days, as one would say them."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def said_length(minutes: int | None) -> str:
    """A length as one would say it: "about an hour"; exact minutes where no plain words fit."""
    if not minutes:
        return ""
    words = {
        30: _("about half an hour"),
        45: _("about three quarters of an hour"),
        60: _("about an hour"),
        90: _("about an hour and a half"),
        120: _("about two hours"),
        150: _("about two and a half hours"),
        180: _("about three hours"),
    }
    plain = ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return words.get(minutes, plain)


@register.filter
def said_day(day: date | None) -> str:
    """Today, yesterday, "21 August" within this year, else with the year."""
    if day is None:
        return ""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if (today - day).days == 1:
        return _("Yesterday")
    return date_format(day, "j F" if day.year == today.year else "j F Y")


@register.filter
def day_within(day: date | None) -> str:
    """A day as it stands within a sentence: "today", "21 August"."""
    said = said_day(day)
    return said.lower() if day is not None and (timezone.localdate() - day).days in (0, 1) else said
