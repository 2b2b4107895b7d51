"""Takes what somebody said, or their name, out of everything an editor typed: pages, drafts, old revisions.

Pages hold quotes by id, and the gate keeps typed words from going live. A draft or an old revision may hold
them all the same, and a real name may have been written where somebody had agreed to be named. Each of these
is rewritten in place here; nothing passes the gate again by it, since only words go.
"""

import re
import secrets
from collections import Counter
from collections.abc import Collection
from functools import partial
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils.text import slugify
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry, Page, PageLogEntry, Revision
from wagtail.search import index

from enquiries.models import Contributor
from publishing.models.gate import Excuse, ReportToMend
from publishing.models.pages import HomePage, PlainPage, SuitePage
from publishing.models.reports import WisdomsReportPage
from themes.cleaning import Clean, pattern_of_name, real_name, without_name
from themes.extracts import without_in


def pages_of(enquiry_id: int) -> list[int]:
    """Ids of the reports of an enquiry and of all that hangs below them, drafts among them."""
    found: set[int] = set()
    for report in WisdomsReportPage.objects.filter(enquiry_id=enquiry_id):
        found.add(report.pk)
        found.update(report.get_descendants().values_list("pk", flat=True))
    return sorted(found)


def pages_beside() -> list[int]:
    """Ids of the pages that belong to no enquiry: the way in, partners' shelves, plain pages."""
    found: set[int] = set()
    for model in (HomePage, SuitePage, PlainPage):
        found.update(model.objects.values_list("pk", flat=True))
    return sorted(found)


def clean_newest(pages: Collection[int], clean: Clean) -> int:
    """Rewrite what is live and what editors are working on; how many pages and drafts were changed.

    Few rows, so it can be done in the moment somebody asks; `clean_pages` does the rest of it later.
    """
    changed = _clean_addresses(pages, clean)
    for page in Page.objects.filter(pk__in=pages).specific():
        changed += _clean_page(page, clean)
        newest = {page.latest_revision_id, page.live_revision_id}
        for revision in Revision.objects.filter(pk__in=newest - {None}):
            changed += _clean_revision(revision, clean)
    return changed


def clean_pages(pages: Collection[int], clean: Clean) -> Counter[str]:
    """Rewrite pages, revisions, log lines and notes about some pages; counts of what was changed."""
    counts = Counter(page_texts=_clean_addresses(pages, clean), revisions=0, notes_on_pages=0)
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


def _clean_addresses(pages: Collection[int], clean: Clean) -> int:
    """Addresses that say a name: the old one leads nowhere from now on, for a redirect would say it too."""
    changed = 0
    for pk in list(Page.objects.filter(pk__in=pages).order_by("depth").values_list("pk", flat=True)):
        # Read anew: the address of a page above it may have changed its own.
        page = Page.objects.get(pk=pk)
        cleaned = clean(page.slug)
        if cleaned == page.slug:
            continue
        slug = slugify(cleaned) or f"page-{page.pk}"
        if page.get_siblings(inclusive=False).filter(slug=slug).exists():
            slug = f"{slug}-{page.pk}"
        before = page.url_path
        after = f"{before.removesuffix('/').rpartition('/')[0]}/{slug}/"
        Page.objects.filter(pk=page.pk).update(slug=slug, url_path=after)
        page._update_descendant_url_paths(before, after)
        changed += 1
    for redirect in Redirect.objects.all():
        said = f"{redirect.old_path} {redirect.redirect_link}"
        if clean(said) != said:
            redirect.delete()
            changed += 1
    return changed


def _clean_revision(revision: Revision, clean: Clean) -> int:
    content = without_in(revision.content, clean)
    if "slug" in content and content["slug"] != revision.content["slug"]:
        content["slug"] = slugify(content["slug"]) or f"page-{revision.object_id}"
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
        # Its address was seen to before, with those of the pages below it.
        if (
            field.name in data
            and field.name not in ("slug", "url_path")
            and cleaned[field.name] != data[field.name]
        ):
            changes[field.name] = field.to_python(cleaned[field.name])
    if not changes:
        return 0
    type(page)._default_manager.filter(pk=page.pk).update(**changes)
    # Of drafts too: editors search them.
    index.insert_or_update_object(type(page)._default_manager.get(pk=page.pk))
    return 1


def clean_files(contributor: Contributor) -> int:
    """Pictures and documents named after the person, in title, description or file name, and the log of them;
    smaller copies of the pictures are made anew. How many files were changed."""
    pattern, name = pattern_of_name(contributor), real_name(contributor)
    if pattern is None:
        return 0
    for entry in ModelLogEntry.objects.filter(label__icontains=name):
        data = without_in(entry.data, partial(without_name, name=pattern))
        ModelLogEntry.objects.filter(pk=entry.pk).update(label=without_name(entry.label, pattern), data=data)
    written = slugify(name)
    named = (
        Q(title__icontains=name) | Q(file__icontains=written) | Q(file__icontains=written.replace("-", "_"))
    )
    pictures = get_image_model().objects.filter(named | Q(description__icontains=name))
    for picture in pictures:
        picture.description = without_name(picture.description, pattern)
        _clean_file(picture, pattern)
        for rendition in picture.renditions.all():
            rendition.file.delete(save=False)
            rendition.delete()
    documents = get_document_model().objects.filter(named)
    for document in documents:
        _clean_file(document, pattern)
    return len(pictures) + len(documents)


def _clean_file(row: Any, pattern: re.Pattern[str]) -> None:
    """Give a picture or document a title without the name and its file a name by chance; saves it."""
    row.title = without_name(row.title, pattern)
    old, storage = row.file.name, row.file.storage
    with storage.open(old, "rb") as file:
        data = file.read()
    row.file.save(f"{secrets.token_hex(8)}{PurePath(old).suffix.lower()}", ContentFile(data), save=False)
    row.save()
    storage.delete(old)
