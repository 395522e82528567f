"""What must be in the database, reckoned from what was asked for and what was answered."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from bench.rig.crash.shop import Shop
from bench.rig.crash.wishes import Wish, moved
from bench.rig.inbox import Inbox
from loyalty.days import local_date
from loyalty.earning.models import ActivityRecord
from loyalty.flows.letters import _message_id
from loyalty.ledger import audit
from loyalty.ledger.models import Entry, Lot, Tally
from loyalty.merchants.models import AuditEntry, JobRun, KeyedRequest
from loyalty.messaging.models import Message
from loyalty.purchases import audit as purchase_audit
from loyalty.purchases.models import Purchase, Refund
from loyalty.rewards.models import Redemption, Reward, Voucher

Status = Message.Status
# What leaves a line in the trail each time.
IN_THE_TRAIL = {
    "redemption", "payment", "adjustment", "desk adjustment", "use", "cancel", "cancel voucher",
}  # fmt: skip


def breaches() -> list[str]:
    """Every law that does not hold now, of the ledger and of sales."""
    return [str(it) for it in (*audit.breaches(), *purchase_audit.breaches())]


# --- Right after the crash -----------------------------------------------------------------------


def halves(shop: Shop, wishes: Sequence[Wish]) -> Iterator[str]:
    """Of keyed wishes nobody heard of: the key is kept if, and only if, the effect is there."""
    unheard = [wish for wish in wishes if wish.is_keyed and wish.asked and not wish.is_settled]
    names = [wish.name for wish in unheard]
    kept = set(_keys(shop).filter(key__in=names).values_list("key", flat=True))
    for wish in unheard:
        if (found := _effects(shop, wish)) is not None and bool(found) != (wish.name in kept):
            told = "its answer is kept" if wish.name in kept else "its answer is not kept"
            yield f"{wish.kind} {wish.name} is there {found} times, and {told}."


def _effects(shop: Shop, wish: Wish) -> int | None:
    """How often the effect of a wish is there; None where only the books can tell."""
    program = shop.program
    if wish.references:
        sold = Purchase.objects.filter(program=program, reference__in=wish.references).count()
        back = Refund.objects.filter(program=program, reference__in=wish.references).count()
        done = ActivityRecord.objects.filter(
            account__program=program, reference__in=wish.references
        ).count()
        return (sold + back + done) // len(wish.references)
    if wish.kind in ("redemption", "payment"):
        verb = "redeem" if wish.kind == "redemption" else "pay"
        made = Redemption.objects.filter(program=program, key=f"{verb}:api:{wish.name}")
        return made.count()
    if wish.kind == "adjustment":
        posted = Entry.objects.filter(balance__wallet__program=program)
        return posted.filter(key=f"adjust:api:{wish.name}").count()
    return None


def _keys(shop: Shop) -> QuerySet[KeyedRequest]:
    return KeyedRequest.objects.filter(program=shop.program)


# --- Once all is drained -------------------------------------------------------------------------


def owed(shop: Shop, *, now: datetime) -> dict[str, int]:
    """What is still to be done for a shop, by kind."""
    program = shop.program
    today = local_date(now, program.time_zone)
    lots = Lot.objects.filter(balance__wallet__program=program)
    rows = {
        "points to mature": lots.filter(is_pending=True),
        "points to expire": lots.filter(remaining__gt=0, expires_on__lte=today),
        "figures to add up": Tally.objects.filter(program=program),
        "jobs": JobRun.objects.filter(program=program, finished_at=None, due_at__lte=now),
        "letters": Message.objects.filter(
            program=program, status__in=[Status.OWED, Status.SENDING]
        ),
    }  # fmt: skip
    return {what: count for what, found in rows.items() if (count := found.count())}


def faults(shop: Shop, wishes: Sequence[Wish], inbox: Inbox) -> Iterator[str]:
    """Everything that is not as the answers said it would be."""
    granted = [wish for wish in wishes if wish.is_granted]
    yield from _balances(shop, granted)
    yield from _rows(shop, granted)
    yield from _supply(shop, granted)
    yield from _letters(shop, granted, inbox)
    yield from _jobs(shop)


def _balances(shop: Shop, granted: Sequence[Wish]) -> Iterator[str]:
    sums = moved(granted)
    posted = Entry.objects.filter(balance__account__program=shop.program)
    there = {
        account: (points, entries)
        for account, points, entries in posted.values_list("balance__account").annotate(
            Sum("points"), Count("pk")
        )
    }
    for card in shop.cards:
        points, entries = sums.get(card.account_id, (0, 0))
        wanted = card.points + points, card.entries + entries
        if there.get(card.account_id, (0, 0)) != wanted:
            yield (
                f"account {card.account_id} has {there.get(card.account_id)} points and entries; "
                f"it was told of {wanted}."
            )


def _rows(shop: Shop, granted: Sequence[Wish]) -> Iterator[str]:
    """Sales, refunds, activities, redemptions, kept answers, the trail: alike on both sides."""
    program = shop.program
    told: Counter[str] = Counter(name for wish in granted for name in wish.references)
    there: Counter[str] = Counter()
    for rows in (
        Purchase.objects.filter(program=program),
        Refund.objects.filter(program=program),
        ActivityRecord.objects.filter(account__program=program).exclude(source="clock"),
    ):
        there.update(rows.values_list("reference", flat=True))
    yield from _differences("told", told, there)
    yield from _differences("redeemed", _redemption_keys(granted), Counter(
        Redemption.objects.filter(program=program).values_list("key", flat=True)
    ))  # fmt: skip
    keys = Counter(wish.name for wish in granted if wish.is_keyed)
    yield from _differences("kept", keys, Counter(_keys(shop).values_list("key", flat=True)))
    trail = AuditEntry.objects.filter(program=program).exclude(action__startswith="key.").count()
    wanted = sum(wish.kind in IN_THE_TRAIL for wish in granted)
    if trail != wanted:
        yield f"the trail has {trail} lines for {wanted} acts."


def _redemption_keys(granted: Sequence[Wish]) -> Counter[str]:
    verbs = {"redemption": "redeem:api:", "payment": "pay:api:", "portal redemption": "redeem:"}
    return Counter(f"{verbs[wish.kind]}{wish.name}" for wish in granted if wish.kind in verbs)


def _differences(what: str, wanted: Counter[str], there: Counter[str]) -> Iterator[str]:
    if lost := wanted - there:
        yield f"{what} and acknowledged, but not there: {dict(lost)}"
    if invented := there - wanted:
        yield f"there, but nobody was told that it was {what}: {dict(invented)}"


def _supply(shop: Shop, granted: Sequence[Wish]) -> Iterator[str]:
    """The stock of the scarce reward, and what became of each voucher."""
    live = Redemption.objects.filter(reward=shop.scarce, status=Redemption.Status.DONE).count()
    left = Reward.objects.values_list("stock", flat=True).get(pk=shop.scarce.pk)
    if left is None or live + left != shop.scarce.stock:
        yield f"{live} scarce rewards are out and {left} are left, of {shop.scarce.stock}."
    wanted = Counter(wish.kind for wish in granted)
    vouchers = Voucher.objects.filter(program=shop.program)
    used = wanted["use"] + wanted["payment"]
    if (there := vouchers.filter(status=Voucher.Status.USED).count()) != used:
        yield f"{there} vouchers are used, and {used} were told so."
    back = wanted["cancel"] + wanted["cancel voucher"]
    if (there := vouchers.filter(status=Voucher.Status.CANCELLED).count()) != back:
        yield f"{there} vouchers are cancelled, and {back} were told so."


def _jobs(shop: Shop) -> Iterator[str]:
    for run in JobRun.objects.filter(program=shop.program).exclude(error=""):
        yield f"the job {run.job} was given up: {run.error}"


# --- Letters -------------------------------------------------------------------------------------


def _letters(shop: Shop, granted: Sequence[Wish], inbox: Inbox) -> Iterator[str]:
    """Each effect owes its letter; each letter came as often as its kind allows."""
    messages = list(Message.objects.filter(program=shop.program))
    there = Counter(message.template for message in messages)
    wanted = _wanted_letters(shop, granted)
    if there != wanted:
        yield f"letters are owed {dict(there)}, and the answers promised {dict(wanted)}."
    for message in messages:
        came = inbox.times(_message_id(message))
        if said := _wrong(message, came):
            name = f"{message.pk} ({message.template}, {message.status})"
            yield f"letter {name} came {came} times: {said}"


def _wrong(message: Message, came: int) -> str:
    """What is wrong with how often a letter came."""
    if message.status == Status.DROPPED:
        return "nobody wanted it" if came and not message.must_arrive else ""
    if message.status == Status.DEAD:
        return f"it was given up: {message.error}"
    if message.must_arrive:
        return "" if came else "it must arrive"
    if came > 1:
        return "it must not repeat"
    return "it was marked as sent" if message.status == Status.SENT and not came else ""


def _wanted_letters(shop: Shop, granted: Sequence[Wish]) -> Counter[str]:
    wanted: Counter[str] = Counter()
    for wish in granted:
        if wish.kind in ("purchase", "purchase with key", "batch", "activity"):
            wanted["points_earned"] += len(wish.references)
        elif wish.kind == "refund":
            wanted["points_taken_back"] += 1
        elif wish.kind in ("redemption", "portal redemption"):
            wanted["voucher"] += 1
    wanted["birthday"] = sum(card.letters for card in shop.cards)
    return +wanted


def strangers(inbox: Inbox) -> list[str]:
    """Letters that came although no row owes them."""
    owed_ids = {_message_id(message) for message in Message.objects.only("pk")}
    return sorted(inbox.message_ids() - owed_ids)


# --- Who holds what ------------------------------------------------------------------------------

Row = tuple[str, int]


def held(*, now: datetime) -> dict[Row, str]:
    """The rows that workers hold at a moment, and under which token."""
    open_leases = Q(leased_until__gt=now)
    return _tokens(Message.objects.filter(open_leases), JobRun.objects.filter(open_leases))


def tokens_of(rows: Collection[Row]) -> dict[Row, str]:
    """Under which token some rows are held by now."""
    letters = Message.objects.filter(pk__in=[pk for kind, pk in rows if kind == "letter"])
    return _tokens(
        letters, JobRun.objects.filter(pk__in=[pk for kind, pk in rows if kind == "job"])
    )


def _tokens(letters: QuerySet[Message], jobs: QuerySet[JobRun]) -> dict[Row, str]:
    return {("letter", pk): token for pk, token in letters.values_list("pk", "lease")} | {
        ("job", pk): token for pk, token in jobs.values_list("pk", "lease")
    }
