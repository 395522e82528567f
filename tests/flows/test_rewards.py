from datetime import timedelta

import pytest

from loyalty.flows.redeem import cancel, redeem
from loyalty.flows.rewards import (
    NoPool,
    RewardInUse,
    archive_reward,
    save_reward,
    set_reward_active,
    upload_codes,
)
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import AuditEntry
from loyalty.rewards import pool
from loyalty.rewards.codes import code_of
from loyalty.rewards.drafts import BadReward
from loyalty.rewards.models import PoolCode, Reward
from loyalty.rewards.supply import SoldOut
from members.models import Tier
from tests.at_once import times
from tests.makers import NOON, give, make_member, make_program, make_reward, make_staff, make_wallet

COFFEE = {"name": {"en": "Free coffee", "th": "กาแฟฟรี"}, "price": 10}


@pytest.fixture
def owner(cafe):
    return make_staff(cafe)


def save(owner, cafe, reward=None, **fields):
    if reward is None:
        fields = {"wallet": cafe.wallets.get(code="points"), **COFFEE, **fields}
    return save_reward(cafe, reward, by=owner, now=NOON, **fields)


def test_a_new_reward_is_in_the_trail_and_makes_a_new_version(cafe, owner):
    before = cafe.version
    made = save(owner, cafe)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == ("reward.make", f"reward:{made.public_id}")
    assert entry.after["price"] == 10
    cafe.refresh_from_db()
    assert cafe.version == before + 1


def test_a_change_names_what_differs(cafe, owner):
    made = save(owner, cafe)
    save(owner, cafe, made, price=12, name=COFFEE["name"])
    entry = AuditEntry.objects.latest("pk")
    assert (entry.before, entry.after) == ({"price": 10}, {"price": 12})


def test_a_change_of_nothing_is_none(cafe, owner):
    made = save(owner, cafe)
    version = cafe.version
    save(owner, cafe, made, price=10)
    assert AuditEntry.objects.count() == 1
    assert cafe.version == version


def test_a_second_click_makes_no_second_reward(cafe, owner):
    first = save(owner, cafe, public_id="from-the-page")
    assert save(owner, cafe, public_id="from-the-page") == first
    assert Reward.objects.count() == 1


def test_what_was_sold_while_a_form_was_open_stays_sold(cafe, owner, ana):
    made = save(owner, cafe, stock=5)
    give(ana, 10)
    redeem(ana, made, key="click", now=NOON)
    save(owner, cafe, made, price=12)
    assert Reward.objects.get().stock == 4


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("name", {"name": {}}),
        ("name", {"name": {"en": " "}}),
        ("name", {"name": {"en": "x" * 200}}),
        ("price", {"price": 0}),
        ("price", {"price": 2**31}),
        ("stock", {"stock": -1}),
        ("kind", {"kind": "moon"}),
        ("amount_minor", {"kind": "amount_off"}),
        ("amount_minor", {"kind": "store_credit", "amount_minor": 0}),
        ("percent", {"kind": "percent_off", "percent": 101}),
        ("percent", {"kind": "percent_off"}),
        ("member_limit", {"member_limit": 0}),
        ("member_limit_period", {"member_limit_period": "moon"}),
        ("voucher_days", {"voucher_days": 99_999}),
        ("ends_at", {"starts_at": NOON, "ends_at": NOON}),
        ("product", {"product": "x" * 81}),
    ],
)
def test_what_no_member_could_have_is_refused(cafe, owner, field, fields):
    with pytest.raises(BadReward) as refusal:
        save(owner, cafe, **fields)
    assert list(refusal.value.facts["problems"]) == [field]
    assert not Reward.objects.exists()


def test_a_reward_is_paid_from_a_wallet_that_can_be_spent(cafe, owner):
    status = make_wallet(cafe, "status", kind=Wallet.Kind.STATUS)
    foreign = make_program("elsewhere").wallets.get()
    for wallet in (status, foreign):
        with pytest.raises(BadReward):
            save(owner, cafe, wallet=wallet)


def test_a_reward_is_paused_and_put_away(cafe, owner):
    before = cafe.version
    made = save(owner, cafe)
    for _twice in range(2):
        set_reward_active(made, False, by=owner, now=NOON)
    for _twice in range(2):
        archive_reward(made, by=owner, now=NOON)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["reward.make", "reward.pause", "reward.archive"]
    cafe.refresh_from_db()
    assert cafe.version == before + 3


def test_a_tiers_present_is_not_put_away(cafe, owner):
    made = save(owner, cafe)
    Tier.objects.create(program=cafe, rank=1, name={"en": "Gold"}, threshold=10, entry_reward=made)
    with pytest.raises(RewardInUse, match="Gold"):
        archive_reward(made, by=owner, now=NOON)


# --- A partner's codes ------------------------------------------------------------------------


@pytest.fixture
def cinema(cafe):
    return make_reward(cafe, 10, uses_pool=True)


def test_a_list_is_read_line_by_line(cinema, owner):
    lines = ["\ufeffMOVIE-0001", "", " movie 0001 ", "MOVIE-0002", "abc", "a\x00bcd", "x" * 81]
    upload = upload_codes(cinema, lines, by=owner, now=NOON)
    assert (upload.added, upload.known) == (2, [3])
    assert [number for number, _why in upload.bad] == [5, 6, 7]
    assert pool.waiting(cinema) == 2


def test_the_same_list_twice_adds_nothing(cafe, cinema, owner):
    lines = [f"MOVIE-{number:04}" for number in range(450)]
    assert upload_codes(cinema, lines, by=owner, now=NOON).added == 450
    assert upload_codes(cinema, lines, by=owner, now=NOON).added == 0
    other = make_reward(cafe, 10, uses_pool=True)
    assert upload_codes(other, lines[:3], by=owner, now=NOON).known == [1, 2, 3]


def test_a_code_that_a_member_holds_is_known(ana, cinema, owner):
    give(ana, 10)
    upload_codes(cinema, ["MOVIE-0001"], by=owner, now=NOON)
    redeem(ana, cinema, key="click", now=NOON)
    PoolCode.objects.all().delete()
    assert upload_codes(cinema, ["movie 0001"], by=owner, now=NOON).known == [1]


def test_codes_are_for_rewards_that_ask_for_them(cafe, owner):
    with pytest.raises(NoPool):
        upload_codes(make_reward(cafe), ["MOVIE-0001"], by=owner, now=NOON)


def test_a_member_gets_the_code_as_the_partner_wrote_it(ana, cinema, owner):
    give(ana, 10)
    upload_codes(cinema, ["Movie_0001/x"], by=owner, now=NOON)
    assert code_of(redeem(ana, cinema, key="click", now=NOON).voucher) == "Movie_0001/x"


def test_a_code_in_two_lists_is_given_once(cafe, ana, cinema):
    """Two lists that were uploaded at the same moment may share a code."""
    twin = make_reward(cafe, 10, uses_pool=True)
    pool.add(cinema, ["MOVIE-0001"])
    row = PoolCode.objects.get()
    PoolCode.objects.create(reward=twin, code_hash=row.code_hash, code_sealed=row.code_sealed)
    give(ana, 20)
    redeem(ana, cinema, key="1", now=NOON)
    with pytest.raises(SoldOut):
        redeem(ana, twin, key="2", now=NOON)
    pool.add(twin, ["MOVIE-0002"])
    assert code_of(redeem(ana, twin, key="3", now=NOON).voucher) == "MOVIE-0002"


def test_a_code_that_was_shown_is_not_handed_out_again(ana, ben, cinema, owner):
    give(ana, 10), give(ben, 10)
    upload_codes(cinema, ["MOVIE-0001", "MOVIE-0002"], by=owner, now=NOON)
    cancel(redeem(ana, cinema, key="1", now=NOON), now=NOON + timedelta(minutes=1))
    assert code_of(redeem(ben, cinema, key="1", now=NOON).voucher) == "MOVIE-0002"


@pytest.mark.django_db(transaction=True)
def test_three_codes_go_to_three_of_eight(cafe):
    cinema = make_reward(cafe, 10, uses_pool=True)
    people = [make_member(cafe, f"member-{number}@example.org") for number in range(8)]
    for person in people:
        give(person, 10)
    pool.add(cinema, ["MOVIE-0001", "MOVIE-0002", "MOVIE-0003"])
    told = times(8, lambda number: redeem(people[number], cinema, key="click", now=NOON))
    given = {code_of(it.voucher) for it in told if it != "sold_out"}
    assert given == {"MOVIE-0001", "MOVIE-0002", "MOVIE-0003"}
    assert told.count("sold_out") == 5
