"""Points as money: an amount, a code, and back if nobody used it."""

import pytest

from loyalty.merchants.models import Program
from loyalty.rewards.models import Redemption
from tests.makers import give, points
from tests.portal.conftest import read

KEY = "k" * 16
PAGE = "/p/cafe/pay/"


@pytest.fixture(autouse=True)
def _ten_points_are_a_baht(cafe):
    Program.objects.filter(pk=cafe.pk).update(pay_points=10, pay_minor=100)


def test_it_says_how_much_can_be_paid(ana, phone):
    give(ana, 155)
    page = read(phone.get(PAGE))
    assert "10 points pay ฿1" in page
    assert "Up to ฿15.50." in page


def test_paying_gives_a_code_for_the_till(ana, phone):
    give(ana, 155)
    answer = phone.post(PAGE, {"key": KEY, "amount": "12.50"})
    made = Redemption.objects.get()
    assert (made.worth_minor, points(ana)) == (12_50, 30)
    page = read(phone.get(answer["Location"]))
    assert "฿12.50 to pay" in page
    assert "Valid until 2 Jun 2026, 12:30." in page


def test_a_double_click_pays_once(ana, phone):
    give(ana, 155)
    for _ in range(2):
        phone.post(PAGE, {"key": KEY, "amount": "5"})
    assert points(ana) == 105


def test_more_than_there_is_is_refused_and_kept(ana, phone):
    give(ana, 100)
    answer = phone.post(PAGE, {"key": KEY, "amount": "11"})
    assert answer.status_code == 409
    assert 'value="11"' in read(answer)
    assert points(ana) == 100


@pytest.mark.parametrize("amount", ["", "-5", "abc", "0.001", "9" * 30, "NaN"])
def test_nonsense_is_a_sentence(ana, phone, amount):
    give(ana, 100)
    assert phone.post(PAGE, {"key": KEY, "amount": amount}).status_code == 422
    assert points(ana) == 100


def test_nothing_is_refused(ana, phone):
    give(ana, 100)
    assert phone.post(PAGE, {"key": KEY, "amount": "0"}).status_code == 409


def test_who_has_too_little_is_told(phone):
    assert "not enough to pay with yet" in read(phone.get(PAGE))


def test_where_points_are_no_money_there_is_no_such_page(cafe, phone):
    Program.objects.filter(pk=cafe.pk).update(pay_points=0)
    assert phone.get(PAGE).status_code == 404
    assert PAGE not in read(phone.get("/p/cafe/rewards/"))
