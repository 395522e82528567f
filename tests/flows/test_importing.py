"""A merchant's file becomes purchases, refunds and points, as if it were told day by day."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from loyalty.flows import importing
from loyalty.flows.import_report import Report
from loyalty.flows.importing import ImportIsRunning, NotYet
from loyalty.ledger import audit
from loyalty.ledger.models import Entry, Lot
from loyalty.messaging.models import Message
from loyalty.purchases import audit as purchase_audit
from loyalty.purchases import mapping
from loyalty.purchases.mapping import Mapping
from loyalty.purchases.models import ImportRun, Purchase, Refund, RefundLine
from members.models import Member, TierStatus
from tests.makers import (
    balance,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_tiers,
    make_wallet,
    points,
)

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2026, 6, 2, 5, tzinfo=UTC)
HEADER = "reference,made_at,member,email,phone,product,quantity,unit_price\n"
REFUNDS = Mapping(refund_prefix="C")


@pytest.fixture
def told(tmp_path):
    """Import a file that is written here: a line is reference, day, member, product, quantity."""

    def tell(program, *lines: str, name: str = "sales.csv", **options) -> Report:
        path = tmp_path / name
        path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        return importing.import_file(program, path, REFUNDS, **{"now": NOW, **options})

    return tell


def line(reference: str, made_at: str, member: str = "A", product: str = "tea", **told: str) -> str:
    cells = {"quantity": "1", "price": "100.00", "email": "", "phone": ""} | told
    row = [reference, made_at, member, cells["email"], cells["phone"], product]
    return ",".join([*row, cells["quantity"], cells["price"]])


def member(program, number: str = "A") -> Member:
    return Member.objects.get(program=program, external_id=number)


def till(program, **options) -> Report:
    """Import the fixture: three days of a till in Bangkok."""
    told = mapping.read((DATA / "till.toml").read_text(encoding="utf-8"))
    return importing.import_file(program, DATA / "till.csv", told, **{"now": NOW, **options})


def state(program) -> list:
    """Everything that an import leaves behind, without ids."""
    entries = Entry.objects.filter(balance__wallet__program=program).order_by("pk")
    return [
        list(entries.values_list("balance__account__member__external_id", "kind", "points",
                                 "occurred_at", "seq", "balance_after")),
        list(Member.objects.filter(program=program).order_by("external_id")
             .values_list("external_id", "enrolled_at", "enrolled_on")),
        list(Purchase.objects.filter(program=program).order_by("reference")
             .values_list("reference", "made_on", "total_minor", "refunded_minor")),
        list(RefundLine.objects.filter(refund__program=program).order_by("pk")
             .values_list("refund__reference", "product", "quantity", "amount_minor", "problem")),
        list(Lot.objects.filter(balance__wallet__program=program).order_by("pk")
             .values_list("granted", "remaining", "expires_on")),
    ]  # fmt: skip


def all_breaches() -> list:
    return [*audit.breaches(), *purchase_audit.breaches()]


# --- What comes of a file ------------------------------------------------------------------------


def test_a_file_becomes_members_sales_refunds_and_points(cafe):
    report = till(cafe)
    assert report.counts == {
        "lines": 13, "bad_lines": 1, "left_out": 1, "members": 3, "sales_earned": 4,
        "sale_lines": 6, "issued_points": 265 + 1420 + 340 + 690, "sales_of_nobody": 1,
        "lines_of_nobody": 1, "refunds_refunded": 3, "refund_lines": 3,
        "refund_lines_matched": 2, "refund_lines_no_sale": 1,
        "taken_back_points": 1420 + 130, "refunds_of_non_members": 1,
    }  # fmt: skip
    assert [points(member(cafe, it)) for it in ("M-01", "M-02", "M-03")] == [955, 0, 210]
    assert member(cafe, "M-03").enrolled_on == date(2026, 1, 6)
    assert all_breaches() == []


def test_nobody_gets_letters_about_the_past(cafe, told):
    make_rule(cafe, trigger="sign_up", effect={"kind": "fixed", "points": 10}, name={"en": "Hi"})
    make_reward(cafe, price=50, is_automatic=True)
    lines = [line("1", "2025-01-05", email="a@example.org"), line("2", "2026-03-05")]
    told(cafe, *lines, line("C3", "2026-03-06", quantity="-1"))
    assert not Message.objects.exists()


def test_of_a_day_the_sales_come_before_the_refunds(cafe, told):
    report = told(
        cafe, line("C1", "2026-01-05T10:00", quantity="-1"), line("1", "2026-01-05T09:00")
    )
    assert report.counts["refund_lines_matched"] == 1
    assert points(member(cafe)) == 0


def test_a_refund_takes_no_sale_that_was_made_after_it(cafe, told):
    report = told(
        cafe, line("C1", "2026-01-05T08:00", quantity="-1"), line("1", "2026-01-05T09:00")
    )
    assert report.counts["refund_lines_no_sale"] == 1
    assert points(member(cafe)) == 100


def test_the_clock_of_the_program_follows_the_file(cafe, told):
    """Points last to the day before the same day a year later; what expired is not taken back."""
    told(
        cafe, line("1", "2025-01-05", price="300.00"), line("2", "2025-03-05"),
        line("3", "2026-01-05"), line("C4", "2026-01-05T12:00", quantity="-3"),
    )  # fmt: skip
    moves = Entry.objects.order_by("pk").values_list("kind", "points")
    assert list(moves) == [
        ("accrual", 300), ("accrual", 100), ("expiry", -300), ("accrual", 100),
        ("reversal", -100), ("reversal", -100),
    ]  # fmt: skip
    assert points(member(cafe)) == 0


def test_a_tier_that_a_refund_undoes_is_lost_the_next_night(cafe, told):
    member_tier, silver = make_tiers(cafe, 0, 500_00)
    lines = [
        line("1", "2026-01-05", price="600.00"), line("C2", "2026-01-05T12:00", quantity="-1"),
    ]  # fmt: skip
    told(cafe, *lines)
    assert TierStatus.objects.get().tier == silver
    told(cafe, *lines, line("3", "2026-01-06", "B"), name="more.csv")
    assert TierStatus.objects.get().tier == member_tier


def test_points_are_counted_by_wallet(cafe, told):
    make_wallet(cafe, "stamps", kind="stamps")
    make_rule(cafe, wallet="stamps", effect={"kind": "fixed", "points": 1}, name={"en": "Stamp"})
    report = told(cafe, line("1", "2026-01-05"), line("2", "2026-01-06"))
    assert (report.counts["issued_points"], report.counts["issued_stamps"]) == (200, 2)


# --- Twice, half, and not at all -----------------------------------------------------------------


def test_a_file_that_is_imported_again_changes_nothing(cafe):
    first, before = till(cafe), state(cafe)
    again = till(cafe)
    assert again.was_done
    assert again.counts == first.counts
    assert [it.reason for it in again.problems] == [it.reason for it in first.problems]
    assert state(cafe) == before


def test_the_same_sales_under_another_name_change_nothing(cafe, told):
    lines = [line("1", "2026-01-05"), line("C2", "2026-01-06", quantity="-1")]
    told(cafe, *lines)
    before = state(cafe)
    again = told(cafe, *lines, "", name="again.csv")
    assert (again.counts["sales_repeated"], again.counts["refunds_repeated"]) == (1, 1)
    assert state(cafe) == before


def test_a_file_that_is_cut_off_goes_on_where_it_stopped(cafe):
    """After each day in turn the import dies; what comes of it is the same."""
    whole = make_program("whole")
    make_rule(whole)
    expected = till(whole).counts
    for stop in (1, 2, 3):
        program = make_program(f"cut-{stop}")
        make_rule(program)
        days = iter(range(1, stop))
        with pytest.raises(KeyboardInterrupt):
            till(program, progress=lambda reading, days=days: next(days, None) or die())
        report = till(program)
        assert report.resumed_after > 1
        assert report.counts == expected
        assert state(program) == state(whole)


def die() -> None:
    raise KeyboardInterrupt


def test_a_day_that_fails_leaves_nothing_of_itself(cafe, monkeypatch):
    monkeypatch.setattr(importing, "_take_back", lambda *told, **more: die())
    with pytest.raises(KeyboardInterrupt):
        till(cafe)
    assert not Purchase.objects.exists()
    assert not Member.objects.exists()
    monkeypatch.undo()
    assert till(cafe).counts["sales_earned"] == 4


def test_a_dry_run_tells_what_a_run_does_and_leaves_nothing(cafe):
    nothing = state(cafe)
    dry = till(cafe, dry_run=True)
    assert state(cafe) == nothing
    assert not ImportRun.objects.exists()
    real = till(cafe)
    assert (dry.counts, dry.problems) == (real.counts, real.problems)


def test_one_file_is_imported_by_one_at_a_time(cafe, monkeypatch):
    def meanwhile(reading) -> None:
        ImportRun.objects.update(line=1_000)

    with pytest.raises(ImportIsRunning):
        till(cafe, progress=meanwhile)


def test_a_sale_that_is_left_open_over_other_lines_is_resumed_whole(cafe, told):
    """Lines of one sale need not stand together; the mark does not cut them."""
    lines = [
        line("1", "2026-01-05"), line("2", "2026-01-05"), line("3", "2026-01-06"),
        line("1", "2026-01-05", product="cup"), line("3", "2026-01-06", product="cup"),
    ]  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        told(cafe, *lines, progress=lambda reading: die())
    assert Purchase.objects.get(reference="1").total_minor == 200_00
    told(cafe, *lines)
    totals = Purchase.objects.order_by("reference").values_list("reference", "total_minor")
    assert list(totals) == [("1", 200_00), ("2", 100_00), ("3", 200_00)]


# --- Slips ---------------------------------------------------------------------------------------


def test_a_slip_of_one_date_does_not_let_years_pass(cafe, told):
    lines = [line(str(day), f"2024-01-{day:02}") for day in range(1, 20)]
    lines[5] = line("6", "2026-01-06")
    lines[9] = line("10", "2014-01-10")
    told(cafe, *lines)
    expired = Entry.objects.filter(kind="expiry")
    assert [it.draws.get().lot.expires_on for it in expired] == [date(2015, 1, 10)]
    assert ImportRun.objects.get().day == date(2024, 1, 19)


def test_a_date_that_has_not_come_is_refused_and_nobody_joins_by_it(cafe, told):
    lines = [line("1", "2026-01-05"), line("2", "2062-01-05", "B")]
    report = told(cafe, *lines)
    assert report.counts["refused"] == 1
    assert [it.line for it in report.problems] == [3]
    assert not Member.objects.filter(external_id="B").exists()
    assert ImportRun.objects.get().day <= date(2026, 6, 2)
    assert not Entry.objects.filter(kind="expiry").exists()


def test_a_sale_that_was_told_otherwise_is_refused_with_its_line(cafe, told):
    told(cafe, line("1", "2026-01-05"))
    again = told(cafe, line("0", "2026-01-05"), line("1", "2026-01-05", price="2"), name="b.csv")
    assert again.counts["refused"] == 1
    assert again.problems[0].line == 3
    assert points(member(cafe)) == 200


def test_a_bad_address_costs_its_sale_only(cafe, told):
    report = told(
        cafe, line("1", "2026-01-05", email="no address"), line("2", "2026-01-05", "B"),
        line("3", "2026-01-05", "C", phone="12"),
    )  # fmt: skip
    assert (report.counts["refused"], report.counts["sales_earned"]) == (2, 1)


def test_more_than_a_sale_can_be_is_refused(cafe, told):
    lines = [line("1", "2026-01-05") for _ in range(2_001)]
    report = told(cafe, *lines, line("2", "2026-01-05"))
    assert (report.counts["refused"], report.counts["sales_earned"]) == (1, 1)


def test_the_clock_does_not_go_beyond_today(cafe):
    with pytest.raises(NotYet):
        till(cafe, until=date(2026, 6, 3))
    assert not Purchase.objects.exists()


def test_the_clock_goes_on_as_far_as_it_is_told(cafe, told):
    told(cafe, line("1", "2025-01-05"), until=date(2026, 1, 4))
    assert points(member(cafe)) == 100
    told(cafe, line("1", "2025-01-05"), until=date(2026, 1, 5))
    assert points(member(cafe)) == 0


# --- Whose sales they are ------------------------------------------------------------------------


def test_only_members_count_where_nobody_is_to_join(cafe, told):
    make_member(cafe, "ana@example.org", external_id="A")
    report = told(
        cafe, line("1", "2026-01-05"), line("2", "2026-01-05", "B"), line("C3", "2026-01-05", "B"),
        enroll_new=False,
    )  # fmt: skip
    assert (report.counts["sales_earned"], report.counts["sales_of_non_members"]) == (1, 1)
    assert report.counts["refunds_of_non_members"] == 1
    assert Member.objects.count() == 1


def test_a_sale_with_an_address_and_no_member_waits_to_be_claimed(cafe, told):
    report = told(cafe, line("1", "2026-01-05", "", email="Ana@Example.org"))
    assert report.counts["sales_kept"] == 1
    assert Purchase.objects.get().contact_email == "ana@example.org"


def test_who_joins_by_a_file_brings_an_address_that_is_nobodys(cafe, ana, told):
    told(
        cafe, line("1", "2026-01-05", "A", email="ana@example.org", phone="0812345678"),
        line("2", "2026-01-05", "B", email="ben@example.org", phone="0812345678"),
    )  # fmt: skip
    assert (member(cafe).email, member(cafe).phone) == ("", "+66812345678")
    assert (member(cafe, "B").email, member(cafe, "B").phone) == ("ben@example.org", "")
    assert not member(cafe, "B").email_verified_at


def test_joining_gives_what_it_gives(cafe, told):
    make_rule(cafe, trigger="sign_up", effect={"kind": "fixed", "points": 7}, name={"en": "Hi"})
    told(cafe, line("1", "2026-01-05"), line("2", "2026-01-05", "B"), line("3", "2026-01-05"))
    assert (points(member(cafe)), points(member(cafe, "B"))) == (207, 107)
    assert balance(member(cafe)).lifetime == 207


def test_a_file_tells_nothing_of_other_programs(cafe, told):
    other = make_program("other")
    stranger = make_member(other, "ana@example.org", external_id="A")
    told(cafe, line("1", "2026-01-05"), line("C2", "2026-01-06", quantity="-1"))
    assert points(stranger) == 0
    assert set(Refund.objects.values_list("program", flat=True)) == {cafe.pk}
