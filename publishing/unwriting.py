"""Takes what somebody said, or their name, out of everything an editor typed: pages, drafts, old revisions.

Pages hold quotes by id, and the gate keeps typed words from going live. A draft or an old revision may hold
them all the same, and a real name may have been written where somebody had agreed to be named. Each of these
is rewritten in place here; nothing passes the gate again by it, since only words go.
"""

import secrets
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.images import get_image_model
from wagtail.models import Page, PageLogEntry, Revision
from wagtail.search import index

from enquiries.models import Contributor
from publishing.models.gate import Excuse, ReportToMend
from publishing.models.reports import WisdomsReportPage
from themes.cleaning import Clean, pattern_of_name, real_name
from themes.extracts import without_in


def pages_of(enquiry_id: int) -> list[int]:
    """Ids of the reports of an enquiry and of all that hangs below them, drafts among them."""
    found: set[int] = set()
    for report in WisdomsReportPage.objects.filter(enquiry_id=enquiry_id):
        found.add(report.pk)
        found.update(report.get_descendants().values_list("pk", flat=True))
    return sorted(found)


def clean_newest(enquiry_id: int, clean: Clean) -> int:
    """Rewrite what is live and what editors are working on; how many pages and drafts were changed.

    Few rows, so it can be done in the moment somebody asks; `clean_pages` does the rest of it later.
    """
    changed = 0
    for page in Page.objects.filter(pk__in=pages_of(enquiry_id)).specific():
        changed += _clean_page(page, clean)
        newest = {page.latest_revision_id, page.live_revision_id}
        for revision in Revision.objects.filter(pk__in=newest - {None}):
            changed += _clean_revision(revision, clean)
    return changed


def clean_pages(enquiry_id: int, clean: Clean) -> dict[str, int]:
    """Rewrite pages, revisions, log lines and notes about pages of an enquiry; counts of what was changed."""
    pages = pages_of(enquiry_id)
    counts = {"page_texts": 0, "revisions": 0, "notes_on_pages": 0}
    for page in Page.objects.filter(pk__in=pages).specific():
        counts["page_texts"] += _clean_page(page, clean)
    keys = [str(pk) for pk in pages]
    for revision in Revision.page_revisions.filter(object_id__in=keys).iterator(chunk_size=50):
        counts["revisions"] += _clean_revision(revision, clean)
    for entry in PageLogEntry.objects.filter(page_id__in=pages).iterator(chunk_size=200):
        data, label = without_in(entry.data, clean), clean(entry.label)
        if data != entry.data or label != entry.label:
            PageLogEntry.objects.filter(pk=entry.pk).update(data=data, label=label)
            counts["notes_on_pages"] += 1
    for model, name in ((Excuse, "reason"), (ReportToMend, "detail")):
        rows = model.objects.filter(page_id__in=pages)  # type: ignore[attr-defined]
        for pk, text in rows.exclude(**{name: ""}).values_list("pk", name):
            if clean(text) != text:
                counts["notes_on_pages"] += rows.filter(pk=pk).update(**{name: clean(text)})
    return counts


def _clean_revision(revision: Revision, clean: Clean) -> int:
    content = without_in(revision.content, clean)
    label = clean(revision.object_str)
    if content == revision.content and label == revision.object_str:
        return 0
    Revision.objects.filter(pk=revision.pk).update(content=content, object_str=label)
    return 1


def _clean_page(page: Page, clean: Clean) -> int:
    """Past `save()`, which would ask the gate: no reader sees anything new, and the row must change now."""
    data = page.serializable_data()
    cleaned = without_in(data, clean)
    changes: dict[str, Any] = {}
    for field in page._meta.concrete_fields:
        if field.name in data and cleaned[field.name] != data[field.name]:
            changes[field.name] = field.to_python(cleaned[field.name])
    if not changes:
        return 0
    type(page)._default_manager.filter(pk=page.pk).update(**changes)
    if page.live:
        index.insert_or_update_object(type(page)._default_manager.get(pk=page.pk))
    return 1


def clean_pictures(contributor: Contributor) -> int:
    """Pictures named after the person, in title, description or file name; their renditions are made anew."""
    pattern, name = pattern_of_name(contributor), real_name(contributor)
    if pattern is None:
        return 0
    written = slugify(name)
    found = get_image_model().objects.filter(
        Q(title__icontains=name)
        | Q(description__icontains=name)
        | Q(file__icontains=written)
        | Q(file__icontains=written.replace("-", "_"))
    )
    for picture in found:
        picture.title = pattern.sub(_("a person"), picture.title)
        picture.description = pattern.sub(_("a person"), picture.description)
        old, storage = picture.file.name, picture.file.storage
        with storage.open(old, "rb") as file:
            data = file.read()
        ending = PurePath(old).suffix.lower()
        picture.file.save(f"{secrets.token_hex(8)}{ending}", ContentFile(data), save=False)
        picture.save()
        for rendition in picture.renditions.all():
            rendition.file.delete(save=False)
            rendition.delete()
        storage.delete(old)
    return len(found)
