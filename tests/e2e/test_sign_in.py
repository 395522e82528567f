"""The sign-in page, as a person without an account meets it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

LANGUAGES = ["en", "th"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def choose(page: Page, language: str) -> None:
    cookie = {"name": "django_language", "value": language, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])


@pytest.mark.parametrize("width", [320, 390, 768])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_the_screen(page: Page, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    choose(page, language)
    page.goto("/accounts/login/")
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_read_by_everybody(page: Page, language: str) -> None:
    choose(page, language)
    page.goto("/accounts/login/")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def test_a_wrong_password_is_told_and_the_address_kept(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("nobody@example.org")
    page.locator("input[name=password]").fill("not the password")
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("main")).to_contain_text("not correct")
    expect(page.locator("input[name=login]")).to_have_value("nobody@example.org")
