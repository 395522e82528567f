"""How a team signs in: with a second step where the owner asks for it, and not for ever."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from loyalty.flows import second_step as flow
from loyalty.flows.second_step import AlsoInAnotherTeam, NoSecondStepYourself
from loyalty.flows.team import NotYourRole
from loyalty.merchants.models import AuditEntry, Merchant, Staff, User
from loyalty.messaging.models import Message
from loyalty.signin.models import Credentials
from tests.makers import NOON, make_staff

PLACE = "/dashboard/cafe/team/safety/"
FREE = {"second_step": "own", "grace_days": "7", "idle_minutes": "120"}
ALL = {**FREE, "second_step": "all"}


@pytest.fixture(autouse=True)
def _it_is_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def set_up(user: User) -> None:
    """Somebody has an authenticator app, and recovery codes."""
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=user, type=kind, data={"secret": "", "seed": ""})


@pytest.fixture
def strict(cafe, owner) -> Merchant:
    """The café, whose whole team needs a second step from now on."""
    set_up(owner.user)
    return flow.require(cafe, grace_days=0, by=owner, now=NOON)


# --- What the owner decides ----------------------------------------------------------------------


def test_an_owner_asks_it_of_all(desk, owner, cafe) -> None:
    set_up(owner.user)
    desk.post(PLACE, ALL)
    assert Merchant.objects.get(pk=cafe.merchant_id).second_step_from == NOON + timedelta(days=7)
    told = AuditEntry.objects.get(action="team.safety")
    assert told.before["second_step_from"] is None
    assert told.after["second_step_from"].startswith("2026-06-09")


def test_who_has_none_cannot_ask_it_of_others(desk, cafe) -> None:
    answer = desk.post(PLACE, ALL)
    assert answer.status_code == 422
    assert "Set up your own second step first" in answer.content.decode()
    assert Merchant.objects.get(pk=cafe.merchant_id).second_step_from is None


def test_recovery_codes_alone_are_no_second_step(cafe, owner) -> None:
    Authenticator.objects.create(user=owner.user, type="recovery_codes", data={})
    with pytest.raises(NoSecondStepYourself):
        flow.require(cafe, grace_days=0, by=owner, now=NOON)


def test_saving_again_keeps_the_day_that_was_said(desk, owner, cafe) -> None:
    set_up(owner.user)
    desk.post(PLACE, ALL)
    desk.post(PLACE, {**ALL, "grace_days": "30"})
    assert Merchant.objects.get(pk=cafe.merchant_id).second_step_from == NOON + timedelta(days=7)


def test_an_owner_leaves_it_to_each(desk, strict, cafe) -> None:
    desk.post(PLACE, FREE)
    assert Merchant.objects.get(pk=cafe.merchant_id).second_step_from is None


def test_a_manager_sees_it_and_decides_nothing(manager, cafe, sign_in) -> None:
    client = sign_in(manager)
    assert client.get(PLACE).status_code == 200
    assert client.post(PLACE, ALL).status_code == 403
    with pytest.raises(NotYourRole):
        flow.stop_requiring(cafe, by=manager, now=NOON)


@pytest.mark.parametrize("told", [{"grace_days": "91"}, {"idle_minutes": "7"}, {"second_step": ""}])
def test_what_is_not_offered_is_refused(desk, owner, told) -> None:
    set_up(owner.user)
    assert desk.post(PLACE, {**ALL, **told}).status_code == 422


# --- What the team meets -------------------------------------------------------------------------


def test_who_has_none_gets_nothing_else(strict, cashier, sign_in) -> None:
    client = sign_in(cashier)
    for place in ("counter/", "vouchers/", "team/leave/"):
        answer = client.get(f"/dashboard/cafe/{place}")
        assert answer.get("Location") == "/dashboard/secure/"
    assert client.post("/dashboard/cafe/counter/", {"what": "x"}).status_code == 302
    page = client.get("/dashboard/secure/").content.decode()
    assert "Set up your second step" in page


def test_once_it_is_there_one_goes_on_where_one_was(strict, cashier, sign_in) -> None:
    client = sign_in(cashier)
    client.get("/dashboard/cafe/vouchers/")
    set_up(cashier.user)
    assert client.get("/dashboard/secure/")["Location"] == "/dashboard/cafe/vouchers/"
    assert client.get("/dashboard/cafe/vouchers/").status_code == 200


def test_a_part_of_a_page_leads_the_whole_page_there(strict, cashier, sign_in) -> None:
    answer = sign_in(cashier).get("/dashboard/cafe/counter/", headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == "/dashboard/secure/"


def test_until_the_day_the_dashboard_reminds(cafe, owner, manager, sign_in) -> None:
    set_up(owner.user)
    flow.require(cafe, grace_days=3, by=owner, now=NOON)
    client = sign_in(manager)
    page = client.get("/dashboard/cafe/").content.decode()
    assert "You have none yet" in page
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        User.objects.update(last_login=NOON + timedelta(days=3))
        client = sign_in(manager)
        assert client.get("/dashboard/cafe/")["Location"] == "/dashboard/secure/"


def test_another_merchants_team_is_not_asked(strict, stranger, sign_in) -> None:
    assert sign_in(stranger).get("/dashboard/bakery/").status_code == 200


def test_the_team_page_says_who_has_one(desk, owner, cashier) -> None:
    set_up(owner.user)
    page = " ".join(desk.get("/dashboard/cafe/team/").content.decode().split())
    assert page.count("with a second step") == 1
    assert page.count("without a second step") == 1


# --- A lost device -------------------------------------------------------------------------------


def test_an_owner_takes_away_a_lost_second_step(desk, cashier, sign_in) -> None:
    set_up(cashier.user)
    theirs = sign_in(cashier)
    theirs.get("/dashboard/cafe/counter/")
    desk.post(f"/dashboard/cafe/team/{cashier.public_id}/reset/")
    assert not Authenticator.objects.filter(user=cashier.user).exists()
    assert theirs.get("/dashboard/cafe/counter/")["Location"].startswith("/accounts/login/")
    assert AuditEntry.objects.get().action == "team.second_step_reset"
    letter = Message.objects.get(template="second_step_reset")
    assert (letter.to, letter.must_arrive) == (cashier.user.email, True)
    assert Credentials.objects.get(user=cashier.user).what == "second_step"


def test_taking_it_away_twice_is_once(cafe, owner, cashier) -> None:
    set_up(cashier.user)
    for _time in range(2):
        flow.reset(cafe, cashier, by=owner, now=NOON)
    assert Message.objects.count() == 1


def test_nobody_lowers_the_safety_of_another_business(cafe, bakery, owner, cashier) -> None:
    """Who invites somebody else's owner must not get at their second step."""
    Staff.objects.create(user=cashier.user, merchant=bakery.merchant, role="owner")
    set_up(cashier.user)
    with pytest.raises(AlsoInAnotherTeam):
        flow.reset(cafe, cashier, by=owner, now=NOON)
    assert flow.has_one(cashier.user)


def test_neither_a_manager_nor_oneself_may(cafe, owner, manager, cashier) -> None:
    set_up(cashier.user)
    for by, of in ((manager, cashier), (owner, owner)):
        with pytest.raises(NotYourRole):
            flow.reset(cafe, of, by=by, now=NOON)


def test_a_stranger_finds_nobody(cashier, stranger, sign_in) -> None:
    place = f"/dashboard/bakery/team/{cashier.public_id}/reset/"
    assert sign_in(stranger).post(place).status_code == 404


def test_an_operator_helps_the_only_owner(owner) -> None:
    set_up(owner.user)
    call_command("reset_second_step", "Olga@example.org", stdout=StringIO())
    assert not flow.has_one(owner.user)
    assert Message.objects.get().to == owner.user.email
    assert AuditEntry.objects.get().user is None
    for nobody in ("olga@example.org", "nobody@example.org"):
        with pytest.raises(CommandError):
            call_command("reset_second_step", nobody)


# --- A pause -------------------------------------------------------------------------------------


def later(minutes: int):
    return time_machine.travel(NOON + timedelta(minutes=minutes), tick=False)


def test_the_dashboard_closes_when_nobody_touches_it(desk) -> None:
    assert desk.get("/dashboard/cafe/").status_code == 200
    with later(121):
        answer = desk.get("/dashboard/cafe/rules/")
    assert answer.get("Location") == "/accounts/login/?next=/dashboard/cafe/rules/"
    assert "_auth_user_id" not in desk.session


def test_who_works_stays(desk) -> None:
    for minutes in (0, 100, 200, 300):
        with later(minutes):
            assert desk.get("/dashboard/cafe/").status_code == 200


def test_an_owner_chooses_how_long(desk, cafe) -> None:
    desk.post(PLACE, {**FREE, "idle_minutes": "15"})
    with later(16):
        assert desk.get("/dashboard/cafe/").status_code == 302


def test_a_sign_in_of_long_ago_is_none_for_the_dashboard(owner, sign_in) -> None:
    """As a member one stays signed in for months; at the desk nobody does."""
    client = sign_in(owner)
    client.get("/")
    with later(60 * 24 * 9):
        assert client.get("/dashboard/cafe/")["Location"].startswith("/accounts/login/")


def test_a_sign_in_elsewhere_opens_no_session_of_long_ago(owner, client) -> None:
    EmailAddress.objects.create(user=owner.user, email=owner.user.email, verified=True)
    told = {"login": owner.user.email, "password": "a good pass phrase"}
    client.post("/accounts/login/", told)
    assert client.get("/").status_code in (200, 302)
    with later(60 * 24 * 9):
        Client().post("/accounts/login/", told)
        assert client.get("/dashboard/cafe/")["Location"].startswith("/accounts/login/")


def test_a_colleague_with_owner_rights_may_be_reset_by_another_owner(cafe, owner) -> None:
    other = make_staff(cafe)
    set_up(other.user)
    flow.reset(cafe, other, by=owner, now=NOON)
    assert not flow.has_one(other.user)
