"""Keeping one asking: the answers, the form they were asked by, and who was there. Sent twice, kept once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import actions, consent, ledger, overtaken, wishes
from enquiries.errors import AlreadyAsked, NotPossibleNow
from enquiries.models import (
    Company,
    ConsentCapture,
    ConsentForm,
    ConsentMethod,
    ConsentState,
    Contributor,
    Enquiry,
    Link,
    Outcome,
    ReviewChoice,
    Scope,
    Voice,
    Wave,
)

# A clock that says a form has waited longer than this is not believed, and no yes on such a form counts.
LONGEST_WAIT = timedelta(days=180)
# A clock that was wrong and was put right before a form was sent leaves no trace. So a yes has to be so much
# younger than what was taken back before it counts (P).
CLOCKS_DIFFER = timedelta(days=1)
# What somebody prefers is told outside the database too, under this name (`enquiries.wishes`).
SEEING_FIRST = "seeing_first"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ADULTS_ONLY = gettext_lazy("This enquiry is for people of 18 and over. Say first that they are.")


@dataclass(frozen=True)
class Answers:
    """What somebody answered, and how they were asked.

    Attributes:
        decisions: scope → "granted" or "declined"; what was left for another day is not among them.
        review_choice: one of `ReviewChoice`, or "" where it was not asked or not answered.
        answered_at: when, by our own clock; None for now.
        earliest_at: the earliest moment it can have been, where a device's clock was asked; None where
            `answered_at` is sure.
    """

    decisions: Mapping[str, str] = field(default_factory=dict)
    method: str = ConsentMethod.WRITTEN
    company: str = Company.ALONE
    copy_given: bool = False
    review_choice: str = ""
    was_adult: bool = False
    not_today: bool = False
    answered_at: datetime | None = None
    earliest_at: datetime | None = None

    def digest(self, wave: Wave, form: ConsentForm) -> str:
        """Tells a repeat from something else. Keyed, so that nobody can guess answers from it."""
        said = [
            wave.pk,
            form.pk,
            sorted(self.decisions.items()),
            self.method,
            self.company,
            self.copy_given,
            self.review_choice,
            self.not_today,
        ]
        return salted_hmac("enquiries.capture", json.dumps(said), algorithm="sha256").hexdigest()


@dataclass(frozen=True)
class Kept:
    """The asking as it is kept; `was_known` where it had been kept before and nothing was added."""

    capture: ConsentCapture
    was_known: bool

    @property
    def note(self) -> str:
        """What whoever asked has to be told; empty where every answer counts."""
        if self.capture.outcome != Outcome.OVERTAKEN:
            return ""
        return _(
            "No yes on the form of %(name)s counts: something was taken back, perhaps after it was filled "
            "in, or it waited for too long. The form is kept. Ask them again, on a new form."
        ) % {"name": self.capture.contributor.pseudonym}


@transaction.atomic
def capture(
    *,
    contributor: Contributor,
    wave: Wave,
    form: ConsentForm,
    answers: Answers,
    by: User | None,
    key: UUID | None = None,
    came_from_field: bool = False,
) -> Kept:
    """Keep one asking with its lines of the ledger, all of it or nothing.

    A form that waited on a phone while something was taken back is kept as it is, and no yes on it counts,
    for any scope; `Kept.note` says so. Where the phone's clock leaves a doubt, it was before.

    Args:
        form: the version the person was shown; one that was followed by a newer one since still counts.
        by: who writes it down; None where the person answered on their own page.
        key: made where the answers were given; the same key keeps nothing a second time.

    Raises:
        NotYours: the user may not keep what others agreed to.
        NotPossibleNow: nothing was answered, an answer cannot stand, or wave and form are not the enquiry's.
        AlreadyAsked: the key was used for other answers.
    """
    key = key or uuid4()
    known = _kept_before(key, answers.digest(wave, form), contributor.partner_id)
    if known is not None:
        return Kept(known, was_known=True)
    if by is not None:
        check(by, "consent.record", contributor)
    _check_fits(contributor.enquiry_id, wave, form, answers)
    if answers.decisions and not answers.was_adult and must_say_adult(contributor):
        raise NotPossibleNow(str(ADULTS_ONLY))
    answered_at = _believable(answers.answered_at)
    # Against somebody who is taking back at this moment.
    consent.hold([contributor.pk])
    is_overtaken = came_from_field and _is_overtaken(contributor, answers)
    made = ConsentCapture.objects.create(
        partner_id=contributor.partner_id,
        key=key,
        contributor=contributor,
        wave=wave,
        form=form,
        outcome=_outcome(answers, is_overtaken=is_overtaken),
        company=answers.company,
        was_adult=answers.was_adult,
        came_from_field=came_from_field,
        answered_at=answered_at,
        kept_by=by,
        digest=answers.digest(wave, form),
    )
    if answers.not_today:
        record("consent.put_off", by=by, about=contributor, wave=wave.number)
        return Kept(made, was_known=False)
    decisions = answers.decisions
    if is_overtaken:
        assert by is not None
        overtaken.note_overtaken(capture=made, decisions=decisions, by=by, method=answers.method)
        decisions = {scope: said for scope, said in decisions.items() if said != ConsentState.GRANTED}
    if decisions:
        actions.record_consent(
            contributor=contributor,
            wave=wave,
            decisions=decisions,
            by=by,
            method=answers.method,
            form=form,
            decided_at=answered_at,
            copy_given=answers.copy_given,
            capture=made,
        )
    if answers.review_choice and not is_overtaken:
        _prefer(contributor, answers.review_choice, by)
    return Kept(made, was_known=False)


@transaction.atomic
def choose_review(*, contributor: Contributor, choice: str) -> bool:
    """Keep whether somebody wants to see their words first, as they say on their own page.

    A preference, no scope: it opens and shuts nothing, and each choice may follow each.

    Returns:
        whether it changed anything.

    Raises:
        NotPossibleNow: a choice that is none of the three.
    """
    if choice not in ReviewChoice.values:
        raise NotPossibleNow(_("Choose one of the three."))
    # Where they take everything back in this moment, nothing is left that a preference could be about.
    consent.hold([contributor.pk])
    if ledger.is_forgotten(contributor) and not consent.allows(contributor, Scope.TAKE_PART):
        return False
    return _prefer(contributor, choice, None)


def _prefer(contributor: Contributor, choice: str, by: User | None) -> bool:
    if choice == contributor.review_choice:
        return False
    contributor.review_choice = choice
    contributor.save(update_fields=["review_choice"])
    said: dict[str, Any] = {}
    if choice == ReviewChoice.NONE:
        wishes.say_otherwise(kind=SEEING_FIRST, contributor=contributor, key=())
    else:
        wish = wishes.tell(
            kind=SEEING_FIRST,
            contributor=contributor,
            key=(),
            about={"choice": choice},
            said_at=timezone.now(),
        )
        said = {"wish": wish.fact()}
    record("contributor.preference_kept", by=by, about=contributor, choice=choice, **said)
    return True


@transaction.atomic
def capture_in_field(
    *,
    enquiry: Enquiry,
    wave: Wave,
    form: ConsentForm,
    answers: Answers,
    by: User,
    key: UUID,
    pseudonym: str,
    is_known: bool,
    voice: str = Voice.PERSON,
    helper: str = "",
    identity: Mapping[str, Any] | None = None,
) -> Kept:
    """Keep an asking that waited on a phone: of somebody new, or of somebody who has a name here already.

    The phone keeps no list of names. So whoever asks says whether the person is new; where that does not fit
    what we have, nothing is kept, the sentence says so, and the form stays on the phone to be put right.

    Raises:
        NotYours, NotPossibleNow, AlreadyAsked: see `capture`; also a name that is taken, or that nobody has.
    """
    check(by, "consent.record", enquiry)
    known = _kept_before(key, answers.digest(wave, form), enquiry.partner_id)
    if known is not None:
        return Kept(known, was_known=True)
    _check_fits(enquiry.pk, wave, form, answers)
    name = pseudonym.strip()
    if not name:
        raise NotPossibleNow(_("Write the name this person chose."))
    if is_known:
        contributor = Contributor.objects.filter(enquiry=enquiry, pseudonym__iexact=name).first()
        if contributor is None:
            raise NotPossibleNow(
                _(
                    "Nobody here goes by “%(name)s”. Look at the name, or say that they are new. Whoever "
                    "took everything back since has no name here any more: throw such a form away."
                )
                % {"name": name}
            )
    else:
        if answers.not_today:
            raise NotPossibleNow(_("Nothing is kept of somebody new who was not asked today."))
        if enquiry.adults_only and not answers.was_adult:
            raise NotPossibleNow(str(ADULTS_ONLY))
        contributor = actions.add_voice(
            enquiry=enquiry,
            by=by,
            identity={**(identity or {}), "is_adult": answers.was_adult},
            pseudonym=name,
            voice=voice,
            helper=helper,
        )
    return capture(
        contributor=contributor,
        wave=wave,
        form=form,
        answers=answers,
        by=by,
        key=key,
        came_from_field=True,
    )


def must_say_adult(contributor: Contributor) -> bool:
    """Whether the enquiry is for adults, and nobody has said yet that this person is one."""
    if not contributor.enquiry.adults_only:
        return False
    told = ConsentCapture.objects.filter(contributor=contributor, was_adult=True).exists()
    return (
        not told
        and not Link.objects.filter(
            Q(person__is_adult=True) | Q(user__isnull=False), contributor=contributor
        ).exists()
    )


def _outcome(answers: Answers, *, is_overtaken: bool) -> str:
    if answers.not_today:
        return Outcome.NOT_TODAY
    return Outcome.OVERTAKEN if is_overtaken else Outcome.ANSWERED


def _is_overtaken(contributor: Contributor, answers: Answers) -> bool:
    """Whether a yes that waited on a phone may be older than something this person took back, or too old."""
    if ConsentState.GRANTED not in answers.decisions.values():
        return False
    if answers.answered_at is not None and answers.answered_at < timezone.now() - LONGEST_WAIT:
        return True
    given_at = answers.earliest_at or answers.answered_at or timezone.now()
    return overtaken.taken_back_since(contributor, given_at - CLOCKS_DIFFER)


def earliest_by(answered_ms: int, device_ms: int) -> datetime:
    """The earliest moment an answer can have been given, by two readings of a device's clock.

    That clock may be wrong, and may have been put right in between. So the earlier counts of what the two
    readings say apart and of what the first says by itself; a clock that ran backwards says nothing at all.
    """
    if device_ms < answered_ms:
        return _LONG_AGO
    waited = timedelta(milliseconds=device_ms - answered_ms)
    said = datetime.fromtimestamp(answered_ms / 1000, tz=UTC)
    return min(said, timezone.now() - min(waited, LONGEST_WAIT * 10))


def by_our_clock(waited: timedelta) -> datetime:
    """When something happened that a device says was so long ago. Never in the future.

    Only the difference of two readings of the device's clock is believed: a clock that runs ahead would
    otherwise date a yes after a taking back that came later in truth.
    """
    return timezone.now() - max(timedelta(0), waited)


def _kept_before(key: UUID, digest: str, partner_id: int) -> ConsentCapture | None:
    # Sent twice at the same moment, the second waits here until the first is kept.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [key.int & 0x7FFF_FFFF_FFFF_FFFF])
    found = ConsentCapture.objects.filter(key=key).select_related("contributor", "wave").first()
    if found is None:
        return None
    if found.digest != digest or found.partner_id != partner_id:
        raise AlreadyAsked(
            _("Other answers were kept under this number before. Ask once more, on a new form.")
        )
    return found


def _check_fits(enquiry_id: int, wave: Wave, form: ConsentForm, answers: Answers) -> None:
    if wave.enquiry_id != enquiry_id or form.enquiry_id != enquiry_id:
        raise NotPossibleNow(_("The round and the form must belong to this enquiry."))
    if form.is_draft:
        raise NotPossibleNow(_("This form is still being written. Put it into use first."))
    if answers.method == ConsentMethod.TOLD or answers.method not in ConsentMethod.values:
        raise NotPossibleNow(_("Say how they answered: in writing, on the recording, or online."))
    if answers.company not in Company.values or answers.review_choice not in ("", *ReviewChoice.values):
        raise NotPossibleNow(_("One of the answers is none that the form offers. Nothing was kept."))
    if answers.not_today:
        if answers.decisions:
            raise NotPossibleNow(_("Either keep the answers, or say that today is not the day."))
    elif not answers.decisions and not answers.review_choice:
        raise NotPossibleNow(_("Answer at least one question with yes or no, or leave this page."))


def _believable(moment: datetime | None) -> datetime:
    now = timezone.now()
    return moment if moment is not None and now - LONGEST_WAIT <= moment <= now else now
