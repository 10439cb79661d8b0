"""The person withdraws by their link, answers about another text, and opts out. EN1, N8."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.api import employees, review
from console.demo.employee import PortalVisit
from console.demo.photos import good_photos
from console.domain.consent import FACE, FINGER, STATED_FINGER, TEXT_VERSIONS
from console.store.schema import AskedAgain, Employee
from tests.conftest import ONE_FACE, RunningSite
from tests.portal.conftest import Judged
from tests.service.test_personal_links import own_link
from tests.store.made import add_consent, add_finger

SMALL = {"width": 360, "height": 640}
"""px; a small phone."""


def test_EN1_an_enrolled_person_withdraws_by_the_link_of_their_email(
    running: RunningSite, built: Path, phone: Any
) -> None:
    person = running.add_employee()
    link = running.invite(person)
    PortalVisit(link).enrol(person.number, good_photos())
    waiting = running.wait_submission(person)
    decision = review.Decide(id=waiting.id, approve=True, in_spite=ONE_FACE)
    running.client.call(review.decide, decision)
    found = Judged(phone, built)
    phone.goto(link)
    found.judge("Successful Enrollment!")
    phone.get_by_role("button", name="Withdraw my consent").click()
    found.judge("Withdraw your consent?")
    phone.get_by_role("button", name="Keep it").click()
    phone.get_by_role("heading", name="Successful Enrollment!").wait_for()
    phone.get_by_role("button", name="Withdraw my consent").click()
    phone.locator(".actions").get_by_role("button", name="Withdraw my consent").click()
    found.judge("Your consent is withdrawn")
    assert phone.get_by_role("button", name="Withdraw my consent").count() == 0
    assert running.reload(person).status == "withdrawn"
    assert found == {}


def test_N8_a_person_answers_about_another_text_and_opts_out(
    running: RunningSite, built: Path, phone: Any
) -> None:
    person = asked_about(running, [FACE])
    found = Judged(phone, built)
    phone.goto(own_link(running, person))
    found.judge("The text has changed")
    phone.get_by_role("button", name="No, use my number").click()
    phone.locator(".actions").get_by_role("button", name="Withdraw my consent").click()
    answer_check(phone, person)
    found.judge("Your choice, Nur")
    phone.get_by_role("button", name="Do not ask me again").click()
    phone.get_by_role("button", name="You may ask me again").wait_for()
    assert not running.reload(person).face_agreed
    assert found == {}


def test_N8_the_own_page_says_of_fingers_what_is_so_at_home(
    running: RunningSite, built: Path, phone: Any
) -> None:
    """No reader is near; silence counts to the minute; each question comes in its turn."""
    person = asked_about(running, [FACE, FINGER])
    found = Judged(phone, built)
    phone.set_viewport_size(SMALL)
    phone.goto(own_link(running, person))
    found.judge("The text has changed")
    phone.get_by_role("button", name="I agree").click()
    answer_check(phone, person)
    phone.get_by_text("uses your fingerprints. The text has changed since.").wait_for()
    found.judge("The text has changed")
    shown = phone.locator("body").inner_text()
    assert "put on the reader" not in shown
    with running.store().read() as tx:
        until = tx.get_one(AskedAgain, (person.id, FINGER)).answer_by
    assert until is not None
    assert f"{until:%H:%M}" in shown.split("; otherwise")[0]
    phone.get_by_role("button", name="I agree").click()
    found.judge("Your choice, Nur")
    phone.get_by_role("button", name="Withdraw my consent to fingerprints").click()
    found.judge("Withdraw your consent?")
    phone.locator(".actions").get_by_role("button", name="Withdraw my consent").click()
    phone.get_by_role("button", name="Withdraw my consent", exact=True).wait_for()
    assert "fingerprints." not in phone.locator("main").inner_text()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == {}


def test_N8_whose_fingers_rest_on_a_statement_is_not_told_that_they_have_agreed(
    running: RunningSite, phone: Any
) -> None:
    person, now = running.add_employee(), datetime.now(UTC)
    running.invite(person)
    with running.store().write() as tx:
        add_consent(tx, tx.get_one(Employee, person.id), STATED_FINGER, now)
    phone.goto(own_link(running, person))
    phone.get_by_role("button", name="Withdraw my consent to fingerprints").wait_for()
    shown = phone.locator("main").inner_text()
    assert "may use your fingerprints" in shown
    assert "You have agreed" not in shown


def asked_about(running: RunningSite, modalities: Sequence[str]) -> employees.EmployeeRow:
    """Somebody who has agreed to the texts before those in force, and was told today."""
    person, now = running.add_employee(), datetime.now(UTC)
    running.invite(person)
    with running.store().write() as tx:
        employee = tx.get_one(Employee, person.id)
        for one in modalities:
            add_consent(tx, employee, one, now).text_version = TEXT_VERSIONS[one] - 1
            asked = {"modality": one, "version": TEXT_VERSIONS[one], "asked_at": now}
            asked |= {"answer_days": 30, "told_at": now, "answer_by": now + timedelta(days=30)}
            tx.add(AskedAgain(employee_id=person.id, **asked))
        if FINGER in modalities:
            add_finger(tx, employee, 7, b"templates")
    return person


def answer_check(page: Any, person: employees.EmployeeRow) -> None:
    page.get_by_label("Last 4 characters").fill(person.number[-4:])
    page.get_by_role("button", name="Continue").click()
