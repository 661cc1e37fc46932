"""A real headless browser: Chromium and its driver, as they are found on this machine. Nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--headless=new", "--disable-dev-shm-usage", "--window-size=1400,1000", "--force-prefers-reduced-motion")


def found() -> tuple[str, str] | None:
    """The paths of the browser and its driver; None where one of them is not on PATH."""
    browser = next((path for name in NAMES if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def chromium(paths: tuple[str, str]) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = paths[0]
    for flag in FLAGS:
        options.add_argument(flag)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox refuses to run as root, as in a container
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(paths[1]))
    try:
        yield browser
    finally:
        browser.quit()


def opened(browser: Chrome, page: Path) -> Chrome:
    """Open a report and wait until it is drawn."""
    browser.get_log("browser")
    browser.get(page.as_uri())
    WebDriverWait(browser, 60).until(lambda b: b.execute_script("return document.documentElement.dataset.ready"))
    return browser


def complaints(browser: Chrome) -> list[str]:
    """What the page wrote to the console since it was opened: errors, refused scripts, failed loads."""
    return [entry["message"] for entry in browser.get_log("browser")]
