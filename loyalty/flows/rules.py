"""Changing what a program promises for what members do, and the wallets that it goes into.

Every change ends in ``bump``: tills read the new promise with their next sale. What was awarded
before stays as it was.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_rule, rule_data
from loyalty.flows.settings import bump, one_at_a_time
from loyalty.ledger.models import Wallet
from loyalty.merchants import trail
from loyalty.merchants.models import Program
from loyalty.merchants.trail import By
from loyalty.money import exponent
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

MOST_RULES = 500


class RuleRefused(Refusal):
    """What was told is no rule; ``problems`` in its facts name each wrong field."""

    code = "bad_rule"


class TooManyRules(Refusal):
    code = "too_many_rules"


class WalletFixed(Refusal):
    code = "wallet_fixed"


class WalletCodeTaken(Refusal):
    code = "wallet_code_taken"


@transaction.atomic
def save_rule(
    program: Program,
    rule: EarningRule | None,
    *,
    by: By,
    now: datetime,
    public_id: str = "",
    **fields: Any,
) -> EarningRule:
    """Make a rule, or change one, from data as ``rule_data`` writes it. See ``rule_forms``.

    ``public_id`` makes a new rule once: a second click finds the first one's.
    """
    one_at_a_time(program)
    known = rule.public_id if rule else public_id
    rule = program.earning_rules.filter(public_id=known).first() if known else None
    before = rule_data(rule) if rule else {}
    if rule is None:
        rule = EarningRule(program=program, public_id=public_id or new_public_id(), created_at=now)
        fields = {"position": _next_position(program)} | fields
    _fill(program, rule, {**before, **fields})
    if rule_data(rule) == before:
        return rule
    rule.save()
    bump(program)
    action = "rule.change" if before else "rule.make"
    trail.record(
        action, _subject(rule), program=program, now=now, by=by,
        before=before, after=rule_data(rule),
    )  # fmt: skip
    return rule


@transaction.atomic
def set_active(rule: EarningRule, active: bool, *, by: By, now: datetime) -> None:
    """Let a rule give, or pause it."""
    changed = EarningRule.objects.filter(pk=rule.pk).exclude(is_active=active)
    if changed.update(is_active=active):
        _told(rule, "rule.start" if active else "rule.pause", by=by, now=now)


@transaction.atomic
def archive_rule(rule: EarningRule, *, by: By, now: datetime) -> None:
    """Put a rule away. What it gave is kept, and names it."""
    if EarningRule.objects.filter(pk=rule.pk, archived_at=None).update(archived_at=now):
        _told(rule, "rule.archive", by=by, now=now)


@transaction.atomic
def restore_rule(rule: EarningRule, *, by: By, now: datetime) -> None:
    archived = EarningRule.objects.filter(pk=rule.pk, archived_at__isnull=False)
    if archived.update(archived_at=None):
        _told(rule, "rule.restore", by=by, now=now)


@transaction.atomic
def move_rule(rule: EarningRule, places: int, *, by: By, now: datetime) -> None:
    """Move a rule up (negative) or down among those that are kept."""
    order: list[EarningRule] = list(
        EarningRule.objects.select_for_update(no_key=True).kept().filter(program=rule.program_id)
    )
    here = order.index(rule)
    there = max(0, min(len(order) - 1, here + places))
    if there == here:
        return
    order.insert(there, order.pop(here))
    _number(order)
    _told(rule, "rule.move", by=by, now=now)


@transaction.atomic
def save_wallet(
    program: Program, wallet: Wallet | None, *, by: By, now: datetime, **fields: Any
) -> Wallet:
    """Make a wallet, or change its names and its expiry. Points that are there keep their last day.

    What a wallet holds cannot change: its entries would mean something else.
    """
    one_at_a_time(program)
    if wallet:
        wallet = Wallet.objects.get(pk=wallet.pk)
    elif there := program.wallets.filter(code=fields["code"]).first():
        return _same(there, fields)
    before = wallet_facts(wallet) if wallet else {}
    if wallet is None:
        wallet = _new_wallet(program, fields)
    elif any(name in fields and fields[name] != before[name] for name in ("kind", "code")):
        raise WalletFixed(_("A wallet keeps its kind and its code."))
    for name, value in fields.items():
        setattr(wallet, name, value)
    after = wallet_facts(wallet)
    if after == before:
        return wallet
    wallet.save()
    bump(program)
    action = "wallet.change" if before else "wallet.make"
    trail.record(
        action, f"wallet:{wallet.code}", program=program, now=now, by=by, before=before, after=after
    )
    return wallet


def wallet_facts(wallet: Wallet) -> dict[str, Any]:
    """What a merchant decides about a wallet."""
    return {
        "code": wallet.code,
        "kind": str(wallet.kind),
        "unit_one": dict(wallet.unit_one),
        "unit_many": dict(wallet.unit_many),
        "expiry": str(wallet.expiry),
        "expiry_count": wallet.expiry_count,
    }


def _fill(program: Program, rule: EarningRule, data: dict[str, Any]) -> None:
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    try:
        clean = clean_rule(data, wallets=wallets)
    except BadRule as bad:
        raise RuleRefused(str(bad), problems=bad.problems) from bad
    for name, value in clean.items():
        setattr(rule, name, value)


def _next_position(program: Program) -> int:
    last = program.earning_rules.order_by("-position").values_list("position", flat=True).first()
    if program.earning_rules.count() >= MOST_RULES:
        raise TooManyRules(
            _("A program has room for %(most)s rules. Change one of them.") % {"most": MOST_RULES}
        )
    return 0 if last is None else last + 1


def _number(order: Sequence[EarningRule]) -> None:
    for position, rule in enumerate(order):
        rule.position = position
    EarningRule.objects.bulk_update(order, ["position"])


def _same(wallet: Wallet, fields: dict[str, Any]) -> Wallet:
    """The wallet that a first click made, if this is the second."""
    if wallet_facts(wallet) != wallet_facts(wallet) | fields:
        sentence = _("There is a wallet with the code “%(code)s” already.") % {"code": wallet.code}
        raise WalletCodeTaken(sentence, field="code")
    return wallet


def _new_wallet(program: Program, fields: dict[str, Any]) -> Wallet:
    is_money = fields.get("kind") == Wallet.Kind.CASHBACK
    return Wallet(
        program=program,
        exponent=exponent(program.currency) if is_money else 0,
        position=program.wallets.count(),
    )


def _told(rule: EarningRule, action: str, *, by: By, now: datetime) -> None:
    program = rule.program
    bump(program)
    trail.record(action, _subject(rule), program=program, now=now, by=by)


def _subject(rule: EarningRule) -> str:
    return f"rule:{rule.public_id}"
