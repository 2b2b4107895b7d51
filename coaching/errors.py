class CoachingError(Exception):
    """Base of what can go wrong here; `str()` is a full sentence that says what to do."""


class AnswersRefused(CoachingError):
    """An answer is out of range or is to an item the scale does not have. Nothing was stored."""


class TooSoon(CoachingError):
    """Both wellbeing scales look back two weeks; two completions were closer together than that."""


class NotPossibleNow(CoachingError):
    """The state of the row does not allow the step."""


class DisclosureRefused(CoachingError):
    """A figure would say too much about too few people. Nothing was frozen."""


class TooFewPeople(DisclosureRefused):
    """Fewer people than the threshold stand behind the figure."""


class TooCloseToEarlier(DisclosureRefused):
    """The figure's people differ from those of an earlier figure by too few: subtracting would show them."""


class FileRefused(CoachingError):
    """A file cannot be read as what it was said to be. Nothing was stored."""


class NameInLine(CoachingError):
    """A line that is to hold no names holds the name of somebody the writer works alongside."""
