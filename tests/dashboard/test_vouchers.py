"""Vouchers: a code is checked, used once, and stands in no address and no list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.flows import redeem
from loyalty.merchants.models import AuditEntry, Role
from loyalty.rewards import codes
from loyalty.rewards.models import Voucher
from tests.makers import give, make_member, make_reward, make_staff

LIST = "/dashboard/cafe/vouchers/"


@pytest.fixture
def voucher(cafe, ana) -> Voucher:
    give(ana, 100)
    return redeemed(ana, make_reward(cafe, 10), "one")


def redeemed(member, reward, key) -> Voucher:
    return redeem.redeem(member, reward, key=key, now=timezone.now()).voucher


def test_a_code_is_checked_before_it_is_used(desk, voucher) -> None:
    answer = desk.post(LIST, {"code": codes.code_of(voucher).lower().replace("-", " ")})
    assert answer.context["checked"]["is_ready"]
    assert "Use it now" in answer.content.decode()
    voucher.refresh_from_db()
    assert voucher.status == Voucher.Status.READY


def test_a_code_is_used_once(desk, owner, voucher) -> None:
    told = {"code": codes.code_of(voucher), "reference": "till-7"}
    assert desk.post(f"{LIST}use/", told).status_code == 302
    again = desk.post(f"{LIST}use/", told)
    assert again.status_code == 422
    assert "This voucher was used before." in again.content.decode()
    voucher.refresh_from_db()
    assert (voucher.used_by, voucher.used_reference) == (owner.user, "till-7")
    assert AuditEntry.objects.filter(action="voucher.use").count() == 1


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC", "x" * 500])
def test_a_code_of_nobody_is_told_beside_the_box(desk, cafe, code) -> None:
    for address in (LIST, f"{LIST}use/"):
        answer = desk.post(address, {"code": code})
        assert answer.status_code == 422
        assert answer.context["code"].errors


def test_a_code_of_others_is_a_code_of_nobody(desk, cafe, bakery) -> None:
    zoe = make_member(bakery, "zoe@example.org")
    give(zoe, 100)
    theirs = redeemed(zoe, make_reward(bakery, 10), "one")
    answer = desk.post(f"{LIST}use/", {"code": codes.code_of(theirs)})
    assert "There is no voucher with this code." in answer.content.decode()


def test_the_list_shows_no_code(desk, voucher) -> None:
    page = desk.get(LIST).content.decode()
    assert "Free coffee" in page
    assert codes.code_of(voucher) not in page


def test_states_and_days_narrow_the_list(desk, cafe, ana, voucher) -> None:
    reward = cafe.rewards.get()
    used, late = (redeemed(ana, reward, key) for key in ("two", "three"))
    Voucher.objects.filter(pk=used.pk).update(status=Voucher.Status.USED)
    past = timezone.now() - timedelta(days=1)
    Voucher.objects.filter(pk=late.pk).update(expires_at=past)
    found = {
        state: [row["made"].voucher for row in desk.get(LIST, {"status": state}).context["rows"]]
        for state in ("ready", "used", "expired", "cancelled", "")
    }
    assert found["ready"] == [voucher]
    assert found["used"] == [used]
    assert found["expired"] == [late]
    assert found["cancelled"] == []
    assert len(found[""]) == 3
    tomorrow = (timezone.now() + timedelta(days=2)).date()
    assert desk.get(LIST, {"first": tomorrow}).context["rows"] == []


def test_each_page_goes_on_where_the_last_ended(desk, cafe, ana) -> None:
    reward = make_reward(cafe, 1)
    give(ana, 100)
    for number in range(33):
        redeemed(ana, reward, str(number))
    first = desk.get(LIST)
    second = desk.get(LIST + first.context["older"])
    assert [len(it.context["rows"]) for it in (first, second)] == [30, 3]


def test_a_list_asks_no_more_for_more_vouchers(
    desk, cafe, ana, django_assert_max_num_queries
) -> None:
    reward = make_reward(cafe, 1)
    give(ana, 100)
    for number in range(20):
        redeemed(ana, reward, str(number))
    desk.get(LIST)  # Writes down in which browser one is, once a day.
    with django_assert_max_num_queries(7):
        desk.get(LIST)


def test_who_may_see_vouchers_may_not_always_use_them(cafe, voucher, sign_in) -> None:
    told = {"code": codes.code_of(voucher)}
    reviewer = sign_in(make_staff(cafe, Role.REVIEWER))
    assert "Use it now" not in reviewer.post(LIST, told).content.decode()
    assert reviewer.post(f"{LIST}use/", told).status_code == 403
    cashier = sign_in(make_staff(cafe, Role.CASHIER))
    assert cashier.post(f"{LIST}use/", told | {"back": "counter"})["Location"].endswith("/counter/")
