class AccountsError(Exception):
    """Base of what can go wrong here; each carries a sentence a person can act on."""


class NotYours(AccountsError):
    """The acting user holds no role at this partner that allows the act."""
