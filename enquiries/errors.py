from django.utils.functional import Promise
from django.utils.translation import gettext as _


class EnquiryError(Exception):
    """Base of what can go wrong here; `str()` is a full sentence that says what to do."""


class ConsentMissing(EnquiryError):
    """A step was refused because somebody has not agreed to it. Carries the scope and the pseudonym."""

    def __init__(self, scope: str, pseudonym: str, label: str | Promise) -> None:
        self.scope = scope
        self.pseudonym = pseudonym
        super().__init__(
            _("%(name)s has not agreed to this: “%(label)s” (%(scope)s). Nothing was changed.")
            % {"name": pseudonym, "label": label, "scope": scope}
        )


class AlreadyAsked(EnquiryError):
    """A form, number or name that must be unique was given twice."""


class NotPossibleNow(EnquiryError):
    """The state of the row does not allow the step."""


class KeyDamaged(EnquiryError):
    """The key of somebody who speaks is there and cannot be read; a new one is not put in its place."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A key of somebody who speaks here is damaged. Ask whoever looks after the machine to bring "
                "it back with “manage.py restore_keyring”, then send the sound again. Nothing was kept."
            )
        )


class KeyringAway(EnquiryError):
    """There is sound, and a keyring in which no key was ever made: it is not the keyring, or not mounted."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The folder of keys is empty, so nothing can be said of any sound. Mount it again, or bring "
                "it back with “manage.py restore_keyring”. Nothing was removed."
            )
        )


class KeyGone(EnquiryError):
    """What this key locked cannot be opened any more, by anybody: it, or a speaker's key, was destroyed."""

    def __init__(self) -> None:
        super().__init__(
            _("The key to this sound was destroyed when somebody took it back. Nobody can open it any more.")
        )
