"""Where this app holds something of somebody, for `enquiries.tracing`."""

from collections.abc import Iterable

from enquiries.models import Person
from enquiries.tracing import Paths, Place, Whose
from portal.letters import letters_to
from portal.models import PersonalLink, Question

OF_VOICES: Paths = {PersonalLink: "contributor"}


def questions(whose: Whose) -> Iterable[int]:
    """What they asked, and our answers. A row whose words have gone only says that somebody asked."""
    return Question.objects.filter(contributor__in=whose.voices).exclude(said="").values_list("pk", flat=True)


def letters(whose: Whose) -> Iterable[str]:
    """Letters to them that lie in a folder, where no mail server sends any."""
    for email in Person.objects.filter(pk__in=whose.people).values_list("email", flat=True):
        yield from (path.name for path in letters_to(email))


PLACES: dict[str, Place] = {"portal.question": questions, "mail.letter": letters}
