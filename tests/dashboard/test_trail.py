"""The audit trail: read, filtered, in pages, and taken along as a table."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty.flows import settings
from loyalty.merchants import trail
from loyalty.merchants.models import AuditEntry
from loyalty.sheets import BOM, safe
from tests.dashboard.things import make_rule, make_things
from tests.makers import NOON

ADDRESS = "/dashboard/cafe/trail/"


def note(program, number: int, *, at=NOON, by=None, action="points.adjust", reason="") -> None:
    trail.record(
        action, "member:x", program=program, now=at, by=by,
        after={"points": number}, reason=reason or f"number {number}",
    )  # fmt: skip


def reasons(page: str) -> list[str]:
    return [part.split("</p>")[0].strip() for part in page.split("Reason: ")[1:]]


def test_each_change_says_who_what_and_why(desk, cafe, owner) -> None:
    rule = make_rule(cafe, owner)
    settings.change(cafe, by=owner, now=NOON, pending_days=14)
    note(cafe, 5, by=owner, reason="A spilled coffee")
    page = desk.get(ADDRESS).content.decode()
    for words in (str(rule.name), "olga@example.org", "A spilled coffee", "Settings changed"):
        assert words in page


def test_a_business_that_changed_nothing_is_told_so(desk, cafe) -> None:
    assert "Nothing was changed yet" in desk.get(ADDRESS).content.decode()


@pytest.mark.parametrize("apart", [timedelta(), timedelta(minutes=1)])
def test_pages_show_every_line_once(desk, cafe, apart) -> None:
    """Also when many changes were made at the same instant."""
    for number in range(95):
        note(cafe, number, at=NOON + number * apart)
    seen: list[str] = []
    address = ADDRESS
    for _page in range(3):
        page = desk.get(address).content.decode()
        seen += reasons(page)
        if 'rel="next"' not in page:
            break
        older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        address = ADDRESS + older.replace("&amp;", "&")
    assert sorted(seen) == sorted(f"number {number}" for number in range(95))


def test_the_filter_finds_by_group_person_and_day(desk, cafe, owner, manager) -> None:
    note(cafe, 1, by=owner)
    note(cafe, 2, by=manager)
    note(cafe, 3, by=owner, action="rule.pause")
    note(cafe, 4, by=owner, at=NOON + timedelta(days=1))
    by_owner = f"?who={owner.public_id}&group=points&first=2026-06-02&last=2026-06-02"
    assert reasons(desk.get(ADDRESS + by_owner).content.decode()) == ["number 1"]


@pytest.mark.parametrize(
    "asked",
    [
        "group=castles",
        "who=nobody",
        "first=yesterday",
        "first=9999-12-31",
        "first=0001-01-01",
        "first=2026-06-03&last=2026-06-02",
        "before=nonsense",
        "before=2026-06-02T05:00:00~1",
        "before=2026-06-02T05:00:00%2B00:00~x",
        "before=2026-13-02T05:00:00%2B00:00~1",
        "before=2026-06-02T05:00:00%2B00:00~99999999999999999999",
        "before=%00",
    ],
)
def test_an_address_that_somebody_bent_is_no_accident(desk, cafe, asked) -> None:
    note(cafe, 1)
    assert desk.get(f"{ADDRESS}?{asked}").status_code == 200
    assert desk.get(f"{ADDRESS}csv/?{asked}").status_code == 200


def test_lines_of_another_business_are_not_shown(desk, cafe, bakery) -> None:
    note(bakery, 7, reason="their secret")
    assert "their secret" not in desk.get(ADDRESS).content.decode()
    assert "their secret" not in table(desk)[0]


def table(desk, asked: str = "") -> tuple[str, list[list[str]]]:
    answer = desk.get(f"{ADDRESS}csv/{asked}")
    text = b"".join(answer.streaming_content).decode()
    return text, list(csv.reader(io.StringIO(text.removeprefix(BOM))))


def test_the_table_holds_the_same_lines(desk, cafe, owner) -> None:
    note(cafe, 1, by=owner)
    note(cafe, 2, action="rule.pause")
    text, rows = table(desk, "?group=points")
    assert text.startswith(BOM)
    assert len(rows) == 2
    assert rows[1][0].startswith("2026-06-02 12:00:00")
    assert rows[1][-1] == "number 1"


def test_no_cell_is_a_formula(desk, cafe) -> None:
    note(cafe, 1, reason='=HYPERLINK("http://evil.example","look")')
    _text, rows = table(desk)
    assert rows[1][-1].startswith("'=")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "＝1", "|cmd"])
def test_what_begins_like_a_formula_becomes_text(cell) -> None:
    assert safe(cell) == f"'{cell}"


def test_numbers_stay_numbers() -> None:
    assert safe(-5) == -5
    assert safe("plain") == "plain"


def test_every_action_of_these_pages_has_a_name(desk, cafe, owner) -> None:
    make_things(cafe, owner)
    page = desk.get(ADDRESS).content.decode()
    for action in AuditEntry.objects.values_list("action", flat=True):
        assert action not in page


@pytest.mark.parametrize(
    "change", ["UPDATE merchants_auditentry SET action = 'x'", "DELETE FROM merchants_auditentry"]
)
def test_nobody_changes_a_line_not_even_the_installation(cafe, change) -> None:
    note(cafe, 1)
    refused = pytest.raises(DatabaseError, match="immutable")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert AuditEntry.objects.get().action == "points.adjust"
