"""What stands on a person's card and in their address, and what we keep of it.

A card bears a code of twelve letters and digits, of which we keep a keyed digest alone. The address is made
of the same code with the numbers of its row, under a signature: a made-up address is refused without its
code being tried. Neither names anybody, and both lead nowhere without the word or the code that confirms.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

# Without letters and digits that are taken for each other, and without those that spell words by chance.
ALPHABET = "23456789BCDFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 12
GROUP = 4
_SIGNATURE_LENGTH = 16
_LONGEST_TOKEN = 80
# What people write by hand in place of what is printed.
_MEANT = str.maketrans({" ": "", "-": "", "\u00a0": "", "–": "", ".": ""})


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says of itself. `is_signed` False: made up, and everything else says nothing."""

    partner_id: int
    link_id: int
    code: str
    is_signed: bool


NOWHERE = Address(0, 0, "", False)


def new_code() -> str:
    """A code for a new card: 27 signs to the power of 12, so 57 bits."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(CODE_LENGTH))


def in_groups(code: str) -> str:
    """A code as it is printed: "K4PN 7RTX 2MWQ"."""
    return " ".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def typed_code(text: str) -> str:
    """A code as somebody typed it, or an empty text where it cannot be one."""
    code = text.translate(_MEANT).upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def digest_of(code: str) -> str:
    """What is kept of a code. Keyed, so that the digests alone do not let anybody try codes."""
    return digests_of(code)[0]


def digests_of(code: str) -> list[str]:
    """What may be kept of a code: by the secret of today, then by former ones, since a card outlives them."""
    return _keyed("portal.yours.code", code)


def address(partner_id: int, link_id: int, code: str) -> str:
    """The last part of a person's address."""
    said = f"{code.lower()}-{int_to_base36(partner_id)}-{int_to_base36(link_id)}"
    return f"{said}-{_signatures(said)[0]}"


def read(token: str) -> Address:
    """What an address says; never raises, and takes as long for one that was made up."""
    said, _dash, signature = token[:_LONGEST_TOKEN].rpartition("-")
    is_signed = is_one_of(signature, _signatures(said))
    parts = said.split("-")
    if not is_signed or len(parts) != 3:
        return NOWHERE
    try:
        return Address(base36_to_int(parts[1]), base36_to_int(parts[2]), parts[0].upper(), True)
    except ValueError:
        return NOWHERE


def is_one_of(value: str, wanted: list[str]) -> bool:
    """Whether a value is among a few others, in the same time whichever it is."""
    found = [constant_time_compare(value, each) for each in wanted]
    return any(found)


def _signatures(said: str) -> list[str]:
    return [each[:_SIGNATURE_LENGTH] for each in _keyed("portal.yours.address", said)]


def _keyed(salt: str, value: str) -> list[str]:
    secrets_in_turn = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac(salt, value, secret=each, algorithm="sha256").hexdigest() for each in secrets_in_turn]
