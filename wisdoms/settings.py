"""Settings, read from the environment. Safe by default: debug off, secret key and hosts required.

`.env.example` lists every variable; a test keeps the two equal. Model parameters belong to runs, not here.
"""

from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from wisdoms import embedded
from wisdoms.environment import (
    SettingsError,
    database_address,
    folder,
    one_of,
    read_env_file,
    text,
    truth,
    web_address,
    whole_number,
    words,
)

BASE_DIR = Path(__file__).resolve().parent.parent
read_env_file(BASE_DIR / ".env")

# --- This installation --------------------------------------------------------------------------------
DEBUG = truth("DEBUG", default=False)
SECRET_KEY = text("SECRET_KEY")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
SITE_ADDRESS = web_address("SITE_ADDRESS", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

# Everything the installation keeps lies under this folder; nothing in it is served by a web server.
VAR_DIR = folder("WISDOMS_VAR", BASE_DIR / "var")
STORE_DIR = folder("WISDOMS_STORE", VAR_DIR / "store")
KEYRING_DIR = folder("WISDOMS_KEYRING", VAR_DIR / "keyring")
# What looks after the keys; another class with the same methods can stand for a service for keys.
KEYRING_BACKEND = text("WISDOMS_KEYRING_BACKEND", "enquiries.keyring_files.FileKeyring")
# The ledger of what was taken back, out of reach of any backup of the database.
TOMBSTONES_DIR = folder("WISDOMS_TOMBSTONES", VAR_DIR / "tombstones")
SURVEY_TEXTS_DIR = folder("WISDOMS_SURVEY_TEXTS", VAR_DIR / "surveys")
# Where the ends of the record’s chains are kept, out of reach of whoever can write the database.
ANCHOR_DIR = folder("WISDOMS_ANCHOR", VAR_DIR / "anchor")
# The largest recording taken in; four hours of plain wav in stereo are under 3 GiB.
UPLOAD_MAX_BYTES = whole_number("WISDOMS_UPLOAD_MAX_MIB", 8192, least=1) * 1024**2
# Fictional people, said so on every page.
IS_DEMO = truth("WISDOMS_DEMO", default=False)

# --- Models for speech and text (places to look, never parameters) ------------------------------------
WHISPER_MODEL = text("WISDOMS_WHISPER_MODEL", "")
WHISPER_ENGINE = one_of("WISDOMS_WHISPER_ENGINE", ("whisper", "faster-whisper", "fake"), "whisper")
# Where the named weights are not in the engine's cache, the engine may fetch them (never a voice or a text).
WHISPER_MAY_DOWNLOAD = truth("WISDOMS_WHISPER_DOWNLOAD", default=True)
SPACY_MODEL = text("WISDOMS_SPACY_MODEL", "")
EMBEDDING_MODEL = text("WISDOMS_EMBEDDING_MODEL", "")

# --- Small groups (may be made stricter than the rule, never looser) -----------------------------------
DISCLOSURE_THRESHOLD = whole_number("WISDOMS_DISCLOSURE_THRESHOLD", 10, least=10, most=1000)
DISCLOSURE_BASE = whole_number("WISDOMS_DISCLOSURE_BASE", 5, least=5, most=1000)

# --- Apps ---------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "wisdoms",
    "portal",
    "publishing",
    "coaching",
    "themes",
    "transcripts",
    "enquiries",
    "accounts",
    "audit",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.redirects",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "rest_framework",
    "procrastinate.contrib.django",
    "pgvector.django",
    "rules.apps.AutodiscoverRulesConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "wisdoms.middleware.BrowserDefencesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wisdoms.middleware.MaintenanceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "wisdoms.middleware.OwnPagesCsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "enquiries.refusals.ConsentRefusalsMiddleware",
    "accounts.middleware.WallMiddleware",
    "accounts.middleware.WorkingAsMiddleware",
    "accounts.second_factor.SecondFactorMiddleware",
    "accounts.refusals.RefusalsMiddleware",
    "wisdoms.policies.PolicyMiddleware",
    "wisdoms.middleware.EditorsDoorMiddleware",
    "publishing.fence.EditorsFence",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "wisdoms.urls"
WSGI_APPLICATION = "wisdoms.wsgi.application"
ASGI_APPLICATION = "wisdoms.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "wagtail.contrib.settings.context_processors.settings",
                "wisdoms.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database -----------------------------------------------------------------------------------------
# The application works as an ordinary role; only commands that change tables run as the owner (manage.py).
DB_ROLE = one_of("WISDOMS_DB_ROLE", ("app", "owner"), "app")
DATABASE_ADDRESS = database_address("DATABASE_URL")
DATABASE_OWNER_ADDRESS = database_address("DATABASE_OWNER_URL")
DATABASE_BACKUP_ADDRESS = database_address("DATABASE_BACKUP_URL")
EMBEDDED_HOME = VAR_DIR / "database"
DATABASE_PUBLIC_ROLE = embedded.PUBLIC_ROLE
DATABASE_PERSON_ROLE = embedded.PERSON_ROLE


def _database() -> dict[str, Any]:
    if DATABASE_ADDRESS:
        address = DATABASE_OWNER_ADDRESS or DATABASE_ADDRESS if DB_ROLE == "owner" else DATABASE_ADDRESS
        return dict(dj_database_url.parse(address, conn_max_age=60, conn_health_checks=True))
    return {
        "ENGINE": "wisdoms.database",
        "NAME": embedded.DATABASE,
        "USER": embedded.OWNER_ROLE if DB_ROLE == "owner" else embedded.APP_ROLE,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "embedded_home": str(EMBEDDED_HOME),
            "embedded_durable": truth("WISDOMS_DATABASE_DURABLE", default=True),
        },
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Jobs ---------------------------------------------------------------------------------------------
PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": whole_number("WISDOMS_WORKER_JOBS", 2, least=1, most=64)}

# --- Signing in ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:start"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = True
# A sign-in ends with the browser, or after twelve hours: computers are shared.
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# A letter about every change to how one signs in.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# allauth counts in the cache, which each process has to itself; `accounts.limits` counts for all together.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reauthenticate": "accounts.forms.PasswordProofForm",
}
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeProofForm",
    "activate_totp": "accounts.forms.AppForm",
    "add_webauthn": "accounts.forms.PasskeyForm",
    "edit_webauthn": "accounts.forms.PasskeyNameForm",
    "login_webauthn": "accounts.forms.PasskeyAloneForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = "Wisdoms"
# Half a minute either way, for phones whose clock is off.
MFA_TOTP_TOLERANCE = 1
# Colleagues are invited by letter, which proves the address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = False
AXES_FAILURE_LIMIT = whole_number("WISDOMS_SIGN_IN_TRIES", 6, least=1, most=100)
AXES_COOLOFF_TIME = 0.25
# One person from one address; `accounts.limits` counts each of the two alone.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "accounts.refusals.locked_out"
AXES_CLIENT_IP_CALLABLE = "accounts.limits.address_of"
AXES_USERNAME_CALLABLE = "accounts.limits.tried_email"
AXES_USERNAME_FORM_FIELD = "login"
AXES_RESET_ON_SUCCESS = True
AXES_NEVER_LOCKOUT_GET = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- Security -----------------------------------------------------------------------------------------
IS_HTTPS = SITE_ADDRESS.startswith("https://")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# With https a name that begins so binds the cookie to this very host: nobody else can set or receive it.
_HOST = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST}sessionid"
SESSION_COOKIE_HTTPONLY = True
# Not Strict: who follows a link in a letter from us should not have to sign in again.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
# Gone with the browser's window, and after the hours above in any case.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
# Scripts take the token from the page.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "wisdoms.problems.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_HOST}language"
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
# What a message says belongs in no cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = IS_HTTPS and truth("WISDOMS_REDIRECT_TO_HTTPS", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS and truth("WISDOMS_HSTS_SUBDOMAINS", default=True)
BEHIND_PROXY = truth("WISDOMS_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Addresses are never told, not even to ourselves; wisdoms.middleware checks posts without them.
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        # Text becomes markup only through the one policy in static/js/trusted_types.js.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default", "inspect"],
        "upgrade-insecure-requests": IS_HTTPS,
    }
}
# What Wagtail's editor needs, under /cms/ only; docs/adr/0009 says for what.
CMS_CONTENT_SECURITY_POLICY = {
    "style-src-elem": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "require-trusted-types-for": None,
    "trusted-types": None,
}
# Rights of a page that are off everywhere; wisdoms.middleware gives a few back where they are used.
RIGHTS_OFF = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)

# --- Languages, times ---------------------------------------------------------------------------------
LANGUAGES = [("en", _("English")), ("cy", _("Welsh"))]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
WAGTAIL_I18N_ENABLED = True
TIME_ZONE = "Europe/London"
USE_TZ = True

# --- Files --------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = folder("WISDOMS_STATIC_ROOT", VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "wisdoms.vendor.VendorFinder",
]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
# Pictures and documents of the public site, which Wagtail holds. What people said is never put here.
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# The fullest report in the editor has some hundred blocks of a dozen fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# In memory or not at all: Django's other way is a plain file in the temporary folder, and a recording may be
# chosen in any form. Sound has a way in of its own (transcripts/uploads.py); texts and pictures are small.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024**2

# --- Wagtail ------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Wisdoms: a made-up demo" if IS_DEMO else "Wisdoms"
WAGTAILADMIN_BASE_URL = SITE_ADDRESS
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
# Through a view that asks who may read, never as a file of a folder.
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["csv", "pdf", "txt", "zip"]
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
# One way to sign in, with its second factor: Wagtail's own would go round it.
WAGTAILADMIN_LOGIN_URL = LOGIN_URL
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
# One country's clock; the whole list also holds names that no browser knows.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
# Comments on drafts would be a place where people's words could be pasted and stay.
WAGTAILADMIN_COMMENTS_ENABLED = False
# Wagtail's saving by itself may still be on its way when "Save draft" is pressed: the page exists already,
# saving ends in an error, and what was typed since is lost. The editor warns of unsaved words instead.
WAGTAIL_AUTOSAVE_INTERVAL = 0
# Our gate with its second person stands in the place of Wagtail's workflows.
WAGTAIL_WORKFLOW_ENABLED = False

# --- Mail ---------------------------------------------------------------------------------------------
EMAIL_HOST = text("EMAIL_HOST", "")
EMAIL_PORT = whole_number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = truth("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = text("EMAIL_FROM", "wisdoms@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Without a mail server, letters are put in a folder where a person can read them.
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- Logs: ids and counts, never words ----------------------------------------------------------------
LOG_LEVEL = one_of("WISDOMS_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "wisdoms.logs.WithoutWords",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {"no_ways_in": {"()": "wisdoms.logs.WithoutWaysIn"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_ways_in"]}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": LOG_LEVEL, "handlers": ["console"], "propagate": False}
        for name in (
            "wisdoms",
            "portal",
            "publishing",
            "coaching",
            "themes",
            "transcripts",
            "enquiries",
            "accounts",
            "audit",
            "nlp",
            "procrastinate",
        )
    }
    # What serves pages has handlers of its own, which would write whole addresses and what faults say.
    | {
        name: {"level": level, "handlers": [], "propagate": True}
        for name, level in (
            ("django", "INFO" if DEBUG else "WARNING"),
            ("django.server", "INFO"),
            ("gunicorn.error", "WARNING"),
            ("gunicorn.access", "INFO"),
        )
    }
    # Its lines name e-mails and addresses; the record and the counted tries say the same by id.
    | {"axes": {"level": "ERROR"}}
    # These two say at every start, also of `manage.py check`, which tasks there are.
    | {f"procrastinate.{name}": {"level": "WARNING"} for name in ("blueprints", "periodic")},
}

if DEBUG and IS_HTTPS:
    raise SettingsError(
        "DEBUG is on while SITE_ADDRESS is https. Turn DEBUG off where others can reach the site."
    )
