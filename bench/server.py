"""POST /api/v1/purchases through a server with two workers, beside the bare posting."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from bench import reference
from bench.earning import _batches
from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result, middle
from loyalty.flows import keys
from loyalty.merchants.keys import SCOPES
from members.models import Member

MEMBERS = 20_000
CALLERS = 8
ROUNDS = 5
SECONDS = 3.0


def run(server: Server, database: str, scale: float) -> list[Result]:
    program = make_program(MEMBERS)
    _batches()
    members = list(
        Member.objects.filter(program=program).values_list("public_id", flat=True)[:2000]
    )
    _key, token = keys.create(program, name="Bench", scopes=SCOPES, by=None, now=NOW)
    analyze()
    reference.prepare(server, database)
    asked, bare = [], []
    with _web() as port:
        _rate(port, token, members, 2.0)
        for _round in range(ROUNDS):
            bare.append(
                reference.postings_per_second(server, database, clients=CALLERS, seconds=SECONDS)
            )
            asked.append(_rate(port, token, members, SECONDS))
        one = reference.postings_per_second(server, database, clients=1, seconds=SECONDS)
    told = f"POST /purchases, 2 workers, {CALLERS} callers"
    return [
        Result(f"{told} (bare: 8 clients)", middle(asked), middle(bare), 0.25, "a second"),
        Result(f"{told} (bare: 1 client)", middle(asked), one, 0.25, "a second"),
    ]


@contextmanager
def _web() -> Iterator[int]:
    """The server as production runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "loyalty.wsgi", "--workers", "2", "--threads", "4",
        "--bind", f"127.0.0.1:{port}", "--log-level", "warning",
    ]  # fmt: skip
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    web = subprocess.Popen(command, env=environment)
    try:
        for _try in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        web.terminate()
        web.wait(10)


def _rate(port: int, token: str, members: list[str], seconds: float) -> float:
    """Purchases a second that callers on kept connections get answered."""
    counts = [0] * CALLERS
    ends = time.perf_counter() + seconds

    def call(place: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < ends:
            body = json.dumps({
                "source": "bench", "reference": uuid.uuid4().hex, "made_at": NOW.isoformat(),
                "member": members[(place * 7 + counts[place]) % len(members)], "total": "59.90",
            })  # fmt: skip
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            line.request("POST", "/api/v1/purchases", body, headers)
            answer = line.getresponse()
            told = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {told[:300]!r}")
            counts[place] += 1

    callers = [threading.Thread(target=call, args=[place]) for place in range(CALLERS)]
    began = time.perf_counter()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(counts) / (time.perf_counter() - began)
