"""The catalog: rewards of every kind, stock that is sold meanwhile, a partner's codes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from loyalty.public_ids import new_public_id
from loyalty.rewards import pool
from loyalty.rewards.models import Reward
from tests.dashboard.things import make_reward, make_tiers
from tests.makers import make_wallet

COFFEE = {
    "name_en": "Free coffee",
    "kind": "free_product",
    "product": "ESP",
    "wallet": "points",
    "price": "100",
    "member_limit_period": "ever",
    "from_rank": "0",
    "voucher_days": "30",
}


def post(desk, address="/dashboard/cafe/rewards/new/", **fields):
    return desk.post(address, {**COFFEE, "once": new_public_id(), **fields})


def test_a_reward_is_added_and_listed(desk, cafe) -> None:
    assert post(desk).status_code == 302
    assert cafe.rewards.get().price == 100
    page = desk.get("/dashboard/cafe/rewards/").content.decode().replace("\xa0", " ")
    assert "Free coffee" in page
    assert "100 points" in page


def test_a_second_click_adds_none(desk, cafe) -> None:
    once = new_public_id()
    post(desk, once=once)
    assert post(desk, once=once).status_code == 302
    assert cafe.rewards.count() == 1


@pytest.mark.parametrize(
    ("kind", "told", "missing"),
    [
        ("amount_off", {"amount_minor": "50.00"}, "amount_minor"),
        ("store_credit", {"amount_minor": "50.00"}, "amount_minor"),
        ("percent_off", {"percent": "10"}, "percent"),
        ("free_product", {}, ""),
        ("free_shipping", {}, ""),
        ("custom", {}, ""),
    ],
)
def test_each_kind_asks_for_what_it_needs(desk, cafe, kind, told, missing) -> None:
    if missing:
        answer = post(desk, kind=kind, name_en="Kept as typed")
        assert answer.status_code == 422
        assert "Kept as typed" in answer.content.decode()
        assert f'id="id_{missing}_error"' in answer.content.decode()
    assert post(desk, kind=kind, **told).status_code == 302
    reward = cafe.rewards.get()
    assert reward.kind == kind
    assert desk.get(f"/dashboard/cafe/rewards/{reward.public_id}/").status_code == 200
    assert desk.get("/dashboard/cafe/rewards/").status_code == 200


def test_what_belongs_to_another_kind_is_left_out(desk, cafe) -> None:
    post(desk, kind="percent_off", percent="10", amount_minor="50", product="ESP")
    reward = cafe.rewards.get()
    assert (reward.percent, reward.amount_minor, reward.product) == (10, None, "")


def test_a_price_in_cashback_is_money(desk, cafe) -> None:
    make_wallet(cafe, "cashback", kind="cashback", exponent=2)
    post(desk, wallet="cashback", price="12.50")
    assert cafe.rewards.get().price == 1250


def test_a_wallet_that_nobody_spends_from_is_not_offered(desk, cafe) -> None:
    make_wallet(cafe, "status", kind="status")
    assert post(desk, wallet="status").status_code == 422


def test_stock_that_was_sold_meanwhile_stays_sold(desk, cafe) -> None:
    reward = make_reward(cafe, stock=10)
    Reward.objects.update(stock=7)  # Three were sold while the page was open.
    address = f"/dashboard/cafe/rewards/{reward.public_id}/"
    post(desk, address, once=reward.public_id, stock="10", stock_shown="10", name_en="Renamed")
    reward.refresh_from_db()
    assert (reward.stock, str(reward.name)) == (7, "Renamed")
    post(desk, address, once=reward.public_id, stock="50", stock_shown="10")
    reward.refresh_from_db()
    assert reward.stock == 50


def test_a_tier_may_be_asked_for(desk, cafe) -> None:
    _base, gold = make_tiers(cafe)
    post(desk, from_rank=str(gold.rank))
    assert cafe.rewards.get().from_rank == gold.rank


def test_dates_are_of_the_programs_clock(desk, cafe) -> None:
    post(desk, starts_at="2027-01-01T00:00", ends_at="2027-02-01T00:00")
    assert cafe.rewards.get().starts_at.isoformat() == "2026-12-31T17:00:00+00:00"
    page = desk.get(f"/dashboard/cafe/rewards/{cafe.rewards.get().public_id}/").content.decode()
    assert 'value="2027-01-01T00:00"' in page


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": "2027-02-01T00:00", "ends_at": "2027-01-01T00:00"},
        {"starts_at": "9999-12-31T23:59"},
        {"price": "0"},
        {"price": "99999999999"},
        {"stock": "-1"},
        {"kind": "castle"},
        {"wallet": "nobodys"},
    ],
)
def test_what_cannot_be_is_refused(desk, cafe, fields) -> None:
    assert post(desk, **fields).status_code == 422
    assert not cafe.rewards.exists()


def test_a_reward_is_paused_archived_and_brought_back(desk, cafe) -> None:
    reward = make_reward(cafe)
    address = f"/dashboard/cafe/rewards/{reward.public_id}/"
    desk.post(f"{address}switch/", {"active": "no"})
    assert "Paused" in desk.get("/dashboard/cafe/rewards/").content.decode()
    undo = desk.post(f"{address}archive/", follow=True).content.decode()
    assert f"{address}restore/" in undo
    assert "Free coffee" in desk.get("/dashboard/cafe/rewards/?archived").content.decode()
    desk.post(f"{address}restore/")
    assert cafe.rewards.kept().exists()


def test_a_reward_that_welcomes_to_a_tier_is_not_archived(desk, cafe) -> None:
    reward = make_reward(cafe)
    _base, gold = make_tiers(cafe)
    gold.entry_reward = reward
    gold.save()
    answer = desk.post(f"/dashboard/cafe/rewards/{reward.public_id}/archive/")
    assert answer.status_code == 409
    assert "Gold" in answer.content.decode()


def upload(desk, reward, body=b"", pasted=""):
    file = {"file": SimpleUploadedFile("codes.csv", body)} if body else {}
    return desk.post(
        f"/dashboard/cafe/rewards/{reward.public_id}/codes/", {"pasted": pasted, **file}
    )


def test_a_partners_codes_are_uploaded_once(desk, cafe) -> None:
    reward = make_reward(cafe, uses_pool=True)
    body = b"Code,Seat\r\nCINE-1111,4A\r\n\r\nCINE-2222,4B\r\nab\r\n"
    page = upload(desk, reward, body).content.decode()
    assert "2 new codes are kept" in page
    assert "Line 5" in page
    assert "0 new codes are kept" in upload(desk, reward, body).content.decode()
    assert pool.waiting(reward) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp874"])
def test_a_list_may_come_from_any_spreadsheet(desk, cafe, encoding) -> None:
    reward = make_reward(cafe, uses_pool=True)
    upload(desk, reward, "รหัส;ที่นั่ง\nCINE-1111;ก1\n".encode(encoding))
    assert pool.waiting(reward) == 1


def test_codes_may_be_pasted(desk, cafe) -> None:
    reward = make_reward(cafe, uses_pool=True)
    upload(desk, reward, pasted="CINE-1111\nCINE-2222")
    assert pool.waiting(reward) == 2


def test_an_upload_of_nothing_says_so(desk, cafe) -> None:
    reward = make_reward(cafe, uses_pool=True)
    assert upload(desk, reward).status_code == 422
    assert upload(desk, reward, b"\x00\xff\xfe\xfa").status_code in (200, 422)


def test_a_reward_with_codes_of_its_own_takes_none(desk, cafe) -> None:
    assert upload(desk, make_reward(cafe), pasted="CINE-1111").status_code == 422


def test_the_list_asks_as_often_for_many_as_for_one(
    desk, cafe, django_assert_max_num_queries
) -> None:
    for _each in range(5):
        make_reward(cafe, uses_pool=True)
    desk.get("/dashboard/cafe/rewards/")  # A new browser is written down once.
    with django_assert_max_num_queries(9):
        desk.get("/dashboard/cafe/rewards/")
