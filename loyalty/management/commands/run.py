"""manage.py run: web server, worker and clock in one process. What `make run` starts."""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urljoin

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from waitress.server import create_server

from loyalty.embedded import Backstage
from loyalty.merchants.models import Merchant
from loyalty.translations import compile_stale
from loyalty.wsgi import application


class Command(BaseCommand):
    help = "Starts web server, worker and clock in one process; prepares the database if need be."
    requires_system_checks: list[str] = []  # They run in handle(), when there is a database.

    def handle(self, *args: Any, **options: Any) -> None:
        for stop in (signal.SIGINT, signal.SIGTERM):  # SIGINT is ignored in a shell's background.
            signal.signal(stop, signal.default_int_handler)
        try:
            self._start()
        except KeyboardInterrupt:
            # While preparing, or the second Ctrl-C: wait for nothing. The rows are due again.
            self.stdout.write("\nStopped.")
            _leave()

    def _start(self) -> None:
        _refuse_taken_port()
        self._prepare()
        backstage = Backstage()
        server = create_server(
            application, host=settings.HOST, port=settings.PORT, threads=settings.WEB_THREADS,
            ident="Taem",
            # It would drop what a proxy says of the caller. The settings say whether to believe it.
            clear_untrusted_proxy_headers=settings.TRUSTED_PROXIES == 0,
        )  # fmt: skip
        backstage.start()
        self._welcome()
        server.run()  # Returns on Ctrl-C.
        self.stdout.write("\nStopping …", ending="")
        self.stdout.flush()
        server.close()
        finished = backstage.stop()
        self.stdout.write(" stopped.")
        if not finished:
            _leave()

    def _prepare(self) -> None:
        for directory in settings.LOCALE_PATHS:
            for source in compile_stale(Path(directory)):
                self.stdout.write(f"Compiled the translations of {source.parent.parent.name}.")
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            self._timed("Preparing the database", "migrate", verbosity=0, skip_checks=True)
        self.check(databases=["default"])
        if _demo_is_wanted():
            self._timed("Living a year in the demo program", "demo")

    def _timed(self, what: str, command: str, **options: Any) -> None:
        self.stdout.write(f"{what} …")
        began = time.monotonic()
        call_command(command, **options)
        self.stdout.write(f"{what}: done in {time.monotonic() - began:.1f} s.")

    def _welcome(self) -> None:
        lines = ["", "Taem is running. Ctrl-C stops it.", ""]
        demo = _demo()
        urls = demo.get("urls") or {"Start": "/", "API docs": "/api/docs/"}
        lines += [f"  {name:<16}{urljoin(settings.PUBLIC_URL, url)}" for name, url in urls.items()]
        if demo:
            lines += ["", "Sign in as"]
            lines += [
                f"  {person['who']:<16}{person['email']}  {person['password']}"
                for person in demo.get("sign_ins", [])
            ]
        if demo.get("api_key"):
            lines += ["", f"  API key         {demo['api_key']}"]
        self.stdout.write("\n".join([*lines, ""]))
        self.stdout.flush()


def _leave() -> NoReturn:
    """Exit at once: Python would join the threads of a pool, for as long as their task takes."""
    sys.stdout.flush()
    os._exit(0)


def _refuse_taken_port() -> None:
    """Say so at once, and not after a minute of preparation."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({error.strerror}). "
                f"Another one: PORT={settings.PORT + 1} make run"
            ) from error


def _demo_is_wanted() -> bool:
    """Who has a merchant has a demo already, or something better."""
    offered = "demo" in get_commands() and not settings.PRODUCTION
    return offered and not Merchant.objects.exists()


def _demo() -> dict[str, Any]:
    """What the demo command wrote down for us to show."""
    note = settings.VAR_DIR / "demo.json"
    return json.loads(note.read_text()) if note.exists() and not settings.PRODUCTION else {}
