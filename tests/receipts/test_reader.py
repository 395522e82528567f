"""Reading in a process apart: it reads, and dies alone."""

import pytest

from receipts.fields.all import fields_of
from receipts.reading.reader import CannotRead, is_available, reading
from tests.receipts.pages import scans, truths

pytestmark = pytest.mark.skipif(not is_available(), reason="The engines are not installed.")


def test_a_real_scan_is_read_after_one_that_is_no_picture():
    folder = scans()
    truth = next(it for it in truths(folder) if it.number == "012")
    with reading(is_thai=False) as reader:
        with pytest.raises(CannotRead):
            reader.read([b"no picture"])
        told = reader.read([(folder / "img" / "012.jpg").read_bytes()])
    read = fields_of(told.lines, country="MY", exponent=2, today=truth.bought_on)
    assert read.bought_on
    assert read.bought_on.value == truth.bought_on
    assert read.total
    assert read.total.value == truth.total_minor
    assert told.engines == ("rapidocr",)
