import pytest
from django.db import models

from loyalty.rewards import codes
from loyalty.rewards.models import Voucher


def sealed(code: str) -> Voucher:
    return Voucher(code_hash=codes.hash_of(code), code_sealed=codes.seal(code))


def test_a_code_has_twelve_symbols_in_groups_and_no_look_alikes():
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    for code in made:
        assert [len(group) for group in code.split("-")] == [4, 4, 4]
        assert set(code.replace("-", "")) <= set(codes.ALPHABET)
    assert len(codes.ALPHABET) == 31
    assert not set(codes.ALPHABET) & set("01ILO")


@pytest.mark.parametrize(
    "typed",
    ["abcd-efgh-jkmn", "ABCD EFGH JKMN", " abcdefghjkmn\n", "ABCD—EFGH‑JKMN", "ＡＢＣＤefghjkmn"],
)
def test_a_code_is_read_as_people_type_it(typed):
    assert codes.hash_of(typed) == codes.hash_of("ABCD-EFGH-JKMN")


@pytest.mark.parametrize("nonsense", ["", "\ud800", "\x00", "😀", "x" * 10_000])
def test_nonsense_has_a_hash_like_anything_else(nonsense):
    assert len(codes.hash_of(nonsense)) == 64


def test_a_sealed_code_shows_nothing_until_it_is_opened():
    voucher = sealed("ABCD-EFGH-JKMN")
    assert "ABCD" not in voucher.code_hash + voucher.code_sealed
    assert codes.code_of(voucher) == "ABCD-EFGH-JKMN"


def test_a_new_key_still_opens_and_finds_what_the_old_one_sealed(settings):
    voucher = sealed("ABCD-EFGH-JKMN")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert codes.code_of(voucher) == "ABCD-EFGH-JKMN"
    assert voucher.code_hash in codes.hashes_of("ABCD-EFGH-JKMN")
    assert codes.hash_of("ABCD-EFGH-JKMN") != voucher.code_hash


def test_a_hash_fits_its_column():
    column = Voucher._meta.get_field("code_hash")
    assert isinstance(column, models.CharField)
    assert len(codes.hash_of("x")) == column.max_length
