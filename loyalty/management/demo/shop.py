"""A café in Bangkok as its owner would set it up: wallets, rules, tiers, rewards, team."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from loyalty.days import local_date, start_of
from loyalty.flows import (
    activities,
    campaigns,
    code_batches,
    contests,
    locations,
    plans,
    programs,
    rewards,
    rules,
    settings,
    tiers,
)
from loyalty.management.demo.games import play
from loyalty.merchants.models import Location, Merchant, Program, Role, Staff, User
from loyalty.public_ids import new_public_id

PASSWORD = "sabai-sabai-2026"  # noqa: S105 - Of every demo sign-in: nothing here is to steal.


@dataclass(frozen=True, slots=True)
class Ware:
    """Something on the menu."""

    code: str
    name: str
    category: str
    price_minor: int


MENU = (
    Ware("ESP", "เอสเพรสโซ่ Espresso", "coffee", 60_00),
    Ware("LAT", "ลาเต้เย็น Iced latte", "coffee", 85_00),
    Ware("AME", "อเมริกาโน่ Americano", "coffee", 75_00),
    Ware("DIR", "เดอร์ตี้ Dirty", "coffee", 120_00),
    Ware("CHA", "ชาไทย Thai tea", "tea", 65_00),
    Ware("MAT", "มัทฉะลาเต้ Matcha latte", "tea", 110_00),
    Ware("CRO", "ครัวซองต์ Croissant", "bakery", 95_00),
    Ware("COC", "เค้กมะพร้าวอ่อน Young coconut cake", "bakery", 145_00),
    Ware("PAN", "ขนมปังสังขยา Pandan custard toast", "bakery", 79_00),
    Ware("BEA", "เมล็ดกาแฟดอยช้าง Doi Chang beans 250 g", "goods", 420_00),
    Ware("TUM", "แก้วเก็บความเย็น Tumbler", "goods", 690_00),
)

TEAM = (
    (Role.OWNER, "นภา ศรีสุข", "owner@baanrimkhlong.example"),
    (Role.MANAGER, "ธนา วงศ์ใหญ่", "manager@baanrimkhlong.example"),
    (Role.CASHIER, "ฝน ใจดี", "cashier@baanrimkhlong.example"),
    (Role.REVIEWER, "เก่ง พรมมา", "reviewer@baanrimkhlong.example"),
    (Role.ANALYST, "Pim Analyst", "analyst@baanrimkhlong.example"),
)

DAYS = 365  # Days that the demo has lived when it is looked at.
BRANCHES = (("thonglor", "ทองหล่อ", "Thonglor"), ("ari", "อารีย์", "Ari"))


def both(th: str, en: str) -> dict[str, str]:
    return {"th": th, "en": en}


def open_shop(now: datetime) -> Program:
    """The program with all that it promises, as it was on its first day."""
    user = sign_in(TEAM[0][2], TEAM[0][1], now)
    program = programs.open_merchant(
        user, business="Baan Rim Khlong Café", now=now, public_id=new_public_id(),
        name=both("บ้านริมคลอง รีวอร์ด", "Baan Rim Khlong Rewards"), currency="THB",
        time_zone="Asia/Bangkok", unit_one=both("แต้ม", "point"), unit_many=both("แต้ม", "points"),
    )  # fmt: skip
    owner = Staff.objects.get(user=user, merchant=program.merchant)
    program = settings.change(
        program, by=owner, now=now, slug="baan-rim-khlong", brand_color="#0f5c4d", pay_points=10,
        pay_minor=1_00, pending_days=0,
    )  # fmt: skip
    _hire(program.merchant, now)
    for code, th, en in BRANCHES:
        locations.save_location(program, None, code=code, name=both(th, en), by=owner, now=now)
    _promise(program, owner, now)
    _rank(program, owner, now)
    _offer(program, owner, now)
    _plan(program, owner, now)
    play(program, owner, now)
    program.refresh_from_db()
    return program


def add_what_is_new(program: Program, owner: Staff, now: datetime) -> None:
    """What the owner tries out by now: something to do, codes on a bottle, a planned letter."""
    facts: dict[str, Any] = {"by": owner, "now": now}
    activities.save(
        program, None, name=both("ติดตามเราบน Instagram", "Follow us on Instagram"), kind="follow",
        about=both("ดูเมนูใหม่ก่อนใคร", "See what is new before everybody else."),
        subject="instagram", link="https://www.instagram.com/", proof="handle", points=20, **facts,
    )  # fmt: skip
    code_batches.make(
        program, name=both("โคลด์บรูว์ขวด", "Cold brew in bottles"), kind="single", count=80,
        wallet=program.wallets.get(code="points"), points=15, member_daily_limit=3, **facts,
    )  # fmt: skip
    plans.save(program, None, event="win_back", days=30, hour=17, **facts)


def sign_in(email: str, name: str, now: datetime) -> User:
    """Somebody who can sign in, with an address that is known to be theirs."""
    user = User.objects.create(
        email=email, password=_hashed(), name=name, language="th", joined_at=now
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@cache
def _hashed() -> str:
    """Slow by intent, so once is enough for a password that is the same for all."""
    return make_password(PASSWORD)


def branches_of(program: Program) -> dict[str, Location]:
    return {it.code: it for it in Location.objects.filter(merchant=program.merchant_id)}


def _hire(merchant: Merchant, now: datetime) -> None:
    for role, name, email in TEAM[1:]:
        user = sign_in(email, name, now)
        Staff.objects.create(user=user, merchant=merchant, role=role, since=now)


def _promise(program: Program, owner: Staff, now: datetime) -> None:
    rules.save_wallet(
        program, None, by=owner, now=now, code="stamps", kind="stamps", expiry="never",
        unit_one=both("ดวง", "stamp"), unit_many=both("ดวง", "stamps"),
    )  # fmt: skip
    spend = program.earning_rules.get()
    told: dict[str, Any] = {"by": owner, "now": now}
    rules.save_rule(
        program, spend, **told, name=both("1 แต้มทุก ๆ ฿10", "1 point for each ฿10"),
        effect={"kind": "per_spend", "points": 1, "per_minor": 10_00},
    )  # fmt: skip
    for name, facts in _bonuses().items():
        rules.save_rule(program, None, **told, name=dict(name), **facts)


def _bonuses() -> dict[tuple[tuple[str, str], ...], dict[str, Any]]:
    def named(th: str, en: str) -> tuple[tuple[str, str], ...]:
        return tuple(both(th, en).items())

    def fixed(points: int) -> dict[str, Any]:
        return {"kind": "fixed", "points": points}

    coffee = {"kind": "category", "codes": ["coffee"]}
    return {
        named("แสตมป์กาแฟ", "Coffee stamp"): {
            "wallet": "stamps", "conditions": [coffee, {"kind": "minimum_spend", "minor": 60_00}],
            "effect": {"kind": "stamps", "stamps": 1}, "caps": [{"period": "day", "limit": 1}],
        },
        named("เช้าวันทำงาน", "Weekday mornings"): {
            "wallet": "points", "effect": fixed(5), "multiplied_by_tier": False,
            "conditions": [
                {"kind": "weekday", "days": ["mon", "tue", "wed", "thu", "fri"]},
                {"kind": "hours", "starts": "07:00", "ends": "10:00"},
            ],
            "caps": [{"period": "week", "limit": 15}],
        },
        named("สมัครสมาชิก", "Joining"): {
            "wallet": "points", "trigger": "sign_up", "effect": fixed(50),
        },
        named("กรอกข้อมูลครบ", "Complete profile"): {
            "wallet": "points", "trigger": "profile_complete", "effect": fixed(30),
        },
        named("ของขวัญวันเกิด", "Birthday present"): {
            "wallet": "points", "trigger": "birthday", "effect": fixed(100),
        },
        named("นำแก้วมาเอง", "Own cup"): {
            "wallet": "points", "trigger": "own_cup", "effect": fixed(3),
            "caps": [{"period": "day", "limit": 3}],
        },
    }  # fmt: skip


def _rank(program: Program, owner: Staff, now: datetime) -> None:
    base = program.tiers.get(rank=0)
    tiers.save_tier(
        program, base, by=owner, now=now, name=both("เพื่อนบ้าน", "Neighbour"), threshold=0
    )
    tiers.save_tier(
        program, None, by=owner, now=now, name=both("ริมน้ำ", "Riverside"), threshold=4_000_00,
        multiplier_percent=125, entry_points=50,
        benefits=both("เปลี่ยนเป็นนมโอ๊ตฟรี", "Oat milk at no extra charge"),
    )  # fmt: skip
    tiers.save_tier(
        program, None, by=owner, now=now, name=both("เจ้าของบ้าน", "Landlord"), threshold=12_000_00,
        multiplier_percent=150, entry_points=150,
        benefits=both("นมโอ๊ตฟรี และจองที่นั่งริมหน้าต่างได้", "Oat milk, and the window seat kept for you"),
    )  # fmt: skip


def _offer(program: Program, owner: Staff, now: datetime) -> None:
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    ranks = [tier.rank for tier in program.tiers.order_by("rank")]
    offers: list[dict[str, Any]] = [
        {"name": both("ชาไทยหนึ่งแก้ว", "A Thai tea"), "kind": "free_product", "product": "CHA",
         "price": 80},
        {"name": both("ส่วนลด ฿50", "฿50 off"), "kind": "amount_off", "amount_minor": 50_00,
         "price": 250},
        {"name": both("เค้กมะพร้าวอ่อน", "Young coconut cake"), "kind": "free_product",
         "product": "COC", "price": 180, "member_limit": 2, "member_limit_period": "month"},
        {"name": both("ลด 15% ทั้งบิล", "15 % off the bill"), "kind": "percent_off", "percent": 15,
         "price": 400, "from_rank": ranks[1]},
        {"name": both("แก้วเก็บความเย็น", "Tumbler"), "kind": "free_product", "product": "TUM",
         "price": 900, "stock": 12},
        {"name": both("ชิมกาแฟกับบาริสต้า", "Tasting with the barista"), "kind": "custom",
         "price": 600, "from_rank": ranks[2], "stock": 6},
        {"name": both("กาแฟฟรีหนึ่งแก้ว", "A free coffee"), "kind": "free_product", "product": "LAT",
         "price": 10, "wallet": "stamps", "is_automatic": True},
    ]  # fmt: skip
    for offer in offers:
        wallet = wallets[offer.pop("wallet", "points")]
        rewards.save_reward(program, None, by=owner, now=now, wallet=wallet, **offer)


def _plan(program: Program, owner: Staff, now: datetime) -> None:
    """Campaigns of the year: one near its beginning, one that is live at its end, one to come."""
    opened, today = start_of(local_date(now, program.time_zone), program.time_zone), DAYS
    plans: list[dict[str, Any]] = [
        {"name": both("ฉลองเปิดร้าน", "Opening fortnight"), "days": (20, 34),
         "about": both(
             "สองสัปดาห์นี้ ทุกแก้วได้แต้มสองเท่า",
             "For two weeks every cup counts double.",
         ),
         "effect": {"kind": "times", "percent": 200}, "budget": 20_000},
        {"name": both("ฝนพรำ แต้มฉ่ำ", "Rainy days"), "days": (today - 3, today + 4),
         "about": both(
             "แวะมาหลบฝน รับแต้มสองเท่าทุกบิล",
             "Come in from the rain: double points on every bill.",
         ),
         "effect": {"kind": "times", "percent": 200}, "stacking": "add", "budget": 50_000},
        {"name": both("เดือนของเมล็ดกาแฟ", "The month of beans"), "days": (today + 9, today + 39),
         "about": both(
             "เมล็ดกาแฟและของใช้ได้แต้มหนึ่งเท่าครึ่ง",
             "Half as many points again on beans and tumblers.",
         ),
         "effect": {"kind": "times", "percent": 150},
         "conditions": [{"kind": "category", "codes": ["goods"]}]},
    ]  # fmt: skip
    for plan in plans:
        first, last = (opened + timedelta(days=it) for it in plan.pop("days"))
        campaign = campaigns.save(
            program, None, by=owner, now=now, wallet="points", starts_at=first, ends_at=last, **plan
        )
        campaigns.schedule(campaign, by=owner, now=now)
    _race(program, owner, opened, now)


def _race(program: Program, owner: Staff, opened: datetime, now: datetime) -> None:
    """A contest in the middle of which the demo is looked at: who comes on the most days."""
    first, last = (opened + timedelta(days=it) for it in (DAYS - 11, DAYS + 10))
    tumbler = program.rewards.get(product="TUM")
    contest = contests.save(
        program, None, by=owner, now=now, name=both("ขาประจำเดือนนี้", "Regular of the month"),
        about=both(
            "แวะมาวันไหนก็นับวันนั้น ใครมาบ่อยที่สุดรับแก้วเก็บความเย็นไปเลย",
            "Each day on which you drop by counts. The most faithful takes the tumbler home.",
        ),
        measure="visits", time_zone=program.time_zone, starts_at=first, ends_at=last,
        freezes_at=last + timedelta(days=3), prizes=[
            {"first": 1, "last": 1, "gives": [
                {"kind": "reward", "reward": tumbler.public_id},
                {"kind": "points", "wallet": "points", "points": 300},
            ]},
            {"first": 2, "last": 5, "gives": [
                {"kind": "points", "wallet": "points", "points": 100}
            ]},
        ],
    )  # fmt: skip
    contests.promise(contest, by=owner, now=now)
