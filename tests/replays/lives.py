"""The same months lived twice: once with a campaign, once without, to be replayed."""

import random
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import Sum

from campaigns.holdout import is_held_out
from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty.flows import campaigns, replays
from loyalty.flows.outcomes import Outcome
from loyalty.insights.replay.running import Run
from loyalty.merchants.models import Program
from loyalty.purchases.models import PurchaseAward
from loyalty.purchases.sale import SaleLine
from members.models import Member
from tests.makers import bring_back, buy, make_member, make_program, make_rule, make_tiers

FIRST, LAST = date(2026, 4, 1), date(2026, 5, 1)  # Half-open.
BEGIN = datetime(2026, 3, 31, 17, tzinfo=UTC)  # Midnight of the first in Bangkok.
END = datetime(2026, 4, 30, 17, tzinfo=UTC)
NOW = datetime(2026, 6, 2, 5, tzinfo=UTC)
DOUBLE = {"kind": "times", "percent": 200}
PRODUCTS = (("tea", "drinks"), ("cake", "food"), ("mug", "things"))


def make_shop(slug: str, **fields: Any) -> Program:
    """A program of three tiers, of spend in a calendar year, and a rule that counts them."""
    program = make_program(slug, **fields)
    make_rule(program)
    make_tiers(program, 0, 300_00, 900_00)
    program.refresh_from_db()
    return program


def plan(program: Program, *, live: bool = False, **told: Any) -> Campaign:
    """A draft of April, or the same as it was promised before April."""
    told = {"name": {"en": "April"}, "wallet": "points", "effect": DOUBLE, "starts_at": BEGIN,
            "ends_at": END} | told  # fmt: skip
    before = BEGIN - timedelta(days=1)
    made = campaigns.save(program, None, by=None, now=before, **told)
    return campaigns.schedule(made, by=None, now=before) if live else made


def seed_for(members: Sequence[Member], held: Collection[Member], percent: int) -> str:
    """A public id whose draw holds exactly these out: accounts have other numbers in each run."""
    wanted = {it.account_id for it in held}
    for number in count(1):
        seed = f"seed{number}"
        accounts = [it.account_id for it in members]
        if {it for it in accounts if is_held_out(seed, it, percent)} == wanted:
            return seed
    raise AssertionError


def live_through(program: Program, seed: int, sales: int = 16) -> list[Member]:
    """Sales and refunds of March to May, the same for the same seed."""
    luck = random.Random(seed)
    joined = {"now": BEGIN - timedelta(days=60)}
    members = [
        make_member(program, f"m{number}@example.org", **joined) for number in range(4)
    ]  # fmt: skip
    at = BEGIN - timedelta(days=10)
    bought: list[tuple[Member, Outcome, int]] = []
    for _number in range(sales):
        at += timedelta(minutes=luck.randrange(60 * 72))
        member = luck.choice(members)
        lines = tuple(
            SaleLine(amount_minor=luck.randrange(1_00, 120_00), product=product, category=category)
            for product, category in luck.sample(PRODUCTS, luck.randrange(1, 4))
        )
        total = sum(line.amount_minor for line in lines)
        bought.append((member, buy(member, 0, *lines, made_at=at), total))
        if luck.random() < 0.4:
            whose, outcome, left = bought.pop(luck.randrange(len(bought)))
            at += timedelta(minutes=luck.randrange(60 * 24))
            amount = luck.choice([None, luck.randrange(1, left)])
            bring_back(whose, outcome, amount, made_at=at)
    return members


def paid_by(source: str, program: Program) -> int:
    """What a source (or all) gave for sales of April in fact, less what refunds took of it."""
    given = PurchaseAward.objects.filter(
        purchase__program=program, purchase__made_at__gte=BEGIN, purchase__made_at__lt=END,
        **({"entry__source": source} if source else {}),
    )  # fmt: skip
    whole = given.aggregate(points=Sum("entry__points"))["points"] or 0
    back = given.aggregate(points=Sum("entry__reversals__points"))["points"] or 0
    return whole + back


def replay(campaign: Campaign, **asked: Any) -> dict[str, Any]:
    """Ask for it, work it out, and read what it came to."""
    asked = {"since": FIRST, "until": LAST, "by": None, "now": NOW} | asked
    made = replays.ask(campaign, **asked)
    assert replays.run_open(Run.of, clock=lambda: NOW) == 1
    made = Replay.objects.get(pk=made.pk)
    assert made.state == "done", made.error
    assert made.result is not None
    return made.result


def ask_for(campaign: Campaign) -> Replay:
    return replays.ask(campaign, since=FIRST, until=LAST, by=None, now=NOW)


def make_replay(campaign: Campaign) -> str:
    """One that is done, for pages that show one; its public id."""
    made = ask_for(campaign)
    run = Run.of(made)
    done = list(run.bites())[-1]
    told = {"state": Replay.State.DONE, "result": run.result(), "done": done, "finished_at": NOW}
    Replay.objects.filter(pk=made.pk).update(**told)
    return made.public_id
