"""For servers that speak ASGI; the site itself is synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wisdoms.settings")

application = get_asgi_application()

# Only now are the apps loaded that know of withdrawals.
from wisdoms.readiness import refuse_before_replay  # noqa: E402

refuse_before_replay()
