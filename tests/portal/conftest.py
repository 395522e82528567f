"""Ana is a member of the café and signs in; Zoe signs in and is a member of nothing."""

from collections.abc import Iterator
from html import unescape

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import signing
from django.http import HttpResponse
from django.test import Client

from loyalty import limits
from loyalty.merchants.models import Program, User
from loyalty.signin import browsers, devices
from loyalty.signin.models import Device
from members.models import Member
from tests.makers import NOON, make_member, make_program

PASSWORD = "a good pass phrase"  # noqa: S105 - of nobody


def make_user(email: str, *, verified: bool = True, **fields: str) -> User:
    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
    return user


def sign_in(user: User, *, is_confirmed: bool = True) -> Client:
    """A browser in which somebody is signed in: one that is known to be theirs, or a new one."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    if is_confirmed:
        token = devices.new_token()
        Device.objects.create(user=user, token_hash=devices.hash_of(token), confirmed_at=NOON)
        signer = signing.get_cookie_signer(salt=browsers.COOKIE + browsers.SALT)
        client.cookies[browsers.COOKIE] = signer.sign(token)
    return client


def phone_of(member: Member, *, is_confirmed: bool = True) -> Client:
    """A member's browser."""
    member.user = make_user(member.email, language=member.language)
    member.save(update_fields=["user"])
    return sign_in(member.user, is_confirmed=is_confirmed)


def read(answer: HttpResponse) -> str:
    """A page's words as people see them, whatever stands between them."""
    return " ".join(unescape(answer.content.decode()).split())


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    limits.forget()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def phone(ana: Member) -> Client:
    """Ana's."""
    return phone_of(ana)


@pytest.fixture
def stranger(db: None) -> Client:
    return sign_in(make_user("zoe@example.org"))


@pytest.fixture
def bakery(db: None) -> Program:
    """Another merchant's program."""
    return make_program("bakery", name={"en": "Bakery stamps", "th": "แสตมป์เบเกอรี่"})


@pytest.fixture
def som(cafe: Program) -> Member:
    """Reads Thai."""
    return make_member(cafe, "som@example.org", name="ส้ม", language="th")
