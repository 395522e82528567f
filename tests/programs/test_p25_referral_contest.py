"""P25: a window in Los Angeles, purchases that count in April, more for each friend, prizes for
the first five, tickets for the first; refunds move the board until it is frozen."""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.contests.models import Contest
from docs.examples import check_contest
from loyalty.flows import contest_boards, contests, referral_terms, referrals
from tests.makers import make_reward
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db
_number = count(1)
PACIFIC = ZoneInfo("America/Los_Angeles")


def at(*when: int):
    return time_machine.travel(datetime(*when, tzinfo=PACIFIC), tick=False)


@pytest.fixture
def shop(db):
    """10.00 for each friend, or 15.00 while the contest runs."""
    shop = Shop(currency="USD")
    shop.wallet("cash", "cashback")
    tickets = make_reward(shop.program, 0, name={"en": "Two tickets"})
    cash = {"kind": "points", "wallet": "cash", "points": 100_00}
    with at(2026, 2, 20):
        now = datetime.now(PACIFIC)
        referral_terms.save(
            shop.fresh(), by=None, now=now, is_on=True, within_days=90, return_days=14,
            advocate_prize={"kind": "points", "wallet": "cash", "points": 10_00},
        )  # fmt: skip
        contest = contests.save(
            shop.fresh(), None, by=None, now=now, name={"en": "Share the love"},
            measure="referrals", time_zone="America/Los_Angeles", raised_to=15_00,
            starts_at="2026-03-01T00:00", ends_at="2026-03-30T23:59",
            buys_from="2026-04-01T00:00", buys_until="2026-05-01T00:00",
            freezes_at="2026-05-05T12:00", prizes=[
                {"first": 1, "last": 1, "gives": [
                    cash, {"kind": "reward", "reward": tickets.public_id}
                ]},
                {"first": 2, "last": 5, "gives": [cash]},
            ],
        )  # fmt: skip
        contests.promise(contest, by=None, now=now)
        shop.members = {name: shop.join(email=f"{name}@example.org", email_verified=True)
                        for name in "abcdef"}  # fmt: skip
    return shop


def bring(shop, who, joined, bought):
    """A friend, and what they bought."""
    code = shop.till.get(f"members/{shop.members[who]}/referrals").json()["code"]
    with at(2026, *joined):
        fields = {"email": f"friend-{next(_number)}@example{joined[1]}.net", "email_verified": True}
        friend = shop.join(referred_by=code, **fields)
    with at(2026, *bought):
        return shop.buy(friend, "50.00")


def sweep():
    now = datetime.now(PACIFIC)
    while referrals.advance_due(now=now):
        pass
    contest_boards.keep(now=now)


def board(shop):
    """The names, in the order of the board."""
    (contest,) = shop.till.get("contests").json()["items"]
    items = shop.till.get(f"contests/{contest['id']}/board").json()["items"]
    names = {public_id: name for name, public_id in shop.members.items()}
    return "".join(names[it["member"]] for it in items)


def test_p25_referral_contest(shop):
    sales = {
        "first": bring(shop, "a", (3, 1, 0), (4, 2, 9)),
        "second": bring(shop, "a", (3, 30, 23, 58), (4, 30, 23)),
        "late": bring(shop, "a", (3, 30, 23, 59), (4, 2, 9)),
        "early": bring(shop, "a", (3, 5, 9), (3, 31, 23)),
        "b": bring(shop, "b", (3, 6, 9), (4, 3, 9)),
        "c": bring(shop, "c", (3, 7, 9), (4, 3, 10)),
        "d": bring(shop, "d", (3, 8, 9), (4, 3, 11)),
        "e": bring(shop, "e", (3, 9, 9), (4, 5, 9)),
        "f": bring(shop, "f", (3, 10, 9), (4, 4, 9)),
    }
    with at(2026, 5, 1, 1):
        sweep()
        assert board(shop) == "abcdfe"  # Five have one friend: the fifth place is f's, not e's.
    with at(2026, 5, 2, 9):
        shop.bring_back(sales["b"])
        sweep()
        assert board(shop) == "acdfe"
    with at(2026, 5, 5, 11, 59):
        sweep()
        assert Contest.objects.get().state == "open"
    with at(2026, 5, 5, 12):
        sweep()
        assert Contest.objects.get().state == "done"
    with at(2026, 5, 16, 9):
        shop.bring_back(sales["c"])
        sweep()
        assert board(shop) == "acdfe"
        cash = {name: shop.balance(member, "cash") for name, member in shop.members.items()}
        # Two raised and two usual ones for a; what came back is taken back; 100.00 for five.
        assert cash == {
            "a": 100_00 + 2 * 15_00 + 2 * 10_00, "b": 0, "c": 100_00, "d": 115_00, "e": 115_00,
            "f": 115_00,
        }  # fmt: skip
        vouchers = shop.till.get(f"redemptions?member={shop.members['a']}").json()["items"]
        assert len(vouchers) == 1


def test_p25_the_published_rows_can_be_checked(shop, client):
    bring(shop, "a", (3, 1, 0), (4, 2, 9))
    bring(shop, "b", (3, 6, 9), (4, 3, 9))
    with at(2026, 5, 5, 12):
        sweep()
        (contest,) = shop.till.get("contests").json()["items"]
        page = f"/p/{shop.program.slug}/contests/{contest['id']}/"
        rows = client.get(f"{page}rows/").content.decode()
        assert contest["board_hash"] in client.get(page).content.decode()
    assert check_contest.problems(rows, contest["board_hash"]) == []
    swapped = rows.replace(",1,", ",2,", 1)
    assert check_contest.problems(swapped, contest["board_hash"])
