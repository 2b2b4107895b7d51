"""When a survey falls due. Skipping one has no reason, no colour and no reminder: it simply stays open."""

from datetime import date

from enquiries.dates import months_after

QUARTER_MONTHS = 3


def next_due(last_on: date) -> date:
    """Three calendar months after the last one, clamped at the end of a month (30 Nov: 28 or 29 Feb)."""
    return months_after(last_on, QUARTER_MONTHS)
