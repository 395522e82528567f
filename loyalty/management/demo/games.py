"""What there is to play in the demo café: a streak, a challenge, a wheel, and the fifth bag."""

from datetime import datetime, timedelta
from typing import Any

from loyalty.flows import challenges, followups, rewards, running, wheels
from loyalty.merchants.models import Program, Staff

WEEKS = timedelta(weeks=5)


def play(program: Program, owner: Staff, now: datetime) -> None:
    """Opened on the first day; begun five weeks before the demo is looked at."""
    facts: dict[str, Any] = {"by": owner, "now": now}
    today = now + timedelta(days=365)
    points = {"kind": "points", "wallet": "points"}
    regular = challenges.save(
        program, None, **facts, kind="streak", weeks=4, starts_at=today - WEEKS,
        name={"th": "ขาประจำสี่สัปดาห์", "en": "Four weeks a regular"},
        about={"th": "แวะมาทุกสัปดาห์ สี่สัปดาห์ติดกัน", "en": "Come by each week, four in a row."},
        steps=[{"trigger": "purchase", "times": 1}], prize=points | {"points": 100}, repeats=True,
    )  # fmt: skip
    taster = challenges.save(
        program, None, **facts, kind="steps", days=14, starts_at=today - WEEKS,
        name={"th": "นักชิมประจำร้าน", "en": "Taster of the house"},
        about={"th": "กาแฟสามแก้วกับขนมหนึ่งชิ้น", "en": "Three coffees and something sweet."},
        steps=[
            {"trigger": "purchase", "times": 3,
             "conditions": [{"kind": "category", "codes": ["coffee"]}]},
            {"trigger": "purchase", "times": 1,
             "conditions": [{"kind": "category", "codes": ["bakery"]}]},
        ],
        prize=points | {"points": 60},
    )  # fmt: skip
    wheel = wheels.save(
        program, None, **facts, starts_at=today - WEEKS, wallet="points", price=20,
        free_daily=True, most_daily=3, name={"th": "วงล้อริมคลอง", "en": "The canal wheel"},
        about={"th": "หมุนฟรีวันละครั้ง", "en": "One free spin a day."},
        segments=[
            {"name": {"th": "500 แต้ม", "en": "500 points"}, "share": 100, "stock": 1,
             "prize": points | {"points": 500}},
            {"name": {"th": "ไว้คราวหน้า", "en": "Next time"}, "share": 4_400,
             "is_consolation": True},
            {"name": {"th": "50 แต้ม", "en": "50 points"}, "share": 1_500,
             "prize": points | {"points": 50}},
            {"name": {"th": "10 แต้ม", "en": "10 points"}, "share": 4_000,
             "prize": points | {"points": 10}},
        ],
    )  # fmt: skip
    off = rewards.save_reward(
        program, None, **facts, kind="percent_off", percent=15, price=1, is_active=False,
        wallet=program.wallets.get(code="points"), voucher_days=60,
        name={"th": "ส่วนลด 15%", "en": "15% off"},
    )  # fmt: skip
    bag = followups.save(
        program, None, **facts, of="product", codes=["BEA"], every=4, count="units", repeats=True,
        on="same", reward=off.public_id, starts_at=now,
        name={"th": "ถุงที่ห้าลด 15%", "en": "15% off the fifth bag"},
    )  # fmt: skip
    for it in (regular, taster, wheel):
        running.open_up(it, **facts)
    followups.open_up(bag, **facts)
