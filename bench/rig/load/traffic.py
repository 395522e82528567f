"""Requests at a rate, whether or not the ones before are answered: as people come."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.rig.load.town import Ask, Town

PATIENCE = 30.0  # Seconds that somebody waits for an answer.
COME_BACK = (429, 503)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request. Time runs from when somebody wanted it, also if we were late."""

    ask: Ask
    at: float
    seconds: float
    status: int  # 0: no answer at all.
    retry_after: str

    @property
    def is_granted(self) -> bool:
        return 200 <= self.status < 400


@dataclass
class Traffic:
    """What a stretch of time has seen."""

    name: str
    rate: float
    seconds: float
    answers: list[Answer] = field(default_factory=list)
    began: float = 0.0

    def times(self, *, writes: bool) -> list[float]:
        """Seconds until those were answered who were let in."""
        return sorted(
            it.seconds for it in self.answers if it.ask.is_write == writes and it.is_granted
        )

    def statuses(self) -> Counter[int]:
        return Counter(it.status for it in self.answers)


async def run(town: Town, port: int, traffic: Traffic, random: Random) -> None:
    """Let people come by chance, so many a second on average, and wait for their answers."""
    traffic.began = due = time.monotonic()
    waiting: set[asyncio.Task[None]] = set()
    while due < traffic.began + traffic.seconds:
        due += random.expovariate(traffic.rate)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(_visit(town, port, town.next(), due, traffic))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    if waiting:
        await asyncio.wait(waiting)


async def _visit(town: Town, port: int, ask: Ask, due: float, traffic: Traffic) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            status, headers = await _request(port, ask)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        status, headers = 0, {}
    now = time.monotonic()
    answer = Answer(ask, due, now - due, status, headers.get("retry-after", ""))
    traffic.answers.append(answer)
    if answer.is_granted and ask.what == "purchase":
        town.sold.append(ask.reference)


async def _request(port: int, ask: Ask) -> tuple[int, dict[str, str]]:
    """One request on a connection of its own: status and headers, once the body is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        headers = ask.headers | {
            "Host": f"127.0.0.1:{port}", "Connection": "close",
            "Content-Length": str(len(ask.body)),
        }  # fmt: skip
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"{ask.method} {ask.path} HTTP/1.1", *lines, "", ""])
        writer.write(head.encode() + ask.body)
        await writer.drain()
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = dict(line.split(": ", 1) for line in rest if ": " in line)
        await reader.read()
        return int(first.split(" ")[1]), {name.lower(): value for name, value in told.items()}
    finally:
        writer.close()


def percentile(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0
