"""Making, sending and ending a person's link, and finding out that it is they who came."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts import wall
from accounts.models import User
from accounts.permissions import check
from audit.actions import record
from enquiries import consent, sweep, wishes
from enquiries.models import Contributor, Link, Scope
from portal.errors import LinkRefused
from portal.models import PersonalLink
from portal.yours import tokens

LASTS = timedelta(days=180)
CODE_LASTS = timedelta(minutes=15)
CODE_DIGITS = 6
SHORTEST_WORD = 4
# After so many wrong answers in all, a link leads nowhere until a colleague makes a new one.
MOST_MISSES = 20
# Told outside the database too, under this name (`enquiries.wishes`).
ENDED = "link_ended"


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link, with what stands on its card. Nobody can be shown this a second time."""

    link: PersonalLink
    code: str
    token: str


@transaction.atomic
def make_link(
    *, contributor: Contributor, by: User, word: str = "", lasts: timedelta = LASTS, code: str = ""
) -> MadeLink:
    """Make a link to somebody's own page. Earlier ones go on until they end or are ended.

    Args:
        word: agreed with the person face to face; without one, they confirm with a code.
        code: for the demo, whose card can be shown again; a new one by chance when empty.

    Raises:
        NotYours: the user makes no links at the partner.
        LinkRefused: a word that anybody would guess, or everything they told us is being removed.
    """
    check(by, "personal_link.make", contributor)
    consent.hold([contributor.pk])
    if sweep.is_going_on(contributor, Scope.TAKE_PART):
        raise LinkRefused(
            _("They took everything back, and it is being removed. Try again in a few minutes.")
        )
    plain = _plain(word)
    if plain and len(plain) < SHORTEST_WORD:
        raise LinkRefused(_("Agree on a word of four letters or more."))
    if plain and plain == _plain(contributor.pseudonym):
        raise LinkRefused(_("The chosen name is known to others. Agree on another word."))
    code = code or tokens.new_code()
    link = PersonalLink.objects.create(
        partner_id=contributor.partner_id,
        contributor=contributor,
        digest=tokens.digest_of(code),
        word=make_password(plain) if plain else "",
        made_by=by,
        expires_at=timezone.now() + lasts,
    )
    record("personal_link.made", by=by, about=contributor, link=link.pk, has_word=bool(plain))
    return MadeLink(link, code, tokens.address(link.partner_id, link.pk, code))


@transaction.atomic
def send_link(*, made: MadeLink, by: User, address: str, language: str = "en") -> None:
    """Send a new link to the e-mail address kept for the person.

    Args:
        address: the whole web address of the page, in that language.

    Raises:
        LinkRefused: no e-mail address is kept.
    """
    check(by, "personal_link.make", made.link)
    email = email_of(made.link.contributor_id)
    if not email:
        raise LinkRefused(_("We hold no e-mail address for this person. Print a card instead."))
    _post(email, "link", language, {"address": address, "link": made.link})
    record("personal_link.sent", by=by, about=made.link.contributor, link=made.link.pk)


@transaction.atomic
def end_link(*, link: PersonalLink, by: User) -> None:
    """End a link, and every visit by it that is under way. Ending it twice changes nothing."""
    check(by, "personal_link.make", link)
    now = timezone.now()
    ended = PersonalLink.objects.filter(pk=link.pk, revoked_at=None).update(
        revoked_at=now, generation=F("generation") + 1
    )
    if ended:
        wish = wishes.tell(
            kind=ENDED,
            contributor=link.contributor,
            key=(link.pk, link.made_at),
            about={
                "link": link.pk,
                "made_at": link.made_at.isoformat(),
                "until": link.expires_at.isoformat(),
            },
            said_at=now,
        )
        record("personal_link.ended", by=by, about=link.contributor, link=link.pk, wish=wish.fact())


def email_of(contributor_id: int) -> str:
    """The e-mail address of the person behind a voice; empty where none is kept."""
    row = Link.objects.filter(contributor_id=contributor_id).select_related("person").first()
    return row.person.email if row is not None and row.person is not None else ""


# --- Finding ------------------------------------------------------------------------------------------
def find(token: str) -> PersonalLink | None:
    """The link an address leads to, or None where it leads nowhere, for whatever reason.

    What was made up, has ended, was ended by us or never was takes the same steps: one reading of an
    address, one question to the database, one comparison.
    """
    said = tokens.read(token)
    with wall.acting_for(partners=[said.partner_id]):
        link = (
            PersonalLink.objects.select_related("contributor__enquiry__partner")
            .filter(pk=said.link_id)
            .first()
        )
    is_its_code = tokens.is_one_of(link.digest if link else "", tokens.digests_of(said.code))
    if link is None or not (said.is_signed and is_its_code and link.is_open):
        return None
    return link if link.misses < MOST_MISSES else None


def note_refused(token: str = "") -> None:
    """Write down that somebody came by an address, or typed a code, that leads nowhere: by the number of the
    link where it is one of ours that has ended, and without any where it was made up."""
    said = tokens.read(token)
    link = PersonalLink(pk=said.link_id, partner_id=said.partner_id) if said.is_signed else None
    with wall.acting_for(partners=[said.partner_id]):
        record("personal_link.refused", by=None, about=link)


def find_typed(text: str) -> str | None:
    """The address of the link whose code was typed from a card; None where there is none."""
    code = tokens.typed_code(text)
    row = None
    for digest in tokens.digests_of(code):
        with connection.cursor() as cursor:
            cursor.execute("select partner_id, link_id from personal_link_of(%s)", [digest])
            found = cursor.fetchone()
        if found is not None and found[0] is not None:
            row = found
    if row is None:
        return None
    token = tokens.address(row[0], row[1], code)
    return token if find(token) is not None else None


# --- Confirming ---------------------------------------------------------------------------------------
@transaction.atomic
def send_code(*, link: PersonalLink, language: str = "en") -> bool:
    """Send six digits to the person's e-mail address; False where none is kept. Their own act."""
    email = email_of(link.contributor_id)
    if not email:
        return False
    _post(email, "code", language, {"code": _new_code(link)})
    record("personal_link.code_sent", by=None, about=link.contributor, link=link.pk)
    return True


@transaction.atomic
def read_out_code(*, link: PersonalLink, by: User) -> str:
    """Make six digits that a colleague reads to the person on the phone. They hold for a quarter of an hour.

    Raises:
        LinkRefused: the link has ended.
    """
    check(by, "personal_link.make", link)
    if not link.is_open or link.misses >= MOST_MISSES:
        raise LinkRefused(_("This link has ended. Make a new one."))
    code = _new_code(link)
    record("personal_link.code_read_out", by=by, about=link.contributor, link=link.pk)
    return code


def _new_code(link: PersonalLink) -> str:
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    PersonalLink.objects.filter(pk=link.pk).update(
        code=_code_digest(link, code), code_ends_at=timezone.now() + CODE_LASTS
    )
    return code


def _code_digest(link: PersonalLink, code: str) -> str:
    return salted_hmac("portal.yours.confirm", f"{link.pk}:{code}", algorithm="sha256").hexdigest()


@transaction.atomic
def confirm(*, link: PersonalLink, answer: str, with_helper: bool) -> bool:
    """Whether the answer is the agreed word or the code of this moment. Used up, a code counts no more.

    A wrong answer is counted; after `MOST_MISSES` of them the link leads nowhere.
    """
    row = PersonalLink.objects.select_for_update().get(pk=link.pk)
    digits = "".join(sign for sign in answer if sign.isdigit())
    by_code = (
        bool(row.code)
        and row.code_ends_at is not None
        and row.code_ends_at > timezone.now()
        and constant_time_compare(row.code, _code_digest(row, digits))
    )
    by_word = not by_code and bool(row.word) and check_password(_plain(answer), row.word)
    if not (by_code or by_word):
        PersonalLink.objects.filter(pk=row.pk).update(misses=F("misses") + 1)
        record("personal_link.not_confirmed", by=None, about=row.contributor, link=row.pk)
        return False
    changes: dict[str, object] = {"misses": 0, "last_used_at": timezone.now()}
    if by_code:
        changes |= {"code": "", "code_ends_at": None}
    PersonalLink.objects.filter(pk=row.pk).update(**changes)
    record(
        "personal_link.confirmed",
        by=None,
        about=row.contributor,
        link=row.pk,
        way="code" if by_code else "word",
        with_helper=with_helper,
    )
    return True


@transaction.atomic
def leave(*, link: PersonalLink) -> None:
    """End every visit by this link that is under way, here and on any other device."""
    PersonalLink.objects.filter(pk=link.pk).update(generation=F("generation") + 1)
    record("personal_link.left", by=None, about=link.contributor, link=link.pk)


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()


def _post(email: str, what: str, language: str, facts: dict[str, object]) -> None:
    with translation.override(language):
        subject = {
            "link": _("Your page"),
            "code": _("Your six numbers"),
        }[what]
        body = render_to_string(f"yours/letters/{what}.txt", facts)
    # After the commit: a letter about a link that was not kept would lead nowhere.
    transaction.on_commit(lambda: send_mail(subject, body, None, [email]))
