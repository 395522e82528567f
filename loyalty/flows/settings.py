"""Changing what a program is in general. Every version is kept; nothing awarded changes."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from loyalty.ledger.models import Wallet
from loyalty.merchants import trail
from loyalty.merchants.models import Program, ProgramVersion, User
from loyalty.merchants.trail import By
from loyalty.money import currencies, exponent
from loyalty.purchases.models import Purchase
from loyalty.refusal import Refusal

KEPT = (
    "slug", "name", "brand_color", "currency", "time_zone", "languages", "rounding",
    "counts_tax", "counts_shipping", "counts_gift_cards", "counts_points_paid", "pending_days",
    "shortfall", "claim_days", "pay_points", "pay_minor", "margin_percent", "letter_hour",
    "expiry_notice_days", "silent_letters", "adjustment_limits", "hold_hours", "letters_kept_days",
    "left_kept_months",
)  # fmt: skip
# The dashboard has addresses of its own where a program's could stand.
RESERVED_SLUGS = frozenset({"new", "join"})


class CurrencyLocked(Refusal):
    code = "currency_locked"


class SlugTaken(Refusal):
    code = "slug_taken"


class BadSetting(Refusal):
    code = "bad_setting"


@transaction.atomic
def change(program: Program, *, by: By, now: datetime, **fields: Any) -> Program:
    """Change settings, and keep how they were. What is the same already makes no new version."""
    if unknown := fields.keys() - set(KEPT):
        raise TypeError(f"A program has no setting {', '.join(sorted(unknown))}.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    before = settings_of(program)
    changed = {name: value for name, value in fields.items() if before[name] != value}
    if not changed:
        return program
    _check(program, changed)
    for name, value in changed.items():
        setattr(program, name, value)
    program.save(update_fields=list(changed))
    if "currency" in changed:
        cashback = program.wallets.filter(kind=Wallet.Kind.CASHBACK)
        cashback.update(exponent=exponent(program.currency))
    bump(program)
    keep_version(program, user=trail.person(by), now=now)
    trail.record(
        "settings.change", f"program:{program.public_id}", program=program, now=now, by=by,
        before=before, after=settings_of(program),
    )  # fmt: skip
    return program


def one_at_a_time(program: Program) -> None:
    """Changes of what a program promises wait for each other; tills and members do not wait."""
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)


def bump(program: Program) -> int:
    """Every change of settings, rules, tiers or wallets ends here: what was read before is old."""
    Program.objects.filter(pk=program.pk).update(version=F("version") + 1)
    program.refresh_from_db(fields=["version"])
    return program.version


def keep_version(program: Program, *, user: User | None, now: datetime) -> None:
    """Keep the settings as they are from now on."""
    ProgramVersion.objects.create(
        program=program,
        number=program.version,
        settings=settings_of(program),
        changed_by=user,
        changed_at=now,
    )


def settings_of(program: Program) -> dict[str, Any]:
    """The settings as plain values."""
    return {name: getattr(program, name) for name in KEPT} | {"name": dict(program.name)}


def has_sold(program: Program) -> bool:
    return Purchase.objects.filter(program=program).exists()


def check_slug(slug: str, *, program: Program | None = None) -> None:
    """Addresses are given out once, and are read out over the telephone."""
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,50}", slug):
        sentence = _("An address has up to 50 letters from a to z, digits and hyphens.")
        raise BadSetting(sentence, field="slug")
    others = Program.objects.exclude(pk=program.pk) if program else Program.objects.all()
    if slug in RESERVED_SLUGS or others.filter(slug=slug).exists():
        sentence = _("The address “%(slug)s” is taken. Choose another.") % {"slug": slug}
        raise SlugTaken(sentence, field="slug")


def _check(program: Program, changed: dict[str, Any]) -> None:
    if "currency" in changed and has_sold(program):
        sentence = _("The currency cannot change once something was sold in it.")
        raise CurrencyLocked(sentence, field="currency")
    check_known(**{name: changed[name] for name in ("currency", "time_zone") if name in changed})
    if not 24 <= changed.get("hold_hours", program.hold_hours) <= 72:
        raise BadSetting(_("Members wait for one to three days."), field="hold_hours")
    if "slug" in changed:
        check_slug(changed["slug"], program=program)
    if changed.get("pay_points", program.pay_points) and not changed.get(
        "pay_minor", program.pay_minor
    ):
        raise BadSetting(_("Say how much money the points are worth."), field="pay_minor")


def check_known(*, currency: str | None = None, time_zone: str | None = None) -> None:
    """Refuse a currency that nobody pays with, and a zone without clocks."""
    for name, value, known in (
        ("currency", currency, currencies()),
        ("time_zone", time_zone, available_timezones()),
    ):
        if value is not None and value not in known:
            sentence = _("“%(value)s” is not known here.") % {"value": value[:60]}
            raise BadSetting(sentence, field=name)
