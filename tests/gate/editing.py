"""What an editor's browser sends from a page's form: every field as it stands, streams of blocks included.

Wagtail draws these forms by script, so they cannot be read out of a page like others.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.forms import BaseFormSet, CheckboxInput
from wagtail import blocks
from wagtail.admin.rich_text import DraftailRichTextArea
from wagtail.models import Page

from accounts.models import User
from tests.walls.forms import Pair


def as_sent(page: Page, by: User) -> list[Pair]:
    """The pairs that the form of this page sends where nothing was changed in it."""
    form = page.get_edit_handler().get_form_class()(instance=page, for_user=by)
    return list(_form(form))


def _form(form: Any) -> Iterator[Pair]:
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if hasattr(field, "block"):
            yield from _block(field.block, value, form.add_prefix(name))
        else:
            yield from _value(field, field.prepare_value(value), form.add_prefix(name))
    formsets: dict[str, BaseFormSet] = getattr(form, "formsets", {})
    for rows in formsets.values():
        yield from _form(rows.management_form)
        for each in rows.forms:
            yield from _form(each)


def _block(block: blocks.Block, value: Any, prefix: str) -> Iterator[Pair]:
    if isinstance(block, blocks.StreamBlock):
        yield from _row_count(value, prefix)
        for at, child in enumerate(value):
            yield (f"{prefix}-{at}-type", child.block_type)
            yield (f"{prefix}-{at}-id", child.id or "")
            yield from _block(child.block, child.value, f"{prefix}-{at}-value")
    elif isinstance(block, blocks.ListBlock):
        yield from _row_count(value, prefix)
        for at, child in enumerate(value.bound_blocks):
            yield (f"{prefix}-{at}-id", child.id or "")
            yield from _block(block.child_block, child.value, f"{prefix}-{at}-value")
    elif isinstance(block, blocks.StructBlock):
        for name, inner in block.child_blocks.items():
            yield from _block(inner, value.get(name), f"{prefix}-{name}")
    elif isinstance(block, blocks.FieldBlock):
        yield from _value(block.field, block.field.prepare_value(block.value_for_form(value)), prefix)


def _row_count(rows: Any, prefix: str) -> Iterator[Pair]:
    yield (f"{prefix}-count", str(len(rows)))
    for at in range(len(rows)):
        yield from ((f"{prefix}-{at}-deleted", ""), (f"{prefix}-{at}-order", str(at)))


def _value(field: Any, value: Any, name: str) -> Iterator[Pair]:
    if isinstance(field.widget, CheckboxInput):
        if value:
            yield (name, "on")
    elif isinstance(field.widget, DraftailRichTextArea):
        yield (name, field.widget.format_value(value) or "")
    elif isinstance(value, list | tuple | models.QuerySet):
        yield from ((name, _plain(each)) for each in value)
    else:
        yield (name, _plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
