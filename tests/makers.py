"""Plain functions that make things. Every argument has a default; name only what matters."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from loyalty.earning.models import EarningRule
from loyalty.flows import consent, earn, refund
from loyalty.flows.outcomes import Outcome
from loyalty.flows.refund import RefundOutcome
from loyalty.flows.settings import bump
from loyalty.ledger import posting
from loyalty.ledger.models import Balance, Entry, Wallet
from loyalty.merchants.models import Merchant, Program, Role, Staff, User
from loyalty.purchases.models import Purchase
from loyalty.purchases.sale import Return, ReturnLine, Sale, SaleLine
from loyalty.rewards.models import Reward
from members import consents, joining
from members.consents import ACCOUNT, MAIL, OFFERS
from members.models import Member, Tier, TierPolicy

NOON = datetime(2026, 6, 2, 5, tzinfo=UTC)  # Tuesday, 12:00 in Bangkok.
TODAY = date(2026, 6, 2)
LATER = date(2027, 6, 2)
_number = count(1)


def make_program(slug: str = "", merchant: Merchant | None = None, **fields: Any) -> Program:
    """A program with a wallet of points that last twelve months."""
    merchant = merchant or Merchant.objects.create(name="Corner Café")
    fields.setdefault("name", {"en": "Café points", "th": "แต้มคาเฟ่"})
    program = Program.objects.create(
        merchant=merchant, slug=slug or f"cafe-{next(_number)}", **fields
    )
    make_wallet(program)
    return program


def make_wallet(program: Program, code: str = "points", **fields: Any) -> Wallet:
    fields.setdefault("unit_one", {"en": "point", "th": "แต้ม"})
    fields.setdefault("unit_many", {"en": "points", "th": "แต้ม"})
    return Wallet.objects.create(program=program, code=code, **fields)


def make_reward(
    program: Program, price: int = 10, *, wallet: str = "points", **fields: Any
) -> Reward:
    """A reward of a program's catalog. Like every change of it, a new version of the program."""
    fields.setdefault("name", {"en": "Free coffee", "th": "กาแฟฟรี"})
    made = Reward.objects.create(
        program=program, price=price, wallet=program.wallets.get(code=wallet), **fields
    )
    bump(program)
    return made


def make_member(program: Program, email: str = "ana@example.org", **fields: Any) -> Member:
    """A member who joined a year before NOON, without the letters and points of joining."""
    now = fields.pop("now", NOON.replace(year=2025))
    wants = {OFFERS: fields.pop("offers", None), ACCOUNT: fields.pop("letters", None)}
    member = joining.create(program, now=now, email=email, **{"language": "en", **fields})
    choose(member, **{name: wanted for name, wanted in wants.items() if wanted is not None})
    return member


def choose(member: Member, **wanted: bool) -> None:
    """What a member wants by e-mail: ``choose(ana, offers=True, account=False)``."""
    choices = {(MAIL, purpose): is_wanted for purpose, is_wanted in wanted.items()}
    consent.choose(member, choices, how="page", now=NOON)


def wants(member: Member, purpose: str) -> bool:
    return consents.chosen_by(member)[MAIL, purpose]


def make_tiers(program: Program, *thresholds: int, **policy: Any) -> list[Tier]:
    """Tiers that are reached by so much, the base tier first. What is not a field of a tier is the
    policy's: ``make_tiers(cafe, 0, 200_00, 500_00, window="rolling")``."""
    names = ["Member", "Silver", "Gold", "Platinum"]
    percents = policy.pop("percents", [100, 125, 150, 200])
    TierPolicy.objects.create(program=program, **policy)
    bump(program)
    return [
        Tier.objects.create(
            program=program, rank=rank, name={"en": names[rank]}, threshold=threshold,
            multiplier_percent=percents[rank],
        )
        for rank, threshold in enumerate(thresholds)
    ]  # fmt: skip


def make_staff(program: Program, role: str = Role.OWNER, email: str = "") -> Staff:
    user = User.objects.create_user(
        email or f"{role}-{next(_number)}@example.org", "a good pass phrase"
    )
    return Staff.objects.create(user=user, merchant=program.merchant, role=role)


def give(
    member: Member, points: int, *, wallet: str = "points", key: str = "", **fields: Any
) -> Entry:
    """Put points into a member's wallet, as a rule would."""
    program = member.program
    now = fields.pop("now", NOON)
    book = posting.open_book(program.pk, program.time_zone, [member.account_id], now=now)
    held = posting.held(book, member.account_id, program.wallets.get(code=wallet).pk)
    line = posting.accrue(
        book, held, points, key=key or f"gift:{next(_number)}", source="test", at=now,
        available_at=fields.pop("available_at", now), expires_on=fields.pop("expires_on", LATER),
    )  # fmt: skip
    posting.write(book)
    return Entry.objects.get(pk=line.id)


def balance(member: Member, wallet: str = "points") -> Balance:
    return Balance.objects.get(account=member.account_id, wallet__code=wallet)


def points(member: Member, wallet: str = "points") -> int:
    """What a member can spend now."""
    return balance(member, wallet).points


def make_rule(program: Program, **fields: Any) -> EarningRule:
    """One point for each 1.00 spent, unless told otherwise. The program's version grows with it."""
    fields.setdefault("name", {"en": "Points for purchases", "th": "แต้มจากการซื้อ"})
    fields.setdefault("effect", {"kind": "per_spend", "points": 1, "per_minor": 100})
    wallet = program.wallets.get(code=fields.pop("wallet", "points"))
    rule = EarningRule.objects.create(program=program, wallet=wallet, **fields)
    program.version += 1
    program.save(update_fields=["version"])
    return rule


def sale(
    amount: int = 10_00, *lines: SaleLine, member: Member | None = None, **fields: Any
) -> Sale:
    """A sale at NOON of one thing, or of the lines given."""
    fields.setdefault("source", "pos")
    fields.setdefault("reference", f"sale-{next(_number)}")
    fields.setdefault("made_at", NOON)
    owner = member.account_id if member else None
    return Sale(lines=lines or (SaleLine(amount_minor=amount),), account_id=owner, **fields)


def buy(member: Member, amount: int = 10_00, *lines: SaleLine, **fields: Any) -> Outcome:
    """Let a member buy something, and return what came of it."""
    now = fields.pop("now", None) or fields.get("made_at", NOON)
    program = Program.objects.get(pk=member.program_id)
    return earn.from_purchase(program, sale(amount, *lines, member=member, **fields), now=now)


def do(member: Member, kind: str, **fields: Any) -> Outcome:
    """Let a member do something that is no purchase."""
    at = fields.pop("at", NOON)
    fields.setdefault("source", "app")
    fields.setdefault("reference", f"{kind}-{next(_number)}")
    program = Program.objects.get(pk=member.program_id)
    return earn.from_activity(
        program, member.account_id, kind=kind, occurred_at=at, now=fields.pop("now", at), **fields
    )


def bring_back(
    member: Member, bought: Outcome | None = None, amount: int | None = None, *lines: ReturnLine,
    **fields: Any,
) -> RefundOutcome:  # fmt: skip
    """Refund a sale (all of it, or an amount or lines), or lines of which no sale is named."""
    fields.setdefault("source", "pos")
    fields.setdefault("reference", f"refund-{next(_number)}")
    fields.setdefault("made_at", NOON)
    now = fields.pop("now", None) or fields["made_at"]
    ret = Return(
        purchase_id=bought.id if bought else None, account_id=member.account_id,
        amount_minor=amount, lines=lines, **fields,
    )  # fmt: skip
    return refund.refund(Program.objects.get(pk=member.program_id), ret, now=now)


def purchase_of(bought: Outcome) -> Purchase:
    return Purchase.objects.get(pk=bought.id)
