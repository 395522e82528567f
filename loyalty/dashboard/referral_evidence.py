"""Two members side by side, and what they and others have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.referrals.evidence import seen_of
from campaigns.referrals.models import Referral
from campaigns.referrals.signals import HOLDS, PLACE_MOST, Person, Signal, weight_of
from campaigns.referrals.telling import NAMES, sentence
from loyalty import formats
from loyalty.merchants.models import Program
from loyalty.signin.models import Device
from loyalty.signin.naming import name_of
from members import finding
from members.models import Member

MOST_DEVICES = 4


def evidence_of(program: Program, it: Referral, *, now: datetime) -> dict[str, Any]:
    """What a page shows of one referral: the table of the two, and each signal with what it saw."""
    seen = seen_of(program, [it], at=now).get(it.pk)
    signals = [Signal(**told) for told in it.signals]
    named = {account for signal in signals for account in signal.accounts}
    members = Member.objects.filter(program=program, account__in=named).select_related("account")
    others = {member.account_id: member for member in members}
    return {
        "sides": _sides(program, it, seen.friend, seen.advocate) if seen else [],
        "signals": [
            {
                "name": NAMES.get(signal.kind, signal.kind),
                "sentence": sentence(signal),
                "weight": signal.weight,
                "others": [others[one] for one in signal.accounts if one in others],
            }
            for signal in signals
        ],
        "weight": weight_of(signals),
        "holds": HOLDS,
        "place_most": PLACE_MOST,
    }


def _sides(
    program: Program, it: Referral, friend: Person, advocate: Person | None
) -> list[dict[str, Any]]:
    """A line for each thing that can be compared. The advocate may have been forgotten."""
    people = [finding.behind(it.advocate), finding.behind(it.friend)]
    lines = [
        (_("E-mail"), *(_contact(one, "email") for one in people), False),
        (_("Phone"), *(_contact(one, "phone") for one in people), False),
        (_("Joined on"), *(one and formats.day(one.enrolled_on) for one in people), False),
        (_("Devices"), *(_devices(one) for one in people), _same(friend, advocate, "devices")),
        (_("Networks"), *_counted(advocate, friend, "networks"),
         _same(friend, advocate, "networks")),
        (_("Cards or accounts that paid"), *_counted(advocate, friend, "payments"),
         _same(friend, advocate, "payments")),
        (_("Delivery addresses"), *_counted(advocate, friend, "addresses"),
         _same(friend, advocate, "addresses")),
        (_("Purchases"), *(_purchases(one, program) for one in people), False),
    ]  # fmt: skip
    return [
        {"name": name, "advocate": mine or "–", "friend": theirs or "–", "is_same": is_same}
        for name, mine, theirs, is_same in lines
    ]


def _contact(member: Member | None, field: str) -> str:
    value = getattr(member, field, "")
    if not value:
        return ""
    shown = formats.phone(value) if field == "phone" else value
    if getattr(member, f"{field}_verified_at"):
        return str(shown)
    return _("%(contact)s (not confirmed)") % {"contact": shown}


def _devices(member: Member | None) -> str:
    if member is None or member.user_id is None:
        return ""
    rows = Device.objects.filter(user=member.user_id).order_by("-seen_at", "-pk")
    told = [
        " · ".join(part for part in (name_of(browser), address) if part)
        for browser, address in rows.values_list("browser", "address")[:MOST_DEVICES]
    ]
    return "\n".join(told)


def _counted(advocate: Person | None, friend: Person, field: str) -> tuple[str, str]:
    """How many of what is kept as a hash only."""
    counts = [len(getattr(one, field)) if one else 0 for one in (advocate, friend)]
    mine, theirs = (
        ngettext("%(count)s known", "%(count)s known", count) % {"count": count} if count else ""
        for count in counts
    )
    return mine, theirs


def _same(friend: Person, advocate: Person | None, field: str) -> bool:
    return bool(advocate and getattr(friend, field) & getattr(advocate, field))


def _purchases(member: Member | None, program: Program) -> str:
    if member is None:
        return ""
    sums: Mapping[str, Any] = member.account.purchases.aggregate(
        count=Count("pk"), spent=Sum("total_minor", default=0)
    )
    if not sums["count"]:
        return _("None")
    return ngettext("%(count)s, %(money)s", "%(count)s, %(money)s in all", sums["count"]) % {
        "count": formats.number(sums["count"]),
        "money": formats.money(sums["spent"], program.currency),
    }
