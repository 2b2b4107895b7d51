"""The one settings file, read with the values that pyproject.toml gives for tests."""

import os
import tomllib
from pathlib import Path

_root = Path(__file__).resolve().parent.parent
_project = tomllib.loads((_root / "pyproject.toml").read_text(encoding="utf-8"))
for _name, _value in _project["tool"]["wisdoms"]["test-environment"].items():
    os.environ[_name] = str(_root / _value) if _name == "WISDOMS_VAR" else _value
for _name in (
    "WISDOMS_DEMO",
    "WISDOMS_STORE",
    "WISDOMS_KEYRING",
    "WISDOMS_TOMBSTONES",
    "EMAIL_HOST",
    "DATABASE_OWNER_URL",
    "DATABASE_BACKUP_URL",
):
    os.environ.pop(_name, None)

from wisdoms.settings import *  # noqa: E402, F403

# Quick to hash; nobody signs in with these.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files straight from where they lie, also for the browser tests.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
AXES_ENABLED = True
