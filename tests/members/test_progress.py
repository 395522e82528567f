"""What a member is told: ฿360 more by 31 December for Gold."""

from datetime import date, timedelta
from typing import Any

from members.models import Member
from members.progress import Progress, progress
from tests.climbing import night, spend
from tests.makers import TODAY, bring_back, make_tiers


def of(member: Member, today: date = TODAY) -> Progress:
    member.program.refresh_from_db()
    found = progress(member, today)
    assert found is not None
    return found


def test_without_tiers_there_is_no_progress(ana: Member) -> None:
    assert progress(ana, TODAY) is None


def test_what_is_missing_to_the_next_tier(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00, 500_00)
    spend(ana, TODAY, 140_00)
    now = of(ana)
    assert now.next_rung is not None
    assert (now.rung.rank, now.next_rung.rank) == (0, 1)
    assert (now.measured, now.missing, now.percent) == (140_00, 60_00, 70)
    assert (now.last_day, now.review_on, now.to_keep_missing) == (date(2026, 12, 31), None, None)


def test_who_has_the_highest_tier_has_arrived(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00)
    spend(ana, TODAY, 250_00)
    now = of(ana)
    assert (now.next_rung, now.missing, now.percent) == (None, 0, 100)
    assert (now.since_on, now.kept_to) == (TODAY, date(2027, 12, 31))


def test_what_is_missing_to_keep_a_tier(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00)
    spend(ana, TODAY, 250_00)
    assert of(ana).to_keep_missing is None, "what counts is what next year brings"
    spend(ana, date(2027, 3, 1), 150_00)
    assert of(ana, date(2027, 3, 1)).to_keep_missing == 50_00
    spend(ana, date(2027, 3, 2), 50_00)
    now = of(ana, date(2027, 3, 2))
    assert now.review_on == date(2029, 1, 1)
    assert now.to_keep_missing is None


def test_in_the_year_of_the_tier_nothing_that_is_bought_can_keep_it_longer(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00, kept_years=0)
    spend(ana, TODAY, 250_00)
    now = of(ana)
    assert (now.kept_to, now.to_keep_missing) == (date(2026, 12, 31), None)


def test_in_the_last_12_months_a_day_makes_room_for_another(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00, window="rolling")
    spend(ana, date(2026, 1, 10), 150_00)
    spend(ana, TODAY, 60_00)
    now = of(ana)
    assert (now.measured, now.window_end) == (210_00, None)
    assert (now.review_on, now.to_keep_missing) == (date(2027, 1, 10), 140_00)


def test_in_grace_the_year_before_is_still_open(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00, grace_days=30)
    spend(ana, date(2026, 6, 2), 200_00)
    spend(ana, date(2027, 6, 2), 150_00)
    night(ana.program, date(2028, 1, 1))
    now = of(ana, date(2028, 1, 1))
    assert now.in_grace
    assert (now.kept_to, now.to_keep_missing) == (date(2028, 1, 30), 50_00)


def test_after_a_refund_it_says_what_is_missing_tonight(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00)
    bought = spend(ana, TODAY, 250_00)
    bring_back(ana, bought, 60_00)
    now = of(ana)
    assert (now.review_on, now.to_keep_missing) == (TODAY, 10_00)


def test_it_takes_one_statement(ana: Member, django_assert_num_queries: Any) -> None:
    make_tiers(ana.program, 0, 200_00)
    of(ana)
    ladder_statements = 3
    with django_assert_num_queries(1 + ladder_statements):
        progress(ana, TODAY + timedelta(1))
