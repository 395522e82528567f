"""A program to measure with: rules, tiers and members as a shop of some size has them."""

from datetime import UTC, datetime

from django.db import connection

from loyalty.earning.models import EarningRule
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Merchant, Program
from members.models import Tier, TierPolicy

NOW = datetime(2026, 6, 2, 5, tzinfo=UTC)

# Accounts, members and balances by the thousand: what enrolling them one by one would leave.
_ACCOUNTS = """
INSERT INTO ledger_account (program_id, opened_at)
SELECT {program}, now() FROM generate_series(1, {count})
"""
_MEMBERS = """
INSERT INTO members_member (program_id, public_id, account_id, external_id, card_code, name, email,
    phone, language, state, note, enrolled_at, enrolled_on)
SELECT {program}, 'b' || lpad(id::text, 15, '0'), id, '', 'C' || id, 'Member ' || id,
    'member' || id || '@example.com', '', 'en', 'active', '', now(), '2025-01-01'
FROM ledger_account WHERE program_id = {program}
"""
_BALANCES = """
INSERT INTO ledger_balance (account_id, wallet_id, points, pending, owed, lifetime, seq)
SELECT id, {wallet}, 0, 0, 0, 0, 0 FROM ledger_account WHERE program_id = {program}
"""


def make_program(members: int) -> Program:
    """One point for each 1.00, twice as many before ten in the morning, three tiers."""
    merchant = Merchant.objects.create(name="Bench")
    program = Program.objects.create(
        merchant=merchant, slug="bench", name={"en": "Bench"}, version=2, languages=["en"]
    )
    wallet = Wallet.objects.create(
        program=program, code="points", unit_one={"en": "point"}, unit_many={"en": "points"}
    )
    per_baht = {"kind": "per_spend", "points": 1, "per_minor": 100}
    EarningRule.objects.create(
        program=program, name={"en": "Spend"}, effect=per_baht, wallet=wallet
    )
    EarningRule.objects.create(
        program=program, name={"en": "Mornings"}, effect=per_baht, wallet=wallet,
        conditions=[{"kind": "hours", "starts": "07:00", "ends": "10:00"}],
    )  # fmt: skip
    TierPolicy.objects.create(program=program)
    for rank, (threshold, percent) in enumerate([(0, 100), (5_000_00, 125), (20_000_00, 150)]):
        Tier.objects.create(
            program=program, rank=rank * 100, name={"en": f"Tier {rank}"}, threshold=threshold,
            multiplier_percent=percent,
        )  # fmt: skip
    with connection.cursor() as cursor:
        for statement in (_ACCOUNTS, _MEMBERS, _BALANCES):
            cursor.execute(statement.format(program=program.pk, wallet=wallet.pk, count=members))
    return program


def analyze() -> None:
    """Let the planner know its tables, as autovacuum does: a plan for an empty one reads it all."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
