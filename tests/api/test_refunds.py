import pytest

from loyalty.purchases.models import Refund
from tests.api.conftest import code_of, codes_of
from tests.makers import buy, points

BACK = {"source": "pos", "reference": "back-1", "made_at": "2026-06-02T12:30:00+07:00"}


@pytest.fixture
def bought(till, ana) -> str:
    """Ana's sale of 59.90, as a till tells of it: two lattes and a bag."""
    lines = [
        {"amount": "40.00", "product": "LATTE", "quantity": "2"},
        {"amount": "19.90", "product": "BAG"},
    ]
    sale = {"source": "pos", "reference": "till-1", "made_at": "2026-06-02T12:00:00+07:00"}
    told = till.post("purchases", sale | {"member": ana.public_id, "lines": lines})
    return told.json()["id"]


def test_a_refund_takes_back_what_the_sale_gave(till, ana, bought):
    answer = till.post("refunds", BACK | {"purchase": bought, "amount": "20.00"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["matched"], told["unmatched"]) == ("refunded", "20.00", [])
    assert [entry["points"] for entry in told["entries"]] == [-20]
    assert points(ana) == 39
    assert till.get(f"purchases/{bought}").json()["refunded"] == "20.00"


def test_the_same_refund_takes_back_once(till, ana, bought):
    body = BACK | {"purchase": bought, "amount": "20.00"}
    first, again = till.post("refunds", body), till.post("refunds", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json()["status"], again.json()["id"]) == ("repeated", first.json()["id"])
    assert points(ana) == 39


def test_the_same_reference_with_another_body_is_refused(till, ana, bought):
    till.post("refunds", BACK | {"purchase": bought, "amount": "20.00"})
    answer = till.post("refunds", BACK | {"purchase": bought, "amount": "21.00"})
    assert code_of(answer) == (409, "reference_reused")
    assert answer.json()["facts"]["stored"]["amount"] == "20.00"


def test_a_sale_goes_by_its_own_number_too(till, ana, bought):
    answer = till.post("refunds", BACK | {"purchase_reference": "till-1"})
    assert (answer.json()["matched"], points(ana)) == ("59.90", 0)


def test_lines_come_back_by_number_or_product(till, ana, bought):
    by_number = {"purchase": bought, "lines": [{"number": 2}]}
    assert till.post("refunds", BACK | by_number).json()["matched"] == "19.90"
    by_product = {"purchase": bought, "lines": [{"product": "LATTE", "quantity": "1"}]}
    told = till.post("refunds", BACK | by_product | {"reference": "back-2"}).json()
    assert told["matched"] == "20.00"
    assert points(ana) == 19  # 59 × 20.00 ÷ 59.90 = 19.69…


def test_a_refund_without_a_sale_finds_the_latest_lines(till, ana, bought):
    lines = [{"product": "BAG"}, {"product": "CUP"}]
    told = till.post("refunds", BACK | {"member": ana.public_id, "lines": lines}).json()
    assert told["matched"] == "19.90"
    assert [(it["line"], it["product"], it["code"]) for it in told["unmatched"]] == [
        (2, "CUP", "no_sale")
    ]


def test_more_than_the_sale_is_refused(till, ana, bought):
    answer = till.post("refunds", BACK | {"purchase": bought, "amount": "60.00"})
    assert code_of(answer) == (409, "refund_above_sale")
    assert not Refund.objects.exists()
    assert points(ana) == 59


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, {"purchase": "required"}),
        ({"purchase": "x", "amount": "-1.00"}, {"amount": "negative"}),
        ({"purchase": "x", "amount": 1}, {"amount": "not_an_amount"}),
        ({"purchase": "x", "lines": [{}]}, {"lines.0.product": "required"}),
        ({"purchase": "x", "lines": [{"number": 0}]}, {"lines.0.number": "out_of_range"}),
        ({"purchase": "x", "lines": [{"number": "1"}]}, {"lines.0.number": "not_an_integer"}),
        ({"purchase": "x", "line": []}, {"line": "unknown_field"}),
    ],
)
def test_what_is_no_refund_is_refused_by_field(till, body, told):
    assert codes_of(till.post("refunds", BACK | body)) == told


def test_what_is_not_there_cannot_come_back(till, ana):
    assert code_of(till.post("refunds", BACK | {"purchase": "nowhere"})) == (404, "unknown_sale")
    by_number = BACK | {"purchase_reference": "till-9", "purchase_source": "web"}
    assert code_of(till.post("refunds", by_number)) == (404, "unknown_sale")
    assert code_of(till.post("refunds", BACK | {"member": "nobody"})) == (404, "unknown_member")
    late = BACK | {"member": ana.public_id, "made_at": "2036-01-01T00:00:00Z"}
    assert code_of(till.post("refunds", late)) == (422, "made_in_future")
    assert not Refund.objects.exists()


def test_a_batch_answers_each_in_its_place(till, ana, bought):
    told = till.post("refunds/batch", {"refunds": [
        BACK | {"purchase": bought, "amount": "10.00"},
        BACK | {"purchase": bought, "amount": "10.00"},
        BACK | {"purchase": bought, "amount": "50.00", "reference": "back-2"},
        BACK | {"purchase": "nowhere", "reference": "back-3"},
        {},
        BACK | {"purchase": bought, "amount": "9.90", "reference": "back-4"},
    ]}).json()  # fmt: skip
    codes = [it["problem"] and it["problem"]["code"] for it in told["items"]]
    assert codes == [None, None, "refund_above_sale", "unknown_sale", "invalid", None]
    assert told["counts"] == {"refunded": 2, "repeated": 1, "refused": 3}
    assert points(ana) == 39


def test_a_stranger_takes_nothing_back(stranger, ana, bought):
    assert code_of(stranger.post("refunds", BACK | {"purchase": bought})) == (404, "unknown_sale")
    theirs = BACK | {"member": ana.public_id, "lines": [{"product": "BAG"}]}
    assert code_of(stranger.post("refunds", theirs)) == (404, "unknown_member")
    assert points(ana) == 59


def test_a_sale_of_nobody_can_come_back(till):
    sale = {"reference": "n-1", "made_at": "2026-06-02T12:00:00+07:00", "total": "10.00"}
    kept = till.post("purchases", sale).json()
    told = till.post("refunds", BACK | {"purchase": kept["id"]}).json()
    assert (told["status"], told["matched"], told["entries"]) == ("refunded", "10.00", [])


def test_a_debt_is_shown(till, ana):
    first = buy(ana, 10_00)
    till.post(
        "adjustments",
        {"member": ana.public_id, "wallet": "points", "points": -10, "reason": "mistake"},
        key="k-1",
    )
    told = till.post("refunds", BACK | {"purchase": first.public_id}).json()
    assert [entry["points"] for entry in told["entries"]] == [-10]
    (held,) = till.get(f"members/{ana.public_id}/balances").json()["items"]
    assert (held["points"], held["owed"]) == (0, 10)
