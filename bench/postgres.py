"""A PostgreSQL of our own for a measurement: on a free port of loopback, gone when it is over."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """Where the server listens, and its programs."""

    port: int
    programs: Path

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def options(self, data: Path) -> list[str]:
        """Its stock settings, durable as in production; its socket beside its data."""
        listen = ["-c", "listen_addresses=127.0.0.1", "-k", str(data.parent)]
        return ["-p", str(self.port), *listen, "-c", "max_connections=120"]

    def psql(self, database: str, script: str) -> str:
        return self.run("psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", script)

    def run(self, program: str, *arguments: str) -> str:
        """Run one of the server's programs against it, and return what it prints."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        command = [str(self.programs / program), *address, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")
        return done.stdout


@contextmanager
def own_server() -> Iterator[Server]:
    """Start a server with its stock settings, durable as in production, and stop it afterwards."""
    with own_cluster() as (server, data):
        log, options = data.parent / "log", " ".join(server.options(data))
        pg_ctl = server.programs / "pg_ctl"
        _as_owner([pg_ctl, "-D", data, "-l", log, "-w", "-o", options, "start"])
        try:
            yield server
        finally:
            _as_owner([pg_ctl, "-D", data, "-m", "fast", "-w", "stop"])


@contextmanager
def own_cluster() -> Iterator[tuple[Server, Path]]:
    """An empty cluster that nobody serves yet, and its folder; gone afterwards."""
    server = Server(free_port(), _programs())
    folder = Path(tempfile.mkdtemp(prefix="taem-bench-"))
    data = folder / "data"
    try:
        if owner := owner_of_server():
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        initdb = server.programs / "initdb"
        _as_owner([initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"])
        yield server, data
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owner_of_server() -> pwd.struct_passwd | None:
    """Whom the server runs as where we are root, which it refuses to be; else None: us."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _programs() -> Path:
    # Debian's wrappers on the PATH speak to its own clusters; what we need lies beside initdb.
    beside = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for folder in [
        *beside,
        *map(Path, sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)),
    ]:
        if (folder / "initdb").exists() and (folder / "pgbench").exists():
            return folder
    raise SystemExit("The measurements need PostgreSQL (apt-get install postgresql).")


def _as_owner(command: Sequence[object]) -> None:
    owner = owner_of_server()
    prefix = ["runuser", "-u", owner.pw_name, "--"] if owner else []
    # Its output goes nowhere: the server keeps the pipe of its starter open for life.
    subprocess.run(
        [*prefix, *map(str, command)], check=True, cwd="/",
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
