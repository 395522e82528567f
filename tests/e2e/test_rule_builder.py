"""A merchant builds an earning rule in a browser, with JavaScript and without."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from loyalty.merchants.models import Program
from tests.makers import make_program, make_staff

NEW = "/dashboard/cafe/rules/new/"


def bring_in(page: Page, program: Program) -> None:
    """Signed in as the owner."""
    client = Client()
    client.force_login(make_staff(program).user, "django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies([
        {"name": "sessionid", "value": client.cookies["sessionid"].value,
         "domain": "localhost", "path": "/"},
    ])  # fmt: skip


@pytest.fixture
def plain_page(browser: Browser, transactional_db: None, live_server: Any) -> Iterator[Page]:
    """A browser whose owner has switched JavaScript off."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def fill(page: Page) -> None:
    page.goto(NEW)
    page.fill("[name=name_en]", "Big baskets")
    page.fill("[name=effect-per_spend-points]", "2")
    page.fill("[name=effect-per_spend-per_minor]", "10")


def add_minimum(page: Page, minor: str) -> None:
    page.select_option("#new-condition", "minimum_spend")
    page.click("button[value=add-condition]")
    page.fill("[name=c0-minor]", minor)


def save(page: Page) -> None:
    page.click(".form-actions button[value=save]")
    page.wait_for_url("**/rules/")


def test_the_trial_follows_what_is_typed(page: Page) -> None:
    program = make_program("cafe")
    bring_in(page, program)
    fill(page)
    expect(page.locator("#tried")).to_contain_text("50 points")
    add_minimum(page, "300")
    expect(page.locator("#tried")).to_contain_text("This basket gives nothing")
    expect(page.locator("[name=name_en]")).to_have_value("Big baskets")
    save(page)
    assert program.earning_rules.get().conditions[0]["minor"] == 30_000


def test_another_trigger_offers_other_effects(page: Page) -> None:
    bring_in(page, make_program("cafe"))
    fill(page)
    page.select_option("[name=trigger]", "birthday")
    expect(page.locator("[name=effect]")).to_have_count(1)
    expect(page.locator("[name=effect]")).to_have_value("fixed")


def test_it_needs_no_javascript(plain_page: Page) -> None:
    program = make_program("cafe")
    bring_in(plain_page, program)
    fill(plain_page)
    plain_page.click("button[value=try]")
    expect(plain_page.locator("#tried")).to_contain_text("50 points")
    add_minimum(plain_page, "300")
    plain_page.click("button[value=add-cap]")
    plain_page.click("button[value='remove-cap:0']")
    plain_page.click("button[value=try]")
    expect(plain_page.locator("#tried")).to_contain_text("This basket gives nothing")
    save(plain_page)
    assert program.earning_rules.get().conditions[0]["minor"] == 30_000
