"""The first page: what a member has, what is next, what just happened."""

from datetime import date, timedelta

import pytest

from loyalty.flows.redeem import redeem
from loyalty.flows.settings import bump
from loyalty.merchants.models import Program
from tests.makers import (
    NOON,
    bring_back,
    buy,
    give,
    make_member,
    make_reward,
    make_tiers,
    make_wallet,
)
from tests.portal.conftest import read


@pytest.fixture
def home(phone):
    return lambda: read(phone.get("/p/cafe/home/"))


def test_it_shows_the_balance(ana, home):
    give(ana, 1250)
    assert '<span class="amount">1,250</span><span>points</span>' in home()


def test_who_is_new_is_told_what_to_do(home):
    page = home()
    assert "Nothing here yet" in page
    assert "Show my card" in page


def test_cashback_is_shown_as_money(ana, home):
    ana.program.wallets.update(kind="cashback", exponent=2)
    give(ana, 4050)
    assert '<span class="amount">฿40.50</span>' in home()


def test_what_is_pending_is_said_with_its_day(ana, home):
    Program.objects.update(pending_days=14)
    buy(ana, 50_00)
    assert "Pending: 50 points. To be spent from 16 June 2026." in home()


def test_what_is_owed_is_said_plainly(ana, home):
    bought = buy(ana, 50_00)
    reward = make_reward(ana.program, 40)
    redeem(ana, reward, key="one", now=NOON)
    bring_back(ana, bought)
    assert "You owe 40 points: they had been spent" in home()


def test_what_expires_next_is_a_date(ana, home):
    give(ana, 30, expires_on=date(2026, 6, 21))
    assert "Use 30 points by 20 June 2026, before they expire" in home()


def test_stamps_are_drawn(ana, home):
    make_wallet(ana.program, "stamps", kind="stamps", unit_many={"en": "stamps"})
    make_reward(ana.program, 10, wallet="stamps", is_automatic=True, name={"en": "Tenth free"})
    give(ana, 7, wallet="stamps")
    page = home()
    assert "7 of 10 stamps" in page
    assert "3 stamps more for: Tenth free" in page


def test_the_next_tier_is_a_sentence_and_a_ring(ana, home):
    make_tiers(ana.program, 0, 200_00)
    bump(ana.program)
    buy(ana, 150_00)
    page = home()
    assert 'aria-label="฿50 more by 31 December 2026 for Silver"' in page
    assert 'stroke-dasharray="75 100"' in page


def test_keeping_a_tier_is_a_sentence_of_its_own(ana, home):
    make_tiers(ana.program, 0, 200_00, kept_years=0)
    bump(ana.program)
    buy(ana, 250_00)
    assert "You are Silver until 31 December 2026 at least." in home()


def test_rewards_that_are_near_are_named(ana, home):
    give(ana, 60)
    make_reward(ana.program, 50, name={"en": "Espresso"})
    make_reward(ana.program, 80, name={"en": "Cake"})
    page = home()
    assert "50 points: you can have it" in page
    assert "20 points more" in page


def test_only_the_latest_lines_are_there(ana, home):
    for amount in (11, 12, 13, 14):
        give(ana, amount, now=NOON - timedelta(days=20 - amount))
    page = home()
    assert "+14 points" in page
    assert "+11 points" not in page


def test_several_programs_have_a_switcher(ana, bakery, phone, home):
    assert "Switch program" not in home()
    ana.refresh_from_db()
    make_member(bakery, ana.email, user=ana.user)
    page = home()
    assert "Switch program" in page
    assert 'href="/p/bakery/home/"' in page
