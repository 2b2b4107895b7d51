"""What the person's own page lets go of when they take part no longer."""

from collections.abc import Mapping

from enquiries.models import Contributor, Scope
from portal.actions.links import email_of
from portal.letters import letters_to
from portal.models import PersonalLink, Question


def forget(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: their links, and the words of what they asked us and of our answers."""
    if Scope.TAKE_PART not in scopes:
        return {}
    return {
        "personal_links": PersonalLink.objects.filter(contributor=contributor).delete()[0],
        "questions": Question.objects.filter(contributor=contributor)
        .exclude(said="")
        .update(said="", answer=""),
    }


def forget_letters(contributor: Contributor, scopes: frozenset[str]) -> Mapping[str, int]:
    """At `take_part`: letters to them that wait in a folder, while the address to look for is still known."""
    if Scope.TAKE_PART not in scopes:
        return {}
    found = list(letters_to(email_of(contributor.pk)))
    for path in found:
        path.unlink(missing_ok=True)
    return {"letters": len(found)}


STEPS = {"page": forget, "letters": forget_letters}
