"""How gunicorn serves Taem: a few processes of a few threads each, and only when all is well."""

import os

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
wsgi_app = "loyalty.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = settings.WEB_THREADS
worker_class = "gthread"
timeout = 60
graceful_timeout = 20
keepalive = 5
forwarder_headers = ""  # Nobody sets SCRIPT_NAME or PATH_INFO from outside.
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm"  # noqa: S108 - its files are unlinked as soon as they are open.
errorlog = "-"
control_socket_disable = True  # systemd and compose control it.


def on_starting(server) -> None:
    """Ask what `manage.py check` asks, of the database too."""
    get_wsgi_application()
    try:
        call_command("check", databases=["default"])
    except SystemCheckError as error:
        raise SystemExit(str(error)) from None
