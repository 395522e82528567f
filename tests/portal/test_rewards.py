"""What there is, and turning points into it: once, whatever the thumb does."""

import pytest

from loyalty.flows.settings import bump
from loyalty.rewards.models import Redemption
from members.models import Member
from tests.makers import balance, buy, give, make_reward, make_tiers, points
from tests.portal.conftest import read

KEY = "k" * 16


@pytest.fixture
def coffee(ana):
    return make_reward(ana.program, 80)


def address(reward):
    return f"/p/cafe/rewards/{reward.public_id}/"


def test_what_can_be_had_comes_first(ana, phone):
    give(ana, 100)
    make_reward(ana.program, 150, name={"en": "Dear"})
    make_reward(ana.program, 60, name={"en": "Cheap"})
    page = read(phone.get("/p/cafe/rewards/"))
    assert page.index("Cheap") < page.index("Dear")
    assert "50 points more" in page


def test_what_cannot_be_had_says_why(ana, phone):
    make_tiers(ana.program, 0, 200_00)
    bump(ana.program)
    give(ana, 100)
    make_reward(ana.program, 10, name={"en": "Gone"}, stock=0)
    make_reward(ana.program, 10, name={"en": "Table"}, from_rank=1)
    page = read(phone.get("/p/cafe/rewards/"))
    assert "Sold out" in page
    assert "From the tier “Silver” on" in page


def test_an_empty_shelf_says_so(phone):
    assert "No rewards yet" in read(phone.get("/p/cafe/rewards/"))


def test_the_page_says_what_is_left_after_it(ana, coffee, phone):
    give(ana, 100)
    page = read(phone.get(address(coffee)))
    assert "After it you have" in page
    assert "20 points" in page


def test_redeeming_gives_a_voucher(ana, coffee, phone):
    give(ana, 100)
    answer = phone.post(address(coffee), {"key": KEY})
    made = Redemption.objects.get()
    assert answer["Location"] == f"/p/cafe/vouchers/{made.public_id}/"
    assert points(ana) == 20


def test_a_double_click_redeems_once(ana, coffee, phone):
    give(ana, 200)
    first, second = (phone.post(address(coffee), {"key": KEY}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert points(ana) == 120


def test_each_page_has_a_key_of_its_own(ana, coffee, phone):
    give(ana, 200)
    keys = {phone.get(address(coffee)).context["form"]["key"].value() for _ in range(2)}
    assert len(keys) == 2


@pytest.mark.parametrize("key", ["", "short", "K" * 16, "1" * 16, "k" * 17])
def test_a_form_without_a_proper_key_redeems_nothing(ana, coffee, phone, key):
    give(ana, 100)
    answer = phone.post(address(coffee), {"key": key})
    assert answer.status_code == 422
    assert "Please try once more" in read(answer)
    assert points(ana) == 100


def test_too_few_points_are_a_sentence(ana, coffee, phone):
    give(ana, 79)
    answer = phone.post(address(coffee), {"key": KEY})
    assert answer.status_code == 409
    assert "This needs" in read(answer)
    assert points(ana) == 79


def test_a_reward_that_left_the_catalog_is_a_sentence(ana, coffee, phone):
    give(ana, 100)
    coffee.is_active = False
    coffee.save()
    answer = phone.post(address(coffee), {"key": KEY})
    assert answer.status_code == 409
    assert "not on offer now" in read(answer)
    assert phone.get(address(coffee)).status_code == 404


def test_who_is_blocked_redeems_nothing(ana, coffee, phone):
    give(ana, 100)
    Member.objects.update(state="blocked")
    assert phone.post(address(coffee), {"key": KEY}).status_code == 409
    assert balance(ana).points == 100


def test_a_reward_that_gives_itself_is_not_redeemed_by_hand(ana, phone):
    give(ana, 100)
    own = make_reward(ana.program, 10, is_automatic=True)
    assert phone.post(address(own), {"key": KEY}).status_code == 404


def test_the_tier_opens_what_was_locked(ana, phone):
    make_tiers(ana.program, 0, 200_00)
    table = make_reward(ana.program, 10, from_rank=1)
    bump(ana.program)
    buy(ana, 250_00)
    phone.post(address(table), {"key": KEY})
    assert Redemption.objects.filter(reward=table).exists()
