"""An enrolled person opens the link again and withdraws the consent. EN1."""

from pathlib import Path

import pytest

from console.api import review
from console.demo.browser import PHONE, NoBrowser, find_browser, flags
from console.demo.employee import PortalVisit
from console.demo.photos import good_photos
from tests.conftest import ONE_FACE, RunningSite
from tests.portal.test_accessibility import violations


def test_EN1_an_enrolled_person_withdraws_by_the_link_of_their_email(
    running: RunningSite, built: Path
) -> None:
    from playwright.sync_api import sync_playwright

    try:
        chromium = find_browser()
    except NoBrowser:
        pytest.skip("no Chromium, Chrome or Edge here: run.py test installs Chromium on Debian")
    axe = (built / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    person = running.add_employee()
    link = running.invite(person)
    PortalVisit(link).enrol(person.number, good_photos())
    waiting = running.wait_submission(person)
    decision = review.Decide(id=waiting.id, approve=True, in_spite=ONE_FACE)
    running.client.call(review.decide, decision)
    found: dict[str, list[str]] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags(None))
        page = browser.new_context(**PHONE).new_page()

        def judge(title: str) -> None:
            page.get_by_role("heading", name=title).wait_for()
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found[f"{title} {scheme}"] = violations(page, axe)

        page.goto(link)
        judge("Successful Enrollment!")
        page.get_by_role("button", name="Withdraw my consent").click()
        judge("Withdraw your consent?")
        page.get_by_role("button", name="Keep it").click()
        page.get_by_role("heading", name="Successful Enrollment!").wait_for()
        page.get_by_role("button", name="Withdraw my consent").click()
        page.locator(".actions").get_by_role("button", name="Withdraw my consent").click()
        judge("Your consent is withdrawn")
        assert page.get_by_role("button", name="Withdraw my consent").count() == 0
        browser.close()
    assert running.reload(person).status == "withdrawn"
    assert {state: problems for state, problems in found.items() if problems} == {}
