"""Thai pages are Thai: nothing of them is left in English, and years are those of the Buddha."""

import re

import pytest

from loyalty.flows.redeem import redeem
from loyalty.flows.settings import bump
from loyalty.merchants.models import Program
from tests.makers import NOON, buy, give, make_reward, make_tiers, make_wallet
from tests.portal.conftest import phone_of, read

PLACES = (
    "", "home/", "activity/", "card/", "rewards/", "vouchers/", "pay/", "profile/",
    "profile/leave/",
)  # fmt: skip
# Names that are what they are, in any language.
NAMES = re.compile(
    r"Taem|JavaScript|Corner Café|Thailand|English|som@example\.org|QR"
    r"|[0-9A-Z]{4}(?:[ -][0-9A-Z]{1,4})+"
)
LATIN = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture
def thai_phone(som):
    """The browser of a member who has some of everything."""
    program = som.program
    Program.objects.update(pay_points=10, pay_minor=100, pending_days=3)
    for tier in make_tiers(program, 0, 200_00):
        tier.name = {"th": f"ระดับ {tier.rank}"}
        tier.save()
    make_wallet(program, "stamps", kind="stamps", unit_one={"th": "ดวง"}, unit_many={"th": "ดวง"})
    make_reward(program, 10, wallet="stamps", is_automatic=True)
    coffee = make_reward(program, 50, member_limit=3)
    make_reward(program, 500, kind="amount_off", amount_minor=50_00)
    make_reward(program, 10, from_rank=1)
    make_reward(program, 10, stock=0)
    bump(program)
    give(som, 120)
    give(som, 4, wallet="stamps")
    buy(som, 150_00, reference="4711")
    redeem(som, coffee, key="one", now=NOON)
    return phone_of(som)


def words(page: str) -> str:
    """What can be read or heard of a page."""
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page, flags=re.S)
    spoken = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', body))
    return NAMES.sub(" ", f"{re.sub(r'<[^>]+>', ' ', body)} {spoken}")


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_left_in_english(thai_phone, place):
    page = read(thai_phone.get(f"/p/cafe/{place}"))
    assert '<html lang="th"' in page
    assert not LATIN.findall(words(page))


@pytest.mark.parametrize("page", ["/", "/p/cafe/", "/accounts/signup/", "/accounts/login/"])
def test_a_guest_reads_thai_too(client, cafe, page):
    answer = client.get(page, headers={"accept-language": "th"})
    assert not LATIN.findall(words(read(answer)))


def test_a_reward_and_its_voucher_are_thai(thai_phone, som):
    reward = som.program.rewards.get(member_limit=3)
    made = som.account.redemptions.get()
    for place in (f"rewards/{reward.public_id}/", f"vouchers/{made.public_id}/"):
        assert not LATIN.findall(words(read(thai_phone.get(f"/p/cafe/{place}"))))


def test_refusals_are_thai(thai_phone, som):
    dear = som.program.rewards.get(price=500)
    page = read(thai_phone.post(f"/p/cafe/rewards/{dear.public_id}/", {"key": "k" * 16}))
    assert not LATIN.findall(words(page))


def test_years_are_those_of_the_buddha(thai_phone):
    assert "2569" in read(thai_phone.get("/p/cafe/home/"))
    assert "2570" in read(thai_phone.get("/p/cafe/activity/"))


def test_a_choice_on_this_device_comes_before_ones_own_language(thai_phone):
    thai_phone.post("/language/setlang/", {"language": "en", "next": "/p/cafe/home/"})
    assert '<html lang="en"' in read(thai_phone.get("/p/cafe/home/"))
