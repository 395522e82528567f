"""Charts that are drawn on the server, each with its figures as a table."""

from xml.etree import ElementTree

import pytest

from loyalty import charts
from loyalty.charts import Series

MONTHS = ["Jan", "Feb", "Mar"]


@pytest.mark.parametrize("draw", [charts.line, charts.bars])
@pytest.mark.parametrize("values", [[0, 0, 0], [5, -3, 12], [10**12, 0, 7], [1, 1, 1]])
def test_a_drawing_is_well_formed_and_says_its_figures(draw, values):
    chart = draw("Points by month", of="Month", labels=MONTHS, series=[Series("Issued", values)])
    for drawing in (chart.narrow, chart.middle, chart.wide):
        ElementTree.fromstring(drawing)
    assert [row for row, _figures in chart.rows] == MONTHS
    assert len(chart.rows[0][1]) == 1
    assert not chart.legend


def test_labels_that_all_fit_stand_below_their_columns():
    chart = charts.bars("Points", of="Month", labels=MONTHS, series=[Series("Issued", [1, 2, 3])])
    texts = ElementTree.fromstring(chart.wide).iter("text")
    assert {it.get("text-anchor") for it in texts if it.text in MONTHS} == {"middle"}


def test_a_program_without_a_day_has_an_empty_chart():
    chart = charts.line("Points", of="Day", labels=[], series=[Series("Issued", [])])
    assert chart.rows == []
    ElementTree.fromstring(chart.wide)


def test_two_series_have_a_legend():
    series = [Series("Issued", [1, 2, 3]), Series("Redeemed", [1, 1, 1])]
    chart = charts.bars("Points", of="Month", labels=MONTHS, series=series)
    assert [key.name for key in chart.legend] == ["Issued", "Redeemed"]


def test_names_cannot_bring_markup():
    chart = charts.line("<script>", of="Day", labels=["<b>"], series=[Series("x", [1])])
    assert "<script>" not in chart.wide
    assert "<b>" not in chart.wide


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0], [0, 1]),
        ([3], [0, 1, 2, 3]),
        ([2580], [0, 1000, 2000, 3000]),
        ([-40, 60], [-50, 0, 50, 100]),
    ],
)
def test_an_axis_has_round_values(values, ticks):
    assert charts.ticks_for(values) == ticks
