"""`manage.py run`, forked from a process that has imported everything: it starts in no time.

For a rig that kills it a thousand times. From its first line on it does what it always does.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import django
from django.core.management import call_command, load_command_class
from django.urls import get_resolver

from bench.rig.units import ROOT, WITH_US

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Forked:
    """A child of the nursery, by the methods of Popen that a unit asks for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self, timeout: float | None = None) -> int:
        ends = time.monotonic() + (timeout or 60)
        while self.poll() is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 60)
            time.sleep(0.01)
        return 0


class Nursery:
    """The process that forks, seen from the rig."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [*WITH_US, sys.executable, "-m", "bench.rig.nursery"], env=dict(environment), cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def fork(self, log: Path) -> Forked:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{log}\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


def main() -> None:
    """Fork for each line that names a log; nobody waits for the children."""
    django.setup()
    load_command_class("loyalty", "run")
    get_resolver().url_patterns  # noqa: B018 - imports every view.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if pid := os.fork():
            print(pid, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        os.setsid()
        log = os.open(line.strip(), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["manage.py", "run"]
        for ended in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ended, signal.SIG_DFL)
        call_command("run")
        os._exit(0)


if __name__ == "__main__":
    main()
