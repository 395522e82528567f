"""Sessions and devices: begun anew, kept from scripts, listed, ended; and no way out by a link."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from loyalty.signin import browsers
from loyalty.signin.models import Device
from tests.makers import NOON
from tests.portal.conftest import PASSWORD, make_user, read, sign_in

DEVICES = "/accounts/devices/"
ELSEWHERE = ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]


@pytest.fixture
def zoe(db):
    return make_user("zoe@example.org")


def come_in(user, client: Client | None = None, **told: str) -> Client:
    client = client or Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, **told})
    return client


def is_in(client: Client) -> bool:
    return client.get(DEVICES).status_code == 200


# --- Sessions ------------------------------------------------------------------------------------


def test_signing_in_begins_another_session(zoe, client):
    """Who planted a session before has nothing of it."""
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = "here"
    session.save()
    client.cookies["sessionid"] = session.session_key
    come_in(zoe, client)
    assert client.session.session_key != session.session_key
    assert is_in(client)


def test_showing_again_that_it_is_you_goes_on_in_another_session(zoe):
    client = come_in(zoe)
    before = client.session.session_key
    with time_machine.travel(NOON + timedelta(minutes=30), tick=False):
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.session.session_key != before
    assert is_in(client)
    assert Device.objects.get(user=zoe).session_key == client.session.session_key


def test_cookies_are_kept_from_scripts_and_from_other_sites(zoe, client):
    answer = client.post("/accounts/login/", {"login": zoe.email, "password": PASSWORD})
    for name in ("sessionid", browsers.COOKIE):
        assert answer.cookies[name]["httponly"]
        assert answer.cookies[name]["samesite"] == "Lax"


def test_behind_https_cookies_go_nowhere_else(zoe, client, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    answer = client.post("/accounts/login/", {"login": zoe.email, "password": PASSWORD})
    assert all(answer.cookies[name]["secure"] for name in ("sessionid", browsers.COOKIE))


def test_one_signs_out_by_a_form_alone(zoe):
    """A picture on another page must not sign anybody out."""
    client = come_in(zoe)
    client.get("/accounts/logout/")
    assert is_in(client)
    client.post("/accounts/logout/")
    assert not is_in(client)


def test_a_form_of_another_site_signs_nobody_out(zoe):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(zoe, "django.contrib.auth.backends.ModelBackend")
    assert strict.post("/accounts/logout/").status_code == 403
    assert is_in(strict)


def test_a_new_password_ends_the_other_sessions(zoe):
    mine, other = come_in(zoe), come_in(zoe)
    new = "tea under the old tree"
    told = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    asked = mine.post("/accounts/password/change/", told)
    if asked["Location"].startswith("/accounts/reauthenticate/"):
        mine.post(asked["Location"], {"password": PASSWORD})
    assert is_in(mine)
    assert not is_in(other)


# --- Devices -------------------------------------------------------------------------------------


def test_each_device_is_listed_once_however_often_one_signs_in(zoe):
    client = come_in(zoe)
    for _time in range(2):
        client.post("/accounts/logout/")
        come_in(zoe, client)
    come_in(zoe)
    assert is_in(client)
    assert Device.objects.count() == 2


def test_one_signs_out_everywhere_else(zoe):
    mine, other = come_in(zoe), come_in(zoe)
    assert is_in(other)
    assert "this device" in read(mine.get(DEVICES))
    mine.post(f"{DEVICES}end-others/")
    assert is_in(mine)
    assert not is_in(other)


def test_one_device_is_signed_out_and_forgotten(zoe):
    mine, other = come_in(zoe), sign_in(zoe)
    assert is_in(other)
    theirs = Device.objects.exclude(confirmed_at=None).get()
    mine.post(f"{DEVICES}{theirs.public_id}/end/")
    assert not is_in(other)
    come_in(zoe, other)
    assert is_in(other)
    assert not Device.objects.filter(user=zoe).exclude(confirmed_at=None).exists()


def test_a_strangers_device_is_none_of_ones_business(zoe):
    ben = come_in(make_user("ben@example.org"))
    mine = come_in(zoe)
    theirs = Device.objects.get(user=zoe)
    assert theirs.public_id not in read(ben.get(DEVICES))
    assert ben.post(f"{DEVICES}{theirs.public_id}/end/").status_code == 404
    assert is_in(mine)


def test_a_forged_cookie_is_no_device(zoe):
    client = come_in(zoe)
    Device.objects.update(token_hash="0" * 64)
    client.cookies[browsers.COOKIE] = "0" * 32
    client.get(DEVICES)
    assert Device.objects.count() == 2


def test_pages_without_a_session_stay_for_all_to_keep(zoe, cafe):
    answer = come_in(zoe).get("/p/cafe/brand.css")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


# --- Ways out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/accounts/logout/", {}),
        ("/accounts/reauthenticate/", {"password": PASSWORD}),
        ("/accounts/2fa/authenticate/", {"code": "1"}),
        ("/language/", {"language": "th"}),
        ("/theme/", {"theme": "dark"}),
    ],
)
def test_no_door_leads_to_another_site(zoe, place, told, elsewhere):
    client = sign_in(zoe)
    for answer in (
        client.post(place, {**told, "next": elsewhere}),
        client.post(f"{place}?next={elsewhere}", told),
    ):
        assert "evil" not in answer.get("Location", "")
        assert "alert" not in answer.get("Location", "")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_link_leads_there_before_signing_in(db, client, elsewhere):
    for door in ("login", "signup", "password/reset", "login/code"):
        page = client.get(f"/accounts/{door}/", {"next": elsewhere}).content.decode()
        assert f'href="{elsewhere}' not in page
