"""Changes of what others could take a card over by: shown to be one's own, told, and waited for."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp

from loyalty.flows import redeem as flow
from loyalty.flows.spending import Held
from loyalty.messaging.models import Message
from loyalty.signin.models import Credentials
from tests.makers import NOON, give, make_reward
from tests.portal.conftest import PASSWORD, read
from tests.post import code_in, inbox

PROFILE = "/p/cafe/profile/"
TOLD = {"name": "Ana", "phone": "0812345678", "birthday": "1990-02-28", "language": "en"}


@pytest.fixture
def coffee(ana):
    give(ana, 200)
    return make_reward(ana.program, 80)


@pytest.fixture
def told_before(ana, phone):
    """What Ana said of herself when she joined."""
    phone.post(PROFILE, TOLD)
    ana.refresh_from_db()
    return ana


class App:
    """An authenticator app that somebody has set up as their second step."""

    def __init__(self, user):
        self.secret = totp.generate_totp_secret()
        totp.TOTP.activate(user, self.secret)

    def code(self) -> str:
        (counter,) = totp.yield_hotp_counters_from_time()
        return totp.format_hotp_value(totp.hotp_value(self.secret, counter))


@pytest.mark.parametrize("change", [{"phone": "0899999999"}, {"birthday": "1990-06-05"}])
def test_who_changes_phone_or_birthday_shows_that_it_is_them(told_before, phone, change):
    asked = phone.post(PROFILE, {**TOLD, **change})
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    before = (told_before.phone, told_before.birthday)
    told_before.refresh_from_db()
    assert (told_before.phone, told_before.birthday) == before


def test_once_shown_the_change_is_made(told_before, phone):
    asked = phone.post(PROFILE, {**TOLD, "phone": "0899999999"})
    phone.post(asked["Location"], {"password": PASSWORD})
    told_before.refresh_from_db()
    assert told_before.phone == "+66899999999"


def test_a_name_needs_no_proof(told_before, phone):
    assert phone.post(PROFILE, {**TOLD, "name": "Ana Suk"})["Location"] == PROFILE


def test_a_new_phone_is_told_by_letter_and_spending_waits(told_before, phone, coffee):
    asked = phone.post(PROFILE, {**TOLD, "phone": "0899999999"})
    phone.post(asked["Location"], {"password": PASSWORD})
    letter = Message.objects.get(template="phone_changed")
    assert (letter.to, letter.must_arrive) == ("ana@example.org", True)
    answer = phone.post(f"/p/cafe/rewards/{coffee.public_id}/", {"key": "k" * 16})
    assert "your phone number was changed" in read(answer)


NEW = "tea under the tree"
CHANGED = {
    "password": (
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    ),
    "second_step": ("/accounts/2fa/totp/deactivate/", {}),
}
NEW_ADDRESS = ("/accounts/email/", {"email": "new@example.org", "action_add": ""})


def test_a_password_alone_takes_no_second_step_away(told_before, phone):
    """Nor sets up another, nor changes the address or itself: it is what others see and buy."""
    App(told_before.user)
    phone.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for address, told in (*CHANGED.values(), NEW_ADDRESS):
        assert phone.post(address, told)["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert Authenticator.objects.filter(user=told_before.user).exists()
    assert told_before.user.check_password(PASSWORD)


@pytest.mark.parametrize("what", CHANGED)
def test_what_is_changed_of_a_sign_in_is_told_and_spending_waits(told_before, phone, coffee, what):
    app = App(told_before.user)
    asked = phone.post(*CHANGED[what])
    assert asked["Location"].startswith("/accounts/2fa/reauthenticate/")
    phone.post(asked["Location"], {"code": app.code()})
    phone.post(*CHANGED[what])
    assert Credentials.objects.get(user=told_before.user).what == what
    letter = Message.objects.get(template="account_changed")
    assert (letter.to, letter.must_arrive) == ("ana@example.org", True)
    with pytest.raises(Held):
        flow.redeem(told_before, coffee, key="one", now=NOON)


def test_a_new_address_is_told_at_the_old_one_and_spending_waits(told_before, phone, coffee):
    asked = phone.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    phone.post(asked["Location"], {"password": PASSWORD})
    phone.post("/accounts/confirm-email/", {"code": code_in(inbox()[-1])})
    told = Message.objects.filter(template__in=["account_changed", "email_changed"])
    assert {letter.to for letter in told} == {"ana@example.org"}
    assert Credentials.objects.get(user=told_before.user).what == "email"


def test_a_first_address_or_phone_makes_nobody_wait(told_before, coffee):
    assert flow.redeem(told_before, coffee, key="one", now=NOON)
