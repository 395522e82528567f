"""A purchase at the moment of the review: one of them waits, and neither is forgotten."""

from datetime import date

import pytest

from loyalty.days import start_of
from loyalty.flows import tiers
from loyalty.merchants.models import Program
from members.ladder import ladder_for
from members.models import Member, TierChange
from members.recounting import candidates
from tests.at_once import times
from tests.climbing import rank, spend
from tests.makers import make_member, make_program, make_rule, make_tiers

pytestmark = pytest.mark.django_db(transaction=True)

NEW_YEAR = date(2028, 1, 1)


def steps_follow_each_other(member: Member) -> bool:
    changes = list(TierChange.objects.filter(account=member.account_id).order_by("pk"))
    pairs = zip(changes, changes[1:], strict=False)
    return all(earlier.after_id == later.before_id for earlier, later in pairs)


def test_a_review_and_purchases_at_once_leave_what_the_days_support() -> None:
    cafe = make_program("cafe")
    make_rule(cafe)
    make_tiers(cafe, 0, 100_00, 200_00)
    members = [make_member(cafe, f"m{number}@example.org") for number in range(3)]
    for member in members:
        spend(member, date(2026, 6, 2), 250_00)

    def work(number: int) -> None:
        if number % 2:
            program = Program.objects.get(pk=cafe.pk)
            tiers.review(program, NEW_YEAR, start_of(NEW_YEAR, program.time_zone))
        else:
            for member in Member.objects.select_related("program"):
                spend(member, NEW_YEAR, 50_00)

    times(6, work)
    cafe.refresh_from_db()
    for member in members:
        assert rank(member) == 1, "three times 50.00 in the new year"
        assert steps_follow_each_other(member)
    assert candidates(ladder_for(cafe.pk, cafe.version), NEW_YEAR) == []
