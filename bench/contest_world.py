"""A contest of friends brought, with as many of them as asked for."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection

from campaigns.contests.models import Contest
from campaigns.referrals.models import Referral
from loyalty.flows import contest_boards
from loyalty.insights.contests import Board, board_of
from loyalty.ledger.models import Account, Wallet
from loyalty.merchants.models import Merchant, Program
from members.models import Member

NOW = datetime(2026, 6, 2, 5, tzinfo=UTC)
BITE = 2_000


def fill(friends: int, each: int) -> tuple[Contest, list[Member]]:
    """So many friends, each advocate about so many of them, and the contest among them."""
    merchant = Merchant.objects.create(name="Bench")
    program = Program.objects.create(merchant=merchant, slug="bench", name={"en": "Bench"})
    Wallet.objects.create(
        program=program, code="points", unit_one={"en": "point"}, unit_many={"en": "points"}
    )
    advocates = friends // each
    rows = [Account(program=program) for _number in range(advocates + friends)]
    accounts = Account.objects.bulk_create(rows, batch_size=BITE)
    members = Member.objects.bulk_create([
        Member(program=program, account=it, card_code=f"C{number}", name=f"Member {number}",
               enrolled_on=date(2025, 1, 1))
        for number, it in enumerate(accounts[:advocates])
    ], batch_size=BITE)  # fmt: skip
    Referral.objects.bulk_create([
        Referral(
            program=program, advocate=accounts[number * number % advocates], friend=it, promise={},
            state="cleared", joined_at=NOW - timedelta(seconds=number), expires_at=NOW,
            bought_at=NOW - timedelta(seconds=number // 2),
        )
        for number, it in enumerate(accounts[advocates:])
    ], batch_size=BITE)  # fmt: skip
    contest = Contest.objects.create(
        program=program, name={"en": "Bench"}, state="open", measure="referrals",
        time_zone="UTC", starts_at=NOW - timedelta(days=60), ends_at=NOW + timedelta(days=1),
        freezes_at=NOW + timedelta(days=2), prizes=[],
    )  # fmt: skip
    contest_boards.count(contest, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    standing = set(contest.standings.values_list("account", flat=True))
    return contest, [it for it in members if it.account_id in standing]


def count(contest: Contest) -> None:
    """Counted while somebody has brought another friend."""
    newest = Referral.objects.order_by("-pk").first()
    assert newest
    Referral.objects.filter(pk=newest.pk).update(is_held=not newest.is_held)
    contest_boards.count(contest, now=NOW)


def read(contest: Contest, who: Member) -> Board:
    return board_of(Contest.objects.get(pk=contest.pk), own=who)
