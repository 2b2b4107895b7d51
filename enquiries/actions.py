"""Framing an enquiry, and everything up to the moment somebody starts to speak."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Partner, User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, ledger, sweep, tombstones, withdrawal
from enquiries.answers import unsupported
from enquiries.dates import second_wave_due
from enquiries.errors import AlreadyAsked, NotPossibleNow
from enquiries.form_versions import form_in_use, make_first_versions
from enquiries.models import (
    ConsentCapture,
    ConsentEvent,
    ConsentForm,
    ConsentFormat,
    ConsentMethod,
    ConsentState,
    Contributor,
    Conversation,
    ConversationKind,
    Enquiry,
    Link,
    Participation,
    Person,
    ReviewChoice,
    Scope,
    Voice,
    Wave,
    Withdrawal,
    WithdrawalState,
)
from enquiries.overtaken import check_adds_no_yes, taken_back_since
from enquiries.tombstones import Tombstone


@transaction.atomic
def frame_enquiry(
    *,
    partner: Partner,
    title: str,
    question: str,
    place: str,
    cut_off_on: date,
    opened_on: date,
    by: User,
    with_partners: Iterable[Partner] = (),
    form_text: str = "",
    **details: Any,
) -> Enquiry:
    """Frame an enquiry around one question, with its first wave and version 1 of each of its consent forms.

    Args:
        opened_on: first day of listening in wave 1.
        cut_off_on: last day on which words can be taken back from the report; on or after `opened_on`.
        form_text: what the standard form says first, in the team's own words; ours where it is empty.
        details: other fields of `Enquiry`, such as `why`, `lawful_basis`, `analysis_mode`.

    Raises:
        NotYours: the user frames no enquiries at the partner.
        NotPossibleNow: the cut-off lies before the first day of listening.
    """
    check(by, "enquiry.frame", partner)
    if cut_off_on < opened_on:
        raise NotPossibleNow(
            _("Choose a last day for taking words back that is not before the listening starts.")
        )
    enquiry = Enquiry.objects.create(
        partner=partner,
        title=title,
        question=question,
        place=place,
        cut_off_on=cut_off_on,
        framed_by=by,
        **details,
    )
    enquiry.with_partners.set(with_partners, through_defaults={"partner": partner})
    Wave.objects.create(partner=partner, enquiry=enquiry, number=1, opened_on=opened_on)
    make_first_versions(enquiry=enquiry, by=by, text=form_text)
    record("enquiry.framed", by=by, about=enquiry)
    return enquiry


@transaction.atomic
def change_frame(*, enquiry: Enquiry, by: User, **changes: Any) -> Enquiry:
    """Change what an enquiry says about itself. The question stays once somebody has been listened to."""
    check(by, "enquiry.change", enquiry)
    if "question" in changes and changes["question"] != enquiry.question and enquiry.conversations.exists():
        raise NotPossibleNow(
            _("People have already answered this question. Frame a new enquiry to ask another one.")
        )
    for name, value in changes.items():
        setattr(enquiry, name, value)
    enquiry.save(update_fields=list(changes))
    record("enquiry.changed", by=by, about=enquiry, fields=sorted(changes))
    return enquiry


@transaction.atomic
def open_next_wave(*, enquiry: Enquiry, opened_on: date, by: User) -> Wave:
    """Open the next wave. Its window is 12 to 18 calendar months after wave 1; opening outside is refused."""
    check(by, "wave.open", enquiry)
    waves = list(enquiry.waves.select_for_update().order_by("number"))
    due_from, due_until = second_wave_due(waves[0].opened_on)
    if not due_from <= opened_on <= due_until:
        raise NotPossibleNow(
            _("The next round falls due between %(start)s and %(end)s. Choose a day in between.")
            % {"start": f"{due_from:%-d %B %Y}", "end": f"{due_until:%-d %B %Y}"}
        )
    wave = Wave.objects.create(
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        number=waves[-1].number + 1,
        opened_on=opened_on,
        due_from=due_from,
        due_until=due_until,
    )
    record("wave.opened", by=by, about=wave, number=wave.number)
    return wave


@transaction.atomic
def add_contributor(
    *,
    enquiry: Enquiry,
    pseudonym: str,
    by: User,
    voice: str = Voice.PERSON,
    review_choice: str = ReviewChoice.QUOTES,
    person: Person | None = None,
    account: User | None = None,
    helper: str = "",
) -> Contributor:
    """Add a voice under a chosen name. Who stands behind it goes to the link table, if it is known here.

    Args:
        person: the person behind the voice; or
        account: the colleague behind it (a coach, volunteer or leader). Neither may be given, not both.

    A coach may add themselves (`account` is `by`), to give a note; anybody else needs `contributor.add`.
    """
    if account is not None and account == by:
        check(by, ("note.give", "contributor.add"), enquiry.partner_id)
    else:
        check(by, "contributor.add", enquiry)
    if person is not None and enquiry.adults_only and not person.is_adult:
        raise NotPossibleNow(_("This enquiry is for people of 18 and over. Say first that they are."))
    try:
        with transaction.atomic():
            contributor = Contributor.objects.create(
                partner_id=enquiry.partner_id,
                enquiry=enquiry,
                pseudonym=pseudonym.strip(),
                voice=voice,
                review_choice=review_choice,
                helper=helper,
            )
    except IntegrityError as error:
        raise AlreadyAsked(
            _("Someone in this enquiry already goes by “%(name)s”. Choose another name.")
            % {"name": pseudonym}
        ) from error
    if person is not None or account is not None:
        Link.objects.create(
            partner_id=enquiry.partner_id,
            contributor=contributor,
            person=person,
            user=account if not person else None,
        )
    record("contributor.added", by=by, about=contributor, enquiry=enquiry.pk)
    return contributor


@dataclass(frozen=True, slots=True)
class SpokenAt:
    """Where something was said: a conversation, its recording, and the stretch `[start_ms, end_ms)` of it."""

    conversation_id: int
    recording_id: int
    start_ms: int
    end_ms: int

    def fields(self) -> dict[str, int]:
        """By the names of `ConsentEvent`'s fields."""
        return {
            "spoken_conversation": self.conversation_id,
            "spoken_recording": self.recording_id,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
        }


@transaction.atomic
def record_consent(
    *,
    contributor: Contributor,
    wave: Wave,
    decisions: Mapping[str, str],
    by: User | None,
    method: str = ConsentMethod.WRITTEN,
    form_format: str = ConsentFormat.STANDARD,
    form: ConsentForm | None = None,
    decided_at: datetime | None = None,
    copy_given: bool = False,
    capture: ConsentCapture | None = None,
    spoken: SpokenAt | None = None,
) -> list[ConsentEvent]:
    """Add lines to the ledger for the scopes in `decisions`: "granted" or "declined"; others stay.

    Saying yes to a scope without one it needs is refused with a sentence, so that nobody believes that
    something may happen which the gate would stop. Saying no to one scope changes no other; saying no to what
    one had said yes to takes it back, with all that rests on it (see `ledger.turned_round`).

    Args:
        by: who writes it down for the person; None where the person answered by their own link.
        form: the version they were shown; the newest in use in `form_format` when None.
        capture: the asking these lines come of, where there was one (`enquiries.capture`).
        spoken: where it was said in a recording; `method` is then "spoken".

    Raises:
        NotYours: it is not the user's own voice, and they may not keep what others agreed to.
        NotPossibleNow: an unknown scope or decision, a yes that cannot stand, or one from before something
            was taken back that the ledger does not hold.
    """
    if by is not None and not _is_own_voice(contributor, by):
        check(by, "consent.record", contributor)
    # A yes and a taking back at once wait for each other: else each would be written without the other.
    consent.hold([contributor.pk])
    if ConsentState.GRANTED in decisions.values() and sweep.is_going_on(contributor):
        # What is given now would be removed by what was asked before.
        raise NotPossibleNow(
            _("What they took back is still being removed. Ask them again in a few minutes.")
        )
    unknown = set(decisions) - set(Scope.values)
    if unknown or set(decisions.values()) - {ConsentState.GRANTED, ConsentState.DECLINED}:
        raise NotPossibleNow(_("Each question is answered with yes or no. Nothing was kept."))
    found = consent.states(contributor, wave=wave, at=decided_at)
    for problem in unsupported(found, decisions).values():
        raise NotPossibleNow(problem)
    if decided_at is not None and taken_back_since(contributor, decided_at):
        check_adds_no_yes(found, decisions)
    form = form or form_in_use(contributor.enquiry, form_format)
    lines = [
        ConsentEvent(
            partner_id=contributor.partner_id,
            contributor=contributor,
            wave=wave,
            scope=scope,
            decision=decisions[scope],
            decided_at=decided_at or timezone.now(),
            method=method,
            form=form,
            recorded_by=by,
            copy_given=copy_given,
            capture=capture,
            **(spoken.fields() if spoken else {}),
        )
        for scope in Scope.values
        if scope in decisions
    ]
    ConsentEvent.objects.bulk_create(lines)
    record("consent.recorded", by=by, about=contributor, wave=wave.number, scopes=sorted(decisions))
    falling = ledger.turned_round(contributor, wave, before=found)
    if falling:
        _take_back(contributor, falling, by=by, method=method)
    return lines


def _any_form(enquiry: Enquiry) -> ConsentForm:
    """The newest form in use, whatever its kind: taking back must never wait for a form to be written."""
    return enquiry.consent_forms.exclude(in_use_from=None).order_by("-version", "pk")[0]


@transaction.atomic
def withdraw(
    *,
    contributor: Contributor,
    scope: str | Iterable[str],
    by: User | None,
    method: str = ConsentMethod.WRITTEN,
) -> Withdrawal:
    """Take a scope, or several, back in every wave with all that rests on them, and queue the removing.

    When this transaction ends the gate is closed and pages have stopped showing; the sweep removes the rest.
    Scopes that were never agreed to get no line. Taking back twice changes nothing and is not an error: it
    gives back the withdrawal that stands, with its receipt. Whoever never agreed to take part and takes that
    back asks to be forgotten: their name and how to reach them go as they would for anybody.

    Args:
        by: who writes it down for the person; None where the person did it, by their own link.

    Raises:
        NotYours: it is not the user's own voice, and they may not take words back for somebody.
    """
    own = by is not None and _is_own_voice(contributor, by)
    if by is not None and not own:
        check(by, "consent.withdraw", contributor)
    # Two presses at once: the second waits here, and finds it done. And whoever is keeping words at this
    # moment (`consent.hold`) ends first, so that the sweep finds them.
    Contributor.objects.select_for_update().get(pk=contributor.pk)
    named = (scope,) if isinstance(scope, str) else tuple(scope)
    resting = frozenset().union(*(consent.resting_on(each) for each in named))
    falling = ledger.still_to_fall(contributor, resting)
    if Scope.TAKE_PART in named and Scope.TAKE_PART not in falling and not ledger.is_forgotten(contributor):
        falling = [Scope.TAKE_PART.value, *falling]
    if not falling:
        return _standing(contributor, named, method=method)
    return _take_back(contributor, falling, by=by, is_own=own, method=method)


def _take_back(
    contributor: Contributor,
    falling: list[str],
    *,
    by: User | None,
    method: str,
    is_own: bool = False,
    **known: Any,
) -> Withdrawal:
    """Write the ledger lines and the row, call the handlers, queue the sweep.

    `known`: fields of the row that are not new, such as those of a tombstone that is replayed.
    """
    form = _any_form(contributor.enquiry)
    now = timezone.now()
    ahead = ledger.dated_after(contributor, now)
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            partner_id=contributor.partner_id,
            contributor=contributor,
            wave=None,
            scope=other,
            decision=ConsentState.WITHDRAWN,
            decided_at=moment,
            method=method,
            form=form,
            recorded_by=by,
        )
        for other in falling
        for moment in sorted({now, ahead.get(other, now)})
    )
    row = Withdrawal.objects.create(
        partner_id=contributor.partner_id,
        contributor=contributor,
        scopes=falling,
        method=method,
        by=None if is_own else by,
        **known,
    )
    done: dict[str, int] = {}
    for label, handler in withdrawal.at_once_handlers():
        for kind, count in handler(contributor, frozenset(falling)).items():
            done[f"{label}.{kind}"] = count
    record("consent.withdrawn", by=by, about=contributor, scopes=falling, withdrawal=row.pk, **done)
    sweep.defer(row)
    transaction.on_commit(partial(tombstones.keep, sweep.tombstone_of(row)), robust=True)
    return row


def _standing(contributor: Contributor, named: Iterable[str], *, method: str) -> Withdrawal:
    """The latest withdrawal of one of these scopes; where nothing was ever given, a row that says so."""
    rows = Withdrawal.objects.filter(contributor=contributor)
    found = rows.filter(scopes__overlap=list(named)).first() or rows.filter(scopes=[]).first()
    if found is not None:
        # A form may still lie on a phone with a yes that was given between the two.
        found.asked_again_at = timezone.now()
        found.save(update_fields=["asked_again_at"])
        return found
    return Withdrawal.objects.create(
        partner_id=contributor.partner_id,
        contributor=contributor,
        scopes=[],
        method=method,
        state=WithdrawalState.DONE,
        finished_at=timezone.now(),
        steps={sweep.COMPLETED: {}},
    )


@transaction.atomic
def replay_tombstone(*, tombstone: Tombstone) -> Withdrawal | None:
    """Take back in this database what a tombstone says was taken back; None where it does not know the voice.

    For a database put back from a copy. The row that comes of it carries the tombstone's id and time, so
    that a second replay finds it. Call it through the door of the tombstone's partner; then sweep.
    """
    known = Withdrawal.objects.filter(tombstone=tombstone.id).first()
    if known is not None:
        return known
    contributor = Contributor.objects.select_for_update().filter(handle=tombstone.handle).first()
    if contributor is None:
        return None
    return _take_back(
        contributor,
        list(tombstone.scopes),
        by=None,
        method=tombstone.method,
        tombstone=tombstone.id,
        asked_at=datetime.fromisoformat(tombstone.asked_at),
    )


@transaction.atomic
def sweep_again(*, withdrawal: Withdrawal, by: User) -> None:
    """Queue the removing anew, by a press. Where it goes on already, the second finds each step done.

    Raises:
        NotYours: the user does not look after withdrawals at this partner.
        NotPossibleNow: all of it is done.
    """
    check(by, "withdrawal.see", withdrawal)
    if withdrawal.is_done:
        raise NotPossibleNow(_("All of this is removed already. Nothing was changed."))
    Withdrawal.objects.filter(pk=withdrawal.pk).update(tries=0, tried_at=None)
    record("withdrawal.retried", by=by, about=withdrawal)
    sweep.defer(withdrawal)


@transaction.atomic
def note_told(*, withdrawal: Withdrawal, by: User) -> None:
    """Note that somebody was given the confirmation of what was removed. A second press changes nothing.

    Raises:
        NotYours: the user does not look after withdrawals at this partner.
        NotPossibleNow: it is not all removed yet.
    """
    check(by, "withdrawal.see", withdrawal)
    if not withdrawal.is_done:
        raise NotPossibleNow(_("Wait until all of it is removed, then tell them."))
    changed = Withdrawal.objects.filter(pk=withdrawal.pk, told_at=None).update(
        told_at=timezone.now(), told_by=by
    )
    if changed:
        record("withdrawal.told", by=by, about=withdrawal)


def _is_own_voice(contributor: Contributor, user: User) -> bool:
    """Whether the user is the colleague behind this voice, such as a coach who gave a note."""
    return Link.objects.filter(contributor=contributor, user=user).exists()


@transaction.atomic
def add_conversation(
    *,
    enquiry: Enquiry,
    wave: Wave,
    contributors: Sequence[Contributor],
    held_on: date,
    by: User,
    kind: str = ConversationKind.INDIVIDUAL,
    number: int | None = None,
    **details: Any,
) -> Conversation:
    """Set down one act of listening. Everyone who spoke must have said yes to taking part in this wave.

    Args:
        number: continues the enquiry's count when None.
        details: other fields of `Conversation`, such as `place_kind`, `listener`, `language`.

    Raises:
        ConsentMissing: somebody has not said yes to taking part; nothing is stored before that.
        NotPossibleNow: nobody is set down, or a wave or voice of another enquiry is given.
    """
    is_own_reflection = kind == ConversationKind.REFLECTION and all(
        Link.objects.filter(contributor=who, user=by).exists() for who in contributors
    )
    if not (contributors and is_own_reflection):
        check(by, "conversation.add", enquiry)
    if not contributors:
        raise NotPossibleNow(_("Say who spoke. Nothing can be kept before somebody has agreed to take part."))
    if wave.enquiry_id != enquiry.pk or any(who.enquiry_id != enquiry.pk for who in contributors):
        raise NotPossibleNow(_("The round and the people must belong to this enquiry."))
    # The enquiry before its voices, as its clocks lock them.
    Enquiry.objects.select_for_update().get(pk=enquiry.pk)
    consent.hold([who.pk for who in contributors])
    for who in contributors:
        consent.check(who, Scope.TAKE_PART, wave=wave)
    if number is None:
        number = (enquiry.conversations.aggregate(last=Max("number"))["last"] or 0) + 1
    conversation = Conversation.objects.create(
        partner_id=enquiry.partner_id,
        enquiry=enquiry,
        wave=wave,
        number=number,
        kind=kind,
        held_on=held_on,
        added_by=by,
        **details,
    )
    Participation.objects.bulk_create(
        Participation(partner_id=enquiry.partner_id, conversation=conversation, contributor=who, order=order)
        for order, who in enumerate(contributors, start=1)
    )
    record("conversation.added", by=by, about=conversation, enquiry=enquiry.pk, voices=len(contributors))
    return conversation


@transaction.atomic
def add_person(
    *,
    partner_id: int,
    by: User,
    called: str,
    full_name: str = "",
    other_names: Iterable[str] = (),
    is_adult: bool = False,
    ref: str = "",
    **contact: str,
) -> Person:
    """Set down who somebody is, apart from anything they say. `contact`: phone, email, safe_contact.

    Whoever meets people may write this down: those who listen, coaches, and those who bring in coaching
    records. Writing is no reading: nothing here says whether the person was known before.

    Raises:
        NotYours: the user meets nobody on behalf of this partner.
    """
    check(by, ("contributor.add", "relationship.start", "coaching_file.import"), partner_id)
    person = Person.objects.create(
        partner_id=partner_id,
        called=called,
        full_name=full_name,
        other_names=list(other_names),
        is_adult=is_adult,
        ref=ref,
        **contact,
    )
    record("person.added", by=by, about=person)
    return person


@transaction.atomic
def add_voice(*, enquiry: Enquiry, by: User, identity: Mapping[str, Any], **contributor: Any) -> Contributor:
    """Add a voice and, when it is known who they are, the person behind it, in one step."""
    person = None
    if identity.get("called") or identity.get("full_name"):
        check(by, "contributor.add", enquiry)
        person = add_person(
            partner_id=enquiry.partner_id,
            by=by,
            called=identity.get("called") or identity["full_name"],
            full_name=identity.get("full_name", ""),
            other_names=identity.get("other_names", ()),
            is_adult=bool(identity.get("is_adult")),
        )
    return add_contributor(enquiry=enquiry, by=by, person=person, **contributor)
