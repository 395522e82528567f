"""P27: challenges, a streak of four weeks, badges, and a wheel with stated odds and stock."""

import hashlib
import hmac

import pytest

from campaigns.running import Running
from loyalty.flows import badges, challenges, running, wheels
from members import badges as holding
from members.models import Member
from tests.makers import NOON
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db
BUY = {"trigger": "purchase", "times": 3}
REVIEW = {"trigger": "review", "times": 1}
POINTS = {"kind": "points", "wallet": "points", "points": 100}


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def ana(shop):
    with shop.at(2026, 6, 2, 9):
        return shop.join()


def opened(made: Running) -> Running:
    running.open_up(made, by=None, now=NOON)
    return made


def challenge(shop, *steps, **told):
    told = {"name": {"en": "Regular"}, "kind": "steps", "starts_at": NOON, "prize": POINTS} | told
    return opened(challenges.save(shop.fresh(), None, by=None, now=NOON, steps=list(steps), **told))


def wheel(shop, *segments, **told):
    told = {"name": {"en": "Wheel"}, "starts_at": NOON, "price": 0, "free_daily": True} | told
    return opened(
        wheels.save(shop.fresh(), None, by=None, now=NOON, segments=list(segments), **told)
    )


def progress(shop, member):
    (found,) = shop.till.get(f"members/{member}/challenges").json()["items"]
    return found


def turn(shop, member, wheel, key, **told):
    told = {"member": member, "wheel": wheel.public_id} | told
    answer = shop.till.post("spins", told, key=key)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_p27_three_times_and_once_within_fourteen_days(shop, ana):
    challenge(shop, BUY, REVIEW, days=14)
    with shop.at(2026, 6, 2, 12):
        shop.buy(ana, "50.00")
        shop.do(ana, "review")
    with shop.at(2026, 6, 10, 12):
        shop.buy(ana, "50.00")
        assert progress(shop, ana) | {"challenge": ""} == {
            "challenge": "", "done": [2, 1], "weeks": 0, "percent": 75,
            "last_on": "2026-06-15", "completions": 0,
        }  # fmt: skip
    with shop.at(2026, 6, 16, 12):  # The fifteenth day: what was done on the first is out.
        shop.buy(ana, "50.00")
        assert (progress(shop, ana)["done"], shop.balance(ana)) == ([2, 0], 0)
        shop.do(ana, "review")
        shop.buy(ana, "50.00")
        assert (shop.balance(ana), progress(shop, ana)["completions"]) == (100, 1)


def test_p27_a_refund_takes_progress_back(shop, ana):
    challenge(shop, BUY)
    with shop.at(2026, 6, 2, 12):
        shop.bring_back(shop.buy(ana, "50.00"))
        assert progress(shop, ana)["done"] == [0]


def test_p27_four_weeks_in_a_row_and_a_missed_one(shop, ana):
    challenge(shop, {"trigger": "purchase", "times": 1}, kind="streak", weeks=4)
    # Sunday still belongs to its week, Monday to the next: a week is Monday to Sunday here.
    for month, day, weeks in ((6, 7, 1), (6, 8, 2), (6, 21, 3), (6, 29, 1), (7, 12, 2), (7, 13, 3)):
        with shop.at(2026, month, day, 12):
            shop.buy(ana, "50.00")
            assert progress(shop, ana)["weeks"] == weeks
    with shop.at(2026, 7, 26, 23):
        shop.buy(ana, "50.00")
        assert (shop.balance(ana), progress(shop, ana)["completions"]) == (100, 1)


def test_p27_a_badge_is_a_prize(shop, ana):
    badge = badges.save(shop.fresh(), None, by=None, now=NOON, name={"en": "Regular"})
    challenge(
        shop, {"trigger": "review", "times": 1}, prize={"kind": "badge", "badge": badge.public_id}
    )
    with shop.at(2026, 6, 2, 12):
        shop.do(ana, "review")
    assert [str(it.badge) for it in holding.held_by(Member.objects.get())] == ["Regular"]


def test_p27_the_one_percent_prize_is_never_given_twice(shop, ana):
    """With the odds turned round, so that it is met: one car, and nothing for who is late."""
    made = wheel(
        shop,
        {"name": {"en": "Car"}, "share": 9_999, "prize": POINTS, "stock": 1},
        {"name": {"en": "Nothing"}, "share": 1, "is_consolation": True},
    )
    with shop.at(2026, 6, 2, 12):
        fates = [turn(shop, it, made, it)["fate"] for it in (ana, shop.join(), shop.join())]
        left = shop.till.get("wheels").json()["items"][0]["segments"][0]["left"]
    assert (fates, left) == (["given", "ran_out", "ran_out"], 0)


def test_p27_what_was_drawn_can_be_drawn_again_by_anybody(shop, ana):
    made = wheel(
        shop,
        {"name": {"en": "Jackpot"}, "share": 100, "prize": POINTS, "stock": 1},
        {"name": {"en": "Nothing"}, "share": 9_900, "is_consolation": True},
    )
    with shop.at(2026, 6, 2, 12):
        published = shop.till.get("wheels").json()["items"][0]
        sealed = shop.till.get(f"members/{ana}/wheels/{made.public_id}").json()["seal"]
        spun = turn(shop, ana, made, "k", word="sabai", seal=sealed)
        running.end(made, by=None, now=NOON)
        secret = bytes.fromhex(shop.till.get("wheels").json()["items"][0]["secret"])
    assert published["secret"] is None
    assert hashlib.sha256(secret).hexdigest() == published["seal"]
    seed = hmac.new(secret, f"{ana}/1".encode(), hashlib.sha256).digest()
    assert (seed.hex(), hashlib.sha256(seed).hexdigest()) == (spun["seed"], sealed)
    drawn = hmac.new(seed, b"sabai", hashlib.sha256).digest()[:8]
    assert int.from_bytes(drawn, "big") * 10_000 // 2**64 == spun["roll"]
    assert spun["landed"]["en"] == ("Jackpot" if spun["roll"] < 100 else "Nothing")


def test_p27_one_free_spin_a_day(shop, ana):
    made = wheel(
        shop,
        {"name": {"en": "Ten"}, "share": 1, "prize": POINTS},
        {"name": {"en": "Nothing"}, "share": 9_999, "is_consolation": True},
    )
    with shop.at(2026, 6, 2, 12):
        turn(shop, ana, made, "a")
        told = {"member": ana, "wheel": made.public_id}
        refused = shop.till.post("spins", told, key="b")
        assert (refused.status_code, refused.json()["code"]) == (409, "no_spin_left")
    with shop.at(2026, 6, 3, 0):
        assert turn(shop, ana, made, "c")["number"] == 2
