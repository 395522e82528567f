"""What a password must not be, asked without any network."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from loyalty.merchants.models import User
from tests.makers import make_program, make_staff


def faults(password: str, user: User | None = None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {it.code for it in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1", "P@ssw0rd", "p4ssw0rd!!", "Summer2026!", "12sunshine34",
        "qwertyuiop", "iloveyou-2026", "monkeymonkey",
        "\uff50\uff41\uff53\uff53word1", "Welcome123",
    ],
)  # fmt: skip
def test_what_everybody_tries_is_refused_however_it_is_dressed(password):
    assert "too_common" in faults(password)


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "abababababab", "1111aaaa!!!!"])
def test_so_is_what_has_hardly_any_signs(password):
    assert "too_monotonous" in faults(password)


@pytest.mark.parametrize(
    "password",
    [
        "a good pass phrase",
        "sabai-sabai-2026",
        "ข้าวผัดกะเพราไข่ดาว",
        "tK9#vq2L",
        "four wet green ducks",
    ],
)
def test_a_passphrase_of_ones_own_is_welcome_without_any_rule_of_signs(password):
    assert not faults(password)


def test_none_is_shorter_than_eight():
    assert "password_too_short" in faults("tK9#vq2")


def test_a_team_needs_twelve(db):
    staff = make_staff(make_program())
    assert faults("tK9#vq2Lzp1", staff.user) == {"too_short_for_staff"}
    assert not faults("tK9#vq2Lzp1m", staff.user)


def test_who_has_left_the_team_needs_eight(db):
    staff = make_staff(make_program())
    staff.is_active = False
    staff.save()
    assert not faults("tK9#vq2L", staff.user)


def test_ones_own_address_is_no_password(db):
    assert "password_too_similar" in faults(
        "somchai.rakdee", User(email="somchai.rakdee@example.org")
    )


@pytest.mark.parametrize(
    "password", ["Café 2026!!!!", "CAFE----12345", "taem loyalty 1", "Owner!!!!!!123"]
)
def test_the_shops_own_name_is_no_password_of_its_team(cafe, password):
    owner = make_staff(cafe)
    owner.merchant.name = "Café"
    owner.merchant.save()
    with pytest.raises(ValidationError):
        validate_password(password, owner.user)


def test_digits_alone_are_welcome_when_they_are_many(db):
    validate_password("7391 4468 2057 9913")
