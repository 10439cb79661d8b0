"""The review of submissions, by mouse and keyboard. Each test has a site of its own. CO5."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt

from console.api import employees, review
from console.demo.photos import good_photos, small_face_photo
from console.desktop.pages.review import ReviewPage
from console.desktop.shell import Shell
from tests.conftest import ONE_FACE, RunningSite, start_site
from tests.qt.conftest import open_page


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningSite]:
    """A site for one test: all made-up people share one face, so an approval changes the rest."""
    yield from start_site(tmp_path)


def submit(running: RunningSite, photos: Sequence[bytes]) -> employees.EmployeeRow:
    person = running.add_employee()
    running.visit(person).enrol(person.number, photos)
    running.wait_status(person, "pending_approval")
    return person


def test_a_submission_appears_by_itself_and_is_approved_by_keyboard(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, ReviewPage)
    person = submit(running, good_photos())
    qtbot.waitUntil(lambda: page.submission is not None and page.submission.number == person.number)
    assert "No photo on file" in page.on_file._empty_text
    qtbot.waitUntil(lambda: page.shown._pixmap is not None)
    assert page.lookalike_title.text() in ("No duplicate found", "Possible duplicate")
    shell.activateWindow()
    qtbot.keyClick(page, Qt.Key.Key_A)
    qtbot.waitUntil(page.undo_bar.isVisible)
    assert page.undo_bar.text.whole.startswith(f"Approved: {person.full_name}. Nothing is sent")
    assert page.submission is None
    assert running.reload(person).status == "pending_approval"
    qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.submission is not None and page.approve.isEnabled())
    assert page.undo_bar.isHidden()
    qtbot.keyClick(page, Qt.Key.Key_A)
    qtbot.waitUntil(page.undo_bar.isVisible)
    qtbot.waitUntil(lambda: running.reload(person).status == "approved")
    qtbot.waitUntil(lambda: "Approved" in shell.banner.text())
    assert page.submission is None and page.undo_bar.isHidden()


def test_photos_are_shown_by_number_with_their_own_gates(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, ReviewPage)
    person = submit(running, [good_photos()[0], small_face_photo(), b"not a photo"])
    qtbot.waitUntil(lambda: page.submission is not None and page.submission.number == person.number)
    page.show_photo(1)
    assert "photo 2 of 3" in page.shown_caption.text()
    page.show_photo(2)
    assert page.shown._pixmap is None
    assert "not a photo that we can read" in page.shown._empty_text
    assert page.submission is not None
    page.reject_now(page.submission.id, "Only one of these is a portrait.")
    shell.close()  # the service holds the decision, not the window
    rejected = "Rejected: Only one of these is a portrait."
    qtbot.waitUntil(lambda: running.reload(person).status_text == rejected)


def test_a_decision_that_came_too_late_is_explained(
    shell: Shell, running: RunningSite, qtbot
) -> None:
    page = open_page(shell, ReviewPage)
    submit(running, good_photos())
    qtbot.waitUntil(lambda: page.submission is not None)
    late = page.submission
    assert late is not None
    running.client.call(review.decide, review.Decide(id=late.id, approve=True, in_spite=ONE_FACE))
    page.submission = late
    page.approve.setEnabled(True)
    page.approve_in_spite(late.id, ONE_FACE, False)
    qtbot.waitUntil(lambda: "has already decided this" in shell.banner.text())
