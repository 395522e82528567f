"""The one settings file, seen by the tests: quick hashing, plain static files, a database apart."""

import os

os.environ.setdefault("ENV", "test")

from loyalty.settings import *  # noqa: E402
from loyalty.settings import DATABASES, VAR_DIR

MEDIA_ROOT = VAR_DIR / "test-media"  # What a test writes has names of its own.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, because threads cannot share a database in memory; one per process, because two
    # runs of the suite must not meet.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / f"test-{os.getpid()}.sqlite3"}
