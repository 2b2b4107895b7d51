"""What can go wrong in making sense. `str()` is a full sentence that says what to do; it carries no words
that anybody said."""


class ThemesError(Exception):
    """Base of what can go wrong here."""


class ReasonMissing(ThemesError):
    """A decision was sent without the reason it must carry."""


class NameMissing(ThemesError):
    """Something must be named before it can be kept."""


class NameTaken(ThemesError):
    """A code or theme of that name is already there."""


class CodeRetired(ThemesError):
    """A retired code takes no new tags."""


class DecisionRefused(ThemesError):
    """The decision cannot be kept as it was sent."""


class StretchUnknown(ThemesError):
    """A stretch of words does not lie inside its passage."""


class PassageClosed(ThemesError):
    """The passage may not be read now: its text is not signed off, or a newer version has taken its place."""


class RunRefused(ThemesError):
    """A topic run or a round of offers cannot start now."""


class WordsTakenBackMeanwhile(ThemesError):
    """Somebody took their words back while the computer was working on them."""


class EditNotAllowed(ThemesError):
    """What is to be shown differs from what was said by more than brackets, cuts and fillers."""


class StepRefused(ThemesError):
    """The quote is not in a state that allows this step."""


class AnotherPersonNeeded(ThemesError):
    """The step must be taken by somebody other than the person who took an earlier one."""
