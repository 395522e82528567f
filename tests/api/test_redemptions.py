import pytest

from loyalty.merchants.models import AuditEntry
from loyalty.rewards.models import Redemption
from tests.api.conftest import code_of, codes_of
from tests.makers import give, make_reward, make_tiers, points


@pytest.fixture
def coffee(cafe):
    return make_reward(cafe, 10, stock=5)


@pytest.fixture
def rich(ana):
    give(ana, 1_234)
    return ana


def wish(member, reward) -> dict:
    return {"member": member.public_id, "reward": reward.public_id}


def test_a_reward_is_redeemed(till, rich, coffee):
    answer = till.post("redemptions", wish(rich, coffee), key="k-1")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["points"], told["entry"]) == ("done", 10, "points-2")
    assert (told["voucher"]["status"], len(told["voucher"]["code"])) == ("ready", 14)
    assert points(rich) == 1_224
    assert till.get(f"redemptions/{told['id']}").json() == told
    listed = till.get("redemptions", member=rich.public_id).json()["items"]
    assert listed == [told]
    assert AuditEntry.objects.get(action="reward.redeem").api_key.name == "Till"


def test_the_same_wish_costs_once(till, rich, coffee):
    first = till.post("redemptions", wish(rich, coffee), key="k-1")
    again = till.post("redemptions", wish(rich, coffee), key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert points(rich) == 1_224
    till.post("redemptions", wish(rich, coffee), key="k-2")
    assert points(rich) == 1_214


def test_a_wish_without_a_key_is_refused(till, rich, coffee):
    answer = till.post("redemptions", wish(rich, coffee))
    assert code_of(answer) == (400, "idempotency_key_missing")
    assert points(rich) == 1_234


def test_points_that_are_not_there_buy_nothing(till, ben, coffee):
    answer = till.post("redemptions", wish(ben, coffee), key="k-1")
    assert code_of(answer) == (409, "insufficient_points")
    assert answer.json()["facts"] == {"missing": 10}
    assert not Redemption.objects.exists()
    give(ben, 10)
    assert till.post("redemptions", wish(ben, coffee), key="k-1").status_code == 201


def test_what_is_sold_out_or_for_others_is_refused(till, cafe, rich):
    make_tiers(cafe, 0, 1_000_00)
    gone, gold = make_reward(cafe, 10, stock=0), make_reward(cafe, 10, from_rank=1)
    assert code_of(till.post("redemptions", wish(rich, gone), key="k-1")) == (409, "sold_out")
    assert code_of(till.post("redemptions", wish(rich, gold), key="k-2")) == (409, "tier_too_low")
    assert points(rich) == 1_234


def test_cancelling_gives_back_once(till, rich, coffee):
    made = till.post("redemptions", wish(rich, coffee), key="k-1").json()
    path = f"redemptions/{made['id']}/cancel"
    told = till.post(path, {"reason": "changed her mind"})
    assert told.status_code == 200
    assert (told.json()["status"], told.json()["voucher"]["status"]) == ("cancelled", "cancelled")
    assert till.post(path).json() == told.json()
    assert points(rich) == 1_234


def test_a_used_voucher_is_not_cancelled(till, rich, coffee):
    made = till.post("redemptions", wish(rich, coffee), key="k-1").json()
    till.post("vouchers/use", {"code": made["voucher"]["code"]})
    answer = till.post(f"redemptions/{made['id']}/cancel")
    assert code_of(answer) == (409, "voucher_used")
    assert points(rich) == 1_224


def test_points_pay_at_the_till(till, cafe, rich):
    cafe.pay_points, cafe.pay_minor = 1, 1
    cafe.save()
    body = {"member": rich.public_id, "amount": "5.00", "reference": "till-7"}
    made = till.post("payments", body, key="k-1")
    assert made.status_code == 201
    told = made.json()
    assert (told["points"], told["worth"], told["reward"]) == (500, "5.00", None)
    assert (told["voucher"]["status"], told["voucher"]["used_reference"]) == ("used", "till-7")
    assert till.post("payments", body, key="k-1").json() == told
    assert points(rich) == 734


def test_a_payment_must_make_sense(till, cafe, rich):
    body = {"member": rich.public_id, "amount": "5.00"}
    assert code_of(till.post("payments", body)) == (400, "idempotency_key_missing")
    assert code_of(till.post("payments", body, key="k")) == (409, "pay_not_offered")
    cafe.pay_points, cafe.pay_minor = 1, 1
    cafe.save()
    assert code_of(till.post("payments", body | {"amount": "0"}, key="k")) == (422, "bad_amount")
    for amount in ("-5.00", "5.001", 5, "๕"):
        answer = till.post("payments", body | {"amount": amount}, key="k")
        assert codes_of(answer).keys() == {"amount"}
    most = body | {"amount": "12.35"}
    assert code_of(till.post("payments", most, key="k")) == (409, "insufficient_points")
    gold = body | {"wallet": "gold"}
    assert code_of(till.post("payments", gold, key="k")) == (422, "unknown_wallet")
    place = body | {"location": "nowhere"}
    assert code_of(till.post("payments", place, key="k")) == (422, "unknown_location")
    assert points(rich) == 1_234


def test_rewards_and_offers_are_told(till, cafe, ana, coffee, stranger):
    gold = make_reward(cafe, 20, from_rank=1)
    make_reward(cafe, 30, is_active=False)
    give(ana, 15)
    rewards = till.get("rewards").json()["items"]
    assert [it["id"] for it in rewards] == [gold.public_id, coffee.public_id]
    assert till.get(f"rewards/{coffee.public_id}").json() == rewards[1]
    offers = {
        it["reward"]["id"]: it for it in till.get(f"members/{ana.public_id}/offers").json()["items"]
    }
    assert offers[coffee.public_id]["can_be_had"] is True
    assert (offers[gold.public_id]["missing"], offers[gold.public_id]["locked"]) == (
        5, "tier_too_low",
    )  # fmt: skip
    assert stranger.get("rewards").json()["items"] == []
    assert code_of(stranger.get(f"rewards/{coffee.public_id}")) == (404, "not_found")


def test_a_stranger_redeems_and_sees_nothing(till, stranger, bar, rich, coffee):
    theirs = make_reward(bar, 1)
    made = till.post("redemptions", wish(rich, coffee), key="k-1").json()
    for body in (wish(rich, coffee), wish(rich, theirs)):
        assert code_of(stranger.post("redemptions", body, key="k-1")) == (404, "not_found")
    assert code_of(till.post("redemptions", wish(rich, theirs), key="k")) == (404, "not_found")
    assert code_of(stranger.get(f"redemptions/{made['id']}")) == (404, "not_found")
    assert code_of(stranger.post(f"redemptions/{made['id']}/cancel")) == (404, "not_found")
    assert stranger.get("redemptions").json()["items"] == []
    payment = {"member": rich.public_id, "amount": "1.00"}
    assert code_of(stranger.post("payments", payment, key="k")) == (404, "not_found")
    assert points(rich) == 1_224
