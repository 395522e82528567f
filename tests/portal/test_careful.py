"""Before points are spent: a device that is known, no haste after a change, and a human pace."""

from datetime import timedelta

import pytest
import time_machine

from loyalty.flows import redeem as flow
from loyalty.flows.spending import Held
from loyalty.merchants.models import Program
from loyalty.portal import careful
from loyalty.rewards.models import Redemption
from loyalty.signin import changes
from loyalty.signin.models import Device
from members.models import Member
from tests.makers import NOON, give, make_reward, make_staff
from tests.portal.conftest import PASSWORD, make_user, phone_of, read
from tests.post import code_in, inbox

KEY = {"key": "k" * 16}


@pytest.fixture
def coffee(ana):
    give(ana, 200)
    return make_reward(ana.program, 80)


@pytest.fixture
def new_phone(ana):
    """Ana's, in which she has not shown yet that it is her."""
    return phone_of(ana, is_confirmed=False)


def page_of(reward):
    return f"/p/cafe/rewards/{reward.public_id}/"


def code_sent() -> str:
    return code_in(inbox()[-1])


def show_by_code(client, place: str):
    client.post(place, {"action": "send"})
    return client.post(place, {"code": code_sent()})


# --- A new device --------------------------------------------------------------------------------


def test_on_a_new_device_one_shows_first_that_it_is_oneself(coffee, new_phone):
    asked = new_phone.post(page_of(coffee), KEY)
    assert asked["Location"].startswith("/accounts/reauthenticate/code/?next=")
    assert not Redemption.objects.exists()
    assert show_by_code(new_phone, asked["Location"])["Location"] == page_of(coffee)
    new_phone.post(page_of(coffee), KEY)
    assert Redemption.objects.count() == 1


def test_once_shown_the_device_is_known_for_good(coffee, new_phone, ana):
    show_by_code(new_phone, new_phone.post(page_of(coffee), KEY)["Location"])
    new_phone.post(page_of(coffee), KEY)
    new_phone.post("/accounts/logout/")
    told = {"login": ana.email, "password": PASSWORD}
    new_phone.post("/accounts/login/", told)
    new_phone.post(page_of(coffee), {"key": "m" * 16})
    assert Redemption.objects.count() == 2
    assert Device.objects.count() == 1


def test_a_password_alone_makes_no_device_known(coffee, client, ana):
    phone_of(ana)
    client.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    asked = client.post(page_of(coffee), KEY)["Location"]
    client.post("/accounts/reauthenticate/?next=/p/cafe/home/", {"password": PASSWORD})
    assert asked.startswith("/accounts/reauthenticate/code/")
    assert client.post(page_of(coffee), KEY)["Location"] == asked
    assert not Redemption.objects.exists()


def test_who_signs_in_by_a_code_is_known_at_once(coffee, client, ana):
    phone_of(ana)
    client.post("/accounts/login/code/", {"email": ana.email})
    client.post("/accounts/login/code/confirm/", {"code": code_sent()})
    client.post(page_of(coffee), KEY)
    assert Redemption.objects.count() == 1


def test_who_has_just_signed_up_is_known_at_once(coffee, client, ana):
    """The code that confirmed the address was typed here."""
    client.post("/accounts/signup/", {"email": ana.email, "password1": PASSWORD})
    client.post("/accounts/confirm-email/", {"code": code_sent()})
    client.post(page_of(coffee), KEY)
    assert Redemption.objects.count() == 1


def test_a_device_of_one_person_is_not_anothers(coffee, phone, ben):
    """Ben signs in on Ana's phone: it is new to him."""
    give(ben, 200)
    Member.objects.filter(pk=ben.pk).update(user=make_user(ben.email))
    phone.post("/accounts/logout/")
    phone.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    assert phone.post(page_of(coffee), KEY).status_code == 302
    assert not Redemption.objects.exists()


def test_a_voucher_shows_its_code_on_a_known_device_alone(coffee, phone, ana):
    phone.post(page_of(coffee), KEY)
    made = Redemption.objects.get()
    place = f"/p/cafe/vouchers/{made.public_id}/"
    assert "<svg" in read(phone.get(place))
    Device.objects.update(confirmed_at=None)
    assert phone.get(place)["Location"].startswith("/accounts/reauthenticate/code/")


@pytest.mark.parametrize("guess", ["WRNG-CODE", "", "\x00", "ก" * 40])
def test_a_wrong_code_shows_nothing(coffee, new_phone, guess):
    place = new_phone.post(page_of(coffee), KEY)["Location"]
    new_phone.post(place, {"action": "send"})
    assert new_phone.post(place, {"code": guess}).status_code == 200
    assert new_phone.post(page_of(coffee), KEY)["Location"] == place


def test_after_three_guesses_a_code_is_over(coffee, new_phone):
    place = new_phone.post(page_of(coffee), KEY)["Location"]
    new_phone.post(place, {"action": "send"})
    for guess in ("AAAA-AAAA", "BBBB-BBBB", "CCCC-CCCC"):
        new_phone.post(place, {"code": guess})
    assert "This code is over" in read(new_phone.post(place, {"code": code_sent()}))


def test_a_code_is_over_after_ten_minutes(coffee, new_phone):
    place = new_phone.post(page_of(coffee), KEY)["Location"]
    new_phone.post(place, {"action": "send"})
    with time_machine.travel(NOON + timedelta(minutes=10, seconds=1), tick=False):
        assert "This code is over" in read(new_phone.post(place, {"code": code_sent()}))


def test_nobody_is_sent_codes_without_end(coffee, new_phone):
    place = new_phone.post(page_of(coffee), KEY)["Location"]
    answers = []
    for minute in range(7):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            answers.append(new_phone.post(place, {"action": "send"}))
    assert answers[5].status_code == 302
    assert answers[6].status_code == 429
    assert int(answers[6]["Retry-After"]) == 54 * 60


def test_the_code_page_leads_nowhere_else(new_phone):
    place = "/accounts/reauthenticate/code/?next=https://evil.example/"
    new_phone.post(place, {"action": "send"})
    assert new_phone.post(place, {"code": code_sent()})["Location"] == "/"


# --- After a change ------------------------------------------------------------------------------


@pytest.fixture
def changed(ana, phone):
    """Ana's password was changed at noon."""
    changes.note(ana.user, "password", now=NOON)


def test_after_a_change_nothing_is_spent_for_a_day(coffee, phone, changed, ana):
    answer = phone.post(page_of(coffee), KEY)
    assert answer.status_code == 409
    assert "nothing can be spent until" in read(answer)
    assert "your password was changed" in read(answer)
    assert not Redemption.objects.exists()
    with time_machine.travel(NOON + timedelta(hours=24), tick=False):
        phone.post(page_of(coffee), KEY)
    assert Redemption.objects.count() == 1


def test_the_merchant_may_make_it_three_days(coffee, phone, changed):
    Program.objects.update(hold_hours=72)
    with time_machine.travel(NOON + timedelta(hours=71), tick=False):
        assert phone.post(page_of(coffee), KEY).status_code == 409


def test_the_catalog_says_so_before_anybody_tries(coffee, phone, changed):
    for place in ("/p/cafe/rewards/", page_of(coffee)):
        assert "nothing can be spent until" in read(phone.get(place))


def test_paying_waits_too(ana, phone, changed):
    Program.objects.update(pay_points=10, pay_minor=100)
    give(ana, 200)
    answer = phone.post("/p/cafe/pay/", {**KEY, "amount": "5"})
    assert answer.status_code == 409
    assert not Redemption.objects.exists()


def test_staff_with_the_person_before_them_need_not_wait(ana, coffee, changed):
    owner = make_staff(ana.program)
    assert flow.redeem(ana, coffee, key="till", now=NOON, by=owner)


def test_what_was_redeemed_before_is_told_again(ana, phone, coffee):
    made = flow.redeem(ana, coffee, key="one", now=NOON)
    changes.note(ana.user, "password", now=NOON)
    assert flow.redeem(ana, coffee, key="one", now=NOON) == made
    with pytest.raises(Held):
        flow.redeem(ana, coffee, key="two", now=NOON)


# --- Pace ----------------------------------------------------------------------------------------


def test_nobody_redeems_without_end(coffee, phone, monkeypatch):
    monkeypatch.setattr(careful, "REDEMPTIONS", 2)
    answers = [phone.post(page_of(coffee), {"key": n * 16}) for n in "kmn"]
    assert answers[2].status_code == 429
    assert int(answers[2]["Retry-After"]) == 600
