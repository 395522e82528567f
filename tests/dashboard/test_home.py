"""The first page: figures of a period, quick at any size, each explained; and what is to begin."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from loyalty.insights.measures import ALL
from loyalty.ledger import figures
from loyalty.ledger.models import Audit, Wallet
from loyalty.merchants.models import Role
from loyalty.messaging.models import Message
from tests.makers import NOON, TODAY, bring_back, buy, make_reward, make_staff, make_wallet

HOME = "/dashboard/cafe/"


@pytest.fixture
def sold(cafe, earns, ana):
    """Ana bought for 300 today and brought 100 back; 50 a month and a half ago."""
    now = timezone.now()
    buy(ana, 50_00, made_at=now - timedelta(days=45))
    bring_back(ana, buy(ana, 300_00, made_at=now), 100_00, made_at=now)
    cafe.refresh_from_db()
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    return cafe


def shown(client, query=""):
    answer = client.get(f"{HOME}{query}")
    assert answer.status_code == 200
    return {
        str(stat["label"]): stat
        for _title, stats, _wallets in answer.context["groups"]
        for stat in stats
    }


def test_it_tells_the_figures_of_the_last_30_days(desk, sold) -> None:
    stats = shown(desk)
    assert stats["Sales to members"]["value"] == "1"
    assert stats["Revenue from members"]["value"] == "฿200.00"
    assert stats["Issued"]["value"] == "300"
    assert stats["Taken back"]["value"] == "100"
    assert stats["Outstanding"]["value"] == "250"
    assert stats["Liability"]["value"] == "฿2.50"


def test_it_holds_them_against_the_days_before(desk, sold) -> None:
    issued = shown(desk)["Issued"]
    assert (issued["change"], issued["before"]) == ("+500%", "50 before")


@pytest.mark.parametrize(
    ("query", "issued"), [("?period=today", "300"), ("?period=90", "350"), ("?period=x", "300")]
)
def test_a_period_is_chosen(desk, sold, query, issued) -> None:
    assert shown(desk, query)["Issued"]["value"] == issued


def test_days_of_ones_own(desk, sold) -> None:
    day = (timezone.now() - timedelta(days=45)).date()
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    stats = shown(desk, f"?period=custom&first={first}&last={last}")
    assert stats["Issued"]["value"] == "50"
    assert stats["Outstanding"]["value"] == "50"


def test_days_that_cannot_be_are_told(desk, cafe) -> None:
    answer = desk.get(f"{HOME}?period=custom&first=2026-05-02&last=2026-05-01")
    assert "The last day cannot be before the first." in answer.content.decode()


def test_lines_are_drawn_where_there_is_something_to_draw(desk, cafe, sold) -> None:
    drawn = desk.get(HOME).context["charts"]
    assert [chart.title for chart in drawn] == [
        "Points issued and redeemed",
        "Revenue from members",
    ]
    past = f"{HOME}?period=custom&first=2020-01-01&last=2020-02-01"
    assert desk.get(past).context["charts"] == []


def test_each_wallet_has_its_own_figures(desk, sold) -> None:
    make_wallet(sold, "stamps", kind=Wallet.Kind.STAMPS, unit_many={"en": "stamps"})
    stats = shown(desk, "?wallet=stamps")
    assert stats["Issued"]["value"] == "0"
    assert stats["Liability"]["value"] == "—"


def test_it_asks_little_and_never_of_entries(
    desk, sold, ana, django_assert_max_num_queries
) -> None:
    make_reward(sold)
    while figures.add_up():
        pass
    desk.get(HOME)  # A new browser is written down once.
    with django_assert_max_num_queries(12) as asked:
        desk.get(f"{HOME}?period=90")
    assert not [it for it in asked if "ledger_entry" in it["sql"] or "ledger_bal" in it["sql"]]


@pytest.mark.parametrize("measure", ALL, ids=lambda it: it.name)
def test_each_figure_opens_its_formula(desk, sold, measure) -> None:
    page = desk.get(f"/dashboard/cafe/figures/{measure.name}/?period=90").content.decode()
    assert escape(str(measure.formula)) in page
    assert escape(str(measure.source)) in page


def test_a_figure_leads_to_its_rows_where_one_may_see_them(desk, sold, sign_in) -> None:
    page = desk.get("/dashboard/cafe/figures/by_hand/")
    assert page.context["list"].startswith("/dashboard/cafe/trail/?group=points")
    analyst = sign_in(make_staff(sold, Role.ANALYST))
    assert analyst.get("/dashboard/cafe/figures/by_hand/").context["list"] == ""


def test_a_figure_that_there_is_not(desk, cafe) -> None:
    assert desk.get("/dashboard/cafe/figures/karma/").status_code == 404


def test_a_new_program_is_told_how_to_begin(desk, earns) -> None:
    steps = desk.get(HOME).context["steps"]
    assert [step["done"] for step in steps] == [True, False, False, False]
    assert steps[1]["url"] == "/dashboard/cafe/rewards/new/"


def test_who_has_begun_is_not_told_how(desk, cafe, earns, ana) -> None:
    make_reward(cafe)
    make_staff(cafe, Role.CASHIER)
    assert desk.get(HOME).context["steps"] == []


def test_letters_that_were_given_up_are_told(desk, cafe) -> None:
    assert "could not be sent" not in desk.get(HOME).content.decode()
    Message.objects.create(program=cafe, key="k", to="a@b.c", template="welcome", status="dead")
    assert "could not be sent" in desk.get(HOME).content.decode()


def test_a_cashier_comes_in_at_the_counter(cashier, sign_in) -> None:
    client = sign_in(cashier)
    for address in (HOME, "/dashboard/cafe/enter/"):
        assert client.get(address)["Location"] == "/dashboard/cafe/counter/"


def test_books_that_do_not_add_up_are_told_of_until_they_do(desk, cafe):
    told = "found points that do not add up"
    assert told not in desk.get(HOME).content.decode()
    Audit.objects.create(program=cafe, on=TODAY, breaches=["a balance is the sum: 1"])
    assert told in desk.get(HOME).content.decode()
    Audit.objects.create(program=cafe, on=TODAY + timedelta(days=1), finished_at=NOON)
    assert told not in desk.get(HOME).content.decode()
