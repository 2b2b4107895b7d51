"""Why a topic run is refused."""

from nlp.errors import NlpError


class TopicError(NlpError):
    """Base of the refusals of a topic run."""


class TooFewPassages(TopicError):
    """Below the number at which a model says anything that reading would not."""

    def __init__(self, n: int, minimum: int) -> None:
        self.n, self.minimum = n, minimum
        super().__init__(
            f"There are {n} passages, and a topic run needs at least {minimum}: code these by hand."
        )


class PassagesUnreadable(TopicError):
    """The passages cannot be used: two with one id, a passage without text, or vectors that do not fit."""
