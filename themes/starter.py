"""The codes a new code list starts with. Definitions are our own words; each enquiry may change them.

What helped is coded as carefully as what got in the way, so the list carries both from the start.
"""

from dataclasses import dataclass

from themes.models import CodeKind, Level, System

_B, _H, _I, _E = (
    CodeKind.BARRIER,
    CodeKind.WHAT_HELPED,
    CodeKind.IDEA_FOR_CHANGE,
    CodeKind.EXPERIENCE,
)


@dataclass(frozen=True, slots=True)
class StarterCode:
    """One code as it stands in version 1 of every code list."""

    slug: str
    name: str
    kind: str
    definition: str
    system: str = ""
    level: str = ""
    harm: str = ""


STARTER_CODES: tuple[StarterCode, ...] = (
    StarterCode(
        "retelling-trauma",
        "Retelling trauma to prove need",
        _B,
        "Having to tell the worst things again, to someone new, before any help comes.",
        level=Level.ORGANISATION,
        harm="The hurt is lived through again each time.",
    ),
    StarterCode(
        "being-labelled",
        "Being labelled",
        _B,
        "Seen as a category, a file or a problem, and treated by that word instead of as oneself.",
        level=Level.PERSON,
        harm="People come to see themselves as the word.",
    ),
    StarterCode(
        "deficit-assessment",
        "Assessed by what is wrong",
        _B,
        "Forms and meetings that ask only about what is missing or broken, never about what someone can do.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "eligibility-rules",
        "Eligibility rules",
        _B,
        "Help refused or delayed because of who counts: the right letter, the right area, the right box.",
        level=Level.LOCAL_AUTHORITY,
    ),
    StarterCode(
        "tied-to-housing",
        "Tied to housing",
        _B,
        "Support that comes only with a certain roof, and stops when the address changes.",
        system=System.HOUSING,
        level=Level.COMMISSIONING,
    ),
    StarterCode(
        "staff-change",
        "Staff change",
        _B,
        "The worker leaves or is moved, and trust has to be built again from nothing.",
        system=System.OWN_ORGANISATION,
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "ending-unmanaged",
        "Ended unmanaged or too soon",
        _B,
        "Support stopped without being talked about, or before the person was ready.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "time-fixed-by-contract",
        "Time fixed by contract",
        _B,
        "How long or how often someone may be helped is set by an agreement, not by how life is going.",
        level=Level.COMMISSIONING,
    ),
    StarterCode(
        "targets-set-in-advance",
        "Targets set in advance",
        _B,
        "What should happen in a life is written down by others beforehand, and counted.",
        level=Level.COMMISSIONING,
    ),
    StarterCode(
        "rigid-contract",
        "Rigid contract",
        _B,
        "The shape of the help is fixed by who pays, so that what would make sense is not allowed.",
        level=Level.COMMISSIONING,
    ),
    StarterCode(
        "blanket-policy",
        "Blanket policy",
        _B,
        "One rule for all, whatever the person’s life.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "decisions-far-away",
        "Decisions made far away",
        _B,
        "What matters is decided by people who have never met the person, and who cannot be spoken to.",
        level=Level.LOCAL_AUTHORITY,
    ),
    StarterCode(
        "leader-change",
        "Leader change",
        _B,
        "A new person at the top, and what worked before is dropped or has to be argued for again.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "claimed-strength-based",
        "Claimed, not lived, strength-based work",
        _B,
        "The words are about strengths; the forms, meetings and habits are still about problems.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "survival-over-mission",
        "Survival over mission",
        _B,
        "An organisation does what keeps it funded rather than what it was set up to do.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "silos",
        "Silos",
        _B,
        "Services that do not speak to each other, so that the person carries everything between them.",
        level=Level.LOCAL_AUTHORITY,
    ),
    StarterCode(
        "fear-of-challenging",
        "Fear of challenging",
        _B,
        "People see that something is wrong and do not say so, for fear of what would follow.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "someone-who-stayed",
        "Someone who stayed",
        _H,
        "One person who was still there after things went wrong.",
        level=Level.PERSON,
    ),
    StarterCode(
        "asked-what-i-want",
        "Asked what I want",
        _H,
        "Somebody asked what the person hoped for, before anything else, and meant it.",
        level=Level.COACH,
    ),
    StarterCode(
        "being-good-at-something",
        "Being good at something",
        _H,
        "A skill, a craft or a gift was seen and used, by others or by the person.",
        level=Level.PERSON,
    ),
    StarterCode(
        "choice-of-place",
        "Choice of place",
        _H,
        "Meeting where the person feels at ease: a walk, a café, a bench, not an office.",
        level=Level.COACH,
    ),
    StarterCode(
        "read-before-meeting",
        "Read before meeting",
        _H,
        "Somebody had read what was already written, so it did not have to be said again.",
        level=Level.COACH,
    ),
    StarterCode(
        "rule-bent",
        "Someone bent a rule",
        _H,
        "A worker used sense instead of the rule, and it helped.",
        level=Level.PERSON,
    ),
    StarterCode(
        "own-key",
        "A key of one’s own",
        _H,
        "A door that can be locked and opened by oneself, and what that makes possible.",
        system=System.HOUSING,
    ),
    StarterCode(
        "animals",
        "Animals",
        _H,
        "A dog, a cat or another creature that gave company, calm or a reason to get up.",
    ),
    StarterCode(
        "neighbours",
        "Neighbours",
        _H,
        "People living nearby who were kind, curious or simply there.",
        level=Level.PERSON,
    ),
    StarterCode(
        "time-without-a-clock",
        "Time without a clock",
        _H,
        "Being with someone who was not counting the minutes.",
        level=Level.COACH,
    ),
    StarterCode(
        "kept-their-word",
        "Kept their word",
        _H,
        "Someone did what they said they would do, on the day they said it.",
        level=Level.PERSON,
    ),
    StarterCode(
        "written-once",
        "Written down once",
        _H,
        "Things were written down one time and used, so that nobody had to start again.",
        level=Level.ORGANISATION,
    ),
    StarterCode(
        "record-the-person-holds",
        "One record, held by the person",
        _I,
        "One account of what has happened, carried and shown by the person whose life it is.",
        level=Level.LOCAL_AUTHORITY,
    ),
    StarterCode(
        "one-worker-throughout",
        "One worker throughout",
        _I,
        "The same person alongside from first to last, whichever service pays.",
        level=Level.COMMISSIONING,
    ),
    StarterCode(
        "decide-locally",
        "Decide close to people",
        _I,
        "Let those who know the person, and the person, decide about money and rules.",
        level=Level.COMMISSIONING,
    ),
    StarterCode(
        "long-journeys",
        "Long journeys",
        _E,
        "Walking or travelling far to be seen, to sign or to collect something.",
    ),
    StarterCode(
        "waiting",
        "Waiting",
        _E,
        "Time spent not knowing: for a letter, a call, a place, a name to come up.",
    ),
    StarterCode(
        "shame-at-the-desk",
        "Shame at the desk",
        _E,
        "Being spoken to, or having to speak, in front of others in a way that made someone feel small.",
    ),
)
