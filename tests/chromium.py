"""Debian's Chromium, driven without a display."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1100,800",
)  # fmt: skip


@contextmanager
def chromium(address: str) -> Iterator[Any]:
    """Selenium's driver of a browser that shows a page, which may not have complained at the end."""
    binary, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if not (binary and driver):
        pytest.skip("there is no Chromium here: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in FLAGS:
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        browser.get(address)
        yield browser
        complaints = [entry["message"] for entry in browser.get_log("browser")]
    finally:
        browser.quit()
    assert complaints == []
