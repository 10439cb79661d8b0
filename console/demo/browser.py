"""An employee with a phone: the enrolment page in a real browser, filmed from a file."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
WAIT_MS = 20_000


class NoBrowser(Exception):
    """There is no Chromium-like browser on this computer, or no playwright."""


def find_browser() -> str:
    """The path of a browser. Raises NoBrowser."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise NoBrowser("no Chromium, Chrome or Edge was found")


def flags(film: Path | None) -> list[str]:
    """film: what the camera shows; None: no camera."""
    always = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ]
    if film is not None:
        always += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        always.append("--no-sandbox")  # Chromium refuses its sandbox to root
    return always


def enrol_by_phone(
    link: str, number: str, film: Path, shot: Callable[[Any, str], None], dark: bool = False
) -> list[float]:
    """Walks the page from the link to the submission; returns the seconds until each verdict.

    shot: called with the page and a name at each screen.
    """
    from playwright.sync_api import sync_playwright

    executable = find_browser()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=flags(film))
        page = browser.new_context(**PHONE, color_scheme="dark" if dark else "light").new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(link)
        agree = page.get_by_role("button", name="I agree, start")
        agree.wait_for()
        shot(page, "consent")
        agree.click()
        page.get_by_label("Last 4 characters of your number").fill(number[-4:])
        shot(page, "second check")
        page.get_by_role("button", name="Continue").click()
        seconds = [_take(page, slot, shot) for slot in (1, 2, 3)]
        page.get_by_role("heading", name="Select the Best Photo").wait_for()
        shot(page, "best photo")
        page.get_by_role("button", name="Submit Photo").click()
        page.get_by_role("heading", name="Thank you").wait_for()
        shot(page, "submitted")
        browser.close()
    return seconds


def _take(page: Any, slot: int, shot: Callable[[Any, str], None]) -> float:
    page.get_by_role("heading", name=f"Photo {slot} of 3").wait_for()
    page.wait_for_function("document.querySelector('video')?.videoWidth > 0")
    page.get_by_text("Hold still, light is good").wait_for()
    if slot == 1:
        shot(page, "camera")
    started = time.perf_counter()
    page.get_by_role("button", name="Take photo").click()
    keep = page.get_by_role("button", name="Keep this photo")
    keep.wait_for()
    seconds = time.perf_counter() - started
    if slot == 1:
        page.get_by_text("All checks").click()
        shot(page, "verdict")
    keep.click()
    return seconds
