"""Sales: listed, found by their number, explained, entered by hand and taken back, once."""

from datetime import timedelta

import pytest

from loyalty.flows import earn
from loyalty.merchants.models import AuditEntry, Role
from loyalty.purchases.models import Purchase, Refund
from loyalty.purchases.sale import ReturnLine, SaleLine
from tests.makers import (
    NOON,
    TODAY,
    bring_back,
    buy,
    make_member,
    make_program,
    make_rule,
    make_staff,
    points,
    purchase_of,
    sale,
)

LIST = "/dashboard/cafe/purchases/"
KEY = "2345678923456789"

pytestmark = pytest.mark.usefixtures("earns")


def references(answer) -> list[str]:
    assert answer.status_code == 200
    return [sold.reference for sold in answer.context["purchases"]]


def test_the_newest_day_comes_first(desk, ana) -> None:
    buy(ana, reference="new")
    buy(ana, reference="old", made_at=NOON - timedelta(days=3))
    assert references(desk.get(LIST)) == ["new", "old"]


def test_a_number_is_found_whichever_till_gave_it(desk, ana) -> None:
    for source in ("pos", "shopify", "web"):
        buy(ana, reference="4711", source=source)
    buy(ana, reference="4712")
    assert references(desk.get(LIST, {"q": " 4711 "})) == ["4711"] * 3
    assert references(desk.get(LIST, {"q": "471"})) == []


def test_days_and_owners_narrow_the_list(desk, cafe, ana) -> None:
    buy(ana, reference="hers")
    earn.from_purchase(cafe, sale(reference="nobodys", contact_phone="+66812345678"), now=NOON)
    buy(ana, reference="old", made_at=NOON - timedelta(days=9))
    assert references(desk.get(LIST, {"first": TODAY, "last": TODAY})) == ["nobodys", "hers"]
    assert references(desk.get(LIST, {"whose": "nobody"})) == ["nobodys"]
    assert references(desk.get(LIST, {"whose": "members"})) == ["hers", "old"]
    assert references(desk.get(LIST, {"first": "x"})) == []


def test_each_page_goes_on_where_the_last_ended(desk, ana) -> None:
    for number in range(35):
        buy(ana, reference=f"r{number}", made_at=NOON - timedelta(hours=number))
    first = desk.get(LIST)
    second = desk.get(LIST + first.context["older"])
    assert references(first) + references(second) == [f"r{number}" for number in range(35)]


def test_sales_of_others_are_not_listed(desk, bakery) -> None:
    make_rule(bakery)
    buy(make_member(bakery, "zoe@example.org"), reference="theirs")
    assert references(desk.get(LIST)) == references(desk.get(LIST, {"q": "theirs"})) == []


def test_a_sale_says_what_it_gave_and_why(desk, ana) -> None:
    bought = buy(ana, 0, SaleLine(amount_minor=45_00, name="Latte", product="LAT"))
    page = desk.get(f"{LIST}{bought.public_id}/").content.decode()
    for told in ("Latte", "LAT", "Points for purchases", "฿45.00 × 1 point per ฿1.00 = 45"):
        assert told in page


def refund(client, bought, **fields):
    told = {"once": KEY, "way": "all", **fields}
    return client.post(f"{LIST}{bought.public_id}/refund/", told)


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, 0),
        ({"way": "amount", "amount": "30.50"}, 59),
        ({"way": "lines", "line-1": "2"}, 50),
        ({"way": "lines", "line-1": "1", "line-2": "1"}, 40),
    ],
)
def test_what_comes_back_takes_its_points_along_once(desk, ana, fields, left) -> None:
    lines = [
        SaleLine(amount_minor=60_00, quantity=3, product="tea"), SaleLine(amount_minor=30_00)
    ]  # fmt: skip
    bought = buy(ana, 0, *lines)
    for _click in range(2):
        assert refund(desk, bought, **fields).status_code == 302
    assert points(ana) == left
    assert AuditEntry.objects.filter(action="sale.refund").count() == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"way": "amount"}, "Say how much comes back."),
        ({"way": "amount", "amount": "91"}, "More would come back than is left of the sale."),
        ({"way": "amount", "amount": "-1"}, "greater than or equal to 0"),
        ({"way": "lines"}, "Say of which lines"),
        ({"way": "lines", "line-1": "4"}, "less than or equal to 3"),
        ({"way": "magic"}, "Select a valid choice"),
    ],
)
def test_what_cannot_come_back_is_told_beside_the_form(desk, ana, fields, told) -> None:
    lines = [
        SaleLine(amount_minor=60_00, quantity=3, product="tea"), SaleLine(amount_minor=30_00)
    ]  # fmt: skip
    bought = buy(ana, 0, *lines)
    answer = refund(desk, bought, **fields, reason="Cold tea")
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert "Cold tea" in answer.content.decode()
    assert points(ana) == 90


def test_a_refund_says_what_it_took_back(desk, ana) -> None:
    bought = buy(ana, 50_00)
    bring_back(ana, bought, 20_00, reference="back-1")
    made = Refund.objects.get()
    page = desk.get(f"/dashboard/cafe/refunds/{made.public_id}/").content.decode()
    assert "−20\N{NO-BREAK SPACE}points" in page
    assert "back-1" in desk.get("/dashboard/cafe/refunds/").content.decode()


def test_what_was_matched_with_nothing_says_so(desk, ana) -> None:
    made = bring_back(ana, None, None, ReturnLine(product="unknown"))
    page = desk.get(f"/dashboard/cafe/refunds/{made.public_id}/").content.decode()
    assert "No sale of it is known" in page


def enter(client, **fields):
    return client.post(f"{LIST}new/", {"once": KEY, "amount": "45", "reference": "", **fields})


def test_a_sale_is_entered_once(desk, ana) -> None:
    for _click in range(2):
        assert enter(desk, whose=ana.card_code).status_code == 302
    assert Purchase.objects.get().source == "desk"
    assert points(ana) == 45


def test_the_same_number_with_another_amount_is_refused(desk, ana) -> None:
    enter(desk, whose=ana.email, reference="77")
    answer = enter(desk, whose=ana.email, reference="77", amount="99")
    assert answer.status_code == 422
    assert "77 was told to us before" in answer.content.decode()
    assert points(ana) == 45


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"whose": "0899999999"}, "Nobody has this"),
        ({"amount": ""}, "This field is required."),
        ({"amount": "1.234"}, "2 decimal places"),
        ({"made_at": "2090-01-01T10:00"}, "The date lies in the future."),
    ],
)
def test_what_cannot_be_entered_is_told_beside_the_form(desk, ana, fields, told) -> None:
    answer = enter(desk, **({"whose": ana.email, "category": "tea"} | fields))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert 'value="tea"' in answer.content.decode()
    assert not Purchase.objects.exists()


def test_nobody_enters_a_sale_of_their_own(desk, owner, ana) -> None:
    ana.user = owner.user
    ana.save()
    assert enter(desk, whose=ana.email).status_code == 422
    assert points(ana) == 0


@pytest.mark.parametrize("address", ["new/", "quote/"])
def test_it_says_what_a_sale_would_earn_and_writes_nothing(desk, cafe, ana, address) -> None:
    make_rule(
        cafe, name={"en": "Big ones"}, conditions=[{"kind": "minimum_spend", "minor": 100_00}]
    )
    told = {"once": KEY, "act": "quote", "whose": ana.email, "amount": "45", "reference": ""}
    page = desk.post(f"{LIST}{address}", told).content.decode()
    assert "+45\N{NO-BREAK SPACE}points" in page
    assert "Big ones" in page
    assert not Purchase.objects.exists()


def test_who_only_reads_is_offered_no_refund(cafe, ana, sign_in) -> None:
    bought = buy(ana)
    analyst = sign_in(make_staff(cafe, Role.ANALYST))
    assert "Refund this sale" not in analyst.get(f"{LIST}{bought.public_id}/").content.decode()
    assert refund(analyst, bought).status_code == 403


def test_a_sale_of_another_program_of_ours_is_not_here(desk, cafe) -> None:
    other = make_program("tea-house", cafe.merchant)
    make_rule(other)
    theirs = purchase_of(buy(make_member(other, "zoe@example.org")))
    assert desk.get(f"{LIST}{theirs.public_id}/").status_code == 404
    assert refund(desk, theirs).status_code == 404
