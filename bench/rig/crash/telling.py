"""What a run has seen, as facts to add up and as lines to read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

Facts = dict[str, Any]


def facts(database: str, seed: str, report: Any, seconds: float) -> Facts:
    """One part of a run."""
    return {
        "database": database, "seed": seed, "seconds": round(seconds),
        "schedules": report.schedules, "kills": dict(report.kills), "granted": report.granted,
        "refused": report.refused, "unanswered": report.unanswered, "letters": report.letters,
        "recoveries": {name: _rounded(took) for name, took in report.recoveries.items()},
        "again": _rounded(report.again), "again_undisturbed": _rounded(report.again_undisturbed),
        "drained": _rounded(report.drained),
        "faults": report.faults,
    }  # fmt: skip


def lines(parts: Sequence[Facts]) -> Iterator[str]:
    for database in dict.fromkeys(part["database"] for part in parts):
        yield from _of_database(database, [it for it in parts if it["database"] == database])
    faults = [fault for part in parts for fault in part["faults"]]
    yield from faults[:20]
    # The last line is what a mutant is told by.
    if faults:
        yield f"{len(faults)} faults, the first: {faults[0]}"
    else:
        yield "Every promise was kept." if parts else "Nothing was tried."


def _of_database(database: str, parts: Sequence[Facts]) -> Iterator[str]:
    def total(name: str) -> int:
        return sum(part[name] for part in parts)

    kills: Counter[str] = Counter()
    recoveries: dict[str, list[float]] = {}
    for part in parts:
        kills.update(part["kills"])
        for name, took in part["recoveries"].items():
            recoveries.setdefault(name, []).extend(took)
    yield (
        f"{database}: {total('schedules')} schedules in {total('seconds')} s, "
        f"{kills.total()} kills; {total('granted'):,} writes acknowledged, {total('refused'):,} "
        f"refused, {total('unanswered'):,} times no answer; {total('letters'):,} letters came; "
        f"{sum(len(part['faults']) for part in parts)} faults."
    )
    for name, took in sorted(recoveries.items()):
        yield f"  {name:16} killed {kills[name]:4} times; the next write after {_spread(took)}"
    for name, title in (
        ("again", "a lost job ran again"),
        ("again_undisturbed", "the same, with no further kill meanwhile"),
        ("drained", "with no further kill nothing was owed any more"),
    ):
        if took := [seconds for part in parts for seconds in part[name]]:
            yield f"  {title}: {len(took)} times, after {_spread(took)}"


def _spread(took: Sequence[float]) -> str:
    some = sorted(took)
    return f"{some[len(some) // 2]:.1f} s (median), {some[-1]:.1f} s at most"


def _rounded(took: Sequence[float]) -> list[float]:
    return [round(it, 2) for it in took]
