"""What takes out of a text that others wrote what somebody no longer allows: their words, their real name."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from enquiries.models import Contributor, Link, Scope
from themes.extracts import Said, said_by, without

# A single word may be anybody's, or no name at all.
LEAST_WORDS_OF_A_NAME = 2

Clean = Callable[[str], str]


def cleaner(contributor: Contributor, scopes: frozenset[str]) -> Clean | None:
    """What takes out of a text what these scopes no longer allow; None where there is nothing to take."""
    said = Said()
    if scopes & {Scope.QUOTE_WORDS, Scope.ANALYSE, Scope.TAKE_PART}:
        said = said_by(contributor)
    name = pattern_of_name(contributor) if scopes & {Scope.NAMED_CREDIT, Scope.TAKE_PART} else None
    if not said and name is None:
        return None

    def clean(text: str) -> str:
        kept = without(text, said)
        return name.sub(_("a person"), kept) if name is not None else kept

    return clean


def real_name(contributor: Contributor) -> str:
    """The full name of the person behind the voice, where it is known and long enough to be told apart."""
    link = Link.objects.filter(contributor=contributor).select_related("person", "user").first()
    name = ""
    if link is not None and link.person is not None:
        name = link.person.full_name
    elif link is not None and link.user is not None:
        name = link.user.name
    return name.strip() if len(name.split()) >= LEAST_WORDS_OF_A_NAME else ""


def pattern_of_name(contributor: Contributor) -> re.Pattern[str] | None:
    """Finds `real_name` in a text, whatever its case and the space between its parts; None without one."""
    words = real_name(contributor).split()
    if not words:
        return None
    return re.compile(r"(?<!\w)" + r"\s+".join(re.escape(word) for word in words) + r"(?!\w)", re.IGNORECASE)
