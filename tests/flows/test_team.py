"""An owner is always left, whoever clicks at the same moment."""

import pytest

from loyalty.flows import team
from loyalty.merchants.models import Role, Staff
from tests.at_once import times
from tests.makers import NOON, make_program, make_staff


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays():
    cafe = make_program()
    owners = [make_staff(cafe, Role.OWNER) for _each in range(2)]
    answers = times(2, lambda number: team.leave(cafe, owners[number], now=NOON))
    assert sorted(answers, key=str) == [None, "last_owner"]
    assert Staff.objects.filter(merchant=cafe.merchant, is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_remove_each_other_one_stays():
    cafe = make_program()
    owners = [make_staff(cafe, Role.OWNER) for _each in range(2)]
    answers = times(
        2, lambda number: team.deactivate(cafe, owners[number], by=owners[1 - number], now=NOON)
    )
    assert sorted(answers, key=str) == [None, "last_owner"]
