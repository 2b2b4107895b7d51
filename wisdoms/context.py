"""What every template may know about this installation."""

import json
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from wisdoms.vendor import import_map


def _import_map_text() -> SafeString:
    # Addresses of our own files only; "<" cannot end the script element early once it is escaped.
    return mark_safe(json.dumps(import_map()).replace("<", "\\u003c"))  # noqa: S308


_kept_import_map_text = cache(_import_map_text)


def site(request: HttpRequest) -> dict[str, object]:
    """`is_demo`, and the browser's `import_map` as JSON text (module name to address)."""
    text = _import_map_text if settings.DEBUG else _kept_import_map_text
    return {"is_demo": settings.IS_DEMO, "import_map": text}
