from loyalty.merchants.models import AuditEntry
from tests.api.conftest import code_of, codes_of
from tests.makers import points


def given(member, count=50, **fields) -> dict:
    body = {"member": member.public_id, "wallet": "points", "points": count, "reason": "sorry"}
    return body | fields


def test_points_are_given_and_taken_by_hand(till, ana):
    answer = till.post("adjustments", given(ana), key="k-1")
    assert answer.status_code == 201
    assert (answer.json()["id"], answer.json()["points"]) == ("points-1", 50)
    till.post("adjustments", given(ana, -20), key="k-2")
    assert points(ana) == 30
    trail = AuditEntry.objects.filter(action="points.adjust").latest("pk")
    assert (trail.api_key.name, trail.told.reason) == ("Till", "sorry")


def test_the_same_adjustment_is_made_once(till, ana):
    first = till.post("adjustments", given(ana), key="k-1")
    assert till.post("adjustments", given(ana), key="k-1").json() == first.json()
    assert points(ana) == 50


def test_an_adjustment_needs_a_key_a_reason_and_a_limit(till, cafe, ana):
    assert code_of(till.post("adjustments", given(ana))) == (400, "idempotency_key_missing")
    answer = till.post("adjustments", given(ana, reason=" "), key="k")
    assert codes_of(answer) == {"reason": "blank"}
    assert code_of(till.post("adjustments", given(ana, 0), key="k")) == (422, "needs_reason")
    assert codes_of(till.post("adjustments", given(ana, "5"), key="k")) == {
        "points": "not_an_integer"
    }
    assert codes_of(till.post("adjustments", given(ana, 10**12), key="k")) == {
        "points": "out_of_range"
    }
    assert code_of(till.post("adjustments", given(ana, -5), key="k")) == (
        409, "insufficient_points",
    )  # fmt: skip
    wallet = given(ana, wallet="gold")
    assert code_of(till.post("adjustments", wallet, key="k")) == (422, "unknown_wallet")
    cafe.adjustment_limits = {"key": 60}
    cafe.save()
    assert till.post("adjustments", given(ana), key="k-1").status_code == 201
    answer = till.post("adjustments", given(ana), key="k-2")
    assert code_of(answer) == (409, "above_limit")
    assert answer.json()["facts"] == {"left": 10}
    assert points(ana) == 50


def test_a_stranger_gives_nothing(stranger, ana):
    assert code_of(stranger.post("adjustments", given(ana), key="k")) == (404, "not_found")
    assert points(ana) == 0
