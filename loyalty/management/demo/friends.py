"""Friends whom the demo's first member has brought: one rewarded, one waiting, one in doubt."""

from datetime import datetime, timedelta
from typing import Any

from loyalty.flows import earn, enroll, referral_terms, referrals, rewards
from loyalty.management.demo.shop import both
from loyalty.merchants.models import Program, Staff
from loyalty.purchases.sale import Sale, SaleLine
from members.models import Member

# Name, address, days since joining, days since the first purchase.
FRIENDS = (
    ("Nattaya W.", "nattaya@example.org", 40, 36),
    ("วิชัย สุขใจ", "wichai.s@example.org", 9, 4),
    ("Kanda P.", "kanda.p@example.org", 2, None),
)


def bring(program: Program, *, email: str, owner: Staff, now: datetime) -> None:
    """Let somebody bring a few friends, and one who looks like themselves."""
    advocate = Member.objects.select_related("program").get(program=program, email=email)
    begun = now - timedelta(days=50)
    reward = rewards.save_reward(
        program, None, by=owner, now=begun, name=both("ลด 10% ครั้งแรก", "10 % off the first order"),
        kind="percent_off", percent=10, price=100, is_active=False,
        wallet=program.wallets.get(code="points"), voucher_days=60,
    )  # fmt: skip
    referral_terms.save(
        program, by=owner, now=begun, is_on=True, minimum_minor=80_00, within_days=60,
        month_limit=10, friend_prize={"kind": "reward", "reward": reward.public_id},
        advocate_prize={"kind": "points", "wallet": "points", "points": 150},
    )  # fmt: skip
    program.refresh_from_db()
    advocate.program = program
    code = referrals.code_of(advocate)
    name, _at, host = email.partition("@")
    for friend in (*FRIENDS, (advocate.name, f"{name}+2@{host}", 6, 5)):
        _join(program, code, *friend, now=now)
    while referrals.advance_due(now=now):
        pass


def _join(  # noqa: PLR0917
    program: Program, code: str, name: str, email: str, joined: int, bought: int | None, *,
    now: datetime,
) -> None:  # fmt: skip
    at: dict[str, Any] = {"now": now - timedelta(days=joined), "letters": False}
    friend = enroll.enroll(
        program, name=name, email=email, email_verified=True, referred_by=code, **at
    )
    if bought is not None:
        sale = Sale(
            source="pos", reference=f"friend-{email}", made_at=now - timedelta(days=bought),
            lines=(SaleLine(amount_minor=185_00, product="LAT"),), account_id=friend.account_id,
        )  # fmt: skip
        earn.from_purchase(program, sale, now=now - timedelta(days=bought), letters=False)
