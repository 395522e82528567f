"""Every setting of every environment. What differs between environments comes from the environment.

With nothing set this is the demo: SQLite in var/, a memory broker, mail on the console. With a
DATABASE_URL (or ENV=production) it is production, and refuses to start without a key of its own.
docs/operate.md lists every variable.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from whitenoise.compress import Compressor

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if env.str("ENV", default="") != "test" and (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

ENV = env.str("ENV", default="production" if "DATABASE_URL" in env else "demo")
if ENV not in ("demo", "test", "production"):
    raise ImproperlyConfigured(f"ENV is demo, test or production, not {ENV!r}.")
PRODUCTION = ENV == "production"
DEBUG = env.bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG shows secrets to strangers: it is refused in production.")

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
if not PRODUCTION or "DATABASE_URL" not in env:
    (VAR_DIR / "static").mkdir(parents=True, exist_ok=True)


def demo_key() -> str:
    """The key of a machine that was given none: made once, kept beside the demo's database."""
    kept = VAR_DIR / "secret_key"
    if not kept.exists():
        kept.write_text(get_random_secret_key())
        kept.chmod(0o600)
    return kept.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if PRODUCTION:
        raise ImproperlyConfigured("Production needs a SECRET_KEY of its own. See .env.example.")
    SECRET_KEY = demo_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# --- Where people reach us -----------------------------------------------------------------------

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
# Links are built from this, never from a request's Host header.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"

_local_hosts = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname or "localhost", *_local_hosts])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
# How many proxies stand before us. Only then is what they say of the caller believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- The parts -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "loyalty",
    "loyalty.merchants",
    "loyalty.signin",
    "loyalty.ledger",
    "loyalty.messaging",
    "loyalty.purchases",
    "loyalty.earning",
    "loyalty.rewards",
    "loyalty.inbox",
    "loyalty.pictures",
    "members",
    "campaigns",
    "campaigns.referrals",
    "campaigns.challenges",
    "campaigns.wheel",
    "campaigns.followups",
    "campaigns.activities",
    "campaigns.codes",
    "campaigns.planned",
    "campaigns.replays",
    "campaigns.surveys",
    "campaigns.contributions",
    "campaigns.contests",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "lucide",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "loyalty.sizes.SizeLimit",
    "loyalty.overload.Gate",
    "loyalty.api.entrance.ApiEntrance",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "loyalty.signin.browsers.Devices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "loyalty.doorkeeper.Doorkeeper",
    "loyalty.portal.asking_again.AsksAgain",
]

ROOT_URLCONF = "loyalty.urls"
WSGI_APPLICATION = "loyalty.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]
# Our own templates/django/forms come before Django's.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Requests that a process answers at once, and that may wait for their turn; the others are asked to
# come back. The threads of its server are a few more, so that it always can say so.
WEB_AT_ONCE = env.int("WEB_AT_ONCE", default=4)
WEB_WAITING = env.int("WEB_WAITING", default=8)
WEB_THREADS = WEB_AT_ONCE + WEB_WAITING + 4

# --- Database ------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'taem.sqlite3'}"),
}
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
_database["CONN_HEALTH_CHECKS"] = True

if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE is SQLite's only lock: select_for_update emits nothing there. recursive_triggers
    # closes the way round the ledger's DELETE trigger by INSERT OR REPLACE.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
            "PRAGMA foreign_keys=ON;PRAGMA recursive_triggers=ON"
        ),
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    # In milliseconds; 0 is no limit, which only `migrate` on a large database should ask for.
    _limits = {
        "statement_timeout": env.int("STATEMENT_TIMEOUT", default=30_000),
        "lock_timeout": env.int("LOCK_TIMEOUT", default=10_000),
        "idle_in_transaction_session_timeout": env.int("IDLE_TIMEOUT", default=60_000),
    }
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": 1,
        "options": " ".join(f"-c {name}={value}" for name, value in _limits.items()),
    }
else:
    raise ImproperlyConfigured("DATABASE_URL names SQLite or PostgreSQL.")

# --- Redis, cache, jobs --------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
# In the database, because tries at the doors are counted in it: for all processes, and also while
# Redis is down.
CACHES = {
    "default": {
        "BACKEND": "loyalty.signin.cache.KeptCache",
        "LOCATION": "signin_cache",
        "OPTIONS": {"MAX_ENTRIES": 5_000},  # From then on what has expired is taken away.
    }
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://localhost/")
# A lost message costs nothing (the row is still due), so publishing gives up soon.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "polling_interval": 0.05,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
# Below leases.LONGEST: who is at it longer stands still and is stopped, then its rows are free.
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_TIME_LIMIT = 50
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "UTC"
# Keeps no file: a sweep needs no catching up, and any number of clocks may run.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_TASK_DEFAULT_QUEUE = "points"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"points": {}, "mail": {}, "export": {}}
CELERY_TASK_ROUTES = {"loyalty.tasks.letters": {"queue": "mail"}}

# --- Sign-in -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "merchants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
    )
] + [
    {"NAME": f"loyalty.signin.passwords.{name}"}
    for name in ("NotAVariation", "NotOurOwnName", "LongEnoughForStaff")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_ADAPTER = "loyalty.portal.accounts.AccountAdapter"
ACCOUNT_FORMS = {"signup": "loyalty.portal.signing_up.PlainSignupForm"}
# One password is enough: whoever mistypes it signs in by a code.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# By a code, so that people go on where they were: a link opens in another browser.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
# Who holds such a code comes in, so it does not last: in seconds.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
PASSWORD_RESET_TIMEOUT = 60 * 60
# allauth could change a mistyped address here, but only of who is new: that tells who is not.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# A person has one address. A new one takes its place once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
# Whoever changes it, or the password, shows first that it is still them.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Passwords and second steps: by an address, and of one account in a while and in a day. Who is
# locked out by others still signs in by a code or a passkey.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key,100/d/key"}
# Of all accounts together; then only devices that are known may try a password.
FAILED_SIGN_INS_A_MINUTE = env.int("FAILED_SIGN_INS_A_MINUTE", default=300)

MFA_ADAPTER = "loyalty.portal.second_step.SecondStepAdapter"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Taem"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# --- Safety --------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Of this host alone, sent over TLS alone: a browser keeps no cookie of these names otherwise.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
# What is said to people names people: it stays on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 180
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Language and time ---------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("th", "ไทย")]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
# The second holds what Django itself lacks in Thai.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "django"]
USE_I18N = True
# Days belong to a program's zone, which the doors switch on; nothing may lean on this one.
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
# Source maps are large, and read by nobody but developers.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# --- Mail ----------------------------------------------------------------------------------------

globals().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Taem <noreply@{_public.hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- API -----------------------------------------------------------------------------------------

# A key's limit, for all processes together where there is Redis; an address may ask twice as much.
API_REQUESTS_A_MINUTE = env.int("API_REQUESTS_A_MINUTE", default=60_000)
# Wrong keys from one address, before it is told to wait.
API_BAD_KEYS_A_MINUTE = env.int("API_BAD_KEYS_A_MINUTE", default=30)
# Vouchers checked, used or cancelled by one key: enough for tills, too few to guess codes.
API_VOUCHERS_A_MINUTE = env.int("API_VOUCHERS_A_MINUTE", default=300)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["loyalty.api.keys.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["loyalty.api.keys.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["loyalty.api.rendering.PlainJson"],
    "DEFAULT_PARSER_CLASSES": ["loyalty.api.parsing.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "loyalty.api.schema.DoorSchema",
    "EXCEPTION_HANDLER": "loyalty.api.problems.handle",
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Taem API",
    "DESCRIPTION": "Members, purchases, points, rewards and vouchers of one loyalty program. "
    "docs/api.md says how it is meant to be used.",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "TAGS": [
        {"name": "program", "description": "What the key belongs to."},
        {"name": "members", "description": "Who they are, what they hold, and why."},
        {"name": "purchases", "description": "Sales, told once for ever."},
        {"name": "refunds", "description": "What came back."},
        {"name": "activities", "description": "Whatever else earns."},
        {"name": "quotes", "description": "What a basket would earn."},
        {"name": "campaigns", "description": "What is promised for a time."},
        {"name": "contests", "description": "What is promised to those who are first."},
        {"name": "rewards", "description": "What points buy."},
        {"name": "redemptions", "description": "Points that were spent."},
        {"name": "payments", "description": "Points as money."},
        {"name": "vouchers", "description": "Codes at the till."},
        {"name": "adjustments", "description": "Points by hand."},
    ],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "list"},
    # What is told and what is shown are serializers apart, and enumerations stay where they are.
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [],
}

# --- Logs ----------------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO" if PRODUCTION else "WARNING").upper()
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "plain")
if LOG_FORMAT not in ("json", "plain"):
    raise ImproperlyConfigured(f"LOG_FORMAT is json or plain, not {LOG_FORMAT!r}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "loyalty.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Strangers who knock under another name are no fault of ours.
    "loggers": {"django.security.DisallowedHost": {"level": "CRITICAL"}},
}
