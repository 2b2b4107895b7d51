"""What somebody is told of a withdrawal, in plain words: what goes, by when, what cannot be called back."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enquiries.models import Scope, Withdrawal
from enquiries.withdrawal import steps

GOES: dict[str, Promise] = {
    Scope.TAKE_PART: gettext_lazy("Everything you told us goes, with your name and how to reach you."),
    Scope.AUDIO_RECORD: gettext_lazy("The sound of your voice goes, and every copy of it."),
    Scope.MACHINE_TRANSCRIBE: gettext_lazy("What the computer wrote down goes."),
    Scope.ANALYSE: gettext_lazy("Your words go from everything we learned from."),
    Scope.QUOTE_WORDS: gettext_lazy("Your words go from every page, and from old versions of pages."),
    Scope.AUDIO_CLIP: gettext_lazy("Every short piece of your voice goes."),
    Scope.NAMED_CREDIT: gettext_lazy("Your name goes from wherever we had put it."),
    Scope.LINK_COACHING: gettext_lazy("The tie between your words and your coaching goes."),
    Scope.PARTNER_SHARE: gettext_lazy(
        "Your words go from what we give to partners. We tell those who have a copy."
    ),
    Scope.PRACTICE_LEARNING: gettext_lazy("Your words go from what coaches learn with."),
    Scope.ARCHIVE_DEPOSIT: gettext_lazy("Your words go from the archive."),
    Scope.PAYER_EVIDENCE: gettext_lazy("Good news of yours goes from what those who pay are shown."),
    Scope.CONTACT_AGAIN: gettext_lazy("You go from the list of people we would ask again."),
}

# Names of steps in words, for the data guardian. A step without words here is told by its own name.
STEPS: dict[str, Promise] = {
    "portal.page": gettext_lazy("The person’s own page"),
    "publishing.typed": gettext_lazy("Words and names typed into pages, drafts and old versions"),
    "publishing.findings": gettext_lazy("What the check before publication had noted"),
    "coaching.displays": gettext_lazy("Quotes beside figures"),
    "coaching.figures": gettext_lazy("Figures that counted them by their link"),
    "themes.typed": gettext_lazy("Words and names typed into memos and reasons"),
    "themes.quotes": gettext_lazy("Quotes, in all their steps"),
    "themes.names": gettext_lazy("Names under quotes"),
    "themes.sense": gettext_lazy("Tags, offers, memos, and places in patterns"),
    "themes.quote_rows": gettext_lazy("That they were quoted at all"),
    "transcripts.silence": gettext_lazy("Their part of a group’s recording"),
    "transcripts.passages": gettext_lazy("Passages, and what was measured of them"),
    "transcripts.words": gettext_lazy("Every version of the words"),
    "transcripts.struck_out": gettext_lazy("Parts they had not shared"),
    "transcripts.machine_draft": gettext_lazy("What a computer wrote down"),
    "transcripts.sound": gettext_lazy("The sound, its copies and its keys"),
    "enquiries.sessions": gettext_lazy("Messages and previews that waited to be seen"),
    "enquiries.wishes": gettext_lazy("What they had closed one by one, kept outside the database"),
    "enquiries.identity": gettext_lazy("Who they are, and how to reach them"),
    "enquiries.conversations": gettext_lazy("When and where they spoke"),
    "enquiries.voice": gettext_lazy("The name they chose"),
    "enquiries.keys": gettext_lazy("Their own key"),
}


def receipt_lines(withdrawal: Withdrawal) -> list[str]:
    """Sentences for the person, in the order in which they are read; none names anybody.

    One for each scope that fell, then by when, then what cannot be called back.
    """
    if not withdrawal.scopes:
        return [_("There was nothing of this to take back. Nothing was changed.")]
    lines = [_("Nobody sees or uses it any more, from this moment.")]
    lines += [str(GOES[scope]) for scope in Scope.values if scope in withdrawal.scopes]
    if withdrawal.is_done and withdrawal.finished_at is not None:
        lines.append(
            _("All of this was gone on %(day)s.") % {"day": _day(timezone.localtime(withdrawal.finished_at))}
        )
    else:
        by = _day(withdrawal.due_on)
        lines.append(_("Copies go within a day. All of it is gone by %(day)s.") % {"day": by})
    lines.append(_("Backups cannot be opened for it any more, and end by themselves."))
    if set(withdrawal.scopes) & {Scope.QUOTE_WORDS, Scope.NAMED_CREDIT}:
        lines.append(_("What was printed, or saved by somebody, we cannot call back."))
    return lines


def _day(on: date) -> str:
    return date_format(on, "j F Y")


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step of a sweep as the data guardian reads it: what it takes, and whether it has been done."""

    label: str
    is_done: bool
    count: int


def step_lines(withdrawal: Withdrawal) -> list[StepDone]:
    """Every step in the order in which they run. `count` is how many things went; 0 where there were none."""
    found = []
    for name, _handler in steps():
        said = withdrawal.steps.get(name, {})
        count = sum(value for kind, value in said.items() if kind != "at")
        found.append(StepDone(str(STEPS.get(name, name)), name in withdrawal.steps, count))
    return found


def notes_for_guardian(withdrawal: Withdrawal) -> list[str]:
    """What the data guardian has to know beside the steps, as sentences."""
    counts = withdrawal.counts()
    notes = []
    if counts.get("transcripts.sound.recordings_whole"):
        notes.append(
            _(
                "A recording of a group went whole: nothing told the voices apart. Tell the others who spoke "
                "in it that its sound is gone."
            )
        )
    return notes
