"""A real browser before the real server. Skipped where there is no Chromium."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = pytest.mark.skip(reason="There is no Chromium here.")
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker("browser")
            if not CHROMIUM:
                item.add_marker(absent)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright keeps a loop in this thread, in which Django would refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(
    browser: Browser, transactional_db: None, live_server: Any, settings: Any
) -> Iterator[BrowserContext]:
    """A phone at our own address, whose pages must ask nobody else and break no policy."""
    settings.PUBLIC_URL = live_server.url
    context = browser.new_context(base_url=live_server.url, viewport=PHONE, locale="en")
    context.set_default_timeout(10_000)
    faults: list[str] = []

    def watch(page: Page) -> None:
        page.on(
            "request",
            lambda request: _ours(request.url, live_server.url) or faults.append(request.url),
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))

    context.on("page", watch)
    yield context
    context.close()
    assert not faults


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def _ours(url: str, home: str) -> bool:
    return url.startswith((home, "data:", "blob:"))
