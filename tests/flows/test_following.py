"""Offers from behaviour: the n-th of one thing, and what is bought along with it."""

from datetime import timedelta
from math import sqrt

import pytest

from campaigns.followups import along
from campaigns.followups.models import Companion, Followed
from loyalty.flows import followups, running, vouchers
from loyalty.flows.followups import FollowUpRefused
from loyalty.purchases.sale import SaleLine
from loyalty.rewards import codes
from loyalty.rewards.models import Voucher
from tests.flows.games import make_followup
from tests.makers import NOON, TODAY, bring_back, buy, make_member, make_program, make_reward

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    return make_program("shop")


@pytest.fixture
def nok(shop):
    return make_member(shop, "nok@example.org", name="Nok")


@pytest.fixture
def reward(shop):
    return make_reward(shop, kind="percent_off", percent=15, is_active=False)


def line(product="HOUSE", quantity=1, category=""):
    return SaleLine(
        amount_minor=300_00 * quantity, quantity=quantity, product=product, category=category
    )


def bag(member, product="HOUSE", quantity=1, **fields):
    return buy(member, 0, line(product, quantity), **fields)


def good_for():
    return list(Voucher.objects.order_by("pk").values_list("good_for", "status"))


def test_the_fourth_one_issues_the_offer_once(shop, nok, reward):
    make_followup(shop, reward)
    for _time in range(3):
        bag(nok)
    bag(nok, "OTHER")
    assert good_for() == []
    bag(nok, "house")
    bag(nok)
    assert good_for() == [("product:house", "ready")]


def test_each_fourth_or_only_the_first(shop, nok, reward):
    make_followup(shop, reward)
    make_followup(shop, reward, repeats=False)
    for _time in range(9):
        bag(nok)
    assert sorted(Followed.objects.values_list("number", flat=True)) == [1, 1, 2]


def test_pieces_or_purchases(shop, nok, reward):
    pieces = make_followup(shop, reward)
    visits = make_followup(shop, reward, count="visits")
    bag(nok, quantity=4)
    assert list(Followed.objects.values_list("followup", flat=True)) == [pieces.pk]
    for _time in range(3):
        bag(nok)
    assert Followed.objects.filter(followup=visits).count() == 1


def test_of_a_category(shop, nok, reward):
    make_followup(shop, reward, of="category", codes=["Beans"], every=2)
    buy(nok, 0, line("HOUSE", category="beans"), line("TEA", category="tea"))
    assert good_for() == []
    buy(nok, 0, line("DARK", category="BEANS"), line("TEA", category="tea"))
    assert good_for() == [("category:BEANS", "ready")]


def test_a_refund_withdraws_what_is_not_used(shop, nok, reward):
    make_followup(shop, reward)
    bought = [bag(nok) for _time in range(4)]
    bring_back(nok, bought[1])
    assert good_for() == [("product:HOUSE", "cancelled")]
    bag(nok)
    assert good_for()[1:] == [("product:HOUSE", "ready")]


def test_a_refund_of_more_than_was_needed_withdraws_nothing(shop, nok, reward):
    make_followup(shop, reward)
    bought = [bag(nok) for _time in range(5)]
    bring_back(nok, bought[0])
    assert good_for() == [("product:HOUSE", "ready")]


def test_what_is_used_stays_used(shop, nok, reward):
    make_followup(shop, reward)
    bought = [bag(nok) for _time in range(4)]
    made = Voucher.objects.get()
    vouchers.use(shop, codes.code_of(made), now=NOON)
    bring_back(nok, bought[3])
    assert good_for() == [("product:HOUSE", "used")]


def test_what_has_ended_issues_nothing_and_still_withdraws(shop, nok, reward):
    made = make_followup(shop, reward)
    bought = [bag(nok) for _time in range(4)]
    running.end(made, by=None, now=NOON)
    shop.refresh_from_db()
    for _time in range(4):
        bag(nok, "DARK")
    bring_back(nok, bought[0])
    assert good_for() == [("product:HOUSE", "cancelled")]


# --- What is bought along --------------------------------------------------------------------


def baskets(shop, *told):
    """So many baskets of these products."""
    member = make_member(shop, "many@example.org")
    for number, products in told:
        for _time in range(number):
            buy(member, 0, *(line(product) for product in products), made_at=NOON - DAY)


def test_along_is_the_cosine_between_baskets_above_a_floor(shop):
    baskets(shop, (6, "AB"), (5, "AC"), (9, "C"), (4, "AD"), (3, "B"))
    along.count(shop.pk, on=TODAY)
    found = {
        (it.thing, it.other): (it.rank, it.together, it.score)
        for it in Companion.objects.filter(program=shop, of="product")
    }
    assert found == {
        ("A", "B"): (1, 6, pytest.approx(6 / sqrt(15 * 9), abs=1e-6)),
        ("A", "C"): (2, 5, pytest.approx(5 / sqrt(15 * 14), abs=1e-6)),
        ("B", "A"): (1, 6, pytest.approx(6 / sqrt(15 * 9), abs=1e-6)),
        ("C", "A"): (1, 5, pytest.approx(5 / sqrt(15 * 14), abs=1e-6)),
    }


def test_another_program_shows_nothing(shop):
    other = make_program("other")
    baskets(shop, (6, "AB"))
    along.count(other.pk, on=TODAY)
    assert not Companion.objects.exists()


def test_the_offer_is_on_what_is_bought_along_most(shop, nok, reward):
    baskets(shop, (6, ("HOUSE", "FILTER")))
    along.count(shop.pk, on=TODAY)
    make_followup(shop, reward, on="along")
    for _time in range(4):
        bag(nok)
        bag(nok, "LONELY")
    assert good_for() == [("product:FILTER", "ready"), ("product:LONELY", "ready")]


# --- What cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"every": 1}, "every"),
        ({"of": "colour"}, "of"),
        ({"codes": ["x" * 81]}, "codes"),
        ({"ends_at": NOON}, "ends_at"),
        ({"on": "moon"}, "on"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(shop, reward, told, field):
    with pytest.raises(FollowUpRefused) as refused:
        make_followup(shop, reward, **told)
    assert field in refused.value.facts["problems"]


def test_the_reward_is_one_of_ours(shop, reward):
    strange = make_reward(make_program("other"))
    with pytest.raises(FollowUpRefused) as refused:
        make_followup(shop, strange)
    assert "reward" in refused.value.facts["problems"]


def test_what_was_counted_by_stays(shop, nok, reward):
    made = make_followup(shop, reward)
    for _time in range(4):
        bag(nok)
    with pytest.raises(FollowUpRefused):
        followups.save(shop, made, by=None, now=NOON, every=9)
