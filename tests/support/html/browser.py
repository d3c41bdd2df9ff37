"""Headless Chromium: its path, command-line options, and time limits that a busy machine does not exceed."""

from pathlib import Path

from playwright.sync_api import Browser, Playwright

CHROMIUM = Path("/usr/bin/chromium")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

TIMEOUT = 300_000
"""Milliseconds that a step in the browser may take."""


def launch(driver: Playwright) -> Browser:
    """Launch the browser."""
    return driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=TIMEOUT)
