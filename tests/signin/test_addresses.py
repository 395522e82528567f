"""Where a request comes from: nobody says so themselves."""

import pytest
from django.test import RequestFactory

from loyalty.signin.addresses import address_of, network_of


def asked(*, said: str | None = None, by: str = "192.0.2.7"):
    headers = {"x-forwarded-for": said} if said is not None else {}
    return RequestFactory(headers=headers).get("/", REMOTE_ADDR=by)


def test_without_proxies_what_a_caller_says_of_itself_is_not_believed(settings):
    settings.TRUSTED_PROXIES = 0
    assert address_of(asked(said="10.9.8.7")) == "192.0.2.7"


@pytest.mark.parametrize(
    ("proxies", "said", "address"),
    [
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "10.9.8.7, 203.0.113.5", "203.0.113.5"),
        (2, "10.9.8.7, 203.0.113.5, 198.51.100.1", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.7"),
        (1, "", "192.0.2.7"),
        (1, None, "192.0.2.7"),
    ],
)
def test_only_what_a_trusted_proxy_saw_counts(settings, proxies, said, address):
    settings.TRUSTED_PROXIES = proxies
    assert address_of(asked(said=said)) == address


def test_a_household_counts_as_one(settings):
    settings.TRUSTED_PROXIES = 0
    one, other = asked(by="2001:db8:0:1::5"), asked(by="2001:db8:0:1:ffff::9")
    assert network_of(one) == network_of(other)
    assert network_of(one) != network_of(asked(by="2001:db8:0:2::5"))


def test_what_is_no_address_is_counted_by_its_name(settings):
    settings.TRUSTED_PROXIES = 1
    assert network_of(asked(said="not-an-address")) == "not-an-address"
    assert address_of(asked(by="")) == "unknown"
