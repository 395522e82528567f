"""Who works in the dashboard: the café's owner, colleagues of each role, and a stranger's owner."""

from collections.abc import Callable

import pytest
from django.test import Client

from loyalty.merchants.models import Merchant, Program, Role, Staff
from tests.makers import make_program, make_rule, make_staff

SignIn = Callable[[Staff], Client]


@pytest.fixture
def cafe(db: None) -> Program:
    """The café, before it has promised anything."""
    return make_program("cafe")


@pytest.fixture
def owner(cafe: Program) -> Staff:
    return make_staff(cafe, Role.OWNER, "olga@example.org")


@pytest.fixture
def manager(cafe: Program) -> Staff:
    return make_staff(cafe, Role.MANAGER, "mali@example.org")


@pytest.fixture
def cashier(cafe: Program) -> Staff:
    return make_staff(cafe, Role.CASHIER, "chai@example.org")


@pytest.fixture
def bakery(db: None) -> Program:
    """Another merchant's program."""
    return make_program("bakery", Merchant.objects.create(name="Bakery"))


@pytest.fixture
def stranger(bakery: Program) -> Staff:
    """The owner of another merchant's program."""
    return make_staff(bakery, Role.OWNER, "stefan@example.org")


@pytest.fixture
def earns(cafe: Program) -> Program:
    """The café, once it gives a point for each baht."""
    make_rule(cafe)
    return cafe


@pytest.fixture
def sign_in() -> SignIn:
    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def desk(owner: Staff, sign_in: SignIn) -> Client:
    """The owner's browser."""
    return sign_in(owner)
