from pathlib import Path

import pytest

from loyalty.purchases import mapping
from loyalty.purchases.mapping import BadMapping

HERE = Path(__file__).parents[1]
COLUMNS = '[columns]\nreference = "No"\nmade_at = "When"\namount = "Paid"\n'


def refusal_of(text: str) -> str:
    with pytest.raises(BadMapping) as refused:
        mapping.read(text)
    assert refused.value.code == "bad_mapping"
    return str(refused.value)


@pytest.mark.parametrize(
    "path", [HERE / "data/till.toml", *(HERE.parent / "docs/examples").glob("*.toml")], ids=str
)
def test_every_example_is_a_mapping(path):
    assert mapping.read(path.read_text(encoding="utf-8")).columns["reference"]


def test_without_a_mapping_columns_have_our_own_names():
    assert mapping.read("") == mapping.Mapping()
    assert mapping.Mapping().columns["unit_price"] == "unit_price"


def test_a_mapping_says_what_values_mean():
    told = mapping.read(
        'source = "till-3"\ndelimiter = ";"\nencoding = "cp874"\ndate_format = "%d/%m/%y"\n'
        f"{COLUMNS}"
        '[refunds]\nreference_prefix = "CN"\nnegative_quantity = true\n'
        '[members]\nstrip_suffix = ".0"\n'
    )
    assert (told.source, told.delimiter, told.encoding) == ("till-3", ";", "cp874")
    assert (told.refund_prefix, told.negative_is_refund) == ("CN", True)
    assert told.member_suffix == ".0"
    assert told.needed == ("reference", "made_at", "amount")


@pytest.mark.parametrize(
    "text",
    ["colour = 'red'", "[columns]\nprise = 'x'", "[refunds]\nprefix = 'C'", "refunds = 3",
     "[members]\nsuffix = '.0'"],
)  # fmt: skip
def test_what_is_not_known_is_named(text):
    assert "not known" in refusal_of(text)


def test_columns_that_cannot_be_missing_are_asked_for():
    assert "made_at" in refusal_of("[columns]\nreference = 'No'\namount = 'Paid'")
    assert "amount" in refusal_of("[columns]\nreference = 'No'\nmade_at = 'When'")


@pytest.mark.parametrize(
    "text",
    ["source = 3", "source = ''", "source = 'a b'", f"source = '{'a' * 41}'", "delimiter = ''",
     "delimiter = ';;'", "encoding = 'klingon'", "encoding = 'hex'", "date_format = '%H:%M'",
     "date_format = '%Y-%Y'", "date_format = '%Q'", "columns = 3", "[columns]\nreference = 5",
     "[refunds]\nnegative_quantity = 'yes'", "= what", "[columns"],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence(text):
    assert refusal_of(text).endswith((".", ")"))


def test_an_encoding_of_two_bytes_a_letter_is_known():
    assert mapping.read("encoding = 'utf-16'").encoding == "utf-16"
