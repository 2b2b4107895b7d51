"""The one base class for everything that this package refuses to do."""


class NlpError(Exception):
    """Something could not be done; `str(error)` is one full sentence that says what to do next.

    The sentence names no person and quotes no text, so it may be stored as the reason of a failed job.
    """
