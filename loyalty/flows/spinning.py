"""A turn of the wheel: paid, drawn and given in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from campaigns.wheel import drawing
from campaigns.wheel.models import Segment, Spin, Wheel
from loyalty import sealing
from loyalty.days import local_date
from loyalty.flows import prizes, spending
from loyalty.flows.spending import By
from loyalty.ledger import posting
from loyalty.ledger.book import Book
from loyalty.merchants import trail
from loyalty.refusal import Refusal
from members.models import Member

PURPOSE = "wheel"  # What its secret is sealed for.


class WheelNotLive(Refusal):
    code = "wheel_not_live"


class NoSpinLeft(Refusal):
    code = "no_spin_left"


class SealMoved(Refusal):
    """The seal that was looked at is not that of the next spin: another window has spun."""

    code = "seal_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A member's next spin: its number and seal, and what it costs; or why there is none."""

    number: int
    seal: str
    is_free: bool
    price: int
    is_left: bool
    spins_today: int


def secret_of(wheel: Wheel) -> bytes:
    opened = sealing.unseal(wheel.secret_sealed, PURPOSE)
    if opened is None:
        raise RuntimeError("The secret of a wheel was sealed under a key that is lost.")
    return bytes.fromhex(opened)


def turn_for(wheel: Wheel, member: Member, *, now: datetime) -> Turn:
    """What the page shows before the spin."""
    today = local_date(now, member.program.time_zone)
    mine = Spin.objects.filter(wheel=wheel, account=member.account_id)
    made = mine.count()
    spun_today = mine.filter(spun_on=today).count()
    is_free = wheel.free_daily and not mine.filter(free_on=today).exists()
    seed = drawing.seed_of(secret_of(wheel), member.public_id, made + 1)
    is_left = wheel.most_daily is None or spun_today < wheel.most_daily
    return Turn(
        number=made + 1, seal=drawing.seal_of(seed), is_free=is_free,
        price=0 if is_free else wheel.price, is_left=is_left and (is_free or wheel.price > 0),
        spins_today=spun_today,
    )  # fmt: skip


@transaction.atomic
def spin(
    member: Member,
    wheel: Wheel,
    *,
    key: str,
    word: str = "",
    seal: str = "",
    now: datetime,
    by: By = None,
    letters: bool = True,
) -> Spin:
    """Turn the wheel once a key. ``seal`` is what the member was shown; it must still be the next.

    What is paid, what is taken out of stock and what is won happens together, or nothing of it.
    """
    program = member.program
    book = spending.lock(program, member.account_id, now=now)
    made = Spin.objects.filter(wheel=wheel, account=member.account_id, key=key)
    if before := made.select_related("landed", "segment").first():
        return before
    spending.check_active(member.account_id)
    wheel = Wheel.objects.select_related("wallet").get(pk=wheel.pk, program=program)
    if wheel.stage(now) != "live":
        raise WheelNotLive(_("This wheel does not turn now."))
    turn = turn_for(wheel, member, now=now)
    if not turn.is_left:
        raise NoSpinLeft(_("There is no spin left today. Come again tomorrow."))
    if seal and seal != turn.seal:
        raise SealMoved(_("You have turned the wheel in another window. Look at the new seal."))
    if not turn.is_free:
        spending.check_hold(member, by, now=now)
    spun = _turn(book, wheel, member, turn, key=key, word=word, now=now, letters=letters)
    if by is not None:
        trail.record(
            "wheel.spin", f"member:{member.public_id}", program=program, now=now, by=by,
            after={"wheel": wheel.public_id, "number": turn.number},
        )  # fmt: skip
    return spun


def _turn(  # noqa: PLR0917
    book: Book,
    wheel: Wheel,
    member: Member,
    turn: Turn,
    *,
    key: str,
    word: str,
    now: datetime,
    letters: bool,
) -> Spin:
    today = local_date(now, member.program.time_zone)
    entry_id = None if turn.is_free else _pay(book, wheel, member, turn, today)
    seed = drawing.seed_of(secret_of(wheel), member.public_id, turn.number)
    rolled = drawing.roll(seed, word)
    segments = list(wheel.segments.order_by("position"))
    landed = segments[drawing.landed([it.share for it in segments], rolled)]
    segment, fate = _given(wheel, member, landed, segments, turn, now=now, letters=letters)
    return Spin.objects.create(
        wheel=wheel, account_id=member.account_id, number=turn.number, key=key,
        card=member.public_id, seal=turn.seal, seed=seed.hex(), word=word, roll=rolled,
        landed=landed, segment=segment, fate=fate, entry_id=entry_id, spun_at=now, spun_on=today,
        free_on=today if turn.is_free else None,
    )  # fmt: skip


def _pay(book: Book, wheel: Wheel, member: Member, turn: Turn, today: date) -> int | None:
    assert wheel.wallet_id is not None
    if not wheel.wallet or not wheel.wallet.is_spendable:
        raise posting.NotSpendable(_("What is in this wallet cannot be spent."))
    line = posting.redeem(
        book, posting.held(book, member.account_id, wheel.wallet_id), turn.price,
        key=f"{wheel.source}/spin:{turn.number}", source=wheel.source, at=book.now, today=today,
        explanation=[{"step": "spin", "name": dict(wheel.name), "number": turn.number}],
    )  # fmt: skip
    posting.write(book)
    return line.id


def _given(  # noqa: PLR0917
    wheel: Wheel,
    member: Member,
    landed: Segment,
    segments: list[Segment],
    turn: Turn,
    *,
    now: datetime,
    letters: bool,
) -> tuple[Segment, str]:
    """The segment whose prize the member has: the one it landed on, or what stands in for it."""
    if landed.prize is None:
        return landed, Spin.Fate.NOTHING
    instead = next(it for it in segments if it.is_consolation)
    for segment in dict.fromkeys([landed, instead]):
        if segment.prize is None:
            return segment, Spin.Fate.RAN_OUT
        if _take(segment) and _give(wheel, member, segment, turn, now=now, letters=letters):
            return segment, Spin.Fate.GIVEN if segment is landed else Spin.Fate.RAN_OUT
    return instead, Spin.Fate.RAN_OUT


def _take(segment: Segment) -> bool:
    """One out of stock: of the last one only one taker is told that it was there."""
    there = Segment.objects.filter(Q(stock=None) | Q(given__lt=F("stock")), pk=segment.pk)
    return bool(there.update(given=F("given") + 1))


def _give(  # noqa: PLR0917
    wheel: Wheel, member: Member, segment: Segment, turn: Turn, *, now: datetime, letters: bool
) -> bool:
    assert segment.prize is not None
    try:
        prizes.give(
            member, segment.prize, key=f"{wheel.source}/{member.account_id}/{turn.number}",
            source=wheel.source, at=now, reason=wheel.name, letters=letters,
        )  # fmt: skip
    except Refusal:
        # The reward itself has run out meanwhile: as if the wheel's own stock had.
        Segment.objects.filter(pk=segment.pk).update(given=F("given") - 1)
        return False
    return True
