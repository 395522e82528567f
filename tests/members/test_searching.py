"""What staff type, and which index answers it."""

import pytest
from django.db import connection

from members.models import Member
from members.searching import Search, Way, named_exactly, phone_beginnings, ways_for
from tests.makers import make_member


@pytest.mark.parametrize(
    ("text", "currency", "beginnings"),
    [
        ("0812345678", "THB", ["+66812345678"]),
        ("081-234", "THB", ["+6681234"]),
        ("+44 20 7946", "THB", ["+44207946"]),
        ("0044 20 7946", "THB", ["+44207946"]),
        ("020 7946 0958", "GBP", ["+442079460958"]),
        ("81234567", "SGD", ["+6581234567", "+81234567"]),
        ("081", "THB", []),
        ("C-1700", "THB", []),
        ("๐๘๑๒๓๔", "THB", []),
    ],
)
def test_a_number_is_read_as_of_the_programs_country(text, currency, beginnings) -> None:
    assert phone_beginnings(text, currency) == beginnings


def test_a_list_walks_along_one_index(cafe) -> None:
    asked = {"": "enrolled_on", "ana": "name", "a@b": "email", "0812": "phone"}
    for text, field in asked.items():
        assert ways_for(cafe, text)[0].field == field


def test_a_bite_is_read_after_the_other(cafe, monkeypatch) -> None:
    monkeypatch.setattr("members.searching.BITE", 3)
    for number in range(8):
        make_member(cafe, f"m{number}@example.org", name="Same name")
    for text in ("", "same"):
        assert len({it.pk for it in Search(cafe, text).all()}) == 8


def test_a_card_decides_alone(cafe, ana) -> None:
    make_member(cafe, "ben@example.org", external_id=ana.card_code)
    assert named_exactly(cafe, ana.card_code) == [ana]
    assert named_exactly(cafe, "") == []


@pytest.mark.parametrize("field", ["name", "email", "enrolled_on"])
def test_the_index_is_there_for_it(cafe, field) -> None:
    """SQLite says which index it would take; PostgreSQL takes none for a table this small."""
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite tells it of an empty table.")
    way = Way(field, "an", "an\U0010ffff") if field != "enrolled_on" else ways_for(cafe, "")[0]
    members = Member.objects.filter(*way._bounds(), program=cafe)
    plan = members.order_by(way._key(), "pk").explain()
    assert {"name": "by_name", "email": "by_email"}.get(field, "newest_first") in plan
