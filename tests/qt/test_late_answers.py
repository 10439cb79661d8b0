"""H10's brothers: on every page a late answer is never shown beside the thing chosen since."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from console.api import employees, faces, fingers, kiosks, logins, operators, review, site, tasks
from console.api import terminals as terminals_api
from console.api.operation import ApiError, Started
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.pages.desk_photos import DeskPhotosPage
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.fingers import FingersPage
from console.desktop.pages.kiosks import CodeDialog, KiosksPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.pages.lookalikes import LookalikesPage
from console.desktop.pages.operators import OperatorsPage
from console.desktop.pages.screening import ScreeningPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.pages.terminal_panel import TerminalPanel
from console.desktop.widgets.task_strip import TaskStrip
from console.domain.invitations import Status
from console.qt.camera_session import CameraSession
from console.qt.equipment import CameraChoice, Equipment
from tests.qt.test_camera_session import Camera, camera_threads
from tests.qt.test_review_answers import BLUE, GREEN, RED, colour_of, picture
from tests.support.delayed_client import DelayedClient
from tests.support.filled import filled

REFUSED = ApiError(code="invalid", message="No.", field="name")


@pytest.fixture
def client(themed) -> DelayedClient:
    return DelayedClient()


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def make(client: DelayedClient, qtbot, messages: list[str]):
    """Builds a page whose messages are heard."""

    def build(kind):
        page = kind(client)
        qtbot.addWidget(page)
        page.message.connect(lambda text, _bad: messages.append(text))
        return page

    return build


def test_a_saved_employee_does_not_replace_the_form_opened_since(
    make, client: DelayedClient, messages: list[str]
) -> None:
    page = make(EmployeesPage)
    ada, bob = (filled(employees.EmployeeRow, id=name, last_name=name) for name in ("Ada", "Bob"))
    page.panel.show_employee(ada)
    page.panel.save.click()
    page.panel.show_employee(bob)
    client.waiting(employees.save_employee).answer(ada)
    assert page.panel.last_name.text() == "Bob"
    assert len(messages) == 1 and "Ada" in messages[0], "that Ada is saved is said all the same"
    page.panel.save.click()
    page.panel.hide()
    client.waiting(employees.save_employee).refuse(REFUSED)
    assert page.panel.isHidden() and messages[-1] == "No."


def test_a_saved_operator_does_not_open_a_form_that_was_closed(
    make, client: DelayedClient, messages: list[str]
) -> None:
    page = make(OperatorsPage)
    page.show()
    page.panel.show_operator(filled(operators.OperatorRow, id="A", name="Ada"))
    page.panel.save.click()
    page.panel.hide()
    client.waiting(operators.save_operator).answer(filled(operators.OperatorRow, name="Ada"))
    assert page.panel.isHidden()
    assert len(messages) == 1 and "Ada" in messages[0]


def show_kiosks(page: KiosksPage, client: DelayedClient) -> None:
    page.refresh()
    found = [filled(kiosks.KioskRow, id=name, name=name, paired=True) for name in ("Gate", "Hall")]
    client.waiting(kiosks.list_kiosks).answer(filled(kiosks.KioskList, kiosks=found))


def test_a_saved_kiosk_does_not_replace_the_one_chosen_since(
    make, client: DelayedClient, messages: list[str]
) -> None:
    page = make(KiosksPage)
    show_kiosks(page, client)
    page.table.selectRow(0)
    page.save_now()
    page.save_now()
    page.table.selectRow(1)
    client.waiting(kiosks.change_kiosk).answer(filled(kiosks.KioskRow, id="Gate", name="Gate"))
    client.waiting(kiosks.change_kiosk).refuse(REFUSED)
    assert page.name.text() == "Hall" and page.problem.text() == ""
    assert len(messages) == 2


def test_a_pairing_code_names_its_kiosk(make, client: DelayedClient) -> None:
    page = make(KiosksPage)
    show_kiosks(page, client)
    page.table.selectRow(0)
    page.pair.click()
    page.table.selectRow(1)
    client.waiting(kiosks.pair_again).answer(filled(kiosks.PairingCode, code="1234"))
    assert "Gate" in page.findChild(CodeDialog).windowTitle()


def test_a_late_list_of_kiosks_does_not_replace_a_newer_one(make, client: DelayedClient) -> None:
    page = make(KiosksPage)
    page.refresh()
    old = client.waiting(kiosks.list_kiosks)
    show_kiosks(page, client)
    old.answer(filled(kiosks.KioskList))
    assert page.model.rowCount() == 2


def terminal(name: str) -> terminals_api.TerminalDetail:
    return filled(
        terminals_api.TerminalDetail,
        terminal=filled(terminals_api.TerminalRow, id=name, name=name),
    )


def test_a_late_terminal_does_not_replace_the_one_chosen_since(
    client: DelayedClient, qtbot
) -> None:
    detail = TerminalPanel(client, lambda _text, _bad: None)
    qtbot.addWidget(detail)
    detail.show_terminal("A")
    client.waiting(terminals_api.get_terminal, id="A").answer(terminal("A"))
    assert detail.isEnabled()
    detail.show_terminal("A")
    late = client.waiting(terminals_api.get_terminal, id="A")
    detail.show_terminal("B")
    assert not detail.isEnabled(), "nothing is done to A while B is chosen"
    client.waiting(terminals_api.get_terminal, id="B").answer(terminal("B"))
    late.answer(terminal("A"))
    assert detail.name.text() == "B" and detail.isEnabled()


def test_the_task_of_one_terminal_is_not_shown_beside_another(client: DelayedClient, qtbot) -> None:
    detail = TerminalPanel(client, lambda _text, _bad: None)
    qtbot.addWidget(detail)
    detail.show_terminal("A")
    client.waiting(terminals_api.get_terminal, id="A").answer(terminal("A"))
    detail._do("refresh")
    client.waiting(tasks.on_unit).answer(Started(task_id="t"))
    running = client.waiting(tasks.get_task)
    running.answer(filled(tasks.Task, id="t", title="Reading A", state="running"))
    strip = detail.findChild(TaskStrip)
    assert not strip.isHidden()
    detail.show_terminal("B")
    assert strip.isHidden() and not detail.watch.running


def test_only_the_task_started_last_is_followed(client: DelayedClient) -> None:
    watch = TaskWatch(client, client)
    ended: list[tasks.Task] = []
    watch.ended.connect(ended.append)
    for number in (1, 2):
        watch.start(tasks.on_unit, tasks.OnUnit(terminal_id="A", action=str(number)))
    first, second = client.waiting(tasks.on_unit), client.waiting(tasks.on_unit)
    second.answer(Started(task_id="second"))
    first.answer(Started(task_id="first"))
    asked = [one.request.id for one in client.pending if one.operation is tasks.get_task]
    assert asked == ["second"]
    client.waiting(tasks.get_task).answer(filled(tasks.Task, id="second", state="done"))
    assert [task.id for task in ended] == ["second"]


def pair_of(*names: str) -> faces.SimilarPair:
    first, second = (
        filled(faces.PairedPerson, id=name, name=name, enrolment_id=f"{name}-photo")
        for name in names
    )
    return filled(faces.SimilarPair, first=first, second=second, fmr=1e-6)


def test_late_photos_of_a_pair_are_not_shown_beside_other_names(
    make, client: DelayedClient
) -> None:
    page = make(LookalikesPage)
    page.refresh()
    pairs = [pair_of("Ada", "Bea"), pair_of("Cem", "Dan")]
    client.waiting(faces.most_similar).answer(filled(faces.SimilarPairs, pairs=pairs, people=4))
    page.table.selectRow(0)
    late = client.waiting(review.picture, id="Ada-photo")
    client.waiting(review.picture, id="Bea-photo").answer(picture(RED))
    page.table.selectRow(1)
    assert [colour_of(view) for view in (page.left, page.right)] == ["", ""]
    client.waiting(review.picture, id="Cem-photo").answer(picture(GREEN))
    client.waiting(review.picture, id="Dan-photo").answer(picture(BLUE))
    late.answer(picture(RED))
    assert [colour_of(view) for view in (page.left, page.right)] == [GREEN, BLUE]
    page.refresh()
    client.waiting(faces.most_similar).answer(filled(faces.SimilarPairs, pairs=pairs, people=4))
    assert not [one for one in client.pending if one.operation is review.picture], (
        "viewing a photo is audited: a refresh does not view it again"
    )


def test_a_late_explanation_is_not_shown_beside_another_login(make, client: DelayedClient) -> None:
    page = make(LoginsPage)
    page.refresh()
    rows = [filled(logins.LoginRow, id=name, terminal=name, explained=True) for name in ("A", "B")]
    client.waiting(logins.list_logins).answer(filled(logins.LoginPage, rows=rows))
    page.table.selectRow(0)
    late = client.waiting(logins.why, id="A")
    page.table.selectRow(1)
    client.waiting(logins.why, id="B").answer(filled(logins.Why, title="Why B"))
    late.answer(filled(logins.Why, title="Why A"))
    assert page.why.title.text() == "Why B"
    page.why.closed.emit()
    page.table.selectRow(0)
    late = client.waiting(logins.why, id="A")
    page.table.clearSelection()
    late.answer(filled(logins.Why, title="Why A"))
    assert page.why.isHidden()


def test_a_late_photo_of_the_preview_is_not_shown_under_another_line(
    make, client: DelayedClient
) -> None:
    page = make(ScreeningPage)
    photos = [filled(faces.TriedPhoto, id=name, now="pass", was="pass") for name in ("A", "B")]
    tried = filled(faces.Tried, count=2, photos=photos)
    page.try_now()
    old = client.waiting(faces.try_profile)
    page.try_now()
    client.waiting(faces.try_profile).answer(tried)
    old.answer(filled(faces.Tried))
    assert page.photos.count() == 2, "the preview of older limits came too late"
    page.photos.setCurrentRow(0)
    late = client.waiting(review.picture, id="A")
    page.photos.setCurrentRow(1)
    client.waiting(review.picture, id="B").answer(picture(BLUE))
    late.answer(picture(RED))
    assert colour_of(page.photo) == BLUE


def test_a_late_test_email_does_not_replace_the_newer_result(make, client: DelayedClient) -> None:
    page = make(SettingsPage)
    email = filled(site.EmailSettings, security="none")
    for _ in range(2):
        page.send_test()
        client.waiting(site.save_settings).answer(filled(site.SiteSettings, email=email))
    first, second = client.waiting(site.test_email), client.waiting(site.test_email)
    second.answer(filled(site.TestEmailResult, message="second"))
    first.answer(filled(site.TestEmailResult, message="first"))
    assert page.result.text() == "second"


def hands(name: str) -> fingers.Hands:
    return filled(fingers.Hands, employee_id=name, employee=name, active=True, may_enrol=True)


def test_late_hands_are_not_shown_for_the_person_chosen_since(
    make, client: DelayedClient, messages: list[str]
) -> None:
    page = make(FingersPage)
    page.open_person("Ada")
    late = client.waiting(fingers.hands, id="Ada")
    page.open_person("Bob")
    client.waiting(fingers.hands, id="Bob").answer(hands("Bob"))
    late.answer(hands("Ada"))
    assert page.person.employee_id == "Bob" and page.name.text() == "Bob"
    page.answer(False)
    page.open_person("Cem")
    assert page.person is None and not page.agree.isEnabled()
    client.waiting(fingers.give_consent, employee_id="Bob").answer(hands("Bob"))
    assert page.person is None
    assert len(messages) == 1 and "fingerprints of Bob" in messages[0]


def capture(name: str, **fields: object) -> faces.Capture:
    return filled(faces.Capture, employee_id=name, employee=name, **fields)


def test_a_late_capture_is_not_shown_for_the_person_chosen_since(
    make, client: DelayedClient
) -> None:
    page = make(DeskPhotosPage)
    page.open_person("Ada")
    late = client.waiting(faces.capture, id="Ada")
    page.open_person("Bob")
    client.waiting(faces.capture, id="Bob").answer(capture("Bob"))
    late.answer(capture("Ada"))
    assert page.name.text() == "Bob"
    page.open_person("Cem")
    page.answer(True)
    assert not [one for one in client.pending if one.operation is faces.begin_capture]


def test_the_state_after_two_photos_is_not_replaced_by_that_after_one(
    make, client: DelayedClient
) -> None:
    page = make(DeskPhotosPage)
    page.open_person("Ada")
    open_capture = {"id": "c", "status": Status.CONSENTED}
    client.waiting(faces.capture, id="Ada").answer(capture("Ada", **open_capture))
    for _ in range(2):
        page._add(b"a picture")
    first, second = client.waiting(faces.add_photo), client.waiting(faces.add_photo)
    photos = [filled(faces.CapturePhoto, slot=slot, state="received") for slot in (1, 2)]
    second.answer(capture("Ada", photos=photos, **open_capture))
    first.answer(capture("Ada", photos=photos[:1], **open_capture))
    assert len(page.capture.photos) == 2


class NoGuide:
    """Sees nothing."""

    def analyse_frame(self, frame: np.ndarray) -> None:
        return None


@contextmanager
def no_guide(*_args: object) -> Iterator[NoGuide]:
    yield NoGuide()


def test_H11_twenty_openings_of_the_page_leave_no_camera_session(
    make, client: DelayedClient, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.desktop.pages.desk_photos.LiveGuide", no_guide)
    before = len(camera_threads())
    page = make(DeskPhotosPage)
    page.equip(Equipment(extra_cameras=(CameraChoice("simulated", "Camera", Camera),)))
    page.show()
    page.open_person("Ada")
    client.waiting(faces.capture, id="Ada").answer(capture("Ada", id="c", status=Status.CONSENTED))
    for _ in range(20):
        page.hide()
        page.show()
        qtbot.waitUntil(lambda: page.live.frame is not None)
    qtbot.waitUntil(lambda: len(page.findChildren(CameraSession)) == 1)
    qtbot.waitUntil(lambda: len(camera_threads()) == before + 2)
    page.hide()
    qtbot.waitUntil(lambda: not page.findChildren(CameraSession))
    qtbot.waitUntil(lambda: len(camera_threads()) == before)
