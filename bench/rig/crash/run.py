"""Schedule after schedule: load, kill -9, and then the books."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from django.db import DatabaseError, connection
from django.utils import timezone

from bench.rig.crash import books
from bench.rig.crash.asking import Callers, Heard, ask_again, settle
from bench.rig.crash.shop import Shop, open_shop
from bench.rig.crash.watching import Watch
from bench.rig.crash.wishes import Wishes
from bench.rig.inbox import Inbox
from bench.rig.stacks import Stack
from bench.rig.units import RESTART_SECONDS, wait_until

T = TypeVar("T")
CALLERS = 6
RECOVERY = 10.0  # Seconds from a kill to the first write that is granted.
AGAIN = 30.0  # Seconds until a lost job runs again.
DRAINED = 60.0  # Seconds after the last kill in which everything that is owed is done.
MOST_OPEN = 12  # Schedules that may still be owed something, before we wait for them.
AGAIN_ASKED = 12  # Granted wishes that are asked for once more, per schedule.

# How often each thing is killed.
WEIGHTS = {
    "web worker": 5, "web": 3, "worker": 5, "worker's child": 3, "clock": 1, "postgres": 4,
    "backend": 3, "redis": 2, "alone": 1,
}  # fmt: skip
# The kinds of kill that a mutant is shown with.
ONLY: Mapping[str, set[str]] = {
    "web": {"web worker", "web", "alone"},
    "worker": {"worker", "worker's child", "alone"},
    "database": {"postgres"},
}


@dataclass
class Past:
    """A schedule that is over, until all that its shop was owed is done."""

    number: int
    shop: Shop
    wishes: Wishes


@dataclass
class Report:
    """What was seen."""

    schedules: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    granted: int = 0
    refused: int = 0
    unanswered: int = 0
    recoveries: dict[str, list[float]] = field(default_factory=dict)  # Seconds, by what was killed.
    again: list[float] = field(default_factory=list)  # Until a lost job ran again.
    again_undisturbed: list[float] = field(default_factory=list)  # With no further kill meanwhile.
    drained: list[float] = field(default_factory=list)  # Seconds until nothing was owed.
    letters: int = 0
    faults: list[str] = field(default_factory=list)


class Rig:
    """One stack under one seed."""

    def __init__(
        self, stack: Stack, inbox: Inbox, *, seed: str, only: str = "", slack: float = 1.0
    ) -> None:
        self.stack, self.inbox = stack, inbox
        self.seed, self.slack = seed, slack
        self.kills = {
            name: kill for name, kill in stack.kills.items() if not only or name in ONLY[only]
        }
        self.watch = Watch()
        self.report = Report(again=self.watch.again, again_undisturbed=self.watch.again_undisturbed)
        self.open: list[Past] = []
        self.number = 0

    def run(self, *, schedules: int, seconds: float, stop_at_fault: bool) -> None:
        ends = time.monotonic() + seconds
        self.watch.start()
        while self.report.schedules < schedules and time.monotonic() < ends:
            self._schedule()
            if self.report.faults and stop_at_fault:
                return
        self._drain()
        self._count_letters()
        self.watch.stop()
        if (slowest := max(self.watch.again_undisturbed, default=0)) > AGAIN * self.slack:
            self._fault(f"a lost job ran again after {slowest:.0f} s.")

    # --- One schedule ---------------------------------------------------------------------------

    def _schedule(self) -> None:
        self.number += 1
        random = Random(f"{self.seed}/{self.number}")
        shop = self._in_database(lambda: open_shop(self.number, now=timezone.now(), random=random))
        wishes, heard = Wishes(shop, random), Heard()
        callers = Callers(
            self.stack.port, wishes, heard, count=CALLERS, seed=f"{self.seed}/{self.number}"
        )
        callers.start()
        try:
            for _time in range(random.choice([1, 1, 2])):
                self._wait_for_the_moment(random)
                self._kill(random, heard)
            time.sleep(random.uniform(0.1, 0.3))
        finally:
            callers.stop()
        self._look(shop, wishes, heard, random)
        self.report.schedules += 1
        self._tell()

    def _wait_for_the_moment(self, random: Random) -> None:
        """Any moment; or the one in which a letter is being handed in."""
        time.sleep(random.uniform(0.1, 0.9))
        if random.random() < 0.5:
            self.inbox.at_work.clear()
            self.inbox.at_work.wait(1.0)
            time.sleep(random.uniform(0, 0.04))

    def _kill(self, random: Random, heard: Heard) -> None:
        names = list(self.kills)
        name = random.choices(names, [WEIGHTS[it] for it in names])[0]
        killed_at = time.monotonic()
        self.watch.kills.append(killed_at)
        self.kills[name](random)
        self.report.kills[name] += 1
        if name in ("worker", "worker's child", "alone"):
            self._in_database(lambda: self.watch.lose(killed_at))
        try:
            wait_until(
                lambda: heard.first_after(killed_at),
                seconds=4 * RECOVERY * self.slack,
                what="a write is granted",
            )
        except TimeoutError as error:
            self._fault(f"after the kill of {name}: {error}")
            return
        took = (heard.first_after(killed_at) or 0) - killed_at + self._spared(name)
        self.report.recoveries.setdefault(name, []).append(took)
        if took > RECOVERY * self.slack:
            self._fault(f"after the kill of {name} it took {took:.1f} s until a write was granted.")

    # --- Looking --------------------------------------------------------------------------------

    def _look(self, shop: Shop, wishes: Wishes, heard: Heard, random: Random) -> None:
        for fault in self._halves(shop, wishes):
            self._fault(fault)
        left = settle(self.stack.port, wishes, heard, seconds=30 * self.slack)
        for wish in left:
            self._fault(f"{wish.kind} {wish.name} is not answered at all.")
        granted = [wish for wish in wishes.all if wish.is_granted]
        again = random.sample(granted, min(AGAIN_ASKED, len(granted)))
        ask_again(self.stack.port, wishes, heard, again)
        self.report.granted += len(granted)
        self.report.refused += sum(bool(wish.refusal) for wish in wishes.all)
        self.report.unanswered += heard.unanswered
        for fault in heard.faults:
            self._fault(fault)
        self.open.append(Past(self.number, shop, wishes))
        for fault in self._in_database(books.breaches):
            self._fault(fault)
        self._look_back()
        if len(self.open) >= MOST_OPEN:
            self._drain()

    def _halves(self, shop: Shop, wishes: Wishes) -> list[str]:
        """What is half there, also a second later: a backend may still be at what nobody awaits."""
        found = self._in_database(lambda: list(books.halves(shop, wishes.all)))
        if found:
            time.sleep(1)
            found = self._in_database(lambda: list(books.halves(shop, wishes.all)))
        return found

    def _look_back(self) -> None:
        """The books of every schedule of which all is drained by now."""
        for past in list(self.open):
            if not self._owed(past):
                self._close(past)

    def _owed(self, past: Past) -> dict[str, int]:
        return self._in_database(lambda: books.owed(past.shop, now=timezone.now()))

    def _close(self, past: Past) -> None:
        self.open.remove(past)
        found = self._in_database(
            lambda: list(books.faults(past.shop, past.wishes.all, self.inbox))
        )
        for fault in found:
            self._fault(f"schedule {past.number}: {fault}")

    def _drain(self) -> None:
        """Kill nothing, and wait until nothing is owed any more."""
        began = time.monotonic()
        while self.open and time.monotonic() < began + DRAINED * self.slack:
            self._look_back()
            time.sleep(0.3)
        for past in self.open:
            left = self._owed(past)
            self._fault(
                f"schedule {past.number}: after {DRAINED * self.slack:g} s there are still {left}."
            )
        self.open = []
        self.report.drained.append(time.monotonic() - began)

    def _count_letters(self) -> None:
        self.report.letters = len(self.inbox.message_ids())
        for stranger in self._in_database(lambda: books.strangers(self.inbox)):
            self._fault(f"the letter {stranger} came, and nobody owes it.")

    # --- What they share ------------------------------------------------------------------------

    def _spared(self, name: str) -> float:
        """What systemd would have waited longer than we did before it started a unit again."""
        unit = self.stack.keeper.units.get(name)
        return RESTART_SECONDS - unit.pause if unit else 0.0

    @staticmethod
    def _in_database(question: Callable[[], T]) -> T:
        """Ask the database, as soon as it answers; and let go of it, so that its file is alone."""
        ends = time.monotonic() + RECOVERY
        while True:
            try:
                return question()
            except DatabaseError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)
            finally:
                connection.close()

    def _fault(self, fault: str) -> None:
        self.report.faults.append(f"[{self.seed}/{self.number}] {fault}")
        sys.stderr.write(f"\nFAULT [{self.seed}/{self.number}] {fault}\n")

    def _tell(self) -> None:
        report = self.report
        sys.stderr.write(
            f"\r{report.schedules} schedules, {report.kills.total()} kills, "
            f"{report.granted} writes granted, {len(report.faults)} faults, "
            f"{len(self.open)} not drained yet "
        )
        sys.stderr.flush()
