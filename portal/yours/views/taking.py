"""Taking a copy of everything home."""

from collections.abc import Iterator

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit.actions import record
from portal.yours.copy import Part, parts, zipped
from portal.yours.visits import Visit, YoursRequest, own_page
from transcripts import own


@own_page()
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: YoursRequest) -> HttpResponseBase:
    """What is in the copy; by a press, the copy itself."""
    visit = request.visit
    if request.method != "POST":
        return render(request, "yours/copy.html", {"visit": visit})
    with visit.acting():
        record("personal_copy.taken", by=None, about=visit.contributor, with_helper=visit.with_helper)
    # What is read from the database is read before the answer begins: afterwards no transaction is open.
    texts = list(parts(visit.contributor))
    with visit.acting():
        sounds = list(own.own_files(visit.contributor))
    response = StreamingHttpResponse(
        zipped(_all(visit, texts, sounds), at=timezone.localtime()), content_type="application/zip"
    )
    response["Content-Disposition"] = 'attachment; filename="everything-that-is-mine.zip"'
    return response


def _all(visit: Visit, texts: list[Part], sounds: list[own.OwnFile]) -> Iterator[Part]:
    yield from texts
    for number, sound in enumerate(sounds, start=1):
        yield Part(
            f"my-recording-{number}.{sound.ending}", own.blocks_of(visit.contributor, sound, visit.acting)
        )
