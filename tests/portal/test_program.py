"""The public page: what a program promises, for anybody who asks."""

from loyalty.flows.settings import bump
from loyalty.merchants.models import Program
from tests.makers import make_reward, make_rule, make_tiers
from tests.portal.conftest import read

PAGE = "/p/cafe/"


def test_it_tells_the_rules_as_sentences(client, cafe):
    make_rule(cafe, name={"en": "Hello"}, trigger="sign_up", effect={"kind": "fixed", "points": 50})
    page = read(client.get(PAGE))
    assert "1 point for every ฿1 spent" in page
    assert "50 points for joining" in page


def test_a_rule_that_is_off_promises_nothing(client, cafe):
    make_rule(cafe, name={"en": "Secret plan"}, is_active=False)
    assert "Secret plan" not in read(client.get(PAGE))


def test_it_tells_tiers_and_what_they_take(client, cafe):
    make_tiers(cafe, 0, 200_00)
    bump(cafe)
    page = read(client.get(PAGE))
    assert "฿200 spent in a calendar year" in page
    assert "1.25 times the points" in page


def test_it_tells_rewards_and_their_price(client, cafe):
    make_reward(cafe, 80)
    make_reward(cafe, 90, name={"en": "Old mug"}, is_active=False)
    make_reward(cafe, 70, name={"en": "Gone"}, stock=0)
    page = read(client.get(PAGE))
    assert "80 points" in page
    assert "Old mug" not in page
    assert "Sold out" in page


def test_it_tells_the_terms(client, cafe):
    Program.objects.update(pending_days=14, pay_points=10, pay_minor=100)
    page = read(client.get(PAGE))
    assert "What you collect can be spent 14 days after the purchase." in page
    assert "Points: to be spent within 12 months." in page
    assert "At the till, 10 points pay ฿1." in page


def test_a_guest_can_join_and_a_member_go_in(client, cafe, phone):
    assert "Join now" in read(client.get(PAGE))
    page = read(phone.get(PAGE))
    assert "Join now" not in page
    assert "To my points" in page


def test_an_empty_program_is_a_page_too(client, cafe):
    cafe.earning_rules.all().delete()
    cafe.wallets.update(expiry="never")
    assert "Points: they never expire." in read(client.get(PAGE))


def test_it_can_be_read_by_search_engines(client, cafe):
    page = read(client.get(PAGE))
    assert "noindex" not in page
    assert 'content="Café points, the loyalty program of Corner Café' in page
