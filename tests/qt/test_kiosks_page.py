"""Kiosks in the console: added, set up, explained in words; and why somebody was refused."""

from datetime import UTC, datetime

import pytest
from PyQt6.QtWidgets import QLabel

from console.api import kiosk_link, kiosks
from console.api.operation import Nothing
from console.desktop.kiosk_words import odds_text
from console.desktop.pages.fingers import FingersPage
from console.desktop.pages.kiosks import CodeDialog, KiosksPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.desktop.widgets.login_player import SOMEBODY, play
from console.domain.kiosks import KioskSettings
from console.domain.login_events import LoginOutcome
from console.domain.login_policy import MatchPolicy, Method
from tests.conftest import RunningSite
from tests.service.test_kiosks import as_kiosk, attempt, paired


def page_of(shell: Shell, qtbot) -> KiosksPage:
    shell.open_page(KiosksPage)
    page = shell.pages[KiosksPage]
    assert isinstance(page, KiosksPage)
    return page


def chosen(page: KiosksPage, running: RunningSite, name: str, qtbot) -> kiosks.KioskRow:
    qtbot.waitUntil(lambda: name in [page.model.row(n).name for n in range(page.model.rowCount())])
    kiosk = next(
        page.model.row(n) for n in range(page.model.rowCount()) if page.model.row(n).name == name
    )
    page.show_kiosk(kiosk)
    return kiosk


def stored(running: RunningSite, kiosk_id: str) -> kiosks.KioskRow:
    return next(
        one
        for one in running.client.call(kiosks.list_kiosks, Nothing()).kiosks
        if one.id == kiosk_id
    )


def test_a_kiosk_is_added_and_its_code_is_shown_once(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = page_of(shell, qtbot)
    page.add_now(kiosks.AddKiosk(name="Gate A", location="Hall", group="Gates"))
    qtbot.waitUntil(lambda: page.findChild(CodeDialog) is not None)
    dialog = page.findChild(CodeDialog)
    assert len(dialog.code.text()) == 11
    assert (
        running.client.call(kiosk_link.pair, kiosk_link.Pair(code=dialog.code.text())).name
        == "Gate A"
    )
    dialog.accept()


def test_A3_the_two_check_boxes_of_before_are_a_view_on_the_policy(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    kiosk_id, _ = paired(running, "Gate B")
    page = page_of(shell, qtbot)
    chosen(page, running, "Gate B", qtbot)
    form = page.form
    assert (form.require_match.isChecked(), form.skip.isChecked()) == (True, True)
    form.skip.setChecked(False)
    assert form.settings().match_policy is MatchPolicy.ALWAYS
    assert not form.cached.isChecked(), (
        "logins from the cache while the database is down go with the policy"
    )
    form.require_match.setChecked(False)
    assert (form.skip.isChecked(), form.settings().match_policy) == (True, MatchPolicy.NOT_REQUIRED)
    form.skip.setChecked(False)
    assert (form.require_match.isChecked(), form.settings().match_policy) == (
        True,
        MatchPolicy.ALWAYS,
    )
    page.save.click()
    qtbot.waitUntil(lambda: stored(running, kiosk_id).settings.match_policy is MatchPolicy.ALWAYS)
    assert stored(running, kiosk_id).own


def test_settings_survive_the_form_unchanged(shell: Shell, running: RunningSite, qtbot) -> None:
    settings = KioskSettings(
        default_method=Method.FINGER,
        match_policy=MatchPolicy.ALWAYS,
        cached_login_when_down=True,
        number_attempts=2,
        tolerance="High",
        face_fmr=1e-5,
        finger_fmr=1e-5,
        languages=["zh", "en"],
        challenge=True,
        max_cached=900,
        camera="Door camera",
        require_number=True,
    )
    page = page_of(shell, qtbot)
    page.form.show_settings(settings)
    shown = page.form.settings()
    assert shown.face_fmr == pytest.approx(1e-5)
    assert KioskSettings(**{**shown.__dict__, "face_fmr": 1e-5, "finger_fmr": 1e-5}) == settings


def test_N11_the_sentences_of_the_policy_and_a_player(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    paired(running, "Gate C")
    page = page_of(shell, qtbot)
    chosen(page, running, "Gate C", qtbot)
    player = page.player
    visible = [one.text() for one in player.sentences if not one.isHidden()]
    assert len(visible) == 4
    assert any("stamped as not verified" in text for text in visible)
    player.up.setChecked(False)
    player.hit.setChecked(False)
    assert player.result.text().startswith("Let in, flagged.")
    page.form.skip.setChecked(False)
    assert player.result.text() == "Refused: Database unavailable"
    player.up.setChecked(True)
    player.state.setCurrentIndex(1)
    assert player.result.text() == "Refused: Employee is not active"


def test_N11_the_player_runs_the_conversation_itself() -> None:
    said, record = play(
        KioskSettings(default_method=Method.FINGER),
        up=True,
        hit=False,
        matches=False,
        person=SOMEBODY,
    )
    assert record is not None and record.outcome is LoginOutcome.REFUSED
    assert said[0] == "The keypad asks for the number."
    assert "“Match not found. Please try again.”" in said


def test_N11_the_player_passes_the_challenge() -> None:
    said, record = play(
        KioskSettings(challenge=True), up=True, hit=True, matches=True, person=SOMEBODY
    )
    assert record is not None and record.outcome is LoginOutcome.ACCEPTED
    assert said == ["The person is asked to move.", "Access granted."]


def test_how_many_strangers_a_tolerance_lets_in_is_said(shell: Shell) -> None:
    alone = odds_text(1000, KioskSettings(tolerance="High"))
    assert "1 of 100 strangers would be mistaken for someone in all permitted attempts (3)" in alone
    assert "The face alone is sufficient" in alone


def test_EN6_when_the_number_is_asked_first_and_the_way_out_is_said(shell: Shell) -> None:
    first = odds_text(5000, KioskSettings())
    assert "With 5,000 enrolled faces, the number is asked for first" in first
    assert "sufficient for up to 3,350." in first
    assert "fewer attempts with the face" in first
    assert "The face alone is sufficient" in odds_text(5000, KioskSettings(face_attempts=2))


def test_bad_settings_are_named(shell: Shell, running: RunningSite, qtbot) -> None:
    paired(running, "Gate D")
    page = page_of(shell, qtbot)
    chosen(page, running, "Gate D", qtbot)
    page.name.edit.setText(" ")
    page.save.click()
    qtbot.waitUntil(lambda: "Give the kiosk a name" in page.problem.text())


def test_N9_one_click_says_why_somebody_was_refused(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    _, token = paired(running, "Dock")
    person = running.add_employee(first_name="Daniel", last_name="Okafor")
    logins = [attempt(person.number, f"w{n}", at=datetime.now(UTC)) for n in range(3)]
    as_kiosk(running, token, kiosk_link.upload, kiosk_link.Upload(logins=logins))
    shell.open_page(LoginsPage)
    page = shell.pages[LoginsPage]
    assert isinstance(page, LoginsPage)
    qtbot.waitUntil(lambda: page.model.rowCount() >= 3)
    page.table.selectRow(0)
    qtbot.waitUntil(lambda: not page.why.isHidden())
    assert page.why.title.text() == "Why was Daniel refused?"
    texts = [one.text() for one in page.why.steps.findChildren(QLabel)]
    assert f"Number {person.number} entered" in texts
    assert any("needs 1 in 10,000 by chance" in text for text in texts)
    assert "failed 3 of 3 times" in page.why.helps.text()
    page.why.again.click()
    desk = shell.pages[FingersPage]
    assert isinstance(desk, FingersPage)
    qtbot.waitUntil(lambda: desk.person is not None and desk.person.employee_id == person.id)
