"""What coaches write, who may read it, and giving it to an enquiry and taking it back."""

import re
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from accounts.permissions import check
from audit.actions import record
from coaching import states
from coaching.errors import NameInLine, NotPossibleNow
from coaching.models import BarrierSighting, NoteTemplate, NoteVisibility, ReflectiveNote
from coaching.permissions import check_own_note
from coaching.reflection import written_parts
from coaching.selectors import own_contributor, relationships_for
from enquiries import consent
from enquiries.actions import add_contributor, add_conversation, record_consent, withdraw
from enquiries.models import (
    ConsentMethod,
    Contributor,
    ConversationKind,
    Enquiry,
    Link,
    ReviewChoice,
    Scope,
    Voice,
)
from transcripts.actions import TypedTurn, import_turns
from transcripts.models import SourceKind

LONGEST_PART = 20_000
# Room is left for a number, where somebody goes by that name already.
LONGEST_CHOSEN_NAME = 50
# A single letter is a word too often to be taken for a name.
SHORTEST_NAME = 2


@transaction.atomic
def write_note(
    *,
    partner: Partner,
    by: User,
    parts: Mapping[str, str],
    template: str = NoteTemplate.FREE,
    written_on: date | None = None,
) -> ReflectiveNote:
    """Keep a reflection. It starts private: its author alone can read it.

    Args:
        parts: what was written, by the keys of the template's steps; steps may be left out.

    Raises:
        NotYours: the user does not coach at the partner.
        NotPossibleNow: nothing was written, a part is too long, or a day is yet to come.
    """
    check(by, "note.write", partner)
    kept = _checked_parts(template, parts)
    note = ReflectiveNote.objects.create(
        partner=partner,
        author=by,
        template=template,
        parts=kept,
        written_on=_checked_day(written_on),
    )
    record("note.written", by=by, about=note)
    return note


@transaction.atomic
def rewrite_note(
    *, note: ReflectiveNote, by: User, parts: Mapping[str, str], written_on: date | None = None
) -> ReflectiveNote:
    """Change one's own note. A contributed one is taken back first, since the enquiry reads its own copy."""
    locked = _own(note, by)
    if locked.visibility == NoteVisibility.CONTRIBUTED:
        raise NotPossibleNow(_("An enquiry has this note. Take it back first, then change it."))
    locked.parts = _checked_parts(locked.template, parts)
    if written_on is not None:
        locked.written_on = _checked_day(written_on)
    locked.save(update_fields=["parts", "written_on", "changed_at"])
    record("note.changed", by=by, about=locked)
    return locked


@transaction.atomic
def remove_note(*, note: ReflectiveNote, by: User) -> None:
    """Throw one's own note away. A contributed one is taken back first."""
    locked = _own(note, by)
    if locked.visibility == NoteVisibility.CONTRIBUTED:
        raise NotPossibleNow(_("An enquiry has this note. Take it back first, then throw it away."))
    record("note.removed", by=by, about=locked)
    locked.delete()


@transaction.atomic
def share_note(*, note: ReflectiveNote, by: User) -> ReflectiveNote:
    """Let the other coaches of the partner read it. Managers and researchers still cannot."""
    locked = _own(note, by)
    states.check_note_step(locked.visibility, NoteVisibility.SHARED)
    return _set_visibility(locked, NoteVisibility.SHARED, by)


@transaction.atomic
def keep_note_private(*, note: ReflectiveNote, by: User) -> ReflectiveNote:
    """Close a shared note again."""
    locked = _own(note, by)
    if locked.visibility == NoteVisibility.CONTRIBUTED:
        raise NotPossibleNow(_("An enquiry has this note. Take it back first."))
    states.check_note_step(locked.visibility, NoteVisibility.PRIVATE)
    return _set_visibility(locked, NoteVisibility.PRIVATE, by)


@transaction.atomic
def contribute_note(
    *,
    note: ReflectiveNote,
    enquiry: Enquiry,
    by: User,
    decisions: Mapping[str, str],
    pseudonym: str = "",
    review_choice: str = ReviewChoice.QUOTES,
) -> ReflectiveNote:
    """Give a copy of the note to an enquiry, where it becomes a source like any other.

    The coach speaks as a contributor (voice coach, linked by account) and is asked scope by scope like
    everybody else. The copy is then checked, has its names taken out, and is read; the note stays theirs.

    Args:
        decisions: "granted" or "declined" by scope, for scopes not answered in this round yet.
        pseudonym: chosen name, with a number where it is taken; "Coach 1" and so on when left empty. Kept
            from an earlier contribution.

    Raises:
        NotYours: not the author, or no coach at the enquiry's partner.
        NotPossibleNow: the enquiry has closed or has no round, or the note is with an enquiry already.
        ConsentMissing: taking part was not agreed to; nothing was stored.
    """
    locked = _own(note, by)
    check(by, "note.give", enquiry.partner_id)
    if locked.partner_id != enquiry.partner_id:
        raise NotPossibleNow(_("This note was written at another partner. Write it anew here."))
    states.check_note_step(locked.visibility, NoteVisibility.CONTRIBUTED)
    # Two notes given at once would both make the coach's voice in this enquiry.
    Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    wave = enquiry.waves.order_by("-number").first()
    if enquiry.closed_at is not None or wave is None:
        raise NotPossibleNow(_("This enquiry takes nothing more in. Choose another."))
    contributor = own_contributor(by, enquiry) or _add_own_voice(enquiry, by, pseudonym, review_choice)
    if decisions:
        record_consent(
            contributor=contributor,
            wave=wave,
            decisions=decisions,
            by=by,
            method=ConsentMethod.ONLINE,
            copy_given=True,
        )
    consent.check(contributor, Scope.TAKE_PART, wave=wave)
    conversation = add_conversation(
        enquiry=enquiry,
        wave=wave,
        contributors=[contributor],
        held_on=locked.written_on,
        by=by,
        kind=ConversationKind.REFLECTION,
    )
    import_turns(
        conversation=conversation,
        turns=[
            TypedTurn(contributor, text) for text in written_parts(locked.template, locked.parts).values()
        ],
        by=by,
        source=SourceKind.NOTE,
    )
    locked.visibility = NoteVisibility.CONTRIBUTED
    locked.conversation, locked.contributed_at = conversation, timezone.now()
    locked.save(update_fields=["visibility", "conversation", "contributed_at", "changed_at"])
    record("note.contributed", by=by, about=locked, enquiry=enquiry.pk, conversation=conversation.pk)
    return locked


@transaction.atomic
def take_note_back(*, note: ReflectiveNote, by: User) -> ReflectiveNote:
    """Take one's words back from an enquiry: everything that came of them goes, as for anybody who spoke.

    A voice withdraws as a whole, so every note its author gave to this enquiry comes back and is private
    again; each can be given anew. Raises NotPossibleNow where the note is with no enquiry.
    """
    # The voice before its notes, as whoever takes it back in any other way locks them.
    consent.hold(
        Link.objects.filter(user=by, contributor__partner_id=note.partner_id).values_list(
            "contributor_id", flat=True
        )
    )
    locked = _own(note, by)
    if locked.conversation is None:
        raise NotPossibleNow(_("No enquiry has this note. Nothing was changed."))
    contributor = own_contributor(by, locked.conversation.enquiry)
    if contributor is not None:
        withdraw(contributor=contributor, scope=Scope.TAKE_PART, by=by, method=ConsentMethod.ONLINE)
    locked.refresh_from_db()
    if locked.visibility == NoteVisibility.CONTRIBUTED:
        # Everything had been taken back before; only the note itself had not come home.
        return_notes([locked.pk])
        locked.refresh_from_db()
    record("note.taken_back", by=by, about=locked)
    return locked


def return_notes(ids: list[int]) -> int:
    """Make contributed notes private again and forget where they were given; gives their number."""
    return ReflectiveNote.objects.filter(pk__in=ids, visibility=NoteVisibility.CONTRIBUTED).update(
        visibility=NoteVisibility.PRIVATE, conversation=None, contributed_at=None
    )


@transaction.atomic
def record_sighting(*, partner: Partner, by: User, text: str, seen_on: date | None = None) -> BarrierSighting:
    """Keep one line on what got in the way.

    Raises:
        NotYours: the user does not coach at the partner.
        NotPossibleNow: nothing was written, it is longer than a line, or the day is yet to come.
        NameInLine: it names somebody the coach works alongside.
    """
    check(by, "sighting.record", partner)
    line = " ".join(text.split())
    if not line:
        raise NotPossibleNow(_("Write what got in the way. One line is enough."))
    longest = BarrierSighting._meta.get_field("text").max_length or 0
    if len(line) > longest:
        raise NotPossibleNow(_("That is longer than a line. Keep it under %(n)s letters.") % {"n": longest})
    for called in relationships_for(by).values_list("person__called", flat=True):
        if len(called) >= SHORTEST_NAME and re.search(rf"\b{re.escape(called)}\b", line, re.IGNORECASE):
            raise NameInLine(_("That line names somebody you walk alongside. Say it without the name."))
    sighting = BarrierSighting.objects.create(
        partner=partner, author=by, text=line, seen_on=_checked_day(seen_on)
    )
    record("sighting.recorded", by=by, about=sighting)
    return sighting


@transaction.atomic
def remove_sighting(*, sighting: BarrierSighting, by: User) -> None:
    """Take one's own line away."""
    check_own_note(by, sighting)
    record("sighting.removed", by=by, about=sighting)
    sighting.delete()


def _add_own_voice(enquiry: Enquiry, by: User, pseudonym: str, review_choice: str) -> Contributor:
    """The coach's voice, under the name they chose; under a number beside it where somebody has that name.

    A coach is not told that a name is taken: it would tell them by what name somebody takes part.
    """
    taken = set(enquiry.contributors.values_list("pseudonym", flat=True))
    chosen = " ".join(pseudonym.split())[:LONGEST_CHOSEN_NAME]
    numbered = (f"{chosen or _('Coach')} {n}" for n in range(2 if chosen else 1, len(taken) + 3))
    names = [chosen, *numbered] if chosen else numbered
    return add_contributor(
        enquiry=enquiry,
        pseudonym=next(name for name in names if name not in taken),
        by=by,
        voice=Voice.COACH,
        review_choice=review_choice,
        account=by,
    )


def _own(note: ReflectiveNote, by: User) -> ReflectiveNote:
    """The note as it stands in the database, locked; raises NotYours unless `by` wrote it."""
    check_own_note(by, note)
    return ReflectiveNote.objects.select_for_update().get(pk=note.pk)


def _set_visibility(note: ReflectiveNote, to: str, by: User) -> ReflectiveNote:
    before, note.visibility = note.visibility, to
    note.save(update_fields=["visibility", "changed_at"])
    record("note.visibility_changed", by=by, about=note, before=before, after=str(to))
    return note


def _checked_parts(template: str, parts: Mapping[str, str]) -> dict[str, str]:
    if template not in NoteTemplate.values:
        raise NotPossibleNow(_("Choose one of the ways of writing offered."))
    kept = written_parts(template, dict(parts))
    if not kept:
        raise NotPossibleNow(_("Write something first. A line is enough."))
    if any(len(text) > LONGEST_PART for text in kept.values()):
        raise NotPossibleNow(_("That is very long. Keep it as two notes."))
    if any("\x00" in text for text in kept.values()):
        raise NotPossibleNow(_("There is a broken character in the text. Take it out and keep it again."))
    return kept


def _checked_day(day: date | None) -> date:
    today = timezone.localdate()
    if day is not None and day > today:
        raise NotPossibleNow(_("That day is yet to come. Choose today or a day before."))
    return day or today
