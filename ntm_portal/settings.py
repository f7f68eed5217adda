"""Settings of the portal, one file. What can differ between machines is read here, on the first screen.

DEBUG          true or false (false)             SITE_URL     https://… for secure cookies, HSTS, redirect
SECRET_KEY     50+ characters (var/secret_key)   PROXY_COUNT  proxies in front that set X-Forwarded-* (0)
ALLOWED_HOSTS  a,b (this machine and SITE_URL)   VAR_DIR      database, key, evidence, static files (var/)
DATABASE_URL   postgres://… or sqlite:///… (a file in VAR_DIR)       LOG_LEVEL  DEBUG … CRITICAL (INFO)
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ntm_portal import environment
from ntm_portal.tables import Workbook

BASE_DIR = Path(__file__).resolve().parent.parent
env = environment.Environment()

DEBUG: bool = env("DEBUG", cast=environment.boolean, default=False)
VAR_DIR = BASE_DIR / env("VAR_DIR", cast=Path, default=Path("var"))
SECRET_KEY_FILE = VAR_DIR / "secret_key"
SITE_URL: str = env("SITE_URL", cast=environment.site_url, default="")
PROXY_COUNT: int = env("PROXY_COUNT", cast=environment.count, default=0)
LOG_LEVEL: str = env("LOG_LEVEL", cast=environment.log_level, default="INFO")
THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS: list[str] = env(
    "ALLOWED_HOSTS",
    cast=environment.hosts,
    default=THIS_MACHINE + ([urlsplit(SITE_URL).hostname or ""] if SITE_URL else []),
)
DATABASES = {
    "default": env(
        "DATABASE_URL",
        cast=environment.database,
        default=environment.sqlite(VAR_DIR / "portal.sqlite3"),
    )
}

environment.make_folders(VAR_DIR, VAR_DIR / "evidence", VAR_DIR / "static")
SECRET_KEY: str = env("SECRET_KEY", cast=environment.secret, default="") or environment.kept_secret_key(SECRET_KEY_FILE)

INSTALLED_APPS = [
    "communes",
    "criteria",
    "reports",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",  # runserver leaves static files to WhiteNoise, as production does
    "django.contrib.staticfiles",
    "django.forms",
    "import_export",
    "django_htmx",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads each answer by chance, so lengths tell no secret (BREACH)
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files are compressed above it, where collectstatic was not run
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "ntm_portal.requests.NoNulCharacter",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ntm_portal.requests.SignedInOnly",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ntm_portal.requests.limit_body",
    "ntm_portal.requests.NoNonsenseInTheAdmin",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "ntm_portal.urls"
WSGI_APPLICATION = "ntm_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reports.menu.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # templates/django/forms/ may replace a widget

# Language: the source strings are Vietnamese and nothing asks the browser which language it wants.
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["ntm_portal.formats"]
USE_THOUSAND_SEPARATOR = True  # for reading only: formats.py sets NUMBER_GROUPING to 0 and says why
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# People. A lockout is of one name from one address, so nobody can lock a colleague out from elsewhere.
AUTH_USER_MODEL = "communes.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # its rows name themselves in English; "manage.py axes_reset_username NAME" unlocks
AXES_LOCKOUT_TEMPLATE = "lockout.html"
AXES_CLIENT_IP_CALLABLE = "ntm_portal.requests.client_address"

# Cookies and transport: strict as soon as the public address is an https one.
SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # a load balancer asks on the inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the preload list of browsers is for the domain's owner
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# Files. ntm_portal/static_files.py says which names are served when.
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = VAR_DIR / "evidence"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ntm_portal.static_files.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
FORM_BYTES = 1024 * 1024  # what a form holds beside its file
MAX_BODY_BYTES = 5 * 1024 * 1024 + FORM_BYTES  # one request
LARGER_BODIES = {  # pages that take larger files, by name
    "admin:communes_boundary_add": 20 * 1024 * 1024 + FORM_BYTES,  # boundaries as GeoJSON
    "assessment_evidence": 10 * 1024 * 1024 + FORM_BYTES,
    "evidence_new": 10 * 1024 * 1024 + FORM_BYTES,
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the grid of a district: units x conditions
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Tables in and out of the admin: import by administrators only, no live formula in what leaves (which is why
# there is no CSV: nothing can keep Excel from reading +1 or @SUM in it as a formula).
IMPORT_EXPORT_FORMATS = [Workbook]
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import_by_superuser"  # a permission that nobody can be given
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 10
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "axes": {"level": "WARNING"},  # lockouts, not every attempt
    },
}
