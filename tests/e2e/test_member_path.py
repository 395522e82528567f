"""A member's way, on a phone: sign up, join, collect, redeem, change one's mind."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from loyalty import limits
from loyalty.flows import earn
from loyalty.merchants.models import Program
from loyalty.rewards.models import Redemption
from members.models import Member
from tests.e2e.conftest import PHONE
from tests.makers import make_program, make_reward, make_rule, points, sale
from tests.post import code_in, inbox

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PASSWORD = "a good pass phrase"  # noqa: S105 - of nobody
PLACES = ("", "home/", "activity/", "card/", "rewards/", "vouchers/", "pay/", "profile/")


@pytest.fixture
def cafe(transactional_db: None) -> Program:
    limits.forget()
    program = make_program("cafe", pay_points=10, pay_minor=100)
    make_rule(program)
    make_reward(program, 40)
    return program


def buy(member: Member, amount: int) -> None:
    now = datetime.now(UTC)
    earn.from_purchase(
        Program.objects.get(pk=member.program_id), sale(amount, member=member, made_at=now), now=now
    )


def join(page: Page) -> Member:
    """From the public page to the home page, as somebody without an account."""
    page.goto("/p/cafe/")
    page.locator("a[href='/p/cafe/join/']").first.click()
    page.locator("input[name=email]").fill("zoe@example.org")
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password1]").press("Enter")
    page.wait_for_url("**/confirm-email/")
    page.locator("input[name=code]").fill(code_in(inbox()[-1]))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url("**/p/cafe/join/")
    page.locator("input[name=name]").fill("Zoe")
    page.locator("input[name=name]").press("Enter")
    page.wait_for_url("**/p/cafe/home/")
    return Member.objects.get(email="zoe@example.org")


def walk(page: Page) -> None:
    """Collect, see why, redeem, and give it back."""
    zoe = join(page)
    buy(zoe, 100_00)
    page.goto("/p/cafe/home/")
    expect(page.locator(".balance .amount")).to_have_text("100")

    page.goto("/p/cafe/activity/")
    page.locator("details.movement summary").first.click()
    expect(page.locator("details.movement").first).to_contain_text("= 100")

    page.goto("/p/cafe/rewards/")
    page.locator("a.button.primary").first.click()
    page.locator("form[action*='/rewards/'] button").last.click()
    page.wait_for_url("**/vouchers/*/")
    expect(page.locator(".ticket-code")).to_contain_text(re.compile(r"\w{4}-\w{4}-\w{4}"))
    assert points(zoe) == 60

    page.locator("form[action$='/cancel/'] button").click()
    expect(page.locator(".ticket")).to_have_attribute("data-state", "cancelled")
    assert points(zoe) == 100


def test_a_stranger_becomes_a_member_who_redeems(page: Page, cafe: Program) -> None:
    walk(page)


def test_all_of_it_works_without_javascript(
    browser: Browser, cafe: Program, live_server, settings
) -> None:
    settings.PUBLIC_URL = live_server.url
    context = browser.new_context(
        base_url=live_server.url, viewport=PHONE, locale="en", java_script_enabled=False
    )
    context.set_default_timeout(10_000)
    walk(context.new_page())
    context.close()


def test_a_double_tap_redeems_once(page: Page, cafe: Program) -> None:
    zoe = join(page)
    buy(zoe, 100_00)
    page.goto("/p/cafe/rewards/")
    page.locator("a.button.primary").first.click()
    page.locator("dialog form[action*='/rewards/'] button").dblclick()
    page.wait_for_url("**/vouchers/*/")
    assert Redemption.objects.count() == 1
    assert points(zoe) == 60


@pytest.mark.parametrize("language", ["en", "th"])
def test_each_page_fits_and_can_be_read_by_everybody(
    page: Page, cafe: Program, language: str
) -> None:
    zoe = join(page)
    buy(zoe, 100_00)
    cookie = {"name": "django_language", "value": language, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])
    for place in PLACES:
        page.set_viewport_size({"width": 320, "height": 800})
        page.goto(f"/p/cafe/{place}")
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), place
        page.set_viewport_size(PHONE)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{place}: {found.generate_report()}"
