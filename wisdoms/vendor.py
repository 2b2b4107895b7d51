"""The few third-party files that the browser gets, taken from node_modules and served as our own.

Only the files listed here can be reached, under `vendor/`; the rest of node_modules cannot.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import utils
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage
from django.templatetags.static import static

# Address under /static/ -> file in node_modules.
FILES = {
    "vendor/stimulus.js": "@hotwired/stimulus/dist/stimulus.js",
    "vendor/wavesurfer.js": "wavesurfer.js/dist/wavesurfer.esm.js",
    "vendor/tus.js": "tus-js-client/dist/tus.min.js",
}
_LITERATA = "@fontsource-variable/literata/files/literata"
_ATKINSON = "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next"
FONTS = {
    "literata-latin-opsz.woff2": f"{_LITERATA}-latin-opsz-normal.woff2",
    "literata-latin-ext-opsz.woff2": f"{_LITERATA}-latin-ext-opsz-normal.woff2",
    "literata-latin-wght.woff2": f"{_LITERATA}-latin-wght-normal.woff2",
    "literata-latin-ext-wght.woff2": f"{_LITERATA}-latin-ext-wght-normal.woff2",
    "atkinson-latin-wght.woff2": f"{_ATKINSON}-latin-wght-normal.woff2",
    "atkinson-latin-ext-wght.woff2": f"{_ATKINSON}-latin-ext-wght-normal.woff2",
}
FILES |= {f"vendor/fonts/{name}": path for name, path in FONTS.items()}

# Names that modules import by. Our own controllers are named in the template that loads them.
MODULES = {
    "@hotwired/stimulus": "vendor/stimulus.js",
    "wavesurfer.js": "vendor/wavesurfer.js",
    # Comes as a script that puts `tus` on the window: import it for that, then use window.tus.
    "tus-js-client": "vendor/tus.js",
}


def node_modules() -> Path:
    """Where npm put the packages."""
    return Path(settings.BASE_DIR) / "node_modules"


def import_map() -> dict[str, dict[str, str]]:
    """The browser's import map: each module's name with its address, our controllers included."""
    addresses = {name: static(path) for name, path in MODULES.items()}
    scripts = Path(settings.BASE_DIR) / "static" / "js"
    for script in sorted(scripts.rglob("*.js")):
        relative = script.relative_to(scripts)
        addresses[f"wisdoms/{relative.with_suffix('').as_posix()}"] = static(f"js/{relative.as_posix()}")
    return {"imports": addresses}


class VendorFinder(BaseFinder):
    """Finds the files listed above for `runserver`, whitenoise and `collectstatic`."""

    def __init__(self, app_names: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        self.storage = _VendorStorage(location=str(node_modules()))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """An error for each package that npm has yet to install."""
        missing = sorted(path for path in FILES.values() if not (node_modules() / path).is_file())
        if not missing:
            return []
        return [
            Error(
                f"{len(missing)} files of the browser's packages are missing, the first is {missing[0]}.",
                hint="Run `make install`, which runs npm for you.",
                id="wisdoms.E001",
            )
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The path on disk of one listed address; an empty list for any other."""
        source = FILES.get(path)
        if source is None or not (node_modules() / source).is_file():
            return []
        found = str(node_modules() / source)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Each listed address with the storage that opens it."""
        for path in FILES:
            if (node_modules() / FILES[path]).is_file() and not utils.matches_patterns(
                path, list(ignore_patterns or [])
            ):
                yield path, self.storage


class _VendorStorage(FileSystemStorage):
    """Opens a listed address from its place in node_modules."""

    prefix = ""

    def path(self, name: str) -> str:
        return super().path(FILES[name])
