"""The counter: found, sold, handed over, next; each once, and on the member's phone at once."""

import pytest

from loyalty.dashboard import till
from loyalty.flows import locations, redeem
from loyalty.ledger import statement
from loyalty.merchants.models import Role
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase
from loyalty.rewards import codes
from loyalty.rewards.models import Redemption, Voucher
from members.models import Member
from tests.makers import NOON, give, make_member, make_reward, make_staff, points

COUNTER = "/dashboard/cafe/counter/"
KEY = "2345678923456789"

pytestmark = pytest.mark.usefixtures("earns")


@pytest.fixture
def till_of(cashier, sign_in):
    """The cashier's browser."""
    return sign_in(cashier)


@pytest.fixture
def place(ana) -> str:
    return f"{COUNTER}{ana.public_id}/"


def find(client, what):
    return client.post(COUNTER, {"what": what})


@pytest.mark.parametrize(
    "what",
    ["{card}", " {card} ", "https://cards.example.org/c/{card}", "081 234 5678", "ANA@example.org"],
)
def test_one_box_finds_a_member_by_anything(till_of, ana, place, what) -> None:
    Member.objects.filter(pk=ana.pk).update(phone="+66812345678")
    assert find(till_of, what.format(card=ana.card_code))["Location"] == place


def test_two_whom_a_number_means_are_both_offered(till_of, cafe, ana, place) -> None:
    Member.objects.filter(pk=ana.pk).update(phone="+66812345678")
    make_member(cafe, "ben@example.org", external_id="0812345678")
    assert len(find(till_of, "0812345678").context["several"]) == 2


def test_nobody_is_told_and_can_be_added(till_of, cafe) -> None:
    answer = find(till_of, "0899999999")
    assert answer.status_code == 422
    assert "counter/new/?phone=0899999999" in answer.content.decode()


def test_the_box_takes_a_voucher_too(till_of, cafe, ana) -> None:
    give(ana, 10)
    made = redeem.redeem(ana, make_reward(cafe, 10), key="k", now=NOON)
    answer = find(till_of, codes.code_of(made.voucher).lower())
    assert answer.context["voucher"]["title"] == "Free coffee"


def test_nobody_tries_codes_one_after_the_other(till_of, cafe, monkeypatch) -> None:
    monkeypatch.setattr(till, "CODES_A_MINUTE", 3)
    answers = [find(till_of, f"AAAA-BBBB-CCC{number}") for number in range(5)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def sell(client, place, **fields):
    return client.post(place, {"once": KEY, "amount": "45", "reference": "", **fields})


def test_a_sale_is_on_the_phone_at_once_and_only_once(till_of, ana, place) -> None:
    for _click in range(2):
        answer = sell(till_of, place)
        assert answer.status_code == 302
    (holding,) = statement.holdings(ana.account_id)
    assert holding.points == 45
    page = till_of.get(answer["Location"]).content.decode()
    assert "+45\N{NO-BREAK SPACE}points" in page
    assert "Now 45\N{NO-BREAK SPACE}points" in page
    assert Purchase.objects.get().source == "counter"


def test_points_pay_a_part(till_of, cafe, ana, place) -> None:
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    give(ana, 2_000)
    assert "At most ฿20.00." in till_of.get(place).content.decode()
    sell(till_of, place, paid="15")
    assert points(ana) == 2_000 - 1_500 + 30
    assert Redemption.objects.get().voucher.status == Voucher.Status.USED


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": ""}, "This field is required."),
        ({"amount": "0.001"}, "2 decimal places"),
        ({"paid": "20.01"}, "This needs 2001; there are 2000."),
        ({"amount": "10", "paid": "15"}, "More was paid with points than the sale costs."),
    ],
)
def test_what_cannot_be_sold_is_told_beside_the_amount(till_of, place, fields, told) -> None:
    ana = Member.objects.select_related("program").get()
    ana.program.pay_points, ana.program.pay_minor = 100, 1_00
    ana.program.save()
    give(ana, 2_000)
    answer = sell(till_of, place, **fields)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert (points(ana), Purchase.objects.count()) == (2_000, 0)


def test_nobody_serves_themselves(till_of, cashier, ana, place) -> None:
    ana.user = cashier.user
    ana.save()
    assert sell(till_of, place).status_code == 422
    assert points(ana) == 0


def test_the_quote_says_what_it_would_earn_and_writes_nothing(till_of, ana, place) -> None:
    page = till_of.post(f"{place}quote/", {"once": KEY, "amount": "45"}).content.decode()
    assert "+45\N{NO-BREAK SPACE}points" in page
    assert not Purchase.objects.exists()
    assert "points" not in till_of.post(f"{place}quote/", {"amount": "x"}).content.decode()


def test_the_quote_leaves_out_what_points_pay(till_of, cafe, ana, place) -> None:
    cafe.pay_points, cafe.pay_minor = 100, 1_00
    cafe.save()
    give(ana, 2_000)
    told = {"once": KEY, "amount": "45", "paid": "15"}
    assert "+30\N{NO-BREAK SPACE}points" in till_of.post(f"{place}quote/", told).content.decode()


def reward_page(place, reward):
    return f"{place}reward/{reward.public_id}/"


def test_a_reward_is_handed_over_once(till_of, cafe, ana, place) -> None:
    coffee = make_reward(cafe, 10)
    give(ana, 25)
    assert "15\N{NO-BREAK SPACE}points" in till_of.get(reward_page(place, coffee)).content.decode()
    for _click in range(2):
        answer = till_of.post(reward_page(place, coffee), {"once": KEY, "how": "now"})
    assert "Hand it over." in till_of.get(answer["Location"]).content.decode()
    assert points(ana) == 15
    assert Voucher.objects.get().status == Voucher.Status.USED


def test_a_voucher_for_later_shows_its_code(till_of, cafe, ana, place) -> None:
    coffee = make_reward(cafe, 10)
    give(ana, 25)
    answer = till_of.post(reward_page(place, coffee), {"once": KEY, "how": "voucher"})
    voucher = Voucher.objects.get()
    assert codes.code_of(voucher) in till_of.get(answer["Location"]).content.decode()
    assert Message.objects.filter(template="voucher").count() == 1


def test_a_reward_that_is_too_dear_is_refused_beside_the_button(
    till_of, cafe, ana, place
) -> None:  # fmt: skip
    coffee = make_reward(cafe, 100)
    answer = till_of.post(reward_page(place, coffee), {"once": KEY, "how": "now"})
    assert answer.status_code == 422
    assert "This needs 100; there are 0." in answer.content.decode()
    assert "100\N{NO-BREAK SPACE}points missing" in till_of.get(place).content.decode()


def test_who_is_blocked_spends_nothing(till_of, cafe, ana, place) -> None:
    coffee = make_reward(cafe, 10)
    give(ana, 25)
    Member.objects.filter(pk=ana.pk).update(state=Member.State.BLOCKED)
    assert "neither earns nor spends" in till_of.get(place).content.decode()
    assert till_of.post(reward_page(place, coffee), {"once": KEY}).status_code == 422
    assert points(ana) == 25


def test_the_device_remembers_its_shop(till_of, cafe, ana, place, owner) -> None:
    shop = locations.save_location(cafe, None, code="siam", name={"en": "Siam"}, by=owner, now=NOON)
    till_of.post(f"{COUNTER}shop/", {"shop": shop.public_id})
    sell(till_of, place)
    assert Purchase.objects.get().location == shop


def test_where_one_works_is_where_one_sells(cafe, ana, place, owner, sign_in) -> None:
    shop = locations.save_location(cafe, None, code="siam", name={"en": "Siam"}, by=owner, now=NOON)
    staff = make_staff(cafe, Role.CASHIER)
    staff.location = shop
    staff.save()
    sell(sign_in(staff), place)
    assert Purchase.objects.get().location == shop


def test_somebody_joins_at_the_counter(till_of, cafe) -> None:
    told = {"phone": "0812345678", "name": "Dao", "language": "th"}
    answer = till_of.post(f"{COUNTER}new/", told)
    member = Member.objects.get()
    assert answer["Location"] == f"{COUNTER}{member.public_id}/"
    again = till_of.post(f"{COUNTER}new/", told)
    assert again.status_code == 422
    assert f"{COUNTER}{member.public_id}/" in again.content.decode()


def test_a_sale_of_another_member_is_not_shown_as_theirs(till_of, ana, ben, place) -> None:
    answer = sell(till_of, f"{COUNTER}{ben.public_id}/")
    sold = answer["Location"].rstrip("/").rpartition("/")[2]
    assert till_of.get(f"{place}sold/{sold}/").status_code == 404


def test_who_only_looks_has_no_counter(cafe, ana, place, sign_in) -> None:
    for role in (Role.ANALYST, Role.REVIEWER):
        client = sign_in(make_staff(cafe, role))
        assert client.get(COUNTER).status_code == 403
        assert sell(client, place).status_code == 403
