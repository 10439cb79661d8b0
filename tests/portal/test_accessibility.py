"""Every state of the employees' page, read by axe-core: WCAG 2.2 AA, light and dark."""

from pathlib import Path
from typing import Literal

import pytest

from console.demo.browser import PHONE, NoBrowser, find_browser, flags
from console.demo.photos import good_photos, small_face_photo
from tests.conftest import RunningSite
from tests.portal.conftest import violations


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_the_page_is_accessible(
    running: RunningSite, built: Path, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    from playwright.sync_api import sync_playwright

    try:
        chromium = find_browser()
    except NoBrowser:
        pytest.skip("no Chromium, Chrome or Edge here: run.py test installs Chromium on Debian")
    axe = (built / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    person = running.add_employee()
    bad, good = tmp_path / "bad.jpg", tmp_path / "good.jpg"
    bad.write_bytes(small_face_photo())
    good.write_bytes(good_photos()[0])
    found: dict[str, list[str]] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags(None))
        page = browser.new_context(**PHONE, color_scheme=scheme).new_page()
        for path in ("/privacy", "/security", "/guidelines", "/e/garbled"):
            page.goto(running.demo.running.portal + path)
            page.locator("h1").wait_for()
            found[path] = violations(page, axe)
        page.goto(running.invite(person))
        page.get_by_role("button", name="I agree, start").wait_for()
        found["consent"] = violations(page, axe)
        page.get_by_role("button", name="I agree, start").click()
        page.get_by_label("Last 4 characters").fill("0000")
        page.get_by_role("button", name="Continue").click()
        page.get_by_text("That does not match").wait_for()
        found["second check"] = violations(page, axe)
        page.get_by_label("Last 4 characters").fill(person.number[-4:])
        page.get_by_role("button", name="Continue").click()
        chooser = page.locator("label.button:not(.primary) input[type=file]")
        page.get_by_text("The camera is not available here.").wait_for()
        found["no camera"] = violations(page, axe)
        chooser.set_input_files(bad)
        page.get_by_text("All checks").click()
        found["turned away"] = violations(page, axe)
        page.get_by_role("button", name="Take photo 1 again").click()
        for slot in (1, 2, 3):
            page.get_by_role("heading", name=f"Photo {slot} of 3").wait_for()
            chooser.set_input_files(good)
            page.get_by_role("button", name="Keep this photo").click()
        page.get_by_role("heading", name="Select the Best Photo").wait_for()
        found["best photo"] = violations(page, axe)
        page.get_by_role("button", name="Submit Photo").click()
        page.get_by_role("heading", name="Thank you").wait_for()
        found["thank you"] = violations(page, axe)
        browser.close()
    assert {state: problems for state, problems in found.items() if problems} == {}
