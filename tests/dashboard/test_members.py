"""The list of members: searched, filtered, paged, taken along, added to."""

import csv
import io
from datetime import timedelta

import pytest

from loyalty.dashboard.members import PAGE
from loyalty.merchants.models import AuditEntry, Role
from members.models import Member, Tier, TierStatus
from tests.makers import NOON, TODAY, give, make_member, make_staff, make_tiers

LIST = "/dashboard/cafe/members/"


def names(answer) -> list[str]:
    assert answer.status_code == 200
    return [row["member"].name for row in answer.context["rows"]]


@pytest.fixture
def people(cafe):
    make_member(
        cafe, "ana@example.org", name="Ana Suksawat", phone="+66812345678", external_id="C-17"
    )
    make_member(cafe, "ben@example.org", name="ben thongdee", phone="+66899999999")
    make_member(cafe, "kan@example.org", name="กานต์ ชัยชนะ", phone="+66812340000")
    return cafe


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana", ["Ana Suksawat"]),
        ("  BEN  t", ["ben thongdee"]),
        ("กานต์", ["กานต์ ชัยชนะ"]),
        ("081 234 5678", ["Ana Suksawat"]),
        ("08123", ["กานต์ ชัยชนะ", "Ana Suksawat"]),
        ("+66 89", ["ben thongdee"]),
        ("ben@ex", ["ben thongdee"]),
        ("kan@example.org", ["กานต์ ชัยชนะ"]),
        ("C-17", ["Ana Suksawat"]),
        ("Suksawat", []),
        ("%", []),
        ("\x00", []),
    ],
)
def test_people_are_found_by_what_one_knows_of_them(desk, people, text, found) -> None:
    assert names(desk.get(LIST, {"q": text})) == found


def test_a_card_is_found_however_it_was_typed(desk, people) -> None:
    ana = Member.objects.get(name="Ana Suksawat")
    typed = f"{ana.card_code[:5].lower()}-{ana.card_code[5:].lower()}"
    assert names(desk.get(LIST, {"q": typed})) == ["Ana Suksawat"]


def test_whoever_has_the_text_as_a_number_comes_first(desk, people) -> None:
    make_member(people, "zed@example.org", name="Zed", external_id="ana")
    assert names(desk.get(LIST, {"q": "ana"})) == ["Zed", "Ana Suksawat"]


def test_filters_narrow_the_list(desk, people) -> None:
    _base, silver = make_tiers(people, 0, 100_00)
    ana, ben, kan = Member.objects.order_by("pk")
    TierStatus.objects.create(account=ana.account, tier=silver, since_on=TODAY)
    Member.objects.filter(pk=ben.pk).update(state=Member.State.BLOCKED)
    Member.objects.filter(pk=kan.pk).update(enrolled_on=TODAY + timedelta(days=1))
    base = Tier.objects.get(rank=0)
    assert names(desk.get(LIST, {"tier": silver.public_id})) == ["Ana Suksawat"]
    assert len(names(desk.get(LIST, {"tier": base.public_id}))) == 2
    assert names(desk.get(LIST, {"state": "blocked"})) == ["ben thongdee"]
    assert names(desk.get(LIST, {"first": TODAY})) == ["กานต์ ชัยชนะ"]
    assert names(desk.get(LIST, {"q": "ana", "state": "blocked"})) == []


def test_a_filter_that_cannot_be_read_finds_nobody(desk, people) -> None:
    assert names(desk.get(LIST, {"first": "yesterday"})) == []


@pytest.mark.parametrize("text", ["", "member"])
def test_each_page_goes_on_where_the_last_ended(desk, cafe, text) -> None:
    for number in range(PAGE + 5):
        make_member(cafe, f"m{number}@example.org", name=f"Member {number:03}")
    first = desk.get(LIST, {"q": text})
    second = desk.get(LIST + first.context["older"])
    seen = names(first) + names(second)
    assert len(names(first)) == PAGE
    assert len(set(seen)) == len(seen) == PAGE + 5
    assert second.context["older"] == ""


def test_htmx_gets_only_the_rows(desk, people) -> None:
    answer = desk.get(LIST, {"q": "ana"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Ana Suksawat" in answer.content.decode()


def test_a_page_asks_no_more_for_more_people(desk, people, django_assert_max_num_queries) -> None:
    for number in range(20):
        make_member(people, f"m{number}@example.org", name=f"Member {number}")
    desk.get(LIST)  # A new browser is written down once.
    with django_assert_max_num_queries(11):
        desk.get(LIST)


def rows(answer) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_table_holds_whom_the_filter_finds(desk, people) -> None:
    give(Member.objects.get(name="Ana Suksawat"), 45)
    heading, *lines = rows(desk.get(f"{LIST}csv/", {"q": "ana"}))
    assert heading[0] == "Name"
    assert [(line[0], line[1], line[-1]) for line in lines] == [
        ("Ana Suksawat", "'+66812345678", "45")
    ]
    assert AuditEntry.objects.get(action="member.export").after == {"rows": "q=ana"}


def test_a_name_that_is_a_formula_is_only_text(desk, cafe) -> None:
    make_member(cafe, name="=HYPERLINK(1)")
    assert rows(desk.get(f"{LIST}csv/"))[1][0] == "'=HYPERLINK(1)"


def test_only_managers_take_the_table_along(cafe, sign_in) -> None:
    for role, status in {Role.MANAGER: 200, Role.ANALYST: 403, Role.REVIEWER: 403}.items():
        assert sign_in(make_staff(cafe, role)).get(f"{LIST}csv/").status_code == status


def add(client, **fields):
    told = {"language": "en", "name": "Dao", "phone": "0812345678", **fields}
    return client.post(f"{LIST}new/", told)


def test_a_member_is_added(desk, cafe) -> None:
    answer = add(desk)
    member = Member.objects.get()
    assert (member.phone, member.language) == ("+66812345678", "en")
    assert answer["Location"] == f"{LIST}{member.public_id}/"


def test_a_second_click_adds_nobody(desk, cafe) -> None:
    add(desk)
    answer = add(desk)
    assert answer.status_code == 422
    assert Member.objects.count() == 1
    assert [str(it) for it in answer.context["known"]] == ["Dao"]
    assert answer.context["form"]["name"].value() == "Dao"


@pytest.mark.parametrize(
    "fields", [{"phone": ""}, {"phone": "12"}, {"email": "ana@"}, {"birthday": "2090-01-01"}]
)
def test_what_cannot_be_a_member_is_told_beside_the_form(desk, cafe, fields) -> None:
    answer = add(desk, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Member.objects.exists()


def test_a_cashier_adds_members_but_sees_no_list(cafe, cashier, sign_in) -> None:
    client = sign_in(cashier)
    answer = add(client)
    member = Member.objects.get()
    assert answer["Location"] == f"/dashboard/cafe/counter/{member.public_id}/"
    assert client.get(LIST).status_code == 403


def test_members_of_others_are_not_found(desk, people, bakery) -> None:
    make_member(bakery, "zoe@example.org", name="Ana of the bakery", now=NOON)
    assert names(desk.get(LIST, {"q": "ana"})) == ["Ana Suksawat"]
