"""A merchant's day in a browser: the desk, and the counter in one hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from loyalty import limits
from loyalty.flows import redeem
from loyalty.merchants.models import Program, Role, Staff, User
from loyalty.purchases.models import Purchase, Refund
from loyalty.purchases.sale import SaleLine
from loyalty.rewards import codes
from loyalty.rewards.models import Voucher
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    buy,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_staff,
    make_tiers,
    points,
)

HOME = "/dashboard/cafe/"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
TILL, SMALLEST = {"width": 360, "height": 740}, {"width": 320, "height": 800}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def cafe(transactional_db: None) -> Program:
    limits.forget()
    program = make_program("cafe", pay_points=100, pay_minor=100)
    make_rule(program)
    make_reward(program, 40)
    return program


@pytest.fixture
def ana(cafe: Program) -> Member:
    return make_member(cafe, "ana@example.org", name="Ana", phone="+66812345678")


@pytest.fixture
def plain_page(browser: Browser, transactional_db: None, live_server: Any) -> Iterator[Page]:
    """A browser whose owner has switched JavaScript off."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def bring_in(page: Page, person: Staff | User) -> None:
    """Signed in already."""
    client = Client()
    user = person.user if isinstance(person, Staff) else person
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    cookie = {"name": "sessionid", "value": session, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])


def enter(page: Page, name: str, value: str) -> None:
    field = page.locator(f"main [name='{name}'], dialog [name='{name}']").first
    field.fill(value)


def desk_day(page: Page) -> None:
    """Add a member, give points, enter a sale, refund a part of it."""
    page.goto(f"{HOME}members/new/")
    enter(page, "phone", "0899999999")
    enter(page, "name", "Dao")
    page.click("main form.form button.primary")
    page.wait_for_url("**/members/*/")
    dao = Member.objects.get(name="Dao")

    page.click("a[href$='/adjust/']")
    page.locator("form[action*='/adjust/']").wait_for()
    enter(page, "points", "25")
    enter(page, "reason", "Cold coffee")
    page.click("form[action*='/adjust/'] button.primary")
    expect(page.locator("main")).to_contain_text("Adjusted by hand: Cold coffee")
    assert points(dao) == 25

    page.goto(f"{HOME}purchases/new/")
    enter(page, "whose", "089 999 9999")
    enter(page, "amount", "120")
    page.click("main form .form-actions button.primary")
    page.wait_for_url("**/purchases/*/")
    assert points(dao) == 145

    page.locator("#refund summary").click()
    page.check("[name=way][value=amount]")
    enter(page, "amount", "20")
    page.click("#refund button.primary")
    expect(page.locator("main")).to_contain_text("฿100.00")
    assert Refund.objects.get().matched_minor == 20_00
    assert points(dao) == 125


def test_a_day_at_the_desk(page: Page, cafe: Program) -> None:
    bring_in(page, make_staff(cafe))
    page.set_viewport_size(DESK)
    desk_day(page)


def test_a_day_at_the_desk_without_javascript(plain_page: Page, cafe: Program) -> None:
    bring_in(plain_page, make_staff(cafe))
    desk_day(plain_page)


def test_a_toast_takes_an_adjustment_back(page: Page, cafe: Program, ana: Member) -> None:
    bring_in(page, make_staff(cafe))
    page.goto(f"{HOME}members/{ana.public_id}/adjust/")
    enter(page, "points", "25")
    enter(page, "reason", "Cold coffee")
    page.click("main form.form button.primary")
    page.click(".toast .undo")
    expect(page.locator("main")).to_contain_text("Adjustment undone")
    assert points(ana) == 0


def test_members_are_found_while_one_types(page: Page, cafe: Program, ana: Member) -> None:
    make_member(cafe, "ben@example.org", name="Ben")
    bring_in(page, make_staff(cafe))
    page.goto(f"{HOME}members/")
    page.locator("[name=q]").press_sequentially("an")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.locator("[name=q]").fill("zzz")
    expect(page.locator("#rows")).to_contain_text("Nobody fits")


def test_the_sale_says_what_it_would_earn_while_it_is_typed(
    page: Page, cafe: Program, ana: Member
) -> None:
    bring_in(page, make_staff(cafe))
    page.goto(f"{HOME}purchases/new/?whose={ana.card_code}")
    enter(page, "amount", "45")
    expect(page.locator("#quote")).to_contain_text("+45")
    assert not Purchase.objects.exists()


def serve(page: Page, ana: Member) -> None:
    """Find, sell, next; hand a reward over, next; use a voucher."""
    page.goto(f"{HOME}counter/")
    enter(page, "what", ana.card_code.lower())
    page.locator("[name=what]").press("Enter")
    page.wait_for_url("**/counter/*/")
    enter(page, "amount", "45")
    page.click("#till button.primary")
    expect(page.locator("[role=status].counter-done")).to_contain_text("+45")
    page.click("main a.button.primary")
    page.wait_for_url("**/counter/")

    enter(page, "what", "081 234 5678")
    page.locator("[name=what]").press("Enter")
    page.click("a[href*='/reward/']")
    page.click("button[value=now]")
    expect(page.locator(".counter-done")).to_contain_text("Hand it over.")
    assert points(ana) == 5


def test_the_counter_serves_in_one_hand(page: Page, cafe: Program, ana: Member) -> None:
    bring_in(page, make_staff(cafe, Role.CASHIER))
    page.set_viewport_size(TILL)
    serve(page, ana)
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_the_counter_serves_without_javascript(
    plain_page: Page, cafe: Program, ana: Member
) -> None:
    bring_in(plain_page, make_staff(cafe, Role.CASHIER))
    serve(plain_page, ana)


def test_a_double_tap_sells_once(page: Page, cafe: Program, ana: Member) -> None:
    bring_in(page, make_staff(cafe, Role.CASHIER))
    page.goto(f"{HOME}counter/{ana.public_id}/")
    enter(page, "amount", "45")
    page.locator("#till button.primary").dblclick()
    page.wait_for_url("**/sold/*/")
    assert Purchase.objects.count() == 1
    assert points(ana) == 45


def test_a_voucher_is_used_in_the_same_box(page: Page, cafe: Program, ana: Member) -> None:
    give(ana, 50)
    made = redeem.redeem(ana, cafe.rewards.get(), key="k", now=timezone.now())
    bring_in(page, make_staff(cafe, Role.CASHIER))
    page.goto(f"{HOME}counter/")
    enter(page, "what", codes.code_of(made.voucher))
    page.locator("[name=what]").press("Enter")
    page.click("form[action$='/vouchers/use/'] button")
    page.wait_for_url("**/counter/")
    assert Voucher.objects.get().status == Voucher.Status.USED


# What a phone that reads codes by itself has, and the desktop of a test has not.
READER = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: "%s" }]; }
};
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 10, 10);
  return canvas.captureStream(5);
};
"""


def test_the_camera_reads_a_card(page: Page, cafe: Program, ana: Member) -> None:
    bring_in(page, make_staff(cafe, Role.CASHIER))
    page.add_init_script(READER % ana.card_code)
    page.goto(f"{HOME}counter/")
    page.click("[data-scan-start]")
    page.wait_for_url(f"**/counter/{ana.public_id}/")


def test_no_camera_is_offered_where_none_can_read(page: Page, cafe: Program) -> None:
    bring_in(page, make_staff(cafe, Role.CASHIER))
    page.goto(f"{HOME}counter/")
    expect(page.locator("[data-scan-start]")).to_be_hidden()


def test_what_the_counter_gives_is_on_the_phone_at_once(
    browser: Browser, page: Page, cafe: Program, ana: Member
) -> None:
    ana.user = User.objects.create_user("ana@example.org", "a good pass phrase")
    ana.save()
    bring_in(page, make_staff(cafe, Role.CASHIER))
    page.goto(f"{HOME}counter/{ana.public_id}/")
    enter(page, "amount", "45")
    page.click("#till button.primary")
    page.wait_for_url("**/sold/*/")
    phone = page.context.browser.new_context(base_url=page.url.partition("/dashboard")[0])
    hers = phone.new_page()
    bring_in(hers, ana.user)
    hers.goto("/p/cafe/home/")
    expect(hers.locator("main")).to_contain_text("45")
    phone.close()


@pytest.mark.parametrize("language", ["en", "th"])
def test_each_page_fits_and_can_be_read_by_everybody(
    page: Page, cafe: Program, ana: Member, language: str
) -> None:
    make_tiers(cafe, 0, 100_00)
    give(ana, 100)
    bought = buy(ana, 0, SaleLine(amount_minor=30_00, quantity=3, product="tea", name="Tea"))
    bring_back(ana, buy(ana, 10_00))
    redeem.redeem(ana, cafe.rewards.get(), key="k", now=NOON)
    bring_in(page, make_staff(cafe))
    cookie = {"name": "django_language", "value": language, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie])
    who, back = f"members/{ana.public_id}/", Refund.objects.get().public_id
    for place in (
        "", "figures/issued/", "figures/liability/", "members/", "members/new/", who,
        *(f"{who}?see={tab}" for tab in ("lots", "purchases", "vouchers", "letters")),
        f"{who}entries/points-1/", f"{who}adjust/", f"{who}gift/", f"{who}edit/", f"{who}state/",
        "purchases/", "purchases/new/", f"purchases/{bought.public_id}/", "refunds/",
        f"refunds/{back}/", "vouchers/", "letters/", "counter/", "counter/new/",
        f"counter/{ana.public_id}/", f"counter/{ana.public_id}/sold/{bought.public_id}/",
        f"counter/{ana.public_id}/reward/{cafe.rewards.get().public_id}/",
    ):  # fmt: skip
        for size in (SMALLEST, DESK):
            page.set_viewport_size(size)
            assert page.goto(f"{HOME}{place}").ok, place
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), (place, size)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, (place, found.generate_report())
