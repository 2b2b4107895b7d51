"""Where this app holds something of somebody, for `enquiries.tracing`."""

from collections.abc import Iterable

from enquiries.tracing import Paths, Place, Whose
from portal.models import PersonalLink, Question

OF_VOICES: Paths = {PersonalLink: "contributor"}


def questions(whose: Whose) -> Iterable[int]:
    """What they asked, and our answers. A row whose words have gone only says that somebody asked."""
    return Question.objects.filter(contributor__in=whose.voices).exclude(said="").values_list("pk", flat=True)


PLACES: dict[str, Place] = {"portal.question": questions}
