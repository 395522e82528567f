"""A new business, or another program of one: it gives points a minute later."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from loyalty.flows import rules
from loyalty.flows.program_files import templates
from loyalty.flows.program_files.loading import load_tree
from loyalty.flows.settings import RESERVED_SLUGS, check_known, keep_version
from loyalty.merchants import trail
from loyalty.merchants.models import Merchant, Program, Role, Staff, User
from loyalty.money import exponent
from loyalty.refusal import Refusal
from members.models import Tier, TierPolicy

BASE_TIER = {"en": "Member", "th": "สมาชิก"}
FIRST_RULE = {"en": "Points for purchases", "th": "แต้มจากการซื้อ"}
LONGEST_SLUG = 50


class NotYours(Refusal):
    code = "not_yours"


@transaction.atomic
def open_merchant(
    user: User, *, business: str, now: datetime, public_id: str, **program: Any
) -> Program:
    """A new business with its owner and its first program. A second click finds the first one's."""
    merchant, is_new = Merchant.objects.get_or_create(
        public_id=public_id, defaults={"name": business, "created_at": now}
    )
    if not is_new:
        if not merchant.team.filter(user=user, is_active=True).exists():
            raise NotYours(_("This form was sent by somebody else. Open it again."))
        return merchant.programs.order_by("pk")[0]
    owner = Staff.objects.create(user=user, merchant=merchant, role=Role.OWNER, since=now)
    return open_program(owner, now=now, **program)


@transaction.atomic
def open_program(
    owner: Staff,
    *,
    name: dict[str, str],
    currency: str,
    time_zone: str,
    unit_one: dict[str, str],
    unit_many: dict[str, str],
    now: datetime,
    public_id: str = "",
    template: str = "",
) -> Program:
    """A program that works: a wallet of points, a rule that fills it, and the base tier; or all
    that a template has. ``unit_one`` and ``unit_many`` name its points.
    """
    merchant = owner.merchant
    if public_id and (made := merchant.programs.filter(public_id=public_id).first()):
        return made
    check_known(currency=currency, time_zone=time_zone)
    languages = [language for language in ("th", "en") if name.get(language)]
    program = Program.objects.create(
        merchant=merchant,
        slug=_free_slug(name.get("en") or merchant.name),
        name=name,
        currency=currency,
        time_zone=time_zone,
        languages=languages or ["en"],
        created_at=now,
        **({"public_id": public_id} if public_id else {}),
    )
    keep_version(program, user=owner.user, now=now)
    if template:
        known = templates.known(template)
        root = known.tree(currency=currency, now=now, unit_one=unit_one, unit_many=unit_many)
        load_tree(program, root, by=owner, now=now, is_asked_only=False, template=template)
    else:
        _fill(program, owner, unit_one=unit_one, unit_many=unit_many, now=now)
    trail.record(
        "program.open", f"program:{program.public_id}", program=program, now=now, by=owner,
        after={"slug": program.slug, "currency": currency, "time_zone": time_zone},
    )  # fmt: skip
    return program


def _fill(
    program: Program,
    owner: Staff,
    *,
    unit_one: dict[str, str],
    unit_many: dict[str, str],
    now: datetime,
) -> None:
    Tier.objects.create(program=program, rank=0, name=BASE_TIER, threshold=0)
    TierPolicy.objects.create(program=program)
    wallet = rules.save_wallet(
        program, None, by=owner, now=now, code="points", kind="points",
        unit_one=unit_one, unit_many=unit_many,
    )  # fmt: skip
    spend = templates.spend_per_point(program.currency) * 10 ** exponent(program.currency)
    rules.save_rule(
        program, None, by=owner, now=now, name=FIRST_RULE, wallet=wallet.code,
        effect={"kind": "per_spend", "points": 1, "per_minor": spend},
    )  # fmt: skip


def _free_slug(name: str) -> str:
    base = slugify(name)[:LONGEST_SLUG].strip("-") or "program"
    return next(slug for slug in _slugs(base) if _is_free(slug))


def _slugs(base: str) -> Iterator[str]:
    yield base
    for number in count(2):
        yield f"{base}-{number}"


def _is_free(slug: str) -> bool:
    return slug not in RESERVED_SLUGS and not Program.objects.filter(slug=slug).exists()
