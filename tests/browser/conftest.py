"""A demo server and the Chromium of the machine; without one the tests are skipped, except in CI."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.graphiql import GraphiQL
from tests.waiting import HANG_TIMEOUT_S

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses to run as root otherwise; it only opens our own page
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="package")
def address(request: pytest.FixtureRequest) -> str:
    """The address of the demo company's server, or of the server that OSIT_TEST_ADDRESS names."""
    return os.environ.get("OSIT_TEST_ADDRESS") or str(request.getfixturevalue("demo_address"))


@pytest.fixture(scope="package")
async def chromium() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have a Chromium: apt-get install chromium")
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def locale() -> str:
    """The browser's language; tests may parametrize it."""
    return "fr-FR"


@pytest.fixture
async def graphiql(chromium: Browser, address: str, locale: str) -> AsyncIterator[GraphiQL]:
    """A new browser profile. After the test, no policy was violated and no other host was requested."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, locale=locale)
    context.set_default_timeout(HANG_TIMEOUT_S * 1000)
    expect.set_options(timeout=HANG_TIMEOUT_S * 1000)
    opened = GraphiQL(await context.new_page(), address)
    yield opened
    await context.close()
    assert opened.faults == []


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Folder of the screenshots: OSIT_SCREENSHOTS, or a temporary one."""
    folder = Path(os.environ.get("OSIT_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
