"""The steps a reflection may take, in our own words. The ways of reflecting are Driscoll's three questions,
Kolb's four and Gibbs's six; only their number and order are taken over."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from coaching.models import NoteTemplate

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a note: the key it is stored under, and what it asks."""

    key: str
    asks: "str | _StrPromise"
    hint: "str | _StrPromise" = ""


STEPS: dict[str, tuple[Step, ...]] = {
    NoteTemplate.FREE: (Step("note", _("What stays with you?"), _("Anything. A line is enough.")),),
    NoteTemplate.THREE: (
        Step("what", _("What happened?")),
        Step("so_what", _("What do you make of it?")),
        Step("now_what", _("What now?")),
    ),
    NoteTemplate.FOUR: (
        Step("did", _("What did you do, or see?")),
        Step("noticed", _("Looking back, what did you notice?")),
        Step("learned", _("What did you learn from it?")),
        Step("try_next", _("What will you try another time?")),
    ),
    NoteTemplate.SIX: (
        Step("happened", _("What happened?")),
        Step("felt", _("What did you feel and think?")),
        Step("good_and_bad", _("What went well, and what did not?")),
        Step("sense", _("What sense can you make of it?")),
        Step("otherwise", _("What else could have been done?")),
        Step("next_time", _("If it came again, what would you do?")),
    ),
}


def written_parts(template: str, parts: dict[str, str]) -> dict[str, str]:
    """Those steps of `template` that were written in, in their order, with outer blank space taken off."""
    return {step.key: parts[step.key].strip() for step in STEPS[template] if parts.get(step.key, "").strip()}
