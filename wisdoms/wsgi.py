"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wisdoms.settings")

application = get_wsgi_application()

# Only now are the apps loaded that know of withdrawals.
from wisdoms.readiness import refuse_before_replay  # noqa: E402

refuse_before_replay()
