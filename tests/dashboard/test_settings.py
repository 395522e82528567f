"""Settings: each part is changed on its own, kept as a version, and written into the trail."""

import pytest

from loyalty.flows import settings as flow
from loyalty.merchants.models import AuditEntry, Role
from tests.makers import NOON, make_program, make_staff

BASICS = {
    "name_en": "Café Club",
    "name_th": "คาเฟ่คลับ",
    "slug": "cafe",
    "brand_color": "#8a3b12",
    "currency": "THB",
    "time_zone": "Asia/Bangkok",
    "languages": ["th", "en"],
}
COUNTING = {
    "counts_tax": "on",
    "rounding": "half_up",
    "pending_days": "14",
    "shortfall": "absorb",
    "claim_days": "30",
    "pay_points": "100",
    "pay_minor": "25.00",
}


def basics(desk, **fields):
    return desk.post("/dashboard/cafe/settings/basics/", {**BASICS, **fields})


def counting(desk, **fields):
    return desk.post("/dashboard/cafe/settings/counting/", {**COUNTING, **fields})


@pytest.mark.parametrize("section", ["", "basics/", "counting/", "letters/", "limits/", "history/"])
def test_every_part_is_shown(desk, section) -> None:
    assert desk.get(f"/dashboard/cafe/settings/{section}").status_code == 200


def test_a_part_that_is_none_is_not_found(desk) -> None:
    assert desk.get("/dashboard/cafe/settings/castles/").status_code == 404


def test_what_counts_is_changed(desk, cafe) -> None:
    before = cafe.version
    assert counting(desk).status_code == 302
    cafe.refresh_from_db()
    assert (cafe.rounding, cafe.pending_days, cafe.shortfall) == ("half_up", 14, "absorb")
    assert (cafe.pay_points, cafe.pay_minor) == (100, 2500)
    assert cafe.version == before + 1


def test_saving_twice_makes_one_version(desk, cafe) -> None:
    before = cafe.version
    counting(desk)
    counting(desk)
    cafe.refresh_from_db()
    assert cafe.version == before + 1
    assert cafe.versions.count() == 1
    assert AuditEntry.objects.filter(action="settings.change").count() == 1


def test_the_history_says_what_changed_and_by_whom(desk, cafe, owner) -> None:
    flow.keep_version(cafe, user=None, now=NOON)
    counting(desk)
    page = desk.get("/dashboard/cafe/settings/history/").content.decode()
    assert "olga@example.org" in page
    assert "Days until points can be spent" in page
    assert "฿25.00" in page


def test_points_that_pay_must_be_worth_something(desk, cafe) -> None:
    answer = counting(desk, pay_minor="0")
    assert answer.status_code == 422
    assert 'value="14"' in answer.content.decode()
    cafe.refresh_from_db()
    assert cafe.pending_days == 0


def test_the_address_moves_with_its_slug(desk, cafe) -> None:
    answer = basics(desk, slug="new-cafe")
    assert answer["Location"] == "/dashboard/new-cafe/settings/basics/"
    assert desk.get("/dashboard/cafe/settings/").status_code == 404


@pytest.mark.parametrize("slug", ["bakery", "new", "join"])
def test_an_address_is_given_out_once(desk, cafe, slug) -> None:
    make_program("bakery")
    answer = basics(desk, slug=slug, name_en="Kept as typed")
    assert answer.status_code == 422
    assert "Kept as typed" in answer.content.decode()


def test_the_currency_stays_once_something_was_sold(desk, cafe, monkeypatch) -> None:
    monkeypatch.setattr(flow, "has_sold", lambda program: True)
    assert "disabled" in desk.get("/dashboard/cafe/settings/").content.decode()
    assert basics(desk, currency="EUR").status_code == 302
    cafe.refresh_from_db()
    assert cafe.currency == "THB"
    with pytest.raises(flow.CurrencyLocked):
        flow.change(cafe, by=None, now=NOON, currency="EUR")


def test_a_currency_that_is_none_is_refused(cafe) -> None:
    with pytest.raises(flow.BadSetting):
        flow.change(cafe, by=None, now=NOON, currency="ZZZ")


def test_a_colour_is_told_how_well_it_reads(desk) -> None:
    dark = desk.get("/dashboard/cafe/settings/colour/?brand_color=%2300704a").content.decode()
    pale = desk.get("/dashboard/cafe/settings/colour/?brand_color=%23ffdd00").content.decode()
    assert "white words" in dark
    assert "too pale" in pale
    assert not desk.get("/dashboard/cafe/settings/colour/?brand_color=red").content.strip()


def test_letters_are_switched_off_by_name(desk, cafe) -> None:
    told = {"letter_hour": "8", "expiry_notice_days": "14", "sent": ["welcome", "birthday"]}
    assert desk.post("/dashboard/cafe/settings/letters/", told).status_code == 302
    cafe.refresh_from_db()
    assert "welcome" not in cafe.silent_letters
    assert "points_earned" in cafe.silent_letters
    assert cafe.letter_hour == 8


def test_only_an_owner_changes_the_limits_by_hand(desk, cafe, manager, sign_in) -> None:
    told = {"manager": "500", "reviewer": "", "key": "1000", "hold_hours": "48"}
    refused = sign_in(manager).post("/dashboard/cafe/settings/limits/", told)
    assert refused.status_code == 403
    assert desk.post("/dashboard/cafe/settings/limits/", told).status_code == 302
    cafe.refresh_from_db()
    assert cafe.adjustment_limits["manager"] == 500
    assert "reviewer" not in cafe.adjustment_limits
    assert cafe.adjustment_limits["cashier"] == 0
    assert cafe.hold_hours == 48


def test_an_analyst_reads_and_changes_nothing(cafe, sign_in) -> None:
    client = sign_in(make_staff(cafe, Role.ANALYST))
    assert (
        "your role does not change them" in client.get("/dashboard/cafe/settings/").content.decode()
    )
    assert counting(client).status_code == 403
