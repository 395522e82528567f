"""A crowd: threads of several processes, each with a connection of its own, that act at once."""

import importlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from threading import local
from typing import Any

import django

PATIENCE = 120  # Seconds until a crowd that is not complete is given up.


class Crowd:
    """So many actors in so many processes, which stay for all races."""

    def __init__(self, size: int, lines: list[Connection]) -> None:
        self.size = size
        self._lines = lines

    def run(self, name: str, it: Any) -> list[Any]:
        """What each of the crowd did in a race; what is no refusal comes as "!" and the error."""
        for line in self._lines:
            line.send((name, it))
        told: dict[int, Any] = {}
        for line in self._lines:
            told |= line.recv()
        return [told[number] for number in range(self.size)]


@contextmanager
def gathered(size: int, processes: int) -> Iterator[Crowd]:
    """A crowd that is ready to run. Its processes end with it."""
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(size)
    lines, members = [], []
    for place in range(processes):
        ours, theirs = spawn.Pipe()
        numbers = list(range(place, size, processes))
        member = spawn.Process(target=_take_part, args=(theirs, numbers, start), daemon=True)
        member.start()
        lines.append(ours)
        members.append(member)
    try:
        yield Crowd(size, lines)
    finally:
        for line in lines:
            line.close()
        for member in members:
            member.join(10)
            if member.is_alive():
                member.kill()


def _take_part(line: Connection, numbers: list[int], start: Any) -> None:
    """One process: a thread for each actor, which keeps its connection from race to race."""
    django.setup()
    races = importlib.import_module("bench.rig.races.known").RACES
    refusal = importlib.import_module("loyalty.refusal").Refusal
    connections = importlib.import_module("django.db").connections
    here = local()

    def act(name: str, it: Any, number: int) -> Any:
        if not hasattr(here, "is_ready"):
            connections["default"].ensure_connection()
            here.is_ready = True
        start.wait(PATIENCE)
        try:
            return races[name].act(it, number)
        except refusal as said:
            return said.code
        except Exception as error:  # noqa: BLE001
            return "!" + " ".join(f"{type(error).__name__}: {error}".split())

    with ThreadPoolExecutor(len(numbers)) as threads:
        while True:
            try:
                name, it = line.recv()
            except EOFError:
                return
            acts = {number: threads.submit(act, name, it, number) for number in numbers}
            line.send({number: act.result() for number, act in acts.items()})
