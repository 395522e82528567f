"""How much a rule gives at most, and in which row it is counted."""

from datetime import date

import pytest

from loyalty.earning import caps
from loyalty.earning.activity import Activity, Award
from loyalty.earning.caps import CapKey, Limit
from loyalty.earning.models import EarningRule
from loyalty.earning.rulebook import Rule, compile_rule
from loyalty.earning.rules import awards_for
from tests.earning.makers import book, bought, done, fixed, per_baht, rule

SUNDAY, MONDAY = "2026-06-07 20:00", "2026-06-08 00:00"


def fitted(
    activity: Activity, promise: EarningRule, used: dict[CapKey, int]
) -> tuple[Award, list[Limit]]:
    """The award of one rule, cut to its caps; counted in ``used`` as a posting would."""
    compiled: Rule = compile_rule(promise)
    [award] = awards_for(activity, book(promise))
    limits = caps.limits_for(award, compiled, activity)
    award = caps.limit(award, limits, used)
    for key, given in caps.usage(award, limits).items():
        used[key] = used.get(key, 0) + given
    return award, limits


def test_p05_thirty_points_a_week_from_monday_to_sunday():
    video = rule(fixed(10), trigger="video", caps=[{"period": "week", "limit": 30}])
    used: dict[CapKey, int] = {}
    given = [fitted(done("video", at), video, used)[0].points for at in [SUNDAY] * 5 + [MONDAY]]
    assert given == [10, 10, 10, 0, 0, 10]
    assert sum(given) == 40
    assert sorted(key.starts_on for key in used) == [date(2026, 6, 1), date(2026, 6, 8)]


def test_p02_one_stamp_a_day():
    stamp = rule(
        {"kind": "stamps", "stamps": 1},
        {"kind": "minimum_spend", "minor": 300},
        wallet="stamps",
        caps=[{"period": "day", "limit": 1}],
    )
    used: dict[CapKey, int] = {}
    days = [f"2026-06-{day:02} 09:00" for day in range(1, 11)] + ["2026-06-10 23:59"]
    assert sum(fitted(bought(spend=350, at=day), stamp, used)[0].points for day in days) == 10


def test_p07_once_for_each_network():
    linking = rule(
        fixed(20), trigger="linked", caps=[{"period": "ever", "limit": 20, "per_subject": True}]
    )
    used: dict[CapKey, int] = {}
    networks = ["facebook", "instagram", "facebook", " Facebook"]
    given = [fitted(done("linked", subject=one), linking, used)[0].points for one in networks]
    assert given == [20, 20, 0, 0]


@pytest.mark.parametrize(
    ("period", "starts_on"),
    [
        ("day", date(2026, 6, 7)),
        ("week", date(2026, 6, 1)),
        ("month", date(2026, 6, 1)),
        ("year", date(2026, 1, 1)),
        ("ever", date(1970, 1, 1)),
    ],
)
def test_a_period_begins_on_a_day_of_the_program(period, starts_on):
    capped = rule(fixed(1), trigger="video", caps=[{"period": period, "limit": 1}])
    _award, [limit] = fitted(done("video", SUNDAY, account_id=7), capped, {})
    assert limit.key == CapKey(capped.source, 7, "", period, starts_on)


def test_a_cap_in_total_is_shared_by_all_members():
    budget = rule(
        fixed(40), trigger="video", caps=[{"period": "month", "limit": 100, "scope": "total"}]
    )
    used: dict[CapKey, int] = {}
    given = [
        fitted(done("video", account_id=member), budget, used)[0].points for member in (1, 2, 3, 4)
    ]
    assert given == [40, 40, 20, 0]


def test_what_is_left_is_given_and_explained():
    capped = rule(per_baht(), caps=[{"period": "month", "limit": 600}])
    compiled = compile_rule(capped)
    [award] = awards_for(bought(spend=45_000), book(capped))
    limits = caps.limits_for(award, compiled, bought(spend=45_000))
    left = caps.limit(award, limits, {limits[0].key: 400})
    assert left.points == 200
    assert left.value_minor == 45_000
    assert left.steps[-1] == {
        "step": "cap", "period": "month", "limit": 600, "left": 200, "gives": "200",
    }  # fmt: skip


def test_nothing_left_says_why():
    capped = rule(fixed(10), trigger="video", caps=[{"period": "day", "limit": 10}])
    used: dict[CapKey, int] = {}
    fitted(done("video"), capped, used)
    nothing, limits = fitted(done("video"), capped, used)
    assert nothing.points == 0
    assert nothing.steps[-1]["left"] == 0
    assert caps.usage(nothing, limits) == {}


def test_the_tightest_of_several_caps_decides():
    several = [{"period": "day", "limit": 25}, {"period": "week", "limit": 30}]
    capped = rule(fixed(20), trigger="video", caps=several)
    used: dict[CapKey, int] = {}
    given = [
        fitted(done("video", day), capped, used)[0].points
        for day in ("2026-06-01 09:00", "2026-06-01 10:00", "2026-06-02 09:00")
    ]
    assert given == [20, 5, 5]


def test_an_award_that_fits_is_not_touched():
    capped = rule(fixed(10), trigger="video", caps=[{"period": "day", "limit": 10}])
    [award] = awards_for(done("video"), book(capped))
    limits = caps.limits_for(award, compile_rule(capped), done("video"))
    assert caps.limit(award, limits, {}) is award


def test_leaving_the_subject_out_does_not_escape_the_cap_for_each():
    both = [
        {"period": "ever", "limit": 20, "per_subject": True},
        {"period": "ever", "limit": 50},
    ]
    linking = rule(fixed(20), trigger="linked", caps=both)
    used: dict[CapKey, int] = {}
    given = [
        fitted(done("linked", subject=one), linking, used)[0].points for one in ("a", "", "", "b")
    ]
    assert given == [20, 20, 0, 10]
