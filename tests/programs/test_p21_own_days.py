"""P21: members of a tier choose their own three double-points days a year."""

from datetime import date, datetime, timedelta

import pytest

from loyalty.flows import own_days
from loyalty.flows.own_days import NoMoreDays
from loyalty.flows.rules import RuleRefused
from loyalty.insights.own_data import own_data
from members.models import ChosenDay
from tests.at_once import times
from tests.flows.test_campaigns import promise
from tests.makers import NOON, buy, make_tiers, points
from tests.programs.stage import Shop, earned

pytestmark = pytest.mark.django_db
OWN_DAYS = [{"kind": "tier", "from_rank": 1}, {"kind": "own_days", "days": 3}]


def test_p21_personal_double_points_days(db):
    shop = Shop(time_zone="Asia/Bangkok")
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    make_tiers(shop.fresh(), 0, 200_00, percents=[100, 100])
    campaign = shop.campaign(
        "My double days", datetime(2026, 1, 1), datetime(2028, 1, 1),
        effect={"kind": "times", "percent": 200}, conditions=OWN_DAYS,
    )  # fmt: skip

    def choose(member, on, path=""):
        told = {"campaign": campaign.public_id, "on": on}
        return shop.till.post(f"members/{member}/days{path}", told)

    with shop.at(2026, 6, 2, 12):
        ana, ben = shop.join(), shop.join()
        shop.buy(ana, "200.00")  # Tier 2.
        assert choose(ben, "2026-06-10").json()["code"] == "campaign_not_for_member"
        for on in ("2026-06-10", "2026-06-20", "2026-07-01"):
            assert choose(ana, on).status_code == 200
        fourth = choose(ana, "2026-07-02")
        assert (fourth.status_code, fourth.json()["code"]) == (409, "no_days_left")
        again = choose(ana, "2026-06-10")  # The same day twice is the same day.
        assert again.json()["items"][0]["days_left"] == 0
        assert choose(ana, "2027-03-01").status_code == 200  # Of another year.
        # One that has not begun is moved.
        assert choose(ana, "2026-06-20", "/give-up").json()["items"][0]["days_left"] == 1
        assert choose(ana, "2026-06-21").status_code == 200
    with shop.at(2026, 6, 10, 0):
        moved = choose(ana, "2026-06-10", "/give-up")
        assert (moved.status_code, moved.json()["code"]) == (409, "day_has_begun")
        assert earned(shop.buy(ana, "100.00")) == 200
        assert earned(shop.buy(ben, "100.00")) == 100
    with shop.at(2026, 6, 11, 0):
        assert earned(shop.buy(ana, "100.00")) == 100


@pytest.fixture
def doubled(cafe):
    return promise(
        cafe, starts_at=NOON - timedelta(days=9), ends_at=NOON + timedelta(days=30),
        conditions=[{"kind": "own_days", "days": 3}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2026, 6, 1), "day_outside_campaign"),  # Yesterday.
        (date(2026, 9, 1), "day_outside_campaign"),  # After its end.
        (date(2026, 6, 9), "day_chosen_already"),  # For another campaign.
    ],
)
def test_days_that_cannot_be_chosen(cafe, ana, doubled, on, code):
    other = promise(cafe, name={"en": "Other"}, conditions=[{"kind": "own_days", "days": 1}],
                    ends_at=NOON + timedelta(days=30))  # fmt: skip
    own_days.choose(ana, other, date(2026, 6, 9), now=NOON)
    with pytest.raises(own_days.Refusal) as refused:
        own_days.choose(ana, doubled, on, now=NOON)
    assert refused.value.code == code


def test_a_day_holds_from_the_moment_at_which_it_is_chosen(cafe, ana, doubled):
    buy(ana, 10_00, made_at=NOON - timedelta(minutes=1), now=NOON)
    own_days.choose(ana, doubled, date(2026, 6, 2), now=NOON)
    later = NOON + timedelta(hours=1)
    buy(ana, 10_00, made_at=later)
    assert points(ana) == 10 + 20
    assert own_data(ana)["chosen_days"][0]["on"] == date(2026, 6, 2)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_choose_three(cafe, ana, doubled):
    def choose(number):
        return own_days.choose(ana, doubled, date(2026, 6, 10 + number), now=NOON) and "chosen"

    came = times(6, choose)
    assert came.count("chosen") == ChosenDay.objects.count() == 3
    assert came.count(NoMoreDays.code) == 3


def test_a_standing_rule_has_no_such_days(db):
    with pytest.raises(RuleRefused, match="Only a campaign"):
        Shop().rule("Spend", effect={"kind": "fixed", "points": 1}, conditions=OWN_DAYS)
