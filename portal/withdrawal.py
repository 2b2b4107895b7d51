"""What the person's own page lets go of when they take part no longer."""

from collections.abc import Mapping

from enquiries.models import Contributor, Scope
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
