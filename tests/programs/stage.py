"""A shop whose program is set up as the dashboard does, and lived in over the API."""

from contextlib import AbstractContextManager
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from campaigns.models import Campaign
from loyalty import limits
from loyalty.flows import campaigns, rules, settings
from loyalty.merchants.models import Program
from tests.api.conftest import Caller, make_caller
from tests.makers import NOON, make_program

_number = count(1)


class Shop:
    """One program and the key of its till."""

    def __init__(self, **program: Any) -> None:
        limits.forget()
        program.setdefault("currency", "THB")
        self.program = make_program(f"shop-{next(_number)}", **program)
        self.zone = ZoneInfo(self.program.time_zone)
        self.till: Caller = make_caller(self.program)

    # --- Setting up ---------------------------------------------------------------------------

    def wallet(self, code: str, kind: str, **fields: Any) -> None:
        unit = {"en": code, "th": code}
        rules.save_wallet(
            self.fresh(), None, by=None, now=NOON, code=code, kind=kind, unit_one=unit,
            unit_many=unit, **fields,
        )  # fmt: skip

    def rule(self, name: str, **fields: Any) -> None:
        fields.setdefault("wallet", "points")
        rules.save_rule(self.fresh(), None, by=None, now=NOON, name={"en": name}, **fields)

    def campaign(self, name: str, starts: datetime, ends: datetime, **fields: Any) -> Campaign:
        """A campaign that is promised, in the shop's own time."""
        fields.setdefault("wallet", "points")
        made = campaigns.save(
            self.fresh(), None, by=None, now=NOON, name={"en": name},
            starts_at=starts.replace(tzinfo=self.zone), ends_at=ends.replace(tzinfo=self.zone),
            **fields,
        )  # fmt: skip
        return campaigns.schedule(made, by=None, now=NOON)

    def set(self, **fields: Any) -> None:
        settings.change(self.fresh(), by=None, now=NOON, **fields)

    def fresh(self) -> Program:
        return Program.objects.get(pk=self.program.pk)

    # --- Living -------------------------------------------------------------------------------

    def at(self, *when: int) -> AbstractContextManager[Any]:
        """A moment on the shop's own clock: year, month, day, hour."""
        return time_machine.travel(datetime(*when, tzinfo=self.zone), tick=False)  # type: ignore[arg-type]

    def now(self) -> str:
        return datetime.now(self.zone).isoformat()

    def join(self, **fields: Any) -> str:
        fields.setdefault("external_id", f"member-{next(_number)}")
        return self._made(self.till.post("members", {"language": "en", **fields}))["id"]

    def buy(self, member: str | None, total: str = "", **fields: Any) -> dict[str, Any]:
        told = {"source": "pos", "reference": f"sale-{next(_number)}", "made_at": self.now()}
        if member:
            told["member"] = member
        if total:
            told["total"] = total
        return self._made(self.till.post("purchases?explain=true", {**told, **fields}))

    def bring_back(self, purchase: dict[str, Any], amount: str = "") -> dict[str, Any]:
        told = {"source": "pos", "reference": f"back-{next(_number)}", "made_at": self.now(),
                "purchase": purchase["id"]}  # fmt: skip
        return self._made(self.till.post("refunds", told | ({"amount": amount} if amount else {})))

    def do(self, member: str, kind: str, **fields: Any) -> dict[str, Any]:
        told = {"kind": kind, "reference": f"{kind}-{next(_number)}", "occurred_at": self.now()}
        return self._made(self.till.post("activities", {**told, "member": member, **fields}))

    def balance(self, member: str, wallet: str = "points") -> int:
        """What a member can spend now."""
        for it in self.till.get(f"members/{member}/balances").json()["items"]:
            if it["wallet"]["code"] == wallet:
                return int(it["points"])
        return 0

    def _made(self, answer: Any) -> dict[str, Any]:
        assert answer.status_code in (200, 201), answer.content
        return answer.json()  # type: ignore[no-any-return]


def earned(told: dict[str, Any], wallet: str = "points") -> int:
    """The points that an answer of the API names."""
    return sum(it["points"] for it in told["entries"] if it["wallet"] == wallet)
