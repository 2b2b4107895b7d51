class AccountsError(Exception):
    """Base of what can go wrong here; each carries a sentence a person can act on."""


class NotYours(AccountsError):
    """The acting user holds no role at this partner that allows the act."""


class LastLead(AccountsError):
    """The act would leave a partner with nobody who can invite colleagues."""


class RoleHeldAlready(AccountsError):
    """The colleague holds this role at this partner now."""


class InvitationEnded(AccountsError):
    """The link was used, withdrawn, has run out, or was never ours. The sentence never says which."""


class EmergencyRefused(AccountsError):
    """This emergency access cannot be asked for, confirmed or ended by this person now."""


class TooManyTries(AccountsError):
    """A limit is reached. `minutes` says how long to wait, rounded up."""

    def __init__(self, kind: str, minutes: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.minutes = minutes
