"""What coaching lets go of when somebody takes a scope back.

The person's own coaching record stays whole: coaching never depends on any scope.
"""

from collections.abc import Mapping

from coaching.actions.figures import drop_person_from_linked
from coaching.actions.notes import return_notes
from coaching.models import JointDisplay, JointDisplayQuote, ReflectiveNote
from enquiries.models import Contributor, Link, Scope
from themes.cleaning import cleaner


def bring_notes_home(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At once, at `take_part`: notes a coach gave are theirs alone again."""
    if Scope.TAKE_PART not in scopes:
        return {}
    given = ReflectiveNote.objects.filter(conversation__contributors=contributor)
    return {"notes_returned": return_notes(list(given.values_list("pk", flat=True)))}


def leave_displays(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`quote_words`: their quotes leave every joint display, and words of theirs typed into one.

    `named_credit`: their name typed into one.
    """
    clean = cleaner(contributor, scopes)
    cut = 0
    for display in JointDisplay.objects.filter(enquiry_id=contributor.enquiry_id) if clean else ():
        assert clean is not None
        texts = {name: clean(getattr(display, name)) for name in ("topic", "heard", "reading")}
        if any(getattr(display, name) != text for name, text in texts.items()):
            cut += JointDisplay.objects.filter(pk=display.pk).update(**texts)
    if not scopes & {Scope.QUOTE_WORDS, Scope.ANALYSE}:
        return {"joint_displays": cut}
    read = JointDisplayQuote.objects.filter(quote__contributor=contributor)
    return {"joint_display_quotes": read.delete()[0], "joint_displays": cut}


def leave_figures(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """`link_coaching`: they are no longer counted among linked people; unpublished figures are made anew.

    Runs before the link itself goes, since it is found by the link; a second run finds nobody counted.
    """
    if Scope.LINK_COACHING not in scopes:
        return {}
    link = Link.objects.filter(contributor=contributor, person__isnull=False).first()
    if link is None or link.person_id is None:
        return {}
    return drop_person_from_linked(person_id=link.person_id, enquiry=contributor.enquiry)


STEPS = {"displays": leave_displays, "figures": leave_figures}
