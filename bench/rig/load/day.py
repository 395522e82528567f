"""An ordinary day, a rush, and the minute after it."""

import argparse
import os
from collections import Counter
from random import Random

from django.utils import timezone

from bench.rig.crash import books
from bench.rig.load import traffic
from bench.rig.load.town import settle_town
from bench.rig.load.traffic import COME_BACK, Traffic, percentile
from bench.rig.stacks import Stack
from bench.rig.units import processor_seconds_of
from loyalty.ledger.models import Entry
from loyalty.purchases.models import Purchase, Refund
from loyalty.rewards.models import Redemption

READ, WRITE = 0.3, 0.5  # Seconds within which 95 of 100 are answered.
RECOVERS = 60.0  # Seconds after the rush.
WINDOW = 5.0  # Seconds that are looked at together after the rush.
TRIAL = 20.0


class Day:
    """One run against one stack."""

    def __init__(self, stack: Stack, options: argparse.Namespace, *, seed: str) -> None:
        self.stack, self.options = stack, options
        self.random = Random(seed)
        self.town = settle_town(random=self.random, now=timezone.now())
        self.seen: list[Traffic] = []
        self.faults: list[str] = []

    async def live(self) -> None:
        options = self.options
        await self._stretch("warming up", min(options.rate, 10.0), 10.0)
        for rate in options.rates:
            await self._stretch(f"trial at {rate:g}", rate, TRIAL)
        ordinary = await self._stretch("ordinary day", options.rate, options.seconds)
        self._judge_times(ordinary)
        rush = await self._stretch("rush", options.rate * options.times, options.rush)
        after = await self._stretch("after the rush", options.rate, RECOVERS + 2 * WINDOW)
        self._judge_rush(rush)
        self._judge_recovery(after)

    async def _stretch(self, name: str, rate: float, seconds: float) -> Traffic:
        load = os.getloadavg()[0]
        stretch = Traffic(name, rate, seconds)
        before = self._used()
        await traffic.run(self.town, self.stack.port, stretch, self.random)
        used = {unit: seconds - before[unit] for unit, seconds in self._used().items()}
        self.seen.append(stretch)
        print(_line(stretch), flush=True)
        print(f"  load of the machine before it {load:.1f}; {_costs(stretch, used)}", flush=True)
        return stretch

    def _used(self) -> dict[str, float]:
        """Seconds of the processors that each part has used by now."""
        units = self.stack.keeper.units.values()
        used = {unit.name: unit.processor_seconds() for unit in units}
        return used | {"the caller": processor_seconds_of(os.getpid())}

    # --- Judging --------------------------------------------------------------------------------

    def _judge_times(self, day: Traffic) -> None:
        for name, writes, most in (("reads", False, READ), ("writes", True, WRITE)):
            took = percentile(day.times(writes=writes), 0.95)
            if took > most:
                self._fault(f"95 of 100 {name} took up to {took * 1000:.0f} ms.")
        if bad := {status for status in day.statuses() if not 200 <= status < 400}:
            self._fault(f"on an ordinary day there were answers {sorted(bad)}.")

    def _judge_rush(self, rush: Traffic) -> None:
        for answer in rush.answers:
            if answer.status in COME_BACK and not answer.retry_after:
                self._fault(f"{answer.ask.what}: {answer.status} without Retry-After.")
            elif answer.status not in COME_BACK and not answer.is_granted:
                self._fault(f"{answer.ask.what} in the rush: {answer.status}")

    def _judge_recovery(self, after: Traffic) -> None:
        """The first few seconds together in which all was as promised, and from then on."""
        last_bad = -WINDOW
        start = 0.0
        while start < after.seconds:
            some = [it for it in after.answers if start <= it.at - after.began < start + WINDOW]
            window = Traffic("", after.rate, WINDOW, some)
            slow = (
                percentile(window.times(writes=False), 0.95) > READ
                or percentile(window.times(writes=True), 0.95) > WRITE
            )
            if slow or any(not it.is_granted for it in some):
                last_bad = start
            start += WINDOW
        recovered = last_bad + WINDOW
        print(f"all was as before {recovered:.0f} s after the rush")
        if recovered > RECOVERS:
            self._fault(f"{RECOVERS:g} s after the rush it is not as before.")

    # --- Looking --------------------------------------------------------------------------------

    def look(self) -> None:
        """Whatever was granted is there once, and nothing else is."""
        asked: Counter[str] = Counter()
        granted: Counter[str] = Counter()
        for answer in (it for stretch in self.seen for it in stretch.answers if it.ask.is_write):
            asked[answer.ask.reference] += 1
            granted[answer.ask.reference] += answer.is_granted
        there = self._there()
        if lost := +granted - there:
            self._fault(f"{lost.total()} writes were granted and are lost: {list(lost)[:3]}")
        if invented := there - asked:
            self._fault(f"{invented.total()} are there too often: {list(invented)[:3]}")
        for breach in books.breaches():
            self._fault(breach)
        print(f"{(+granted).total():,} writes were granted, {there.total():,} are there")

    def _there(self) -> Counter[str]:
        program = self.town.program
        found: Counter[str] = Counter()
        for rows in (Purchase.objects, Refund.objects):
            told = rows.filter(program=program, source="till")
            found.update(told.values_list("reference", flat=True))
        made = Redemption.objects.filter(program=program).values_list("key", flat=True)
        found.update(key.removeprefix("redeem:") for key in made)
        moved = Entry.objects.filter(balance__wallet__program=program, key__startswith="adjust:")
        found.update(key.removeprefix("adjust:") for key in moved.values_list("key", flat=True))
        return found

    def _fault(self, fault: str) -> None:
        self.faults.append(fault)
        if len(self.faults) <= 20:
            print(f"FAULT {fault}", flush=True)


def _costs(stretch: Traffic, used: dict[str, float]) -> str:
    """What a request cost, which does not depend on who else uses the machine."""
    took = max(stretch.seconds, max((it.at + it.seconds for it in stretch.answers), default=0.0)
               - stretch.began)  # fmt: skip
    requests = max(1, len(stretch.answers))
    ours = sum(seconds for name, seconds in used.items() if name != "the caller")
    parts = ", ".join(
        f"{name} {seconds / requests * 1000:.1f}"
        for name, seconds in used.items()
        if seconds / requests >= 0.0001
    )
    cores = os.cpu_count() or 1
    return (
        f"a request cost {ours / requests * 1000:.1f} ms of a processor ({parts}); "
        f"{ours / took / cores:.0%} of {cores} processors"
    )


def _line(stretch: Traffic) -> str:
    statuses = ", ".join(f"{count:,} × {status}" for status, count in stretch.statuses().items())
    parts = [f"{stretch.name}: {stretch.rate:g} a second for {stretch.seconds:g} s: {statuses}"]
    for name, writes in (("reads", False), ("writes", True)):
        times = stretch.times(writes=writes)
        parts.append(
            f"{name} {_ms(times, 0.5)} (median), {_ms(times, 0.95)} (95 of 100), "
            f"{_ms(times, 1.0)} at most"
        )
    turned = sorted(it.seconds for it in stretch.answers if it.status in COME_BACK)
    if turned:
        parts.append(f"turned away after {_ms(turned, 0.5)} (median), {_ms(turned, 0.95)}")
    return "; ".join(parts)


def _ms(times: list[float], share: float) -> str:
    return f"{percentile(times, share) * 1000:.0f} ms"
