"""Passkeys, codes and devices in a real browser, with an authenticator that it pretends to have."""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from loyalty.merchants.models import User

PASSWORD = "a good pass phrase"  # noqa: S105 - of nobody
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def zoe(transactional_db: None) -> User:
    user = User.objects.create_user("zoe@example.org", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def device(page: Page) -> Iterator[None]:
    """The phone has a fingerprint reader, and Zoe's finger is on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    session.detach()


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/?next=/accounts/2fa/")
    page.locator("input[name=login]").fill("zoe@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")


def add_passkey(page: Page) -> None:
    sign_in(page)
    page.get_by_role("link", name="Passkeys").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.locator("input[name=name]").fill("Zoe's phone")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def test_a_passkey_is_made_and_signs_in_by_itself(zoe: User, page: Page, device: None) -> None:
    add_passkey(page)
    assert page.locator(".recovery-codes code").count() == 10
    sign_out(page)
    page.goto("/accounts/login/?next=/accounts/devices/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/accounts/devices/")
    expect(page.locator("main")).to_contain_text("this device")


def test_it_is_the_second_step_after_a_password(zoe: User, page: Page, device: None) -> None:
    add_passkey(page)
    sign_out(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="One step more")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/accounts/2fa/")


def test_it_shows_that_it_is_still_you(zoe: User, page: Page, device: None) -> None:
    add_passkey(page)
    sign_out(page)
    sign_in(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/accounts/2fa/")
    page.goto("/accounts/reauthenticate/code/?next=/accounts/devices/")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/accounts/devices/")


def test_it_is_renamed_and_removed(zoe: User, page: Page, device: None) -> None:
    add_passkey(page)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("Zoe's phone")
    page.get_by_role("link", name="Rename").click()
    page.locator("input[name=name]").fill("Blue phone")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Blue phone")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    # Who has a second step shows it before it goes.
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("main")).to_contain_text("no passkey yet")
    assert not Authenticator.objects.exists()


def test_without_a_passkey_on_the_device_the_other_ways_stay(zoe: User, page: Page) -> None:
    page.goto("/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('none')); }")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("#toasts")).to_contain_text("That did not work")


@pytest.mark.parametrize("place", ["2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "devices/"])
@pytest.mark.parametrize("language", ["en", "th"])
def test_the_pages_fit_and_can_be_read(zoe: User, page: Page, place: str, language: str) -> None:
    sign_in(page)
    cookie = {"name": "django_language", "value": language, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])
    page.goto(f"/accounts/{place}")
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(f"**/{place}")
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
