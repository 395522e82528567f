"""Where and how: the till's own words, with and without capitals."""

import pytest

from tests.earning.makers import bought, done, holds


@pytest.mark.parametrize(
    ("kind", "field"),
    [("payment_method", "payment_method"), ("channel", "channel"), ("location", "location")],
)
def test_a_word_of_the_till_is_in_the_list_or_not(kind, field):
    inside = {"kind": kind, "codes": ["Card", "app"]}
    outside = {**inside, "out": True}
    assert holds(inside, bought(spend=1, **{field: "card"}))
    assert not holds(inside, bought(spend=1, **{field: "cash"}))
    assert not holds(inside, bought(spend=1))
    assert not holds(outside, bought(spend=1, **{field: "APP"}))
    assert holds(outside, bought(spend=1, **{field: "cash"}))
    assert holds(outside, bought(spend=1))


def test_an_activity_is_done_to_a_subject():
    facebook = {"kind": "subject", "codes": ["facebook"]}
    assert holds(facebook, done("linked", subject="Facebook"))
    assert not holds(facebook, done("linked", subject="line"))
    assert holds({**facebook, "out": True}, done("linked", subject="line"))
