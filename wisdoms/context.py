"""What every template may know about this installation."""

from django.conf import settings
from django.http import HttpRequest

from wisdoms.vendor import import_map


def site(request: HttpRequest) -> dict[str, object]:
    """`is_demo`, `debug_site` and the browser's `import_map` (module name to address)."""
    return {"is_demo": settings.IS_DEMO, "debug_site": settings.DEBUG, "import_map": import_map}
