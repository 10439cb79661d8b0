"""The person reads, answers and keeps the consent in the language that they choose. N8, T21."""

from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console.api import employees
from console.demo.site import wait_until
from console.domain.consent import FACE, FINGER, WORDINGS, consent_texts
from console.domain.retention import SHIPPED
from console.store.schema import Consent
from tests.conftest import RunningSite
from tests.portal.conftest import Judged
from tests.portal.test_withdrawal import SMALL, answer_check, asked_about
from tests.service.test_personal_links import own_link

LAPTOP = {"width": 1366, "height": 768}
"""px"""
MALAY, CHINESE = WORDINGS["ms"], WORDINGS["zh-Hans"]


def given(running: RunningSite, person: employees.EmployeeRow, modality: str) -> Consent:
    """The newest consent, which is the text in force in the language that it names."""
    mine = Consent.employee_id == person.id, Consent.modality == modality
    with running.store().read() as tx:
        row = tx.scalars(sa.select(Consent).where(*mine).order_by(Consent.given_at)).all()[-1]
    texts = {text.language: text for text in consent_texts(modality, SHIPPED)}
    assert row.text_digest == texts[row.language].digest
    return row


def copy_of_consent(running: RunningSite, person: employees.EmployeeRow) -> str:
    """The email that they were sent of it, as it is shown."""

    def found() -> str | None:
        return next(
            (text for text in map(shown, running.emails_to(person)) if "copy" in text), None
        )

    def shown(one: EmailMessage) -> str:
        html = one.get_body(("html",))
        return unescape(html.get_content()) if html is not None else ""

    return wait_until(found)


@pytest.mark.parametrize("size", [SMALL, LAPTOP], ids=["360x640", "1366x768"])
def test_N8_the_text_is_read_answered_and_emailed_in_the_language_that_is_chosen(
    running: RunningSite, built: Path, phone: Any, size: dict[str, int]
) -> None:
    person = running.add_employee()
    found = Judged(phone, built)
    phone.set_viewport_size(size)
    phone.goto(running.invite(person))
    for words in WORDINGS.values():
        phone.get_by_role("radio", name=words.name).check()
        phone.get_by_role("button", name=words.answers.start).wait_for()
        found.judge(f"Before you start, {person.first_name}")
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shown = phone.locator("main").inner_text()
        assert words.purposes[0] in shown
        assert words.headings.refusal in shown
        assert words.answers.decline in shown
    phone.get_by_role("radio", name=CHINESE.name).press("ArrowUp")
    phone.get_by_role("button", name=MALAY.answers.start).press("Enter")
    phone.get_by_role("heading", name="Is it you?").wait_for()
    assert given(running, person, FACE).language == "ms"
    copy = copy_of_consent(running, person)
    assert '<div lang="ms">' in copy
    for heading in (MALAY.headings.kept, MALAY.headings.refusal):
        assert heading in copy
    assert found == {}


def test_N8_the_browser_s_language_is_shown_first_and_a_choice_stays(
    running: RunningSite, built: Path, phone: Any
) -> None:
    """Of a browser in Singapore; about fingers, too. A name that is no tag ends nothing."""
    phone.add_init_script(
        "Object.defineProperty(navigator, 'languages', {get: () => ['en_US@posix', 'zh-SG', 'en']})"
    )
    person = asked_about(running, [FACE, FINGER])
    phone.goto(own_link(running, person))
    phone.get_by_role("radio", name=CHINESE.name, checked=True).wait_for()
    phone.get_by_role("radio", name=MALAY.name).check()
    phone.get_by_role("button", name=MALAY.answers.agree).click()
    answer_check(phone, person)
    phone.get_by_text("uses your fingerprints. The text has changed since.").wait_for()
    phone.get_by_role("radio", name=MALAY.name, checked=True).wait_for()
    phone.get_by_role("radio", name=CHINESE.name).check()
    shown = phone.locator("main").inner_text()
    assert CHINESE.finger.kept in shown
    assert CHINESE.purposes[0] not in shown
    phone.get_by_role("button", name=CHINESE.answers.agree).click()
    phone.get_by_role("heading", name="Your choice").wait_for()
    languages = [given(running, person, one).language for one in (FACE, FINGER)]
    assert languages == ["ms", "zh-Hans"]
