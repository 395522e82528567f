"""The earn flow, one purchase at a time and in batches, beside the bare posting of its round.

As a script it is one client: ``python -m bench.earning client SECONDS SEED`` prints its rate.
"""

import random
import subprocess
import sys
import time
import uuid

import django

if __name__ == "__main__":
    django.setup()

from bench import reference
from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result, middle
from loyalty.flows import earn
from loyalty.merchants.models import Program
from loyalty.purchases.sale import Sale, SaleLine
from members.models import Member

MEMBERS = 20_000
ROUNDS = 5
SECONDS = 3.0
BATCH = 1_000


def run(server: Server, database: str, scale: float) -> list[Result]:
    make_program(MEMBERS)
    _batches()
    analyze()
    reference.prepare(server, database)
    one, eight, bare_one, bare_eight, batches = [], [], [], [], []
    for _round in range(ROUNDS):
        bare_one.append(reference.postings_per_second(server, database, clients=1, seconds=SECONDS))
        one.append(_clients(1))
        bare_eight.append(
            reference.postings_per_second(server, database, clients=8, seconds=SECONDS)
        )
        eight.append(_clients(8))
        batches.append(_batches())
    return [
        Result("earn flow, 1 client", middle(one), middle(bare_one), 0.25, "a second"),
        Result("earn flow, 8 clients", middle(eight), middle(bare_eight), 0.5, "a second"),
        Result("purchases in batches of 1,000", middle(batches), middle(bare_one), 3, "a second"),
    ]


def _clients(count: int) -> float:
    """Purchases a second of so many processes at once: all are warm before the first begins."""
    command = [sys.executable, "-m", "bench.earning", "client", str(SECONDS)]
    clients = [
        subprocess.Popen(
            [*command, str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for seed in range(count)
    ]
    for client in clients:
        assert client.stdout
        assert client.stdout.readline() == "ready\n"
    for client in clients:
        assert client.stdin
        client.stdin.write("go\n")
        client.stdin.flush()
    return sum(float(client.communicate()[0]) for client in clients)


def _client(seconds: float, seed: int) -> float:
    program, accounts, luck = *_known(), random.Random(seed)
    for _warming in range(20):
        earn.from_purchase(program, sale_of(luck.choice(accounts)), now=NOW)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        earn.from_purchase(program, sale_of(luck.choice(accounts)), now=NOW)
        done += 1
    return done / (time.perf_counter() - began)


def _batches() -> float:
    program, accounts, luck = *_known(), random.Random(1)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        sales = [sale_of(luck.choice(accounts)) for _ in range(BATCH)]
        earn.from_purchases(program, sales, now=NOW)
        done += BATCH
    return done / (time.perf_counter() - began)


def _known() -> tuple[Program, list[int]]:
    program = Program.objects.get(slug="bench")
    return program, list(Member.objects.filter(program=program).values_list("account", flat=True))


def sale_of(account_id: int) -> Sale:
    return Sale(
        source="bench", reference=uuid.uuid4().hex, made_at=NOW, account_id=account_id,
        lines=(SaleLine(amount_minor=59_90, product="tea", category="drinks"),),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(str(_client(float(sys.argv[2]), int(sys.argv[3]))))
