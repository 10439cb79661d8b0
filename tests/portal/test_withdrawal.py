"""The person withdraws by their link, answers about another text, and opts out. EN1, N8."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.api import review
from console.demo.browser import PHONE, NoBrowser, find_browser, flags
from console.demo.employee import PortalVisit
from console.demo.photos import good_photos
from console.domain.consent import FACE, FACE_VERSION
from console.store.columns import new_id
from console.store.schema import AskedAgain, Consent
from tests.conftest import ONE_FACE, RunningSite
from tests.portal.test_accessibility import violations
from tests.service.test_personal_links import own_link


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


def test_N8_a_person_answers_about_another_text_and_opts_out(
    running: RunningSite, built: Path
) -> None:
    from playwright.sync_api import sync_playwright

    try:
        chromium = find_browser()
    except NoBrowser:
        pytest.skip("no Chromium, Chrome or Edge here: run.py test installs Chromium on Debian")
    axe = (built / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    person, now = running.add_employee(), datetime.now(UTC)
    running.invite(person)
    with running.store().write() as session:
        session.add(_earlier_consent(person.id, now))
        until = now + timedelta(days=30)
        asked = {"modality": "face", "version": FACE_VERSION, "asked_at": now, "answer_days": 30}
        asked |= {"told_at": now, "answer_by": until}
        session.add(AskedAgain(employee_id=person.id, **asked))
    found: dict[str, list[str]] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags(None))
        page = browser.new_context(**PHONE).new_page()

        def judge(title: str) -> None:
            page.get_by_role("heading", name=title).wait_for()
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found[f"{title} {scheme}"] = violations(page, axe)

        page.goto(own_link(running, person))
        judge("The text has changed")
        page.get_by_role("button", name="No, use my number").click()
        page.locator(".actions").get_by_role("button", name="Withdraw my consent").click()
        page.get_by_label("Last 4 characters").fill(person.number[-4:])
        page.get_by_role("button", name="Continue").click()
        judge("Your choice, Nur")
        page.get_by_role("button", name="Do not ask me again").click()
        page.get_by_role("button", name="You may ask me again").wait_for()
        browser.close()
    assert not running.reload(person).face_agreed
    assert {state: problems for state, problems in found.items() if problems} == {}


def _earlier_consent(employee_id: str, now: datetime) -> Consent:
    return Consent(
        id=new_id(),
        employee_id=employee_id,
        modality=FACE,
        text_digest="0" * 64,
        text_version=FACE_VERSION - 1,
        language="en",
        channel="link",
        user_agent="",
        given_at=now,
    )
