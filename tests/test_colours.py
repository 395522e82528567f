"""Whatever colour a merchant chooses, what is written on it and with it can be read."""

from hypothesis import given
from hypothesis import strategies as some

from loyalty import colours

anything = some.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(anything)
def test_every_brand_can_be_read(colour):
    brand = colours.brand(colour)
    on = [(brand.on_fill, brand.fill), (brand.on_fill_on_dark, brand.fill_on_dark)]
    on += [(brand.ink_on_light, colours.written(ground)) for ground in colours.LIGHT_GROUNDS]
    on += [(brand.ink_on_dark, colours.written(ground)) for ground in colours.DARK_GROUNDS]
    for ink, ground in on:
        ratio = colours.contrast(colours.parse(ink), colours.parse(ground))
        assert ratio >= colours.READABLE, (ink, ground)


def test_a_colour_that_reads_is_left_alone():
    brand = colours.brand("#8a3b12")
    assert (brand.fill, brand.fill_on_dark, brand.ink_on_light) == ("#8a3b12",) * 3


def test_black_does_not_vanish_in_the_dark():
    assert colours.brand("#000000").fill_on_dark != "#000000"


def test_contrast_is_as_the_guidelines_count_it():
    assert round(colours.contrast(colours.WHITE, colours.BLACK), 1) == 21.0
