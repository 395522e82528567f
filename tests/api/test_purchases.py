import pytest

from loyalty.merchants.models import Location
from loyalty.purchases.models import Purchase
from members.models import Member
from tests.api.conftest import code_of, codes_of
from tests.makers import NOON, points

SALE = {"source": "pos", "reference": "till-1", "made_at": "2026-06-02T12:00:00+07:00"}


def sale(member: Member | None = None, /, **fields) -> dict:
    named = {"member": member.public_id} if member else {}
    return SALE | {"total": "59.90"} | named | fields


def test_a_purchase_earns(till, ana):
    answer = till.post("purchases", sale(ana))
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["member"]) == ("earned", ana.public_id)
    assert told["entries"] == [
        {"id": "points-1", "wallet": "points", "kind": "accrual", "points": 59}
    ]
    assert points(ana) == 59


def test_the_same_purchase_earns_once(till, ana):
    first = till.post("purchases", sale(ana))
    again = till.post("purchases", sale(ana))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"status": "repeated"}
    assert points(ana) == 59


def test_it_is_explained_when_asked(till, ana):
    answer = till.post("purchases?explain=true", sale(ana))
    assert answer.json()["entries"][0]["sentences"][0].startswith("฿59.90")
    assert codes_of(till.post("purchases?explain=1", sale(ana))) == {"explain": "not_a_boolean"}


def test_the_same_reference_with_another_body_is_refused_with_both(till, ana):
    first = till.post("purchases", sale(ana)).json()
    answer = till.post("purchases", sale(ana, total="60.00"))
    assert code_of(answer) == (409, "reference_reused")
    facts = answer.json()["facts"]
    assert (facts["stored"]["id"], facts["stored"]["total"]) == (first["id"], "59.90")
    assert facts["told"]["total"] == "60.00"
    assert points(ana) == 59


def test_a_purchase_with_lines_is_read_again(till, cafe, ana):
    Location.objects.create(merchant=cafe.merchant, code="s1", name={"en": "Shop"})
    lines = [
        {"amount": "40.00", "product": "LATTE", "category": "coffee", "tags": ["hot"],
         "quantity": "2", "tax": "2.61"},
        {"amount": "19.90", "product": "BAG", "quantity": 1},
    ]  # fmt: skip
    body = sale(ana, lines=lines, location="s1", payment_method="cash", channel="shop")
    told = till.post("purchases", body).json()
    read = till.get(f"purchases/{told['id']}").json()
    assert (read["member"], read["location"], read["total"]) == (ana.public_id, "s1", "59.90")
    assert [line["quantity"] for line in read["lines"]] == ["2", "1"]
    assert (read["lines"][0]["tags"], read["made_at"]) == (["hot"], "2026-06-02T05:00:00Z")
    found = till.get("purchases", source="pos", reference="till-1").json()["items"]
    assert found == [read]
    assert till.get("purchases", member=ana.public_id).json()["items"] == [read]
    assert till.get("purchases", reference="till-2").json()["items"] == []


@pytest.mark.parametrize("name", ["card_code", "external_id", "email", "phone"])
def test_a_member_goes_by_several_names(till, ana, name):
    Member.objects.filter(pk=ana.pk).update(
        external_id="a-1", phone="+66812345678", email_verified_at=NOON, phone_verified_at=NOON
    )
    ana.refresh_from_db()
    told = till.post("purchases", sale(**{name: getattr(ana, name)})).json()
    assert (told["status"], told["member"]) == ("earned", ana.public_id)
    kept = Purchase.objects.get()
    assert (kept.contact_email, kept.contact_phone) == ("", "")


def test_an_address_that_nobody_has_shown_to_be_theirs_names_nobody(till, ana):
    told = till.post("purchases", sale(email=ana.email)).json()
    assert (told["status"], told["member"], told["entries"]) == ("kept", None, [])
    assert points(ana) == 0


def test_a_purchase_before_joining_is_claimed_on_joining(till, cafe):
    assert till.post("purchases", sale(email="Nok@example.org")).json()["status"] == "kept"
    till.post("members", {"email": "nok@example.org", "email_verified": True})
    assert points(Member.objects.get(program=cafe, email="nok@example.org")) == 59


def test_a_batch_answers_each_in_its_place(till, ana):
    till.post("purchases", sale(ana, reference="old"))
    answer = till.post("purchases/batch", {"purchases": [
        sale(ana, reference="new"),
        sale(ana, reference="old"),
        sale(ana, reference="old", total="1.00"),
        sale(ana, reference="odd", total="1.001"),
        sale(reference="whose", member="nobody"),
        sale(ana, reference="where", location="nowhere"),
        sale(ana, reference="late", made_at="2036-01-01T00:00:00Z"),
        sale(reference="kept", email="later@example.org"),
        "no sale",
        sale(ana, reference="new"),
    ]})  # fmt: skip
    assert answer.status_code == 200
    items = answer.json()["items"]
    codes = [it["problem"] and it["problem"]["code"] for it in items]
    assert [it["index"] for it in items] == list(range(10))
    assert [(it["status"], code) for it, code in zip(items, codes, strict=True)] == [
        ("earned", None), ("repeated", None), ("refused", "reference_reused"),
        ("refused", "invalid"), ("refused", "unknown_member"),
        ("refused", "unknown_location"), ("refused", "made_in_future"), ("kept", None),
        ("refused", "invalid"), ("repeated", None),
    ]  # fmt: skip
    assert answer.json()["counts"] == {"earned": 1, "repeated": 2, "refused": 6, "kept": 1}
    assert points(ana) == 118


def test_a_batch_told_twice_earns_once(till, ana):
    body = {"purchases": [sale(ana, reference=f"n-{n}") for n in range(3)]}
    till.post("purchases/batch", body)
    again = till.post("purchases/batch", body)
    assert again.json()["counts"] == {"repeated": 3}
    assert points(ana) == 3 * 59


def test_a_batch_has_its_limits(till):
    assert codes_of(till.post("purchases/batch", {"purchases": []})) == {"purchases": "too_many"}
    many = {"purchases": [{}] * 1001}
    assert codes_of(till.post("purchases/batch", many)) == {"purchases": "too_many"}
    assert codes_of(till.post("purchases/batch", {"purchases": {}})) == {"purchases": "not_a_list"}
    assert codes_of(till.post("purchases/batch", {})) == {"purchases": "required"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"total": "-1.00"}, {"total": "negative"}),
        ({"total": "-0.00"}, {"total": "negative"}),
        ({"total": "59.905"}, {"total": "not_an_amount"}),
        ({"total": "1e3"}, {"total": "not_an_amount"}),
        ({"total": "NaN"}, {"total": "not_an_amount"}),
        ({"total": "๕๙.๙๐"}, {"total": "not_an_amount"}),
        ({"total": " 59.90"}, {"total": "not_an_amount"}),
        ({"total": "1,234.00"}, {"total": "not_an_amount"}),
        ({"total": "9" * 30}, {"total": "not_an_amount"}),
        ({"total": 59.90}, {"total": "not_an_amount"}),
        ({"total": 5990}, {"total": "not_an_amount"}),
        ({"total": True}, {"total": "not_an_amount"}),
        ({"total": None}, {"total": "null"}),
        ({"total": ["1"]}, {"total": "not_an_amount"}),
        ({"reference": ""}, {"reference": "blank"}),
        ({"reference": 7}, {"reference": "not_a_text"}),
        ({"reference": "x" * 81}, {"reference": "too_long"}),
        ({"reference": "a\tb"}, {"reference": "control_characters"}),
        ({"source": "pos 1"}, {"source": "wrong_form"}),
        ({"made_at": "2026-06-02T12:00:00"}, {"made_at": "not_an_instant"}),
        ({"made_at": "2026-06-31T12:00:00Z"}, {"made_at": "not_an_instant"}),
        ({"made_at": "๒๕๖๙-06-02T12:00:00Z"}, {"made_at": "not_an_instant"}),
        ({"made_at": "9999-12-31T23:59:59-14:00"}, {"made_at": "out_of_range"}),
        ({"made_at": 1780376400}, {"made_at": "not_an_instant"}),
        ({"lines": {}}, {"lines": "not_a_list"}),
        ({"lines": [{"amount": "1.00"}]}, {"total": "total_differs"}),
        ({"lines": [{}]}, {"lines.0.amount": "required"}),
        ({"lines": [7]}, {"lines.0": "not_an_object"}),
        ({"lines": [{"amount": "59.90", "quantity": "0"}]}, {"lines.0.quantity": "not_a_quantity"}),
        ({"lines": [{"amount": "59.90", "quantity": "1e9"}]},
         {"lines.0.quantity": "not_a_quantity"}),
        ({"lines": [{"amount": "59.90", "quantity": "1.0001"}]},
         {"lines.0.quantity": "not_a_quantity"}),
        ({"lines": [{"amount": "59.90", "kind": "gift"}]}, {"lines.0.kind": "not_a_choice"}),
        ({"lines": [{"amount": "59.90", "tags": ["a", 1]}]}, {"lines.0.tags": "not_a_text"}),
        ({"lines": [{"amount": "59.90", "tags": ["a"] * 21}]}, {"lines.0.tags": "too_many"}),
        ({"totall": "1.00"}, {"totall": "unknown_field"}),
    ],
)  # fmt: skip
def test_what_is_no_sale_is_refused_by_field(till, ana, wrong, told):
    assert codes_of(till.post("purchases", sale(ana, **wrong))) == told
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"currency": "USD"}, 422, "unknown_currency"),
        ({"location": "nowhere"}, 422, "unknown_location"),
        ({"member": "bcdfghjkmnpqrstv"}, 404, "unknown_member"),
        ({"card_code": "NOBODYS"}, 404, "unknown_member"),
        ({"email": "no address"}, 422, "bad_contact"),
        ({"phone": "12"}, 422, "bad_contact"),
        ({"made_at": "2026-06-04T12:00:00Z"}, 422, "made_in_future"),
        ({"made_at": "1975-06-04T12:00:00Z"}, 422, "invalid_sale"),
        ({"total": "900000000000.00"}, 422, "invalid_sale"),
        ({"points_paid": "60.00"}, 422, "invalid_sale"),
        ({"lines": [{"amount": "59.90", "tax": "60.00"}]}, 422, "invalid_sale"),
    ],
)
def test_what_cannot_be_meant_is_refused(till, ana, wrong, status, code):
    body = sale(ana, **wrong)
    if {"card_code", "email", "phone"} & wrong.keys():
        del body["member"]
    assert code_of(till.post("purchases", body)) == (status, code)
    assert not Purchase.objects.exists()


def test_a_stranger_sees_and_earns_nothing(till, stranger, ana):
    told = till.post("purchases", sale(ana)).json()
    assert code_of(stranger.get(f"purchases/{told['id']}")) == (404, "not_found")
    assert stranger.get("purchases", reference="till-1").json()["items"] == []
    assert stranger.get("purchases", member=ana.public_id).json()["items"] == []
    assert code_of(stranger.post("purchases", sale(ana))) == (404, "unknown_member")
    assert points(ana) == 59
