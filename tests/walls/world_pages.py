"""What the marked world has in the editor: live pages and drafts, pictures, documents, a gate."""

import io
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from PIL import Image
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Locale, Page, Site

from accounts.models import Role
from coaching.models import FigurePerson
from enquiries.models import (
    Enquiry,
    Person,
)
from publishing import actions as publishing_actions
from publishing.editors import editors_group
from publishing.models import Excuse, FrozenShare, HomePage, ReportToMend, SuitePage
from tests.factories import publishing as pages
from themes.models import (
    Quote,
    Theme,
)

if TYPE_CHECKING:
    from tests.walls.world import Side


def publish(side: "Side") -> None:
    keep, draft, partner = side.objects, side.word("draft"), side.partner
    editor, second = side.first[Role.EDITOR], side.first[Role.REVIEWER]
    shelf = SuitePage.objects.get(partner=partner)
    keep["shelf"].append(shelf.pk)
    inner = pages.World(
        partner=partner,
        editor=editor,
        second=second,
        enquiry=Enquiry.objects.get(pk=keep["enquiry"][0]),
        home=HomePage.objects.get(),
        shelf=shelf,
    )
    figure = inner.figure()
    keep["figure"].append(figure.pk)
    word = side.word("figure")
    figure.title, figure.safe = word, {**figure.safe, "heading": word, "caption": word}
    figure.save()
    quote = Quote.objects.get(pk=keep["approved_quote"][0])
    display = inner.display(
        quote,
        theme=Theme.objects.get(pk=keep["theme"][0]),
        figure=figure,
        topic=f"Starting again {word}",
    )
    keep["display"].append(display.pk)
    # Live, for everyone: what stands on it carries no mark.
    report = pages.full_report(inner, title=f"Wisdoms of partner {side.letter}")
    wisdom = pages.full_wisdom(inner, report, title=f"A Wisdom of partner {side.letter}")
    inner.go_live(Page.objects.get(pk=report.pk).specific)
    inner.go_live(Page.objects.get(pk=wisdom.pk).specific)
    keep["live_page"] += [report.pk, wisdom.pk]
    # A draft, for its editors.
    waiting = inner.report(
        title=f"Not live {draft}", in_short=draft, introduction=[("prose", f"<p>{draft}</p>")]
    )
    still = inner.wisdom(waiting, title=f"Not yet a Wisdom {draft}", heard=[("prose", f"<p>{draft}</p>")])
    keep["page"] += [waiting.pk, still.pk]
    publishing_actions.run_gate(page=Page.objects.get(pk=still.pk).specific, by=editor)
    FigurePerson.objects.create(
        partner=partner, figure=figure, person=Person.objects.filter(partner=partner).order_by("pk")[0]
    )
    FrozenShare.objects.create(
        partner=partner,
        page=Page.objects.get(pk=still.pk),
        theme=Theme.objects.get(pk=keep["theme"][0]),
        band="a_few",
    )
    Excuse.objects.create(
        partner=partner,
        page=Page.objects.get(pk=waiting.pk),
        word="fix",
        reason=f"{draft} said so.",
        excused_by=editor,
    )
    row = ReportToMend.objects.create(
        partner=partner,
        page=Page.objects.get(pk=report.pk),
        reason=ReportToMend.reason.field.choices[0][0],
        detail=draft,
    )
    keep["to_mend"].append(row.pk)
    for page_id in (waiting.pk, still.pk):
        revision = Page.objects.get(pk=page_id).latest_revision
        assert revision is not None
        keep["revision"].append(revision.pk)
    collection = Collection.objects.get(name=f"Pictures of partner {partner.pk}")
    keep["collection"].append(collection.pk)
    image = get_image_model().objects.create(
        title=f"A picture {draft}",
        collection=collection,
        uploaded_by_user=editor,
        file=ContentFile(_dot(), name=f"{draft}.png"),
    )
    keep["image"].append(image.pk)
    document = get_document_model().objects.create(
        title=f"A document {draft}",
        collection=collection,
        uploaded_by_user=editor,
        file=ContentFile(draft.encode(), name=f"{draft}.txt"),
    )
    keep["document"].append(document.pk)


def share(side: "Side") -> None:
    """Rows of Wagtail's own that belong to no partner: everyone's key is the same."""
    side.objects["site"].append(Site.objects.get().pk)
    side.objects["locale"].append(Locale.objects.order_by("pk")[0].pk)
    side.objects["group"].append(Group.objects.get(name=editors_group(side.partner)).pk)


def _dot() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()
