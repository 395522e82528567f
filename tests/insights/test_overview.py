"""The figures of the first page: right, quick, and never from entries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from loyalty.flows import adjust, night, redeem
from loyalty.insights.measures import ALL, BY_NAME
from loyalty.insights.overview import figures_of, lines_of
from loyalty.insights.periods import period_of
from loyalty.ledger import figures
from loyalty.ledger.models import Balance
from loyalty.merchants.models import Role
from tests.makers import (
    NOON,
    TODAY,
    bring_back,
    buy,
    make_reward,
    make_staff,
    make_wallet,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(1)


def overview(program, name="30", today=TODAY, wallet="points"):
    program.refresh_from_db()
    found = figures_of(program, program.wallets.get(code=wallet), period_of(name, today))
    return {name: figure.value for name, figure in found.items()}


@pytest.fixture
def busy(cafe, ana, ben):
    """Ana and Ben buy, spend, bring back, are corrected, and let points expire."""
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    owner = make_staff(cafe, Role.OWNER)
    points = cafe.wallets.get()
    buy(ana, 500_00, made_at=NOON.replace(year=2025, month=6, day=3))
    bought = buy(ben, 300_00)
    buy(ben, 100_00, made_at=NOON - 40 * DAY)
    bring_back(ben, bought, 120_00)
    adjust.adjust(ben, points, 50, reason="Sorry", key="a", now=NOON, by=owner)
    coffee = make_reward(cafe, 80)
    redeem.redeem(ben, coffee, key="1", now=NOON)
    made = redeem.redeem(ben, coffee, key="2", now=NOON)
    redeem.cancel(made, now=NOON)
    night.pass_night(cafe, TODAY + DAY, now=NOON + DAY, letters=False)
    return cafe


def test_each_figure_tells_what_happened(busy) -> None:
    told = overview(busy, today=TODAY + DAY)
    assert told["sales"] == 1
    assert told["revenue"] == 180_00
    assert told["issued"] == 300
    assert told["taken_back"] == 120
    assert told["by_hand"] == 50
    assert told["redeemed"] == 80
    assert told["expired"] == 500
    assert told["redemption_rate"] == Decimal(8000) / 300
    assert told["outstanding"] == 250
    assert told["liability"] == 2_50


def test_outstanding_is_the_sum_of_all_balances(busy) -> None:
    held = Balance.objects.aggregate(net=Sum(F("points") + F("pending") - F("owed")))["net"]
    assert overview(busy, today=TODAY + DAY)["outstanding"] == held


def test_outstanding_is_what_came_less_what_went(busy) -> None:
    told = overview(busy, "custom")  # Of no days: the usual ones, with all that there is.
    everything = figures_of(
        busy, busy.wallets.get(),
        period_of("custom", TODAY, first=TODAY - 400 * DAY, last=TODAY + DAY),
    )  # fmt: skip
    parts = {name: it.value for name, it in everything.items()}
    went = parts["redeemed"] + parts["expired"] + parts["taken_back"]
    assert parts["issued"] + parts["by_hand"] - went == parts["outstanding"]
    assert told["outstanding"] == parts["outstanding"] + 500  # Which expire tomorrow.


def test_rolling_up_changes_no_figure(busy) -> None:
    before = overview(busy, today=TODAY + DAY)
    while figures.add_up():
        pass
    assert overview(busy, today=TODAY + DAY) == before


def test_a_period_is_held_against_the_one_before(busy) -> None:
    found = figures_of(busy, busy.wallets.get(), period_of("30", TODAY))
    assert found["issued"].before == 100
    assert found["issued"].change == 200
    assert found["joined"].change is None


def test_the_lines_of_days_add_up_to_the_figures(busy) -> None:
    asked = [BY_NAME["issued"], BY_NAME["redeemed"], BY_NAME["revenue"]]
    found = lines_of(busy, busy.wallets.get(), period_of("90", TODAY + DAY).span, asked)
    assert not found.is_monthly
    assert len(found.spans) == 90
    assert [sum(line.values) for line in found.lines] == [400, 80, 280_00]


def test_a_year_is_told_by_months(busy) -> None:
    span = period_of("custom", TODAY, first=TODAY - 365 * DAY, last=TODAY).span
    found = lines_of(busy, busy.wallets.get(), span, [BY_NAME["issued"]])
    assert found.is_monthly
    assert sum(found.lines[0].values) == 900


def test_a_wallet_knows_only_its_own(busy) -> None:
    make_wallet(busy, "stamps", kind="stamps")
    told = overview(busy, today=TODAY + DAY, wallet="stamps")
    assert (told["issued"], told["outstanding"], told["liability"]) == (0, 0, None)
    assert told["redemption_rate"] is None


def test_nothing_is_asked_of_entries_or_balances(busy, django_assert_num_queries) -> None:
    points, period = busy.wallets.get(), period_of("90", TODAY)
    with django_assert_num_queries(4) as asked:
        figures_of(busy, points, period)
        lines_of(busy, points, period.span, [it for it in ALL if not it.is_state])
    for query in asked:
        assert "ledger_entry" not in query["sql"]
        assert "ledger_balance" not in query["sql"]
