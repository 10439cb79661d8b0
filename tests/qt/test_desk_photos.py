"""Photos at the desk: consent, guidance, three photos, hand in; the camera is held briefly."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PyQt6.QtCore import Qt

from bridge.cameras import NoCamera, PictureSource
from console.demo.photos import blurred_photo, good_photos, simulated_camera
from console.desktop.pages.desk_photos import DeskPhotosPage
from console.desktop.shell import Shell
from console.qt.client import ConnectionState, ServiceClient
from console.qt.equipment import CameraChoice, Equipment
from console.store.schema import Consent
from tests.conftest import PASSWORD, RunningSite
from tests.qt.conftest import open_page


def gone() -> PictureSource:
    raise NoCamera("The camera cannot be opened. Plug it in, and close other programs that use it.")


@pytest.fixture
def cameras() -> list[CameraChoice]:
    return [CameraChoice("simulated", "Simulated camera", simulated_camera)]


@pytest.fixture
def shell(client: ServiceClient, cameras: list[CameraChoice], running: RunningSite, qtbot) -> Shell:
    """The console's window, signed in, with these cameras."""
    shell = Shell(client, equipment=Equipment(extra_cameras=tuple(cameras)))
    qtbot.addWidget(shell)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    shell.sign_in.username.edit.setText("h.farid")
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: client.state is ConnectionState.READY)
    return shell


@pytest.fixture
def page(shell: Shell) -> Iterator[DeskPhotosPage]:
    page = open_page(shell, DeskPhotosPage)
    yield page
    session = page._session
    page._close_camera()
    if session is not None:
        session.join()


def bring(
    page: DeskPhotosPage, running: RunningSite, until: Callable[..., None], agree: bool = True
):
    person = running.add_employee()
    page.open_person(person.id)
    until(lambda: page.capture is not None and page.capture.employee_id == person.id)
    if agree:
        page.answer(True)
        until(lambda: page.taking)
    return person


@pytest.fixture
def until(qtbot):
    return qtbot.waitUntil


def test_a_person_is_guided_photographed_and_handed_in(
    page: DeskPhotosPage, running: RunningSite, until
) -> None:
    person = bring(page, running, until)
    until(lambda: page.panel.title.text() == "Face small")
    assert "Move closer" in page.panel.hint.text()
    until(lambda: all(slot.jpeg for slot in page.panel.slots))  # taken by itself when all is right
    until(page.panel.submit.isEnabled)
    assert sum("Best photo." in slot.text.text() for slot in page.panel.slots) == 1
    page.submit_now()
    until(lambda: not page.taking)
    until(lambda: running.reload(person).status == "pending_approval")
    until(lambda: page._session is None)
    assert page.centre.parts[2].isVisible()


def test_nobody_is_filmed_before_they_have_agreed(
    page: DeskPhotosPage, shell: Shell, running: RunningSite, until
) -> None:
    bring(page, running, until, agree=False)
    assert page._session is None
    assert not page.take.isEnabled()
    page.answer(False)
    until(lambda: "No face is kept" in shell.banner.text())
    assert page._session is None


def test_the_camera_is_let_go_when_the_page_is_left(
    page: DeskPhotosPage, running: RunningSite, until
) -> None:
    bring(page, running, until)
    until(lambda: page.live.frame is not None)
    session = page._session
    assert session is not None
    page.hide()
    session.join()
    assert page._session is None
    assert not any(thread.is_alive() for thread in session._threads)


def test_pictures_that_exist_are_taken_and_a_bad_one_is_taken_again(
    page: DeskPhotosPage, shell: Shell, running: RunningSite, until, tmp_path: Path
) -> None:
    bring(page, running, until)
    page.by_itself.setChecked(False)
    paths = []
    for number, photo in enumerate([good_photos()[0], blurred_photo(), good_photos()[1]]):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(photo)
    page.add_files(paths)
    until(
        lambda: (
            page.capture is not None
            and [photo.outcome for photo in page.capture.photos] == ["pass", "reject", "pass"]
        )
    )
    assert page.panel.next_slot() == 2
    page.add_files([tmp_path / "gone.jpg"])
    assert "gone.jpg" in shell.banner.text()
    with (tmp_path / "film.jpg").open("wb") as film:
        film.truncate(1 << 40)
    page.add_files([tmp_path / "film.jpg"])
    assert "film.jpg: The file is too large" in shell.banner.text()
    page.panel.slots[1].again.click()
    until(lambda: page.capture is not None and len(page.capture.photos) == 2)
    assert not page.panel.submit.isEnabled()


@pytest.mark.parametrize("cameras", [[CameraChoice("gone", "Front camera", gone)]])
def test_a_camera_that_cannot_be_opened_says_why(
    page: DeskPhotosPage, running: RunningSite, until
) -> None:
    bring(page, running, until)
    until(lambda: "close other programs" in page.live._empty_text)


@pytest.mark.parametrize("cameras", [[]])
def test_without_a_camera_pictures_can_be_chosen(
    page: DeskPhotosPage, running: RunningSite, until, monkeypatch
) -> None:
    monkeypatch.setattr("bridge.cameras.cameras", list)
    bring(page, running, until)
    assert "No camera is connected" in page.live._empty_text
    assert page.files.isEnabled()


def test_everything_is_named_and_reached_by_keyboard(
    page: DeskPhotosPage, shell: Shell, running: RunningSite, until, qtbot
) -> None:
    """CO12: a language is chosen, an answer given, a photo taken; Space does what is meant."""
    page.by_itself.setChecked(False)
    bring(page, running, until, agree=False)
    shell.activateWindow()
    qtbot.waitUntil(shell.isActiveWindow)
    page.consent.languages.setFocus()
    qtbot.keyClick(page.consent.languages, Qt.Key.Key_Down)
    assert page.consent.languages.currentData() == "ms"
    qtbot.keyClick(page.consent.languages, Qt.Key.Key_Tab)
    assert page.consent.area.hasFocus(), "a long text is scrolled by the arrows"
    qtbot.keyClick(page.consent.area, Qt.Key.Key_Tab)
    assert page.agree.hasFocus()
    qtbot.keyClick(page.agree, Qt.Key.Key_Space)
    until(lambda: page.taking and page.live.frame is not None)
    with running.store().read() as tx:
        assert tx.scalars(sa.select(Consent.language).order_by(Consent.given_at)).all()[-1] == "ms"
    assert page.take.hasFocus()
    qtbot.keyClick(page.take, Qt.Key.Key_Space)
    until(lambda: bool(page.panel.slots[0].jpeg))
    qtbot.keyClick(page.by_itself, Qt.Key.Key_Space)
    assert page.by_itself.isChecked(), "a box is ticked, and no photo is taken"
    page.by_itself.setChecked(False)
    assert not page.panel.slots[1].jpeg
    qtbot.keyClick(page.live, Qt.Key.Key_Space)
    until(lambda: bool(page.panel.slots[1].jpeg))
    for widget in (
        page.live,
        page.table,
        *(slot.view for slot in page.panel.slots),
        *(slot.again for slot in page.panel.slots),
    ):
        assert widget.accessibleName()
