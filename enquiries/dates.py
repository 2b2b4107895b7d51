"""Calendar months as people count them, and places in a sound as they read them."""

import calendar
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day `months` calendar months on; clamped to its last day (30 Nov + 3: 28 or 29 Feb)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def second_wave_due(first_opened_on: date) -> tuple[date, date]:
    """First and last day, both included, on which wave 2 falls due: 12 to 18 calendar months after wave 1."""
    return months_after(first_opened_on, 12), months_after(first_opened_on, 18)


def clock(ms: int) -> str:
    """A place in a sound as people read it: "0:12", or "1:02:03" from an hour on."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
