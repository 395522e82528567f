"""The arithmetic of a comparison, held against other computations of the same."""

import random
import statistics
from math import sqrt

import pytest

from loyalty.insights.lift.statistics import (
    Group,
    difference,
    freedom,
    members_needed,
    student,
)

ONE = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
OTHER = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 31.3]


def group(values):
    return Group.of(len(values), sum(values), sum(value * value for value in values))


# As tables print them: degrees, and the quantiles of 97.5% and 99.5%.
@pytest.mark.parametrize(
    ("degrees", "outer", "far"),
    [
        (5, 2.571, 4.032), (10, 2.228, 3.169), (20, 2.086, 2.845), (30, 2.042, 2.750),
        (60, 2.000, 2.660), (120, 1.980, 2.617), (float("inf"), 1.960, 2.576),
    ],
)  # fmt: skip
def test_quantiles_are_those_of_the_tables(degrees, outer, far):
    rough = 0.02 if degrees < 10 else 0.001
    assert student(0.975, degrees) == pytest.approx(outer, abs=rough)
    assert student(0.995, degrees) == pytest.approx(far, abs=rough)


def test_a_group_is_what_the_standard_library_makes_of_it():
    assert group(ONE).mean == pytest.approx(statistics.mean(ONE))
    assert group(ONE).variance == pytest.approx(statistics.variance(ONE))


def test_welch_comes_out_as_worked_by_hand():
    """The textbook's steps with the standard library; t of 27.5 degrees is 2.050 in tables."""
    treated, held = group(OTHER), group(ONE)
    error = sqrt(statistics.variance(ONE) / 15 + statistics.variance(OTHER) / 15)
    degrees = freedom(treated, held)
    assert degrees == pytest.approx(27.0, abs=1.5)
    value = statistics.mean(OTHER) - statistics.mean(ONE)
    found = difference(treated, held)
    assert found.value == pytest.approx(value)
    assert found.low == pytest.approx(value - 2.051 * error, abs=0.01)
    assert found.high == pytest.approx(value + 2.051 * error, abs=0.01)
    assert found.is_distinct is (found.low > 0)


def test_the_interval_holds_the_truth_nineteen_times_of_twenty():
    """Of 800 made campaigns with a true lift of 3, a tenth held out, spend skewed as in shops."""
    luck, held_it = random.Random(20), 0
    for _campaign in range(800):
        treated = [luck.expovariate(1 / 20) + 3 for _member in range(160)]
        held = [luck.expovariate(1 / 20) for _member in range(40)]
        found = difference(group(treated), group(held))
        held_it += found.low <= 3 <= found.high
    assert 0.93 <= held_it / 800 <= 0.97


def test_alike_groups_are_rarely_distinct():
    luck, distinct = random.Random(7), 0
    for _campaign in range(800):
        treated = [luck.gauss(100, 40) for _member in range(90)]
        held = [luck.gauss(100, 40) for _member in range(30)]
        distinct += difference(group(treated), group(held)).is_distinct
    assert 0.03 <= distinct / 800 <= 0.07


def test_the_members_needed_are_those_of_the_textbook():
    """Two equal groups, s = 20, d = 5: 252 in each at 80% power (2 × (1.96 + 0.84)² × 16)."""
    needed = members_needed(Group(100, 105.0, 400.0), Group(100, 100.0, 400.0))
    assert needed == pytest.approx(2 * 251.2, abs=2)


def test_so_many_members_do_see_it_four_times_of_five():
    luck, seen = random.Random(3), 0
    for _campaign in range(400):
        treated = [luck.gauss(105, 20) for _member in range(252)]
        held = [luck.gauss(100, 20) for _member in range(252)]
        seen += difference(group(treated), group(held)).is_distinct
    assert 0.74 <= seen / 400 <= 0.86


def test_of_too_few_nothing_is_said():
    assert difference(Group(1, 5.0), Group(50, 4.0, 2.0)) is None
    assert members_needed(Group(0), Group(0)) is None
    assert members_needed(Group(9, 5.0, 1.0), Group(9, 5.0, 1.0)) is None
