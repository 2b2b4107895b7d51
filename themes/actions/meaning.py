"""Themes: patterns of meaning that people write, resting on codes."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent
from enquiries.models import Enquiry, Scope
from themes.errors import DecisionRefused, NameMissing, NameTaken
from themes.models import Code, Quote, QuoteState, Theme, ThemeQuote


@transaction.atomic
def make_theme(*, enquiry: Enquiry, title: str, statement: str, codes: Iterable[Code], by: User) -> Theme:
    """Write a theme.

    Raises:
        NameMissing: no title, no statement or no code.
        NameTaken: the enquiry has a theme of that title.
        DecisionRefused: a code of another enquiry.
    """
    check(by, "theme.write", enquiry)
    chosen = _check(enquiry, title, statement, codes)
    slug = slugify(title)[:80]
    if not slug:
        raise NameMissing(_("Write a title with at least one letter or number in it."))
    if enquiry.themes.filter(slug=slug).exists():
        raise NameTaken(_("There is a theme of that title already. Change that one, or choose another."))
    theme = Theme.objects.create(
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        slug=slug,
        title=title.strip(),
        statement=statement.strip(),
        made_by=by,
    )
    theme.codes.set(chosen, through_defaults={"partner_id": theme.partner_id})
    record("theme.made", by=by, about=theme, code_ids=sorted(code.pk for code in chosen))
    return theme


@transaction.atomic
def change_theme(*, theme: Theme, title: str, statement: str, codes: Iterable[Code], by: User) -> Theme:
    """Change what a theme says or rests on. Its slug stays, since pages point at it."""
    check(by, "theme.write", theme.enquiry)
    chosen = _check(theme.enquiry, title, statement, codes)
    theme.title, theme.statement = title.strip(), statement.strip()
    theme.save(update_fields=["title", "statement"])
    theme.codes.set(chosen, through_defaults={"partner_id": theme.partner_id})
    record("theme.changed", by=by, about=theme, code_ids=sorted(code.pk for code in chosen))
    return theme


@transaction.atomic
def put_quote_to_theme(*, theme: Theme, quote: Quote, by: User) -> ThemeQuote:
    """Say that a quote speaks for a theme. Saying it twice changes nothing.

    Raises ConsentMissing where the speaker does not allow `quote_words`.
    """
    check(by, "theme.write", theme.enquiry)
    if quote.enquiry_id != theme.enquiry_id:
        raise DecisionRefused(_("This quote belongs to another enquiry."))
    consent.hold([quote.contributor_id])
    # As it is now: the quote at hand may have been read before its words were taken back.
    found = Quote.objects.filter(pk=quote.pk).select_related("contributor", "segment__conversation")
    now = found.defer("text", "shown", "segment__text", "segment__embedding").first()
    if now is None or now.state == QuoteState.WITHDRAWN or now.segment is None:
        raise DecisionRefused(_("These words were taken back. Choose another quote."))
    consent.check(now.contributor, Scope.QUOTE_WORDS, wave=now.segment.conversation.wave_id)
    link, is_new = ThemeQuote.objects.get_or_create(
        theme=theme, quote=quote, defaults={"partner_id": theme.partner_id}
    )
    if is_new:
        record("theme.quote_put", by=by, about=theme, quote_id=quote.pk)
    return link


@transaction.atomic
def take_quote_from_theme(*, theme: Theme, quote: Quote, by: User) -> None:
    """Say that a quote does not speak for a theme after all."""
    check(by, "theme.write", theme.enquiry)
    removed, _kinds = ThemeQuote.objects.filter(theme=theme, quote=quote).delete()
    if removed:
        record("theme.quote_taken", by=by, about=theme, quote_id=quote.pk)


def _check(enquiry: Enquiry, title: str, statement: str, codes: Iterable[Code]) -> list[Code]:
    chosen = list(codes)
    if not title.strip():
        raise NameMissing(_("Write a title for the theme."))
    if not statement.strip():
        raise NameMissing(_("Write what you understand, in a sentence or two."))
    if not chosen:
        raise NameMissing(_("Choose at least one code that the theme rests on."))
    if any(code.codebook.enquiry_id != enquiry.pk for code in chosen):
        raise DecisionRefused(_("A code belongs to another enquiry. Choose from this enquiry’s list."))
    return chosen
