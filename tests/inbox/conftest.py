"""Ana has shown that her address is hers; two shops on the web tell the café of their orders."""

from collections.abc import Iterator

import pytest
import time_machine

from loyalty import limits
from loyalty.merchants.models import Program
from members.models import Member
from tests.inbox.makers import Shop
from tests.makers import NOON, make_member


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    limits.forget()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def ana(cafe: Program) -> Member:
    return make_member(cafe, "ana@example.org", name="Ana", email_verified_at=NOON)


@pytest.fixture
def shopify(cafe: Program) -> Shop:
    return Shop(cafe, "shopify")


@pytest.fixture
def woo(cafe: Program) -> Shop:
    return Shop(cafe, "woocommerce")


@pytest.fixture
def own(cafe: Program) -> Shop:
    return Shop(cafe, "own")
