"""One told sample of each letter, for a member and a program that has one wallet."""

from datetime import timedelta
from typing import Any

from campaigns.models import Campaign
from campaigns.planned.models import PlannedLetter
from loyalty.flows import campaigns
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program
from tests.makers import NOON


def _planned(program: Program, event: str) -> dict[str, int]:
    """A letter that the merchant planned, with its campaign where it is about one."""
    plan, _is_new = PlannedLetter.objects.get_or_create(
        program=program, event=event, defaults={"days": 30, "on": NOON.date()}
    )
    about = 0
    if event.startswith("campaign"):
        about = (program.campaigns.first() or _campaign(program)).pk
    return {"plan_id": plan.pk, "number": 30, "campaign_id": about}


def _campaign(program: Program) -> Campaign:
    made = campaigns.save(
        program, None, by=None, now=NOON, name={"en": "Welcome week", "th": "สัปดาห์ต้อนรับ"},
        wallet="points", effect={"kind": "times", "percent": 200}, starts_at=NOON,
        ends_at=NOON + timedelta(days=7),
    )  # fmt: skip
    return campaigns.schedule(made, by=None, now=NOON)


def told_for(program: Program) -> dict[str, dict[str, Any]]:
    """What each letter is told, by template; ``voucher`` needs a real one."""
    wallet = Wallet.objects.get(program=program)
    awards = [{"wallet_id": wallet.pk, "points": 45}]
    gold, silver = {"en": "Gold", "th": "โกลด์"}, {"en": "Silver", "th": "ซิลเวอร์"}
    planned = {event: _planned(program, event) for event in PlannedLetter.Event.values}
    return planned | {
        "letter_trial": planned["win_back"],
        "welcome": {"awards": awards},
        "points_earned": {
            "awards": awards,
            "reason": "purchase",
            "amount_minor": 45_000,
            "occurred_at": "2026-06-01T17:30:00+00:00",  # 2 June in Bangkok.
            "available_on": "2026-06-16",
        },
        "points_taken_back": {
            "awards": awards,
            "owed": [{"wallet_id": wallet.pk, "points": 5}],
            "amount_minor": 45_000,
            "occurred_at": "2026-06-02T05:00:00+00:00",
        },
        "tier_reached": {
            "tier": gold,
            "benefits": {"en": "Free coffee on Mondays", "th": "กาแฟฟรีทุกวันจันทร์"},
            "until": "2027-12-31",
        },
        "tier_at_risk": {
            "tier": gold,
            "lower": silver,
            "by": "2026-12-31",
            "measure": "spend",
            "missing": 120_000,
        },
        "tier_lost": {"tier": silver, "before": gold},
        "points_expiring": {
            "wallet_id": wallet.pk,
            "expiring": [
                {"on": "2026-07-02", "points": 1},
                {"on": "2026-07-05", "points": 1_250},
            ],
            "last_chance": False,
        },
        "birthday": {"awards": awards},
        "survey": {
            "survey": {"en": "How was it?", "th": "เป็นอย่างไรบ้าง"},
            "intro": {"en": "One question.", "th": "คำถามเดียว"},
            "question": {"en": "Would you recommend us?", "th": "คุณจะแนะนำเราไหม"},
            "scale": list(range(11)),
            "earns": {"en": "25 points", "th": "25 แต้ม"},
            "until": "2026-07-02",
            "link": "https://loyalty.example.org/p/cafe/asked/abc/",
        },
        "contribution_decided": {
            "call": {"en": "Ambassador squad", "th": "ทีมแอมบาสเดอร์"},
            "is_review": False,
            "product": "",
            "is_taken": True,
            "reason": "",
            "earned": {"en": "500 points", "th": "500 แต้ม"},
        },
        "member_verify_email": {"link": "https://loyalty.example.org/p/cafe/verify/abc/"},
        "email_changed": {
            "new_email": "somchai@example.com",
            "changed_at": "2026-06-02T05:00:00+00:00",
        },
        "phone_changed": {"changed_at": "2026-06-02T05:00:00+00:00"},
        "second_step_reset": {
            "merchant": "Corner Café",
            "reset_by": "Olive",
            "reset_at": "2026-06-02T05:00:00+00:00",
        },
        "invitation": {
            "merchant": "Corner Café",
            "role": "manager",
            "invited_by": "Olive",
            "link": "https://loyalty.example.org/dashboard/join/abc/",
            "days": 7,
        },
    }


def told_of_the_house() -> dict[str, dict[str, Any]]:
    """What each letter about signing in is told."""
    good_until = "2026-06-02T05:15:00+00:00"
    return {
        "sign_in_code": {"code": "ABC-DEF", "good_until": good_until},
        "address_code": {"code": "ABC-DEF", "good_until": good_until},
        "password_link": {"link": "https://loyalty.example.org/reset/", "good_until": good_until},
        "account_exists": {"link": "https://loyalty.example.org/reset/"},
        "no_account": {"link": "https://loyalty.example.org/sign-up/"},
        "account_changed": {
            "what": "email",
            "email": "somchai@example.com",
            "changed_at": "2026-06-02T05:00:00+00:00",
            "address": "192.0.2.7",
            "browser": "Firefox on Linux",
        },
    }
