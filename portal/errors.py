class PortalError(Exception):
    """Base of what can go wrong on a person's own page; `str()` is a sentence that says what to do."""


class LinkRefused(PortalError):
    """A link cannot be made, sent or used in this way now."""


class AnswerRefused(PortalError):
    """A question or its answer cannot be kept as it was sent."""
