"""Pages that only their owner should see are kept by no browser."""

import pytest

from tests.portal.conftest import phone_of


@pytest.mark.parametrize("page", ["/accounts/email/", "/accounts/devices/", "/accounts/2fa/"])
def test_pages_of_an_account_are_not_kept(ana, page):
    assert "no-store" in phone_of(ana).get(page)["Cache-Control"]
