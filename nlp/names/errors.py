"""Why names could not be looked for."""

from nlp.errors import NlpError


class NameFindingError(NlpError):
    """Base of what goes wrong while looking for names."""


class SpacyModelMissing(NameFindingError):
    """A spaCy pipeline was asked for that is neither a folder here nor an installed package."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"The spaCy pipeline {model!r} is neither a folder nor an installed package: "
            f"run `make models`, or give the folder of a pipeline."
        )


class SpacyModelUnreadable(NameFindingError):
    """The spaCy pipeline is there but does not load."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"The spaCy pipeline {model!r} cannot be loaded (damaged, or made for another spaCy version): "
            f"fetch it again with `make models`."
        )
