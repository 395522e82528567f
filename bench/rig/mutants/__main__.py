"""Break Taem once for each mutant, and see that the check which must notice does.

For each mutant: the check passes without it; with it, the broken place is met, and the check fails
by an assertion (or by the exception that the mutant names), not because the mutant itself crashes.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import django

from bench.postgres import own_server

if __name__ == "__main__":
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.rig.settings", "ENV": "test", "WALK": "whole",
    }  # fmt: skip
    django.setup()

from bench.rig.breaking import HITS
from bench.rig.mutants import VARIABLE, Mutant, all_mutants

ROOT = Path(__file__).parents[3]
LIST = Path(__file__).parent / "README.md"
TIMEOUT = 600
SURVIVED, UNTRIED = "**Survived:** ", "not tried yet"
# What a test says of itself: an assertion, or pytest.raises to which nothing was raised.
ASSERTION = re.compile(r"^(AssertionError\b|assert\b|Failed: DID NOT RAISE|AssertionError$)")
# How Python ends when nobody caught an error: with 1, as a rig that found something.
CRASH = re.compile(r"^[\w.]*(Error|Exception)\b")


@dataclass
class Verdict:
    """What came of one run of a check."""

    passed: bool
    told: str  # How it failed, in its own words.
    is_crash: bool = False
    hits: int = 0


def main() -> int:
    options, known = _options(), all_mutants()
    chosen = [
        it for it in known.values()
        if it.name in (options.only or [it.name]) and it.area in (options.area or [it.area])
    ]  # fmt: skip
    if unknown := set(options.only or []) - {it.name for it in chosen}:
        sys.exit(f"There is no mutant named {', '.join(sorted(unknown))}.")
    chosen.sort(key=lambda it: (it.area, it.name))
    if options.list:
        for it in chosen:
            print(f"{it.area:12} {it.name:40} {it.caught_by}\n{'':12} {it.sentence}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(1))  # Ends our server, too.
    with _checks() as checks:
        results = [(it, _try(it, checks)) for it in chosen]
    survivors = [it.name for it, (caught, _told, _hits) in results if not caught]
    print(f"\n{len(results) - len(survivors)} of {len(results)} mutants caught.")
    if survivors:
        print("Survived:", ", ".join(survivors))
    tried = {it.name: f"{'' if caught else SURVIVED}{told}" for it, (caught, told, _h) in results}
    LIST.write_text(_page(known.values(), _told_before() | tried))
    return 1 if survivors else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rig.mutants", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="this one; may be repeated")
    parser.add_argument("--area", action="append", help="those of one module; may be repeated")
    parser.add_argument("--list", action="store_true", help="say which there are, and stop")
    return parser.parse_args()


def _try(it: Mutant, checks: "Checks") -> tuple[bool, str, int]:
    """Whether a mutant is caught, how the check told of it, and how often it was met."""
    healthy = checks.run(it, broken=False)
    broken = checks.run(it, broken=True) if healthy.passed else healthy
    if not healthy.passed:
        caught, told = False, f"the check fails without it: {healthy.told}"
    elif broken.passed:
        caught, told = False, "the check passes" + ("" if broken.hits else ": it was never met")
    elif broken.is_crash:
        caught, told = False, f"not by an assertion: {broken.told}"
    else:
        caught, told = bool(broken.hits), broken.told if broken.hits else "it was never met"
    print(f"{'caught  ' if caught else 'SURVIVED'} {it.area}/{it.name}: {told}", flush=True)
    return caught, told, broken.hits


class Checks:
    """Runs checks, each of them without a mutant only once."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._healthy: dict[tuple[str, str], Verdict] = {}
        self._postgres = ""
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))

    def run(self, it: Mutant, *, broken: bool) -> Verdict:
        known = (it.caught_by, it.on)
        if not broken and known in self._healthy:
            return self._healthy[known]
        with tempfile.TemporaryDirectory() as folder:
            hits = Path(folder) / "hits"
            environment = self._environment(it.on) | {HITS: str(hits), "VAR_DIR": folder}
            if broken:
                environment[VARIABLE] = it.name
            if it.caught_by.startswith("tests/"):
                verdict = self._pytest(it, environment, Path(folder))
            else:
                verdict = _rig(it, environment)
            verdict.hits = hits.stat().st_size if hits.exists() else 0
        if not broken:
            self._healthy[known] = verdict
        return verdict

    def _pytest(self, it: Mutant, environment: dict[str, str], folder: Path) -> Verdict:
        """Run a test on tables that were made once: on PostgreSQL in place, on SQLite on a copy."""
        tables = self._folder / "tables.sqlite3"
        if it.on == "sqlite":
            mine = folder / "test.sqlite3"
            if tables.exists():
                shutil.copy(tables, mine)
            environment["TAEM_TEST_DATABASE"] = str(mine)
        verdict = _pytest(it, environment, folder)
        if it.on == "sqlite" and VARIABLE not in environment and not tables.exists():
            shutil.copy(mine, tables)
        return verdict

    def _environment(self, database: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", VARIABLE)}
        if database == "postgresql":
            inherited["DATABASE_URL"] = self._url()
        return inherited

    def _url(self) -> str:
        if not self._postgres:
            self._postgres = self._stack.enter_context(own_server()).url("postgres")
        return self._postgres


@contextmanager
def _checks() -> Iterator[Checks]:
    with ExitStack() as stack:
        yield Checks(stack)


def _pytest(it: Mutant, environment: dict[str, str], folder: Path) -> Verdict:
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--reuse-db", "-p", "no:cacheprovider",
               f"--junit-xml={report}", *it.caught_by.split()]  # fmt: skip
    done = _run(command, environment)
    if done.returncode == 0:
        return Verdict(True, "")
    if done.returncode == 1 and report.exists():
        return _read(report, it)
    return Verdict(False, _last_line(done.stdout + done.stderr), is_crash=True)


def _read(report: Path, it: Mutant) -> Verdict:
    """What the first test that failed said."""
    for case in ElementTree.parse(report).iter("testcase"):
        for problem in case:
            if problem.tag in ("failure", "error"):
                said = problem.get("message", "").strip()
                told = f"`{case.get('name')}`: {_short(said)}"
                known = bool(ASSERTION.match(said)) or bool(it.told_by and it.told_by in said)
                return Verdict(False, told, is_crash=problem.tag == "error" or not known)
    return Verdict(False, "no test says why", is_crash=True)


def _rig(it: Mutant, environment: dict[str, str]) -> Verdict:
    name, _colon, what = it.caught_by.partition(":")
    command = [sys.executable, "-m", f"bench.rig.{name}", "--short"]
    if what:
        command += ["--only", what]
    done = _run([*command, "--on", it.on], environment)
    crashed = done.returncode not in (0, 1) or bool(CRASH.match(_last_line(done.stderr)))
    told = _last_line(done.stderr if crashed else done.stdout)
    return Verdict(done.returncode == 0, f"`{it.caught_by}`: {_short(told)}", is_crash=crashed)


def _run(command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT,
        check=False,
    )  # fmt: skip


def _last_line(told: str) -> str:
    return (told.strip().splitlines() or ["it said nothing"])[-1]


def _short(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= 110 else line[:109] + "…"


def _told_before() -> dict[str, str]:
    """What the page says of each mutant that was tried before."""
    rows = re.findall(r"^\| \w+ \| `(\w+)` \| .*? \| (.*) \|$", LIST.read_text(), re.MULTILINE)
    return dict(rows)


def _page(known: Iterable[Mutant], told: dict[str, str]) -> str:
    rows = [
        (it, told.get(it.name, UNTRIED).replace("|", "¦"))
        for it in sorted(known, key=lambda it: (it.area, it.name))
    ]
    lines = [f"| {it.area} | `{it.name}` | {it.sentence} | {said} |" for it, said in rows]
    survived = sum(said.startswith(SURVIVED) for _it, said in rows)
    untried = sum(said == UNTRIED for _it, said in rows)
    count = f"{len(rows)} mutants: {len(rows) - survived - untried} caught, {survived} survived, "
    count += f"{untried} not tried yet."
    return "\n".join([_INTRODUCTION, count, "", *_HEAD, *lines, ""])


_HEAD = ["| area | mutant | what is broken | how the check tells of it |", "|---|---|---|---|"]
_INTRODUCTION = """\
# Mutants

Taem broken on purpose, one promise at a time. A check proves something only if it fails when the
promise is broken: `python -m bench.rig.mutants` runs for each mutant the check that must catch it,
first without the mutant, then with it, and writes what came of it into this page. `--list` says
which there are, `--only NAME` tries one, `--area AREA` those of a module.

To add one, write a function into `bench/rig/mutants/AREA.py` that breaks the product by the ways of
`bench/rig/breaking.py`, with one sentence that says what is broken:

```python
@mutant(caught_by="tests/laws/test_ledger_laws.py::test_points_that_are_not_there_cannot_be_spent")
def redeems_without_looking() -> None:
    \"\"\"A redemption does not ask whether the points are there.\"\"\"
    rewrite(posting.redeem, "of.points < points", "False")
```

`caught_by` is what pytest is to run, or a rig and what of it: `"races:last_item"` runs
`python -m bench.rig.races --short --only last_item --on sqlite`, which exits with 1, its last line
saying what is broken, or with 0; any other code is a crash. `on="postgresql"` tries it there.
`told_by="IntegrityError"` names the exception of a second defence, where no assertion tells.
`rewrite` and `replace` count each time the broken place is met; what is never met is not caught.
A process of the product takes part when its settings are `bench.rig.settings` (which adds the app
that applies the mutant) and ENV is test; TAEM_MUTANT switches it on. Production code knows nothing
of it.
"""

if __name__ == "__main__":
    sys.exit(main())
