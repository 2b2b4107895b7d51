"""Letters to colleagues, each to one reader, sent once what they speak of is kept."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

logger = logging.getLogger(__name__)


def send(subject: str, text: str, readers: Iterable[str]) -> None:
    """Send one letter to each reader when the transaction is kept.

    A mail server that does not answer must not undo, nor hide, what was done: the fault is logged by kind.
    """

    def post() -> None:
        for reader in readers:
            try:
                send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [reader])
            except OSError as error:
                logger.error("A letter could not be sent: %s", type(error).__name__)  # noqa: TRY400 - no names

    transaction.on_commit(post)
