"""The clock of the link table: who stands behind which chosen name is not kept for ever."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from enquiries.dates import second_wave_due
from enquiries.handler import forget_link
from enquiries.models import Contributor, Enquiry, Link, LinkKept
from enquiries.retention import Clock, Falling, Kept

LINKS = "link"

# What no clock of the platform removes.
KEPT = (
    Kept(
        _lazy("Text without names"),
        _lazy("Kept as long as the person lets us. It goes when they take it back."),
    ),
    Kept(
        _lazy("What people agreed to"),
        _lazy("Kept as long as anything it covers, so that what was allowed when can be shown."),
    ),
    Kept(_lazy("The record of who did what"), _lazy("Kept. It holds numbers, never words or names.")),
)


def _last_day(enquiry: Enquiry) -> tuple[date, str]:
    if enquiry.keep_link == LinkKept.CUT_OFF:
        return enquiry.cut_off_on, "after_cut_off"
    waves = list(enquiry.waves.order_by("number"))
    second = next((wave for wave in waves if wave.number == 2), None)
    if second is not None and second.due_until is not None:
        return second.due_until, "after_second_wave"
    first = waves[0].opened_on if waves else enquiry.cut_off_on
    return second_wave_due(first)[1], "after_second_wave"


def _says(enquiry: Enquiry) -> str:
    day = f"{_last_day(enquiry)[0]:%-d %B %Y}"
    if enquiry.keep_link == LinkKept.CUT_OFF:
        return _("Until %(day)s, the last day to take words back from the report.") % {"day": day}
    return _("Until %(day)s, when the second round of listening is over.") % {"day": day}


def _falling(enquiry: Enquiry) -> Iterable[Falling]:
    last, why = _last_day(enquiry)
    # The last day itself is still theirs.
    on = date.fromordinal(last.toordinal() + 1)
    for link in (
        Link.objects.filter(contributor__enquiry=enquiry).select_related("contributor").order_by("pk")
    ):
        # A colleague who gave a note has an account here anyway, and takes it back from their own pages.
        if link.user_id is None:
            yield Falling(link.contributor, frozenset({link.contributor_id}), on, why)


def _remove(thing: Falling) -> Mapping[str, int]:
    assert isinstance(thing.about, Contributor)
    return forget_link(thing.about)


LINK_CLOCK = Clock(LINKS, _lazy("Who stands behind a chosen name"), _says, _falling, _remove)
