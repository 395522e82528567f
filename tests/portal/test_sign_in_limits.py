"""How often one may try at the doors: the same with Redis, while it is down, and without."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.test import Client

from loyalty.portal.accounts import ALL_FAILURES
from loyalty.portal.second_step import SecondStepAdapter
from loyalty.signin import tries
from tests.makers import NOON
from tests.portal.conftest import PASSWORD, make_user, read, sign_in
from tests.post import code_in, inbox

REDIS = {
    "without Redis": "",
    "with Redis": "redis://127.0.0.1:6379/9",
    "Redis is down": "redis://127.0.0.1:1/0",
}


@pytest.fixture
def zoe(db):
    return make_user("zoe@example.org")


def try_password(email: str, password: str = "not hers", *, by: str = "192.0.2.1", **headers: str):
    told = {"login": email, "password": password}
    return Client(REMOTE_ADDR=by, headers=headers).post("/accounts/login/", told)


def must_wait(answer) -> bool:
    """Asked to wait, by a page and by a header; anything else is neither."""
    is_429 = answer.status_code == 429
    assert is_429 == ("Retry-After" in answer)
    if is_429:
        assert int(answer["Retry-After"]) > 0
        assert "A little slower, please" in read(answer)
    return is_429


@pytest.mark.parametrize("redis", REDIS.values(), ids=REDIS)
def test_one_account_is_tried_five_times_and_from_nowhere_more(zoe, settings, redis):
    settings.REDIS_URL = redis
    answers = [must_wait(try_password(zoe.email, by=f"192.0.2.{n}")) for n in range(7)]
    assert answers == [False] * 5 + [True] * 2
    assert must_wait(try_password(zoe.email, PASSWORD, by="192.0.2.99"))


def test_whose_account_others_try_still_signs_in_by_a_code(zoe, client):
    for number in range(6):
        try_password(zoe.email, by=f"192.0.2.{number}")
    client.post("/accounts/login/code/", {"email": zoe.email})
    answer = client.post("/accounts/login/code/confirm/", {"code": code_in(inbox()[-1])})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(zoe.pk)


@pytest.mark.parametrize("redis", REDIS.values(), ids=REDIS)
def test_one_address_tries_ten_accounts(db, settings, redis):
    settings.REDIS_URL = redis
    answers = [must_wait(try_password(f"n{number}@example.org")) for number in range(12)]
    assert answers == [False] * 10 + [True] * 2


def test_nobody_gets_more_tries_by_naming_other_addresses(db, settings):
    settings.TRUSTED_PROXIES = 0
    answers = [
        must_wait(try_password(f"n{n}@example.org", **{"x-forwarded-for": f"203.0.113.{n}"}))
        for n in range(12)
    ]
    assert answers[-1]


def test_behind_a_proxy_each_caller_has_their_own_tries(db, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(12):
        said = f"10.0.0.{number}, 203.0.113.7"
        last = try_password(f"n{number}@example.org", **{"x-forwarded-for": said})
    assert must_wait(last)
    assert not must_wait(try_password("x@example.org", **{"x-forwarded-for": "203.0.113.8"}))


def test_who_knows_their_password_is_not_counted(zoe):
    answers = [must_wait(try_password(zoe.email, PASSWORD)) for _ in range(12)]
    assert not any(answers)


def test_when_somebody_tries_everywhere_only_known_devices_come_in(zoe, settings):
    settings.FAILED_SIGN_INS_A_MINUTE = 3
    known = sign_in(zoe)
    known.get("/accounts/devices/")
    known.post("/accounts/logout/")
    for number in range(3):
        try_password(f"n{number}@example.org", by=f"192.0.2.{number}")
    assert tries.wait_for(ALL_FAILURES, 3, at=NOON) == 60
    assert must_wait(try_password(zoe.email, PASSWORD, by="192.0.2.77"))
    known.post("/accounts/login/", {"login": zoe.email, "password": PASSWORD})
    assert known.session["_auth_user_id"] == str(zoe.pk)


@pytest.mark.parametrize(
    ("place", "told", "most"),
    [
        ("/accounts/signup/", {"email": "n{}@example.org", "password1": "x"}, 20),
        ("/accounts/password/reset/", {"email": "zoe@example.org"}, 5),
        ("/accounts/login/code/", {"email": "zoe@example.org"}, 3),
    ],
)
def test_the_other_doors_have_limits_too(zoe, place, told, most):
    def knock(number: int):
        return Client().post(place, {name: text.format(number) for name, text in told.items()})

    assert [must_wait(knock(number)) for number in range(most + 1)] == [False] * most + [True]


def test_a_second_step_is_not_to_be_guessed(zoe):
    Authenticator.objects.create(user=zoe, type="totp", data={"secret": _sealed("A" * 32)})
    client = Client()
    client.post("/accounts/login/", {"login": zoe.email, "password": PASSWORD})
    answers = [client.post("/accounts/2fa/authenticate/", {"code": "000000"}) for _ in range(6)]
    assert [must_wait(answer) for answer in answers] == [False] * 5 + [True]


def test_a_code_of_the_app_works_once_for_all_processes(zoe):
    """Who looks over a shoulder comes too late."""
    row = Authenticator.objects.create(user=zoe, type="totp", data={"secret": _sealed("A" * 32)})
    code = _code_now("A" * 32)
    assert auth.TOTP(row).validate_code(code)
    assert not auth.TOTP(row).validate_code(code)


def test_the_page_speaks_thai(zoe):
    for number in range(5):
        try_password(zoe.email, by=f"192.0.2.{number}")
    answer = try_password(zoe.email, **{"accept-language": "th"})
    assert answer.status_code == 429
    assert 'lang="th"' in read(answer)
    assert "กรุณารอ" in read(answer) or "โปรดรอ" in read(answer)


def _sealed(secret: str) -> str:
    return SecondStepAdapter().encrypt(secret)


def _code_now(secret: str) -> str:
    counter = next(auth.yield_hotp_counters_from_time())
    return auth.format_hotp_value(auth.hotp_value(secret, counter))
