"""The way of a quote, step by step: chosen, heard, names checked, offered, answered, placed.

Each step asks the gate for `quote_words` in the wave the words were said in. Silence is not approval: a
quote that was offered stays offered until the speaker answers.
"""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, wishes
from enquiries.models import Contributor, ReviewChoice, Scope
from themes.edits import check_edits
from themes.errors import AnotherPersonNeeded, DecisionRefused, NameMissing, StepRefused
from themes.models import Attribution, Quote, QuoteState, QuoteStep, ThemeQuote
from themes.passages import check_passage, stretch
from themes.states import move
from transcripts.models import Segment, SourceKind

ANSWERS = frozenset({QuoteState.APPROVED, QuoteState.CHANGED, QuoteState.REFUSED})
LONGEST_SHOWN = 2000
# Told outside the database too, under this name (`enquiries.wishes`).
ANSWER = "quote_answer"


@transaction.atomic
def select_quote(
    *,
    segment: Segment,
    start: int | None = None,
    end: int | None = None,
    by: User,
    shown: str | None = None,
) -> Quote:
    """Put a stretch forward as a quote.

    Args:
        start, end: code points in the passage; the whole passage when neither is given.
        shown: what readers would see, when it differs by allowed edits.

    Raises:
        ConsentMissing: the speaker does not allow `quote_words`.
        PassageClosed, StretchUnknown, EditNotAllowed: see there.
        DecisionRefused: these very words are put forward already.
    """
    check(by, "quote.select", segment)
    check_passage(segment, Scope.QUOTE_WORDS)
    where = stretch(segment, start, end)
    same = Quote.objects.filter(segment=segment, start=where.start, end=where.end)
    if same.exists():
        raise DecisionRefused(_("These words are put forward as a quote already."))
    visible = where.text if shown is None else shown.strip()
    edits = check_edits(where.text, visible)
    quote = Quote.objects.create(
        partner_id=segment.partner_id,
        enquiry_id=segment.conversation.enquiry_id,
        segment=segment,
        contributor_id=segment.contributor_id,
        start=where.start,
        end=where.end,
        text=where.text,
        shown=visible,
        language=segment.conversation.language,
        voice=segment.voice,
        selected_by=by,
    )
    QuoteStep.objects.create(
        partner_id=quote.partner_id, quote=quote, to_state=QuoteState.SELECTED, shown=visible, by=by
    )
    record(
        "quote.selected",
        by=by,
        about=quote,
        segment_id=segment.pk,
        n_cuts=edits.n_cuts,
        n_brackets=edits.n_brackets,
        n_fillers=edits.n_fillers,
    )
    return quote


@transaction.atomic
def mark_heard(*, quote: Quote, by: User, note: str = "") -> Quote:
    """Say that one has held the words against the sound; against the typed text, where there is none."""
    quote = _locked(quote)
    check(by, "quote.check", quote)
    _check_gate(quote)
    what = _("Read against the typed text.") if is_typed(quote) else _("Heard against the sound.")
    _step(quote, QuoteState.HEARD, by=by, note=" ".join(part for part in (what, note.strip()) if part))
    return quote


@transaction.atomic
def mark_pseudonymised(*, quote: Quote, by: User, shown: str | None = None, note: str = "") -> Quote:
    """Say that nobody can be known from the words; brackets may be added in the same step.

    Raises:
        AnotherPersonNeeded: the one who chose the quote cannot be the one who checks it.
        EditNotAllowed: `shown` differs by more than brackets, cuts and fillers.
    """
    quote = _locked(quote)
    check(by, "quote.check", quote)
    _check_gate(quote)
    if quote.selected_by_id == by.pk:
        raise AnotherPersonNeeded(
            _("You chose this quote, so another reader must check it for names. Ask a colleague.")
        )
    visible = quote.shown if shown is None else shown.strip()
    check_edits(quote.text, visible)
    _step(quote, QuoteState.PSEUDONYMISED, by=by, note=note, shown=visible)
    return quote


@transaction.atomic
def offer(*, quote: Quote, by: User, note: str = "") -> Quote:
    """Offer the quote to the speaker, who answers on their own page or through a helper.

    Where the speaker asked not to see quotes first, there is nobody to wait for: the quote is approved at
    once, and the step says why.
    """
    quote = _locked(quote)
    check(by, "quote.check", quote)
    _check_gate(quote)
    if quote.contributor.review_choice == ReviewChoice.NONE:
        why = _("The speaker agreed to quoting and asked not to see quotes first.")
        _step(quote, QuoteState.APPROVED, by=by, note=why)
    else:
        _step(quote, QuoteState.OFFERED, by=by, note=note)
    return quote


@transaction.atomic
def record_answer(*, quote: Quote, answer: str, by: User | None, shown: str = "", note: str = "") -> Quote:
    """Keep the speaker's answer.

    Args:
        answer: approved, changed or refused. Each may follow each: people may change their mind.
        by: the colleague the speaker told, or None when the speaker answered on their own page.
        shown: for `changed`, the words as the speaker wants them. They are the speaker's own, so the rules
            for editors do not bind them; a second person reads every page before it is published.

    Raises:
        ConsentMissing: the speaker does not allow `quote_words` (refusing is always possible).
        StepRefused: the quote was not offered yet.
        DecisionRefused: an answer that is none of the three.
        NameMissing: `changed` without words.
    """
    quote = _locked(quote)
    if by is not None:
        check(by, "quote.check", quote)
    if answer not in ANSWERS:
        raise DecisionRefused(_("The answer must be yes, changed or no."))
    if answer != QuoteState.REFUSED:
        _check_gate(quote)
    if answer in (QuoteState.APPROVED, QuoteState.CHANGED) and quote.state == QuoteState.PSEUDONYMISED:
        raise StepRefused(_("This quote was not offered to the speaker yet. Offer it first."))
    words = shown.strip()
    if _is_pressed_again(quote, answer, words):
        return quote
    if answer == QuoteState.CHANGED:
        if not words:
            raise NameMissing(_("Write the words as the speaker wants them."))
        if len(words) > LONGEST_SHOWN:
            raise DecisionRefused(_("This is too long for a quote. Keep it under 2,000 characters."))
    may_quote = quote.segment is not None and consent.allows(
        quote.contributor, Scope.QUOTE_WORDS, wave=quote.segment.conversation.wave_id
    )
    _step(
        quote,
        answer,
        by=by,
        note=note,
        shown=words if answer == QuoteState.CHANGED else None,
        is_answer=True,
    )
    if not may_quote:
        # A no where the gate is shut already: it is kept, and the words are not kept with it once more.
        quote.steps.filter(to_state=answer).update(shown="")
    return quote


@transaction.atomic
def offer_after_all(*, contributor: Contributor) -> int:
    """Ask somebody about words that were approved without asking, since they want to see them first by now.

    Theirs alone: what they answered themselves stays as they answered it, and so do words that stand on a
    page, which they see on their own page and can take back. Words they no longer let us quote stay shut.

    Returns:
        how many wait for their answer now.
    """
    asked = QuoteStep.objects.filter(quote=OuterRef("pk")).filter(
        Q(to_state=QuoteState.OFFERED) | Q(to_state=QuoteState.APPROVED, by=None)
    )
    rows = (
        Quote.objects.select_for_update(of=("self",))
        .filter(~Exists(asked), contributor=contributor, state=QuoteState.APPROVED, segment__isnull=False)
        .select_related("segment__conversation", "contributor")
        .defer("text", "shown", "segment__text", "segment__embedding")
    )
    n_offered = 0
    for quote in rows:
        assert quote.segment is not None
        wave = quote.segment.conversation.wave_id
        if consent.allows(quote.contributor, Scope.QUOTE_WORDS, wave=wave):
            _step(quote, QuoteState.OFFERED, by=None, note=_("They want to see their words first by now."))
            n_offered += 1
    return n_offered


@transaction.atomic
def place(*, quote: Quote, by: User) -> Quote:
    """Say that the quote stands in a page. A second page changes nothing."""
    quote = _locked(quote)
    check(by, "quote.place", quote)
    _check_gate(quote)
    if quote.state != QuoteState.PLACED:
        _step(quote, QuoteState.PLACED, by=by)
    return quote


@transaction.atomic
def unplace(*, quote: Quote, by: User) -> Quote:
    """Say that the quote stands in no page any more; it goes back to the speaker's last answer."""
    quote = _locked(quote)
    check(by, "quote.place", quote)
    if quote.state != QuoteState.PLACED:
        return quote
    last = quote.steps.filter(to_state=QuoteState.PLACED).order_by("-pk").first()
    back = last.from_state if last and last.from_state in ANSWERS else QuoteState.APPROVED
    _step(quote, back, by=by)
    return quote


@transaction.atomic
def set_attribution(*, quote: Quote, attribution: str, by: User) -> Quote:
    """Say how the speaker is named beside the quote: not at all (as it starts), by role, or by chosen name.

    Raises:
        ConsentMissing: a name needs `named_credit`.
        DecisionRefused: real names are set by the data guardian on the credit itself, not here.
    """
    quote = _locked(quote)
    check(by, "quote.check", quote)
    _check_gate(quote)
    if attribution not in Attribution.values:
        raise DecisionRefused(_("Choose one of the ways to name the speaker."))
    if attribution == Attribution.REAL_NAME:
        raise DecisionRefused(
            _("Only the data guardian sees real names, so none can be set here. Use the chosen name.")
        )
    if attribution == Attribution.CHOSEN_NAME:
        assert quote.segment is not None
        consent.check(quote.contributor, Scope.NAMED_CREDIT, wave=quote.segment.conversation.wave_id)
    quote.attribution = attribution
    quote.save(update_fields=["attribution"])
    record("quote.attributed", by=by, about=quote, attribution=attribution)
    return quote


@transaction.atomic
def drop_quote(*, quote: Quote, by: User, note: str = "") -> Quote:
    """Let go of a quote that readers no longer want to use. The words stay in the passage."""
    quote = _locked(quote, with_words=False)
    check(by, "quote.check", quote)
    if quote.state == QuoteState.PLACED:
        raise StepRefused(_("This quote stands in a page. Take it out there first."))
    _step(quote, QuoteState.WITHDRAWN, by=by, note=note)
    erase_words(quote)
    return quote


def erase_words(quote: Quote) -> None:
    """Take the words out of every step, and the quote out of every theme."""
    quote.steps.update(shown="", note="")
    ThemeQuote.objects.filter(quote=quote).delete()


def is_typed(quote: Quote) -> bool:
    """Whether the words came to us written, so that there is no sound to hold them against."""
    return quote.segment is not None and quote.segment.version.transcript.source != SourceKind.SOUND


def _is_pressed_again(quote: Quote, answer: str, words: str) -> bool:
    """Whether the quote stands at this very answer, so that there is no step to take."""
    if answer == QuoteState.APPROVED:
        return quote.state in (QuoteState.APPROVED, QuoteState.PLACED)
    if answer == QuoteState.REFUSED:
        return bool(quote.state == QuoteState.REFUSED)
    return bool(quote.state == QuoteState.CHANGED and words and words == quote.shown)


def _locked(quote: Quote, *, with_words: bool = True) -> Quote:
    """The quote as it is now, for this transaction alone; without its words where they are only let go.

    Raises:
        StepRefused: whoever said it took everything back since the page was read, and the quote has gone.
    """
    words = () if with_words else ("text", "shown")
    now = (
        Quote.objects.select_for_update(of=("self",))
        .select_related(
            "enquiry", "contributor", "selected_by", "segment__conversation", "segment__version__transcript"
        )
        .defer("segment__text", "segment__embedding", "segment__version__text", *words)
        .filter(pk=quote.pk)
        .first()
    )
    if now is None:
        raise _taken_back()
    return now


def _taken_back() -> StepRefused:
    return StepRefused(_("These words were taken back. They can no longer be used."))


def _check_gate(quote: Quote) -> None:
    """Raise unless the speaker allows quoting in the wave the words were said in."""
    if quote.segment is None:
        raise _taken_back()
    consent.check(quote.contributor, Scope.QUOTE_WORDS, wave=quote.segment.conversation.wave_id)


def _step(
    quote: Quote,
    to: str,
    *,
    by: User | None,
    note: str = "",
    shown: str | None = None,
    is_answer: bool = False,
) -> None:
    before = quote.state
    step = move(quote, to, by=by, note=note, shown=shown)
    record(
        f"quote.{to}",
        by=by,
        about=quote,
        from_state=before,
        **(tell_answer(quote, step) if is_answer else {}),
    )


def tell_answer(quote: Quote, step: QuoteStep) -> dict[str, Any]:
    """Write down outside the database that the speaker said no, or other words; a yes ends what was written.

    Returns:
        what the step's line in the record carries of it.
    """
    key = (quote.pk, quote.selected_at)
    if step.to_state == QuoteState.APPROVED:
        wishes.say_otherwise(kind=ANSWER, contributor=quote.contributor, key=key)
        return {}
    wish = wishes.tell(
        kind=ANSWER,
        contributor=quote.contributor,
        key=key,
        about={
            "quote": quote.pk,
            "selected_at": quote.selected_at.isoformat(),
            "answer": str(step.to_state),
        },
        said_at=step.at,
    )
    return {"wish": wish.fact()}
