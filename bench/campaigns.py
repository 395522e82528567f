"""A purchase under 50 live campaigns and 20 rules beside one under none; and a replay's speed."""

import random
import time
import uuid
from datetime import date, timedelta

from bench.earning import sale_of
from bench.postgres import Server
from bench.program import NOW, analyze, make_program
from bench.result import Result, middle
from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty.earning.models import EarningRule
from loyalty.flows import campaigns, earn, replays, rules
from loyalty.insights.replay.running import Run
from loyalty.merchants.models import Program
from loyalty.purchases.sale import Sale, SaleLine
from members.models import Member

MEMBERS, ROUNDS, PURCHASES = 5_000, 5, 40
SALES, BATCH = 200_000, 1_000  # To be replayed, at full size.
PER_SECOND = 1_700
CAMPAIGNS, RULES = 50, 20
DAY = timedelta(1)


def run(server: Server, database: str, scale: float) -> list[Result]:
    busy = make_program(MEMBERS)
    Program.objects.filter(pk=busy.pk).update(slug="busy")
    calm = make_program(MEMBERS)
    _promise(Program.objects.get(pk=busy.pk))
    analyze()
    slow, quick = [], []
    for _round in range(ROUNDS):
        quick.append(_milliseconds(calm.pk))
        slow.append(_milliseconds(busy.pk))
    return [
        Result("a purchase under 50 campaigns and 20 rules", middle(slow), middle(quick), 3, "ms",
               more_is_better=False),
        Result("replay, purchases a second", _replayed(busy.pk, scale), PER_SECOND, 1, "a second"),
    ]  # fmt: skip


def _promise(program: Program) -> None:
    """Five campaigns give something for the purchase that is measured; the others ask for more."""
    told = {"wallet": "points", "by": None, "now": NOW}
    holding = [{"kind": "category", "codes": ["drinks"]}]
    asking = [
        [{"kind": "category", "codes": ["cake"]}],
        [{"kind": "minimum_spend", "minor": 500_00}],
        [{"kind": "tier", "from_rank": 200}],
        [{"kind": "weekday", "days": ["sat", "sun"]}],
        [{"kind": "nth_purchase", "n": 1_000, "every": True}],
        [{"kind": "holds", "codes": ["mug"]}],
    ]
    double = {"kind": "times", "percent": 200}
    fixed = {"kind": "fixed", "points": 5}
    for number in range(CAMPAIGNS):
        gives = number < 5
        made = campaigns.save(
            program, None, name={"en": f"Campaign {number}"},
            effect=double if number % 2 else fixed, starts_at=NOW - DAY, ends_at=NOW + 400 * DAY,
            conditions=holding if gives else asking[number % len(asking)],
            stacking="add", priority=number,
            caps=[{"limit": 10_000, "period": "month"}] if number % 3 == 0 else [],
            budget=10**9 if number % 10 == 0 else None, **told,
        )  # fmt: skip
        campaigns.schedule(made, by=None, now=NOW)
    for number in range(RULES - EarningRule.objects.filter(program=program).count()):
        rules.save_rule(
            program, None, name={"en": f"Rule {number}"}, conditions=asking[number % len(asking)],
            effect={"kind": "per_spend", "points": 1, "per_minor": 1_000}, **told,
        )  # fmt: skip


def _milliseconds(program_id: int) -> float:
    """Of one purchase, by one client."""
    program, luck = Program.objects.get(pk=program_id), random.Random(1)
    accounts = _accounts(program)
    for _warming in range(5):
        earn.from_purchase(program, sale_of(luck.choice(accounts)), now=NOW)
    began = time.perf_counter()
    for _purchase in range(PURCHASES):
        earn.from_purchase(program, sale_of(luck.choice(accounts)), now=NOW)
    return (time.perf_counter() - began) * 1_000 / PURCHASES


def _replayed(program_id: int, scale: float) -> float:
    """Purchases of three lines that a replay judges in a second, reading and all."""
    Campaign.objects.filter(program=program_id).exclude(name__en="Campaign 1").delete()
    EarningRule.objects.filter(program=program_id, name__en__startswith="Rule").delete()
    program = Program.objects.get(pk=program_id)
    accounts, luck = _accounts(program), random.Random(2)
    for _batch in range(max(1, round(SALES * scale / BATCH))):
        earn.from_purchases(program, [_sale(accounts, luck) for _ in range(BATCH)], now=NOW,
                            letters=False)  # fmt: skip
    analyze()
    campaign = Campaign.objects.get(program=program_id)
    replay = replays.ask(
        campaign, since=date(2026, 5, 1), until=date(2026, 6, 1), by=None, now=NOW,
    )  # fmt: skip
    began = time.perf_counter()
    replays.run_open(Run.of, clock=lambda: NOW)
    seconds = time.perf_counter() - began
    kept = Replay.objects.get(pk=replay.pk)
    assert kept.state == Replay.State.DONE, kept.error
    return kept.done / seconds


def _accounts(program: Program) -> list[int]:
    return list(Member.objects.filter(program=program).values_list("account", flat=True))


def _sale(accounts: list[int], luck: random.Random) -> Sale:
    """Some time in May."""
    made_at = NOW.replace(month=5, day=1) + timedelta(minutes=luck.randrange(30 * 24 * 60))
    lines = tuple(
        SaleLine(amount_minor=luck.randrange(1_00, 200_00), product=product, category=category)
        for product, category in (("tea", "drinks"), ("cake", "cake"), ("mug", "things"))
    )
    return Sale(source="bench", reference=uuid.uuid4().hex, made_at=made_at,
                account_id=luck.choice(accounts), lines=lines)  # fmt: skip
