"""What is compiled from a program is kept for other transactions only once it is committed."""

import pytest

from loyalty.kept import Kept, within_this_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def loads():
    return []


@pytest.fixture
def kept(loads):
    def load(program_id):
        loads.append(program_id)
        return 3, f"load {len(loads)}"

    return Kept(load)


def test_nothing_is_kept_of_what_is_not_committed(kept):
    assert [kept.get(1, 3), kept.get(1, 3)] == ["load 1", "load 2"]


def test_a_long_transaction_may_keep_it_for_itself(kept, loads):
    with within_this_transaction():
        assert [kept.get(1, 3), kept.get(1, 3)] == ["load 1", "load 1"]
        assert kept.get(1, 4) == "load 2"  # A newer version asks anew.
        kept.get(2, 3)
    assert loads == [1, 1, 2]
    assert kept.get(1, 3) == "load 4"
