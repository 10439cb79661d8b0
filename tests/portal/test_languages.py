"""The person reads, answers and is written to in their language. N8, T21."""

from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from console.api import employees
from console.catalogue import catalogue_of
from console.demo.site import wait_until
from console.domain.consent import FACE, FINGER, WORDINGS, consent_texts
from console.domain.language import CHINESE, LANGUAGES, MALAY, speaking, tr
from console.domain.retention import SHIPPED
from console.service.enrolment.portal_links import LOOKING
from console.store.schema import Consent, Employee, PortalSession
from tests.conftest import RunningSite
from tests.portal.conftest import Judged
from tests.portal.test_withdrawal import SMALL, asked_about
from tests.service.test_personal_links import own_link

LAPTOP = {"width": 1366, "height": 768}
"""px"""
FITS = "document.documentElement.scrollWidth <= innerWidth"


def said(language: str, text: str, **values: object) -> str:
    """The text in this language."""
    with speaking(catalogue_of(language)):
        return tr(text, **values)


def choose(page: Any, language: str) -> None:
    """The person chooses a language at the head of the page."""
    page.get_by_role("link", name=LANGUAGES[language].name).click()
    page.locator(f"html[lang={language}]").wait_for()


def given(running: RunningSite, person: employees.EmployeeRow, modality: str) -> Consent:
    """The newest consent, which is the text in force in the language that it names."""
    mine = Consent.employee_id == person.id, Consent.modality == modality
    with running.store().read() as tx:
        row = tx.scalars(sa.select(Consent).where(*mine).order_by(Consent.given_at)).all()[-1]
    texts = {text.language: text for text in consent_texts(modality, SHIPPED)}
    assert row.text_digest == texts[row.language].digest
    return row


def copy_of_consent(running: RunningSite, person: employees.EmployeeRow, subject: str) -> str:
    """The email with this subject that they were sent of it, as it is shown."""

    def shown(one: EmailMessage) -> str:
        html = one.get_body(("html",))
        return unescape(html.get_content()) if html is not None else ""

    def found() -> str | None:
        emails = running.emails_to(person)
        return next((shown(one) for one in emails if one["Subject"] == subject), None)

    return wait_until(found)


@pytest.mark.parametrize("size", [SMALL, LAPTOP], ids=["360x640", "1366x768"])
def test_N8_the_text_is_read_answered_and_emailed_in_the_language_that_is_chosen(
    running: RunningSite, built: Path, phone: Any, size: dict[str, int]
) -> None:
    person = running.add_employee()
    found = Judged(phone, built)
    phone.set_viewport_size(size)
    phone.goto(running.invite(person))
    phone.get_by_role("button", name=WORDINGS["en"].answers.start).wait_for()
    for tag in (CHINESE, "en", MALAY):
        choose(phone, tag)
        words = WORDINGS[tag]
        phone.get_by_role("button", name=words.answers.start).wait_for()
        found.judge(said(tag, "Before you start, {name}", name=person.first_name))
        assert phone.evaluate(FITS)
        shown = phone.locator("main").inner_text()
        assert words.purposes[0] in shown
        assert words.headings.refusal in shown
        assert words.answers.decline in shown
        assert said(tag, "Face enrollment via Weblink") in phone.locator("header").inner_text()
    phone.get_by_role("button", name=WORDINGS[MALAY].answers.start).press("Enter")
    phone.get_by_role("heading", name=said(MALAY, "Is it you?")).wait_for()
    assert given(running, person, FACE).language == MALAY
    copy = copy_of_consent(running, person, said(MALAY, "What you have agreed to"))
    assert '<html lang="ms" dir="ltr">' in copy
    for heading in (WORDINGS[MALAY].headings.kept, WORDINGS[MALAY].headings.refusal):
        assert heading in copy
    assert said(MALAY, "You then use your number instead. There is no disadvantage.") in copy
    assert found == {}


def test_T21_a_choice_is_remembered_for_the_link(running: RunningSite, phone: Any) -> None:
    """Whatever the browser's language is: another phone opens the same link in it."""
    person = running.add_employee()
    link = running.invite(person)
    phone.goto(link)
    phone.get_by_role("button", name=WORDINGS["en"].answers.start).wait_for()
    with phone.expect_response("**/e/language") as answer:
        choose(phone, MALAY)
    assert answer.value.json()["language"] == "", "programs that scan emails click at once. MA4"
    with running.store().write() as tx:
        for opened in tx.scalars(sa.select(PortalSession)):
            opened.created_at -= LOOKING
    with phone.expect_response("**/e/language") as answer:
        choose(phone, CHINESE)
    assert answer.value.json()["language"] == CHINESE
    phone.context.clear_cookies()
    phone.goto(link)
    phone.get_by_role("button", name=WORDINGS[CHINESE].answers.start).wait_for()
    assert phone.locator("html").get_attribute("lang") == CHINESE
    with running.store().read() as tx:
        assert tx.get_one(Employee, person.id).language == CHINESE


def test_T21_the_code_page_speaks_and_hands_the_choice_on(running: RunningSite, phone: Any) -> None:
    phone.goto(f"{running.demo.running.portal}/?language=ms")
    phone.get_by_role("heading", name=said(MALAY, "Enter your code")).wait_for()
    choose(phone, CHINESE)
    phone.get_by_label(said(CHINESE, "Code of 8 letters and digits")).fill("aaaa aaaa")
    phone.keyboard.press("Enter")
    wrong = said(CHINESE, "This code is not valid, or not valid any more. Ask for a new one.")
    phone.get_by_text(wrong).wait_for()


def test_N8_the_browser_s_language_is_shown_first_and_a_choice_stays(
    running: RunningSite, phone: Any
) -> None:
    """Of a browser in Singapore; about fingers, too."""
    context = phone.context.browser.new_context(locale="zh-SG", timezone_id="UTC")
    page = context.new_page()
    person = asked_about(running, [FACE, FINGER])
    page.goto(own_link(running, person))
    page.get_by_role("button", name=WORDINGS[CHINESE].answers.agree).wait_for()
    choose(page, MALAY)
    page.get_by_role("button", name=WORDINGS[MALAY].answers.agree).click()
    page.get_by_label(said(MALAY, "Last 4 characters of your number")).fill(person.number[-4:])
    page.get_by_role("button", name=said(MALAY, "Continue")).click()
    page.get_by_text("menggunakan cap jari anda. Sejak itu teks telah berubah.").wait_for()
    choose(page, CHINESE)
    page.get_by_text(WORDINGS[CHINESE].finger.kept).wait_for()
    assert WORDINGS[CHINESE].purposes[0] not in page.locator("main").inner_text()
    page.get_by_role("button", name=WORDINGS[CHINESE].answers.agree).click()
    heading = said(CHINESE, "Your choice, {name}", name=person.first_name)
    page.get_by_role("heading", name=heading).wait_for()
    languages = [given(running, person, one).language for one in (FACE, FINGER)]
    assert languages == [MALAY, CHINESE]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_T21_the_policies_speak_without_a_script(running: RunningSite, tag: str) -> None:
    titles = {
        "/privacy": "Privacy Policy",
        "/security": "Data Security",
        "/guidelines": "Guidelines for Biometric Data User",
    }
    with httpx.Client(base_url=running.demo.running.portal) as browser:
        for path, title in titles.items():
            chosen = browser.get(path, params={"language": tag})
            accepted = browser.get(path, headers={"Accept-Language": tag})
            for html in (chosen.text, accepted.text):
                assert f'<html lang="{tag}" dir="ltr">' in html
                assert f"<h1>{said(tag, title)}</h1>" in html
        assert said(tag, "Your choice") in browser.get("/privacy", params={"language": tag}).text


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("zh-TW,ms;q=0.5", MALAY),
        ("de,en;q=0.3,ms;q=0.7", MALAY),
        ("xx;q=nonsense, *", "en"),
        ("ta", "en"),
    ],
)
def test_T21_a_refusal_is_in_the_language_of_the_page(
    running: RunningSite, header: str, tag: str
) -> None:
    with httpx.Client(base_url=running.demo.running.portal) as browser:
        said_to = {"X-Muster-Portal": "1", "Accept-Language": header}
        answer = browser.post("/e/session", json={"token": "garbled"}, headers=said_to)
        nowhere = browser.get("/nowhere", headers=said_to)
    text = "This link is not valid, or not valid any more. Ask your administrator for a new one."
    assert answer.json()["message"] == said(tag, text)
    assert (nowhere.status_code, nowhere.text) == (404, said(tag, "There is no such page."))
