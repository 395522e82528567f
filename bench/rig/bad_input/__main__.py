"""Send Taem what nobody should send, and see that it says no: never a 5xx, nothing half done.

Cases come from corpora, each of them endless and by one seed. An answer must be below 500; one of
the API must be as its description says, with a code; one of 4xx must have changed no row. At the
end every list is read once more, and the ledger is audited.
"""

import argparse
import importlib
import logging
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.test.utils import setup_test_environment

from bench.postgres import own_server

SHORT = 4_000
SHORT_OF_ONE = 1_000
LONG = 100_000
MOST_TOLD = 20
# What part of all cases each corpus has, and where it is.
CORPORA = {
    "fields": (34, "api"), "described": (14, "api"), "bodies": (12, "api"), "queries": (8, "api"),
    "addresses": (6, "api"), "headers": (8, "api"), "hooks": (9, "hooks"), "forms": (7, "forms"),
    "files": (2, "files"),
}  # fmt: skip
READ_AT_LAST = ("/dashboard/cafe/members/", "/dashboard/cafe/purchases/",
    "/dashboard/cafe/refunds/",
                "/dashboard/cafe/letters/", "/dashboard/cafe/vouchers/", "/dashboard/cafe/trail/",
                "/dashboard/cafe/hooks/", "/dashboard/cafe/", "/dashboard/cafe/trail/csv/",
                "/dashboard/cafe/members/csv/", "/p/cafe/activity/")  # fmt: skip


def main() -> int:
    options = _options()
    print(f"seed {options.seed}, {options.cases} cases on {options.on}", flush=True)
    with _database(options.on) as url, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DATABASE_URL": url, "ENV": "test", "DJANGO_SETTINGS_MODULE": "bench.rig.settings",
            "EMAIL_URL": "dummymail://", "VAR_DIR": folder, "API_REQUESTS_A_MINUTE": "100000000",
            "API_VOUCHERS_A_MINUTE": "100000000", "API_BAD_KEYS_A_MINUTE": "100000000",
            "REDIS_URL": "", "FAILED_SIGN_INS_A_MINUTE": "100000000",
        }  # fmt: skip
        django.setup()
        setup_test_environment()
        logging.disable(logging.CRITICAL)
        call_command("migrate", verbosity=0)
        return _run(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rig.bad_input", description=__doc__)
    parser.add_argument("--cases", type=int, default=LONG)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--short", action="store_true", help=f"{SHORT:,} cases, as in CI")
    parser.add_argument("--only", action="append", metavar="CORPUS", choices=[*CORPORA])
    parser.add_argument("--on", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    if options.short:
        options.cases = SHORT_OF_ONE if options.only else SHORT
    return options


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "postgresql":
        with own_server() as server:
            server.run("createdb", "bad_input")
            yield server.url("bad_input")
    else:
        with tempfile.TemporaryDirectory(prefix="taem-bad-input-") as folder:
            yield f"sqlite:///{Path(folder) / 'bad_input.sqlite3'}"


def _run(options: argparse.Namespace) -> int:
    world = importlib.import_module("bench.rig.bad_input.world").make_world()
    chance = random.Random(options.seed)
    corpora = {
        name: getattr(importlib.import_module(f"bench.rig.bad_input.{place}"), name)(
            world, random.Random(f"{options.seed} {name}")
        )
        for name, (_share, place) in CORPORA.items()
        if name in (options.only or CORPORA)
    }
    session = Session()
    signal.signal(signal.SIGTERM, session.stop)
    began = time.perf_counter()
    shares = [CORPORA[name][0] for name in corpora]
    for number in range(1, options.cases + 1):
        name = chance.choices([*corpora], shares)[0]
        session.try_out(name, next(corpora[name]))
        if session.is_stopped:
            break
        if number % 5_000 == 0:
            seconds = time.perf_counter() - began
            print(f"{number:,} cases, {len(session.wrong)} wrong, {seconds:.0f} s", flush=True)
    session.read_again(world)
    session.audit()
    return session.tell(time.perf_counter() - began)


class Session:
    """All cases of a run, and what was wrong."""

    def __init__(self) -> None:
        self.watcher = importlib.import_module("bench.rig.bad_input.watching").Watcher()
        self.transactions = importlib.import_module("django.db.transaction")
        self.answers: Counter[tuple[str, int]] = Counter()
        self.is_stopped = False
        self.wrong: list[str] = []

    def stop(self, *_signal: Any) -> None:
        """Asked to end, say what was found so far."""
        self.is_stopped = True

    def try_out(self, corpus: str, case: Any) -> None:
        try:
            answer, problem = self._undone(case) if case.is_undone else self._done(case)
        except Exception as error:  # noqa: BLE001
            place = traceback.extract_tb(error.__traceback__)[-1]
            self._note(
                corpus,
                case.what,
                f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})",
            )
            return
        self.answers[corpus, answer.status_code] += 1
        if answer.status_code >= 500:
            problem = f"{answer.status_code} {_why(answer)}"
        if problem:
            self._note(corpus, case.what, problem)

    def _done(self, case: Any) -> tuple[Any, str]:
        self.watcher.begin()
        answer = case.send()
        written = self.watcher.written() if 400 <= answer.status_code < 500 else set()
        if written:
            return answer, f"{answer.status_code}, but {', '.join(sorted(written))} changed"
        return answer, case.judge(answer) if answer.status_code < 500 else ""

    def _undone(self, case: Any) -> tuple[Any, str]:
        """As in a test: all of it happens, and is rolled back."""
        around = self.transactions.atomic()
        around._from_testcase = True
        with around:
            try:
                return self._done(case)
            finally:
                self.transactions.set_rollback(True)

    def read_again(self, world: Any) -> None:
        """What was let in can be shown, by every list."""
        desk = importlib.import_module("bench.rig.bad_input.world").desk_of(world)
        for address in READ_AT_LAST:
            answer = desk.get(address)
            if answer.streaming:
                b"".join(answer.streaming_content)
            if answer.status_code >= 500:
                self._note("reading", address, f"{answer.status_code} {_why(answer)}")

    def audit(self) -> None:
        for app in ("ledger", "purchases"):
            for breach in importlib.import_module(f"loyalty.{app}.audit").breaches():
                self._note("audit", app, str(breach))

    def tell(self, seconds: float) -> int:
        by_class: dict[str, Counter[str]] = {}
        for (corpus, status), times in sorted(self.answers.items()):
            by_class.setdefault(corpus, Counter())[f"{status // 100}xx"] += times
        for corpus, counts in by_class.items():
            told = ", ".join(f"{times:,} × {kind}" for kind, times in sorted(counts.items()))
            print(f"{corpus:10} {told}")
        tried = sum(self.answers.values())
        print(f"{tried:,} cases in {seconds:.0f} s: {len(self.wrong):,} wrong")
        if self.wrong:
            said = f"{len(self.wrong)} answers break a promise: {self.wrong[0]}"
            print(" ".join(said.split())[:400])
        return 1 if self.wrong else 0

    def _note(self, corpus: str, what: str, problem: str) -> None:
        self.wrong.append(f"{corpus}: {problem}\n    {what[:600]}")
        if len(self.wrong) <= MOST_TOLD:
            print(self.wrong[-1], flush=True)


def _why(answer: Any) -> str:
    error = getattr(answer, "exc_info", None)
    if not error:
        return str(answer.content[:200]) if not answer.streaming else ""
    frames = [it for it in traceback.extract_tb(error[2]) if "/loyalty/" in it.filename]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{error[0].__name__}: {error[1]}"[:300] + place


if __name__ == "__main__":
    sys.exit(main())
