"""What can go wrong when something is to be published; each carries sentences a person can act on."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _


class PublishingError(Exception):
    """Base of what can go wrong here; `str()` is a full sentence that says what to do."""


class GateClosed(PublishingError, PermissionDenied):
    """A page was to go live and may not. Carries every sentence that stands in the way.

    It is a PermissionDenied too, so that any way of publishing that we do not know of still ends in a
    refusal and not in an error page.
    """

    def __init__(self, title: str, sentences: Sequence[str]) -> None:
        self.sentences = list(sentences)
        super().__init__(
            _("“%(title)s” cannot go live yet. %(reasons)s")
            % {"title": title, "reasons": " ".join(self.sentences)}
        )


class NotAnotherPerson(PublishingError):
    """The second person is the one who wrote the page or asked for the check."""


class NotReadyToSign(PublishingError):
    """There is nothing to sign: the check found something, or the page changed since."""
