"""An attack gets next to nothing, and colleagues of one office are left alone.

The same town as ``python -m bench.rig.friends``, which lives it at full size and for more seeds.
"""

import pytest

from bench.rig.friends.town import live

pytestmark = pytest.mark.django_db


def test_one_person_with_many_accounts_gets_next_to_nothing():
    figures = live(1, friends=0, inviters=1, accounts=24, at_once=False)
    assert figures.spendable == 0


def test_what_friends_get_on_joining_stops_with_the_second_account_on_a_device():
    """Two devices beside the advocate's own, two accounts on each before it shows."""
    assert live(2, friends=0, inviters=1, accounts=12).spendable <= 4


def test_friends_through_one_office_address_are_not_held_for_it():
    figures = live(3, friends=25, inviters=3, accounts=0, at_once=False)
    assert figures.honest_held <= 1  # Whose husband paid with his card.
