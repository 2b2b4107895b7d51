"""Where this app holds something of somebody, for `enquiries.tracing`."""

from collections.abc import Iterable

from wagtail.models import Revision

from enquiries.models import Contributor
from enquiries.tracing import Paths, Place, Whose
from publishing.models.gate import QuoteOnPage
from publishing.models.mixins import GatedPage
from publishing.unwriting import pages_of
from themes.models import Quote

OF_VOICES: Paths = {QuoteOnPage: "quote__contributor"}


def revisions(whose: Whose) -> Iterable[int]:
    """Versions of pages, drafts and old ones too, that hold the id of one of their quotes."""
    quotes = set(Quote.objects.filter(contributor__in=whose.voices).values_list("pk", flat=True))
    if not quotes:
        return
    enquiries = Contributor.objects.filter(pk__in=whose.voices).values_list("enquiry_id", flat=True)
    pages = {str(pk) for enquiry_id in set(enquiries) for pk in pages_of(enquiry_id)}
    for revision in Revision.page_revisions.filter(object_id__in=pages).iterator(chunk_size=50):
        page = revision.as_object()
        if isinstance(page, GatedPage) and quotes & set(page.uses().quotes):
            yield revision.pk


PLACES: dict[str, Place] = {"wagtailcore.revision": revisions}
