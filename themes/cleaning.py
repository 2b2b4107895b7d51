"""What takes out of a text that others wrote what somebody no longer allows: their words, their real name."""

import re
from collections.abc import Callable

from django.utils.text import slugify
from django.utils.translation import gettext as _

from enquiries.models import Contributor, Link, Scope
from themes.extracts import Said, said_by, without

# A single word may be anybody's, or no name at all.
LEAST_WORDS_OF_A_NAME = 2

Clean = Callable[[str], str]


def cleaner(
    contributor: Contributor, scopes: frozenset[str], *, beside_reports: bool = False
) -> Clean | None:
    """What takes out of a text what these scopes no longer allow; None where there is nothing to take.

    Args:
        beside_reports: for pages that belong to no enquiry. A colleague's name stands there as somebody to
            ask, and not because they once gave a note, so it stays.
    """
    said = Said()
    if scopes & {Scope.QUOTE_WORDS, Scope.ANALYSE, Scope.TAKE_PART}:
        said = said_by(contributor)
    name = pattern_of_name(contributor) if scopes & {Scope.NAMED_CREDIT, Scope.TAKE_PART} else None
    if beside_reports and not Link.objects.filter(contributor=contributor, person__isnull=False).exists():
        name = None
    if not said and name is None:
        return None

    def clean(text: str) -> str:
        kept = without(text, said)
        return without_name(kept, name) if name is not None else kept

    return clean


def without_name(text: str, name: re.Pattern[str]) -> str:
    """`text` with "a person" in place of a name; in an address or the name of a file, with a stroke in it."""
    said = _("a person")
    return name.sub(lambda found: said if " " in found.group() else said.replace(" ", "-"), text)


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
    """Finds `real_name` in a text, whatever its case and the space between its parts, also as it stands in
    the address of a page or the name of a file; None without one."""
    words = real_name(contributor).split()
    if not words:
        return None
    plain = (slugify(word) or word for word in words)
    ways = (r"\s+".join(map(re.escape, words)), r"[-_\s]+".join(map(re.escape, plain)))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(ways)})(?![^\W_])", re.IGNORECASE)
