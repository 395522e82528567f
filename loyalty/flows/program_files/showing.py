"""What members would see of a template: it is opened, looked at, and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache, partial

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.campaign_forms import campaign_sentence
from loyalty import formats
from loyalty.earning import rules
from loyalty.earning.rule_forms import rule_sentence
from loyalty.earning.rulebook import Rulebook, compile_rulebook
from loyalty.flows.preview import activity_for
from loyalty.flows.program_files.loading import load_tree
from loyalty.flows.program_files.templates import Template, known
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Merchant, Program
from loyalty.money import to_minor
from loyalty.purchases.sale import Sale, SaleLine
from loyalty.rewards.models import Reward
from members.models import Tier, TierPolicy

NOON = time(12)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A template in the reader's language and the currency of choice."""

    earning: tuple[str, ...]  # A sentence each.
    campaigns: tuple[tuple[str, str], ...]
    rewards: tuple[tuple[str, str], ...]  # What, and for what.
    tiers: tuple[tuple[str, str, str], ...]  # Name, what reaches it, what it gives.
    example: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # A purchase; who gets what.


def show(name: str, *, currency: str, time_zone: str, now: datetime) -> Shown:
    return _shown(name, currency, time_zone, get_language() or "en", now.date())


@lru_cache(maxsize=128)
def _shown(name: str, currency: str, time_zone: str, _language: str, day: date) -> Shown:
    template, now = known(name), datetime.combine(day, NOON, UTC)
    with transaction.atomic():
        merchant = Merchant.objects.create(name=str(template.title), created_at=now)
        program = Program.objects.create(
            merchant=merchant, slug=f"preview-of-{name}"[:60], name=template.title,
            currency=currency, time_zone=time_zone, created_at=now,
        )  # fmt: skip
        root = template.tree(currency=currency, now=now)
        load_tree(program, root, by=None, now=now, is_asked_only=False)
        program.refresh_from_db()
        shown = _seen(program, template, now)
        transaction.set_rollback(True)
    return shown


def _seen(program: Program, template: Template, now: datetime) -> Shown:
    tiers = list(program.tiers.kept())
    names = {tier.rank: tier.name for tier in tiers}
    standing = list(program.earning_rules.live().select_related("wallet"))
    wallets = list(program.wallets.all())
    book = compile_rulebook(program, wallets, standing)
    gets = partial(_gets, program=program, tiers=tiers, wallets=wallets, book=book, now=now)
    return Shown(
        earning=tuple(rule_sentence(rule, program, tiers=names) for rule in standing),
        campaigns=tuple(
            (str(it.name), campaign_sentence(it, program, tiers=names))
            for it in program.campaigns.kept().select_related("wallet")
        ),
        rewards=tuple(
            (str(it.name), _price(it)) for it in program.rewards.kept().select_related("wallet")
        ),
        tiers=tuple(_tier(tier, program) for tier in tiers) if len(tiers) > 1 else (),
        example=tuple(
            (
                _purchase(each, program),
                tuple(gets(each)),
            )
            for each in template.purchases(program.currency)
        ),
    )


def _price(reward: Reward) -> str:
    price = formats.points(reward.price, reward.wallet)
    return _("given by itself at %(price)s") % {"price": price} if reward.is_automatic else price


def _tier(tier: Tier, program: Program) -> tuple[str, str, str]:
    policy = TierPolicy.objects.get(program=program)
    if not tier.threshold:
        reached = ""
    elif policy.measure == TierPolicy.Measure.SPEND:
        reached = formats.money(tier.threshold, program.currency, whole=True)
    else:
        reached = formats.number(tier.threshold)
    return str(tier.name), reached, str(tier.benefits)


def _purchase(each: Mapping[str, str], program: Program) -> str:
    amount = formats.money(to_minor(each["amount"], program.currency), program.currency, whole=True)
    return f"{amount} · {each['category']}" if each.get("category") else amount


def _gets(
    each: Mapping[str, str],
    *,
    program: Program,
    tiers: list[Tier],
    wallets: list[Wallet],
    book: Rulebook,
    now: datetime,
) -> list[tuple[str, str]]:
    """What a purchase gives, for each tier that earns differently."""
    line = SaleLine(
        amount_minor=to_minor(each["amount"], program.currency), category=each.get("category", "")
    )
    sale = Sale(lines=(line,), source="preview", reference="1", made_at=now)
    told: list[tuple[str, str]] = []
    for tier in tiers:
        awards = rules.awards_for(activity_for(sale, tier, book, ()), book)
        by_wallet: dict[int, int] = {}
        for award in awards:
            by_wallet[award.wallet_id] = by_wallet.get(award.wallet_id, 0) + award.points
        texts = [formats.points(by_wallet[it.pk], it) for it in wallets if by_wallet.get(it.pk)]
        text = " + ".join(texts) or "—"
        if not told or told[-1][1] != text:
            told.append((str(tier.name), text))
    return told
