"""Who may do what: one table, role by action. Everything that asks about a right reads it from here.

Each line of the table is an action, named `noun.verb` in the words of the glossary, a mark for each role in
the order of `ORDER`, and what the action is in plain words. A role that stands there may do it at the
partner where the role is held, and nowhere else. Where less is meant than the whole partner, `only` says
what else must be so; `accounts.permissions` and the apps' own `permissions.py` turn that into predicates.

Said of the roles as a whole:

- A coach and a partner lead may do nothing that shows who took part in an enquiry, declined, or withdrew.
- A researcher's own enquiries are today those of the partner where they are a researcher: no smaller team
  is kept. Nobody at a partner is a researcher by accident, and leaving the partner ends it.
- A researcher writes into the link table when somebody is met (`contributor.add`), and never reads it back.
- Someone who spoke holds no role here. Their own link lets them see and change what is theirs. Whoever may
  make that link for them does not see by it: it opens to the word or the code that the person alone has.
- A safeguarding lead reads concern records, and nothing else that anybody said. None are kept yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role

# The columns of the table, from left to right, by the letter that marks each.
ORDER: tuple[tuple[str, Role], ...] = (
    ("C", Role.COACH),
    ("R", Role.RESEARCHER),
    ("V", Role.REVIEWER),
    ("E", Role.EDITOR),
    ("G", Role.DATA_GUARDIAN),
    ("S", Role.SAFEGUARDING_LEAD),
    ("L", Role.PARTNER_LEAD),
)

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Action:
    """One line: what may be done, by whom, and what must be so beside the role (empty: nothing more)."""

    name: str
    roles: frozenset[Role]
    says: Text
    only: Text = ""


@dataclass(frozen=True, slots=True)
class Noun:
    """Lines about one thing, under its heading."""

    heading: Text
    actions: tuple[Action, ...]


def _row(name: str, marks: str, says: Text, only: Text = "") -> Action:
    given = marks.split()
    if len(given) != len(ORDER):
        raise ValueError(f"“{name}” has {len(given)} marks; there are {len(ORDER)} roles.")
    roles = set()
    for mark, (letter, role) in zip(given, ORDER, strict=True):
        if mark not in (letter, "·"):
            raise ValueError(f"“{name}” has the mark “{mark}” in the column of “{letter}”.")
        if mark == letter:
            roles.add(role)
    return Action(name, frozenset(roles), says, only)


MATRIX: tuple[Noun, ...] = (
    Noun(
        _("Enquiries"),
        (
            _row(
                "enquiry.see", "· R V · · · ·", _("See an enquiry, its conversations and what waits in it.")
            ),
            _row("enquiry.frame", "· R · · · · ·", _("Frame an enquiry around one question.")),
            _row("enquiry.change", "· R · · · · ·", _("Change what an enquiry says about itself.")),
            _row("wave.open", "· R · · · · ·", _("Open another round of listening.")),
            _row("work.see", "· R V E G · ·", _("See the long work the computer does, by its state alone.")),
            _row("work.retry", "· R V · · · ·", _("Ask the computer to try work again that failed.")),
        ),
    ),
    Noun(
        _("The people who speak, and what they agreed to"),
        (
            _row(
                "contributor.see", "· R V · · · ·", _("See the voices of an enquiry by their chosen names.")
            ),
            _row("contributor.add", "· R · · · · ·", _("Add a voice, and write down once who it is.")),
            _row("form.write", "· R · · · · ·", _("Write the next version of a consent form.")),
            _row("consent.record", "· R · · · · ·", _("Keep what somebody agreed to, or declined.")),
            _row("consent.withdraw", "· R V · G · ·", _("Take words back for somebody who asks for it.")),
            _row(
                "withdrawal.see",
                "· · · · G · ·",
                _("See what was taken back and how its removing goes, and hand out the confirmation."),
            ),
            _row(
                "personal_link.make",
                "· R · · G · ·",
                _("Make, print, send and end the link to somebody’s own page."),
            ),
            _row("link_table.see", "· · · · G · ·", _("See who stands behind a chosen name.")),
        ),
    ),
    Noun(
        _("Listening, sound and raw words"),
        (
            _row("conversation.add", "· R · · · · ·", _("Set down one act of listening.")),
            _row("recording.receive", "· R V · · · ·", _("Take in a recording.")),
            _row("recording.hear", "· R V · · · ·", _("Hear the sound.")),
            _row("recording.transcribe", "· R V · · · ·", _("Ask the computer to write a recording down.")),
            _row("transcript.import", "· R V · · · ·", _("Take in words typed elsewhere.")),
            _row("transcript.read", "· R V · · · ·", _("Read the unedited words.")),
            _row("transcript.check", "· R V · · · ·", _("Put words right, check and verify them.")),
            _row("name.decide", "· R V · · · ·", _("Decide which names are taken out, and how.")),
            _row("export.make", "· R · · · · ·", _("Hand texts without names to a named recipient.")),
            _row("transcript.sign_off", "· R V · · · ·", _("Sign off a text whose names are taken out.")),
        ),
    ),
    Noun(
        _("Making sense"),
        (
            _row("passage.read", "· R V · · · ·", _("Read passages without names, their tags and memos.")),
            _row("passage.tag", "· R V · · · ·", _("Tag passages, answer offers, keep a memo.")),
            _row("code.change", "· R V · · · ·", _("Start and change the code list.")),
            _row("pattern.see", "· R V · · · ·", _("See the groups of passages the computer found.")),
            _row("pattern.ask", "· R V · · · ·", _("Ask the computer for groups, or for offers of tags.")),
            _row("pattern.decide", "· R V · · · ·", _("Accept, rename, merge, split or refuse a group.")),
            _row("theme.write", "· R V · · · ·", _("Write themes, and put quotes to them.")),
            _row("quote.see", "· R V · · · ·", _("See every quote on its way, whatever it waits for.")),
            _row("quote.select", "· R V · · · ·", _("Put words forward as a quote.")),
            _row("quote.check", "· R V · · · ·", _("Hear a quote, check it for names, offer it, let it go.")),
        ),
    ),
    Noun(
        _("Figures"),
        (
            _row("figure.see", "· R V · · · L", _("See frozen figures, small groups hidden.")),
            _row("figure.freeze", "· R V · · · L", _("Freeze a figure of the partner as a whole.")),
            _row(
                "enquiry_figure.freeze",
                "· R V · · · ·",
                _("Freeze a figure for an enquiry, also of those alone who let their words be linked."),
            ),
            _row("joint_display.see", "· R V · · · ·", _("See themes set beside figures.")),
            _row("joint_display.make", "· R V · · · ·", _("Set a theme beside a figure.")),
            _row("coaching_file.import", "· · · · G · L", _("Bring in coaching records from files.")),
            _row("survey.record", "· · · · G · L", _("Keep a completed survey, or a licence for one.")),
        ),
    ),
    Noun(
        _("Coaching"),
        (
            _row("relationship.start", "C · · · · · ·", _("Start to walk alongside somebody.")),
            _row(
                "relationship.keep",
                "C · · · · · ·",
                _("See and keep how it stands with a person, and the days they met."),
                _("their own coach alone"),
            ),
            _row("note.write", "C · · · · · ·", _("Write a reflective note.")),
            _row("note.see_shared", "C · · · · · ·", _("Read notes that coaches share with each other.")),
            _row("note.give", "C · · · · · ·", _("Give a note to an enquiry."), _("its author alone")),
            _row("sighting.record", "C · · · · · ·", _("Keep a line on what got in the way.")),
        ),
    ),
    Noun(
        _("Pages for readers"),
        (
            _row("page.write", "· · · E · · ·", _("Write pages from agreed quotes and frozen figures.")),
            _row("page.check", "· · V E · · ·", _("Run the gate over a page, and see what is in the way.")),
            _row(
                "page.sign",
                "· · V E · · ·",
                _("Sign that a page may go live."),
                _("never one who wrote it"),
            ),
            _row("page.mend", "· · · E · · ·", _("See to pages that rested on something taken back.")),
            _row("quote.place", "· R V E · · ·", _("Place an agreed quote in a page.")),
        ),
    ),
    Noun(
        _("Care"),
        (
            _row(
                "record.read", "· · · · G · ·", _("Read the record of who did what, and who looked at what.")
            ),
            _row(
                "personal_question.answer",
                "· · · · G · ·",
                _("Read and answer what people ask or complain about on their own page."),
            ),
            _row(
                "export.tell",
                "· · · · G · ·",
                _("See which handed-over texts hold words taken back, and tell who received them."),
            ),
            _row("keeping.see", "· · · · G · ·", _("See what is kept for how long, and what falls when.")),
            _row("hold.place", "· · · · G · ·", _("Pause what the clocks erase, and let them run on.")),
            _row("colleague.invite", "· · · · · · L", _("Invite a colleague, and give or end their roles.")),
            _row("break_glass.ask", "· · · · G · L", _("Ask for a role for some hours, in an emergency.")),
            _row(
                "break_glass.agree",
                "· · · · G S L",
                _("Agree to it, or refuse it, as the second person."),
                _("neither who asked, nor who would hold the role"),
            ),
        ),
    ),
)

ACTIONS: dict[str, Action] = {action.name: action for noun in MATRIX for action in noun.actions}


def actions() -> Iterator[Action]:
    """Every line of the table, from top to bottom."""
    return iter(ACTIONS.values())


def roles_with(*names: str) -> frozenset[Role]:
    """Roles that may do at least one of the named actions; KeyError for a name that is not in the table."""
    return frozenset().union(*(ACTIONS[name].roles for name in names))


def actions_of(roles: Iterable[str]) -> frozenset[str]:
    """Names of all actions that somebody with these roles may do."""
    held = set(roles)
    return frozenset(action.name for action in actions() if action.roles & held)
