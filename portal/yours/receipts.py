"""The receipt somebody gets at once when they take something back.

Its address is signed and says which withdrawal it is of. It names nobody, works after the link has ended,
and says how far the removing has come. The number on it leads to the same page.

Where the network is poor, somebody presses "Yes, take everything back" again because nothing seems to happen.
Their link may be gone by then, with all else. So that form bears a sealed word of whose page it stands on,
for as long as a visit lasts, and the second press finds the receipt of the first.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import connection

from accounts import wall
from enquiries.models import Contributor, Scope, Withdrawal
from enquiries.receipts import receipt_lines
from portal.yours.scopes import SAID, Said

_SALT = "portal.yours.receipt"
# As long as anybody may want to come back to it.
LASTS_S = 3 * 365 * 24 * 3600
_LENGTH = 8
_PRESS_SALT = "portal.yours.press"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A withdrawal as the person who made it reads it."""

    withdrawal: Withdrawal

    @property
    def said(self) -> list[Said]:
        return [SAID[scope] for scope in Scope.values if scope in self.withdrawal.scopes]

    @property
    def first(self) -> str:
        """What holds from this moment on."""
        return receipt_lines(self.withdrawal)[0]

    @property
    def goes(self) -> list[str]:
        """What goes, one line for each scope that fell."""
        return receipt_lines(self.withdrawal)[1 : 1 + len(self.said)]

    @property
    def after(self) -> list[str]:
        """By when, and what cannot be called back."""
        return receipt_lines(self.withdrawal)[1 + len(self.said) :]

    @property
    def is_everything(self) -> bool:
        return Scope.TAKE_PART in self.withdrawal.scopes


def seal(withdrawal: Withdrawal) -> str:
    """The last part of the receipt's address."""
    said = [withdrawal.partner_id, withdrawal.pk, withdrawal.receipt]
    return signing.dumps(said, salt=_SALT)


def unseal(token: str) -> Receipt | None:
    """The receipt of an address; None where it is none of ours."""
    try:
        partner_id, pk, code = signing.loads(token, salt=_SALT, max_age=LASTS_S)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    with wall.acting_for(partners=[partner_id]):
        found = Withdrawal.objects.filter(pk=pk, receipt=code).first()
    return Receipt(found) if found is not None else None


def find_typed(text: str) -> str | None:
    """The address of the receipt whose number was typed; None where there is none."""
    plain = "".join(sign for sign in text.upper() if sign.isalnum())
    if len(plain) != _LENGTH:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select partner_id, withdrawal_id, receipt from withdrawal_of(%s)",
            [f"{plain[:4]}-{plain[4:]}"],
        )
        row = cursor.fetchone()
    return signing.dumps(list(row), salt=_SALT) if row is not None and row[0] is not None else None


def seal_press(contributor: Contributor) -> str:
    """What the form that takes everything back says of whose page it stands on."""
    return signing.dumps([contributor.partner_id, contributor.pk], salt=_PRESS_SALT)


def of_press(said: str, *, max_age: timedelta) -> str | None:
    """The address of the receipt that a sealed press has led to; None where there is none."""
    try:
        partner_id, contributor_id = signing.loads(said, salt=_PRESS_SALT, max_age=max_age)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    with wall.acting_for(partners=[partner_id]):
        found = (
            Withdrawal.objects.filter(contributor_id=contributor_id, scopes__contains=[Scope.TAKE_PART])
            .order_by("-pk")
            .first()
        )
    return seal(found) if found is not None else None
