"""Segments at the desk: built in sentences with a live count, listed, uploaded, taken along."""

import pytest

from loyalty.flows import segments as flow
from loyalty.merchants.models import AuditEntry
from loyalty.public_ids import new_public_id
from tests.makers import NOON, buy, make_staff
from tests.portal.conftest import phone_of

HERE = "/dashboard/cafe/segments/"
SPENT = {"condition": "0:spent", "c0-compared": "at_least", "c0-minor": "10", "c0-days": ""}


def told(**fields):
    fields = {"name_en": "Spenders", "kind": "live", "act": "save", **fields}
    return {"once": new_public_id(), **fields}


@pytest.fixture
def by_code(cafe):
    return flow.save(
        cafe, None, name={"en": "Summer"}, kind="code", code="SUMMER26", by=None, now=NOON
    )


def test_a_segment_is_built_and_shows_who_is_in_it(desk, cafe, ana, ben):
    buy(ana, 10_00)
    answer = desk.post(f"{HERE}new/", told(**SPENT))
    assert answer.status_code == 302
    page = desk.get(answer["Location"]).content.decode()
    assert "spent at least ฿10 ever" in page
    assert "Ana" in page
    assert "Ben" not in page
    assert "spent at least" in desk.get(HERE).content.decode()


def test_the_page_counts_while_it_is_written(desk, ana):
    buy(ana, 10_00)
    counted = desk.post(f"{HERE}count/", told(**SPENT)).content.decode()
    assert "who spent at least ฿10 ever" in counted
    assert '<p class="stat-figure">1</p>' in counted


def test_conditions_are_added_and_removed_without_script(desk, cafe):
    page = desk.post(f"{HERE}new/", told(act="add-condition", new_condition="joined"))
    assert 'value="0:joined"' in page.content.decode()
    page = desk.post(f"{HERE}new/", told(**SPENT) | {"act": "remove-condition:0"})
    assert "0:spent" not in page.content.decode()
    assert not cafe.segments.exists()


def test_what_is_missing_is_said_where_it_is_missing(desk, cafe):
    assert desk.post(f"{HERE}new/", told()).status_code == 422
    assert desk.post(f"{HERE}new/", told(**SPENT | {"c0-minor": "x"})).status_code == 422
    assert desk.post(f"{HERE}new/", told(kind="code", code="!")).status_code == 422
    assert not cafe.segments.exists()


def test_a_list_is_uploaded_and_what_names_nobody_is_told(desk, cafe, ana):
    desk.post(f"{HERE}new/", told(kind="list", name_en="Testers"))
    made = cafe.segments.get()
    page = desk.post(f"{HERE}{made.public_id}/list/", {"pasted": f"{ana.email}\nnobody@x.org"})
    text = page.content.decode()
    assert "1 member was added." in text
    assert "nobody@x.org" in text
    assert made.listed.get().member == ana
    desk.post(f"{HERE}{made.public_id}/off/{ana.public_id}/")
    assert not made.listed.exists()


def test_taking_a_segment_along_is_on_record(desk, cafe, ana, by_code):
    flow.join(cafe, ana, "SUMMER26", now=NOON)
    answer = desk.get(f"{HERE}{by_code.public_id}/csv/")
    assert "ana@example.org" in b"".join(answer.streaming_content).decode()
    assert AuditEntry.objects.filter(program=cafe, action="member.export").exists()


def test_freezing_twice_by_one_page_makes_one_list(desk, cafe, ana):
    buy(ana, 10_00)
    desk.post(f"{HERE}new/", told(**SPENT))
    made, once = cafe.segments.get(), new_public_id()
    for _click in range(2):
        desk.post(f"{HERE}{made.public_id}/freeze/", {"once": once})
    frozen = cafe.segments.get(kind="list")
    assert frozen.listed.get().member == ana


def test_a_rule_can_be_for_a_segment(desk, cafe, by_code):
    fields = {
        "name_en": "For Summer", "trigger": "purchase", "wallet": "points", "effect": "fixed",
        "effect-fixed-points": "5", "condition": "0:segment", "c0-segments": by_code.public_id,
        "once": new_public_id(), "act": "save",
    }  # fmt: skip
    assert desk.post("/dashboard/cafe/rules/new/", fields).status_code == 302
    assert "for “Summer”" in desk.get("/dashboard/cafe/rules/").content.decode()


def test_a_member_enters_a_code_by_hand_or_by_link(ana, by_code):
    phone = phone_of(ana)
    here = "/p/cafe/enter/"
    assert "SUMMER26" in phone.get(f"{here}?code=SUMMER26").content.decode()
    assert phone.post(here, {"code": "WRONG"}).status_code == 409
    assert not by_code.listed.exists()
    for _click in range(2):
        assert phone.post(here, {"code": "summer26"}).status_code == 302
    assert by_code.listed.get().member == ana


def test_the_ways_to_earn_lead_to_the_code_while_there_is_one(ana, by_code, cafe):
    phone = phone_of(ana)
    assert 'href="/p/cafe/enter/"' in phone.get("/p/cafe/earn/").content.decode()
    cafe.segments.update(archived_at=NOON)
    assert 'href="/p/cafe/enter/"' not in phone.get("/p/cafe/earn/").content.decode()


def test_codes_cannot_be_guessed_for_long(ana, by_code):
    phone = phone_of(ana)
    answers = [phone.post("/p/cafe/enter/", {"code": f"C{n}0"}).status_code for n in range(22)]
    assert answers[-1] == 429


def test_an_analyst_sees_and_does_not_change(client, cafe, by_code):
    client.force_login(make_staff(cafe, "analyst").user)
    assert client.get(f"{HERE}{by_code.public_id}/").status_code == 200
    assert client.post(f"{HERE}{by_code.public_id}/archive/").status_code == 403
    assert client.get(f"{HERE}{by_code.public_id}/csv/").status_code == 403
