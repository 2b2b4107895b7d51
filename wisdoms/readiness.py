"""Whether the site may open at all. Asked by what a web server loads, before the first request."""

import sys

from django.db import connections

from enquiries.replay import ReplayNeeded, check_replayed
from enquiries.tombstones import TombstoneUnreadable

# gunicorn takes this code for a site that cannot start, and does not try for ever.
CANNOT_START = 3


def refuse_before_replay() -> None:
    """Say why in one sentence and leave, where a restored database still shows what was taken back."""
    try:
        check_replayed()
    except (ReplayNeeded, TombstoneUnreadable) as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(CANNOT_START)
    finally:
        connections.close_all()
