"""Whoever signs in by codes alone is asked for one before their account could be taken over."""

import pytest

from tests.portal.conftest import phone_of
from tests.post import code_in, inbox

PROOF = "/accounts/reauthenticate/code/"


@pytest.fixture
def ana_by_codes(ana):
    """Ana in a browser where she is signed in, without a password."""
    phone = phone_of(ana)
    ana.user.set_unusable_password()
    ana.user.save()
    phone.force_login(ana.user, "django.contrib.auth.backends.ModelBackend")
    return phone


def new_address(phone):
    return phone.post("/accounts/email/", {"email": "thief@example.net", "action_add": ""})


def test_a_new_address_waits_for_a_code(ana_by_codes):
    asked = new_address(ana_by_codes)
    assert asked.status_code == 302
    assert asked["Location"].startswith(PROOF)
    assert not [it for it in inbox() if "thief@example.net" in it.to]


def test_after_the_code_it_is_taken(ana_by_codes):
    new_address(ana_by_codes)
    ana_by_codes.post(PROOF, {"action": "send"})
    ana_by_codes.post(PROOF, {"code": code_in(inbox()[-1])})
    assert not new_address(ana_by_codes)["Location"].startswith(PROOF)


@pytest.mark.parametrize("page", ["/accounts/password/set/", "/accounts/2fa/totp/activate/"])
def test_another_way_in_waits_too(ana_by_codes, page):
    assert ana_by_codes.post(page, {})["Location"].startswith(PROOF)


def test_to_be_forgotten_waits_too(ana_by_codes, ana):
    assert ana_by_codes.post("/p/cafe/profile/erase/", {}).status_code == 302
    ana.refresh_from_db()
    assert ana.erase_at is None


def test_who_has_a_password_is_asked_for_it(phone):
    assert "/accounts/reauthenticate/" in new_address(phone)["Location"]
