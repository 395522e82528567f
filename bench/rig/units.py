"""Processes of the product, kept running as systemd keeps its units: whatever ends is restarted."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Whatever ends us, by force too, ends what we have started. (The parent is the thread that did.)
WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
RESTART_SECONDS = 2.0  # RestartSec of deploy/systemd.


@dataclass(slots=True)
class Unit:
    """One program with its children, in a process group of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    answers: Callable[[], bool]  # Whether it can be used by now.
    owner: Mapping[str, Any] = field(default_factory=dict)  # For Popen: user and group.
    pause: float = RESTART_SECONDS  # Before it is started again.
    fork: Callable[[Path], Any] | None = None  # Starts it in another way than by its command.
    process: Any = None  # A Popen, or what is as good.
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        if self.fork:
            self.process = self.fork(self.log)
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*WITH_US, *self.command], env=dict(self.environment), cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **self.owner,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def children(self) -> list[int]:
        return children_of(self.pid) if self.is_running else []

    def processor_seconds(self) -> float:
        """What its processes have used of the processors since they started."""
        family, left = [], [self.pid]
        while left:
            family.append(left.pop())
            left += children_of(family[-1])
        return sum(processor_seconds_of(pid) for pid in family)

    def kill(self, pid: int | None = None) -> None:
        """Kill -9 its main process, or one of its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid or self.pid, signal.SIGKILL)

    def sweep_up(self) -> None:
        """Kill what is left of the group: of a unit whose main process has ended nothing stays."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def end(self, *, patience: float = 10.0) -> None:
        """Stop it in good order, and by force if it takes too long."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT if self.name == "postgres" else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.sweep_up()
        self.process.wait(patience)


class Keeper:
    """Starts units, and each of them again whenever it has ended, until it is told to stop."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self._due: dict[str, float] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def add(self, unit: Unit) -> None:
        unit.start()
        wait_until(unit.answers, seconds=60, what=f"{unit.name} answers")
        self.units = {**self.units, unit.name: unit}
        if not self._thread.ident:
            self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        if self._thread.ident:
            self._thread.join()

    def _keep(self) -> None:
        while not self._is_over.wait(0.02):
            for unit in self.units.values():
                self._look_after(unit)
        for unit in reversed(self.units.values()):
            unit.end()

    def _look_after(self, unit: Unit) -> None:
        if unit.is_running:
            return
        if unit.name not in self._due:
            unit.sweep_up()
            self._due[unit.name] = time.monotonic() + unit.pause
        elif time.monotonic() >= self._due[unit.name]:
            del self._due[unit.name]
            unit.start()


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(it) for it in children.read_text().split()]
    return found


def processor_seconds_of(pid: int) -> float:
    """User and system time of a process, and of those of its children that have ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(it) for it in after_name[11:15]) / os.sysconf("SC_CLK_TCK")


def title_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def wait_until(question: Callable[[], Any], *, seconds: float, what: str) -> float:
    """Wait until something is so, and say how long it took."""
    began = time.monotonic()
    while not question():
        if time.monotonic() > began + seconds:
            raise TimeoutError(f"Not within {seconds:g} seconds: {what}.")
        time.sleep(0.02)
    return time.monotonic() - began
