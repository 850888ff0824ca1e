"""Django's settings, all from the data folder and the environment. A wrong one names its mend."""

import os
from pathlib import Path
from urllib.parse import urlsplit

DATA = Path(os.environ.get("SAFECONDUCT_DATA", "safeconduct-data")).absolute()
PORT = int(os.environ.get("SAFECONDUCT_PORT", "8400"))
ORIGIN = os.environ.get("SAFECONDUCT_ORIGIN", f"http://localhost:{PORT}")  # command/origin.py
BEHIND_TLS = ORIGIN.startswith("https:")
LISTEN = os.environ.get("SAFECONDUCT_LISTEN", "")  # where we end TLS ourselves: web/tls.py

DEBUG = False
SECRET_KEY = os.environ.get("SAFECONDUCT_SECRET", "only-for-tests-and-migrations")
# localhost answers a watchdog on this machine; behind a proxy all else there leads to the origin.
ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or "localhost", *([] if LISTEN else ["localhost"])]
ROOT_URLCONF = "safeconduct.web.urls"
ASGI_APPLICATION = "safeconduct.web.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("uk", "Українська"), ("ru", "Русский")]  # those with all words
LOCALE_PATHS = [Path(__file__).parent.parent / "locale"]

ROOMS = [
    "notices", "audit", "access", "pledges", "post", "outreach", "conversations",
    "cases", "passage", "escort", "reception", "custody", "tracing", "situation",
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "leaflet",
    *(f"safeconduct.{room}" for room in ROOMS),
    "safeconduct.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "safeconduct.web.statics.Statics",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "safeconduct.access.doors.OfficerMiddleware",
    "safeconduct.web.letters.LettersMiddleware",
    "safeconduct.web.once.OnceMiddleware",
]

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000;"
)
DATABASES: dict[str, dict[str, object]]
if url := os.environ.get("SAFECONDUCT_POSTGRES"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ.get("SAFECONDUCT_POSTGRES_DB", "safeconduct"),
            "HOST": url,
            "USER": os.environ.get("SAFECONDUCT_POSTGRES_USER", "postgres"),
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "safeconduct.db",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": SQLITE_PRAGMAS,
            },
            "TEST": {"NAME": os.environ.get("SAFECONDUCT_TEST_DB", "test-safeconduct.db")},
        }
    }

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["safeconduct.web.templatetags.once"],  # its csrf_token is ours
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "safeconduct.web.frame.frame",
            ],
        },
    }
]

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "worker-src": ["'self'"],  # of the map
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"  # with none at all a browser posts Origin: null
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_TRUSTED_ORIGINS = [ORIGIN]
LANGUAGE_COOKIE_SAMESITE = "Strict"
if BEHIND_TLS:
    if not LISTEN:
        # Believed only because web/serve.py listens on loopback alone: who speaks to us is the proxy.
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT, SECURE_SSL_HOST = True, urlsplit(ORIGIN).netloc
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 86400
    CSRF_COOKIE_NAME, CSRF_COOKIE_SECURE = "__Host-csrftoken", True
    LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SECURE = "__Host-language", True
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20
# In memory or not at all: a photograph or a list in a temporary file would lie there unsealed.
# web/asgi.py turns away what is larger, before anything of it is read.
FILE_UPLOAD_MAX_MEMORY_SIZE = 42 * 2**20  # a list of a million lines
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
LOGGING_CONFIG = None
