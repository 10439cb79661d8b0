"""The tour's visit to the enrolment desk: consent, two fingers by three scans each, a poor scan, a test."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.simulator.fingers import Condition
from console.demo.reader import DemoReader
from console.desktop.flows.desk_flow import Doing
from console.desktop.pages.fingers import FingersPage
from console.desktop.shell import Shell
from console.domain.fingers import FingerPosition

if TYPE_CHECKING:
    from console.demo.tour import Tour

OWNER = 1
PERSON = "Daniel Okafor"
FINGERS = (FingerPosition.LEFT_INDEX, FingerPosition.RIGHT_INDEX)


def walk_the_desk(tour: "Tour", shell: Shell, reader: DemoReader) -> None:
    """Enrols two fingers on the simulated reader and tests one of them."""
    shell.open_page(FingersPage)
    page = shell.pages[FingersPage]
    assert isinstance(page, FingersPage)
    with tour.step("Enrol two fingers at the desk") as notes:
        tour.until(lambda: "ready" in page.panel.reader.text(), "the reader")
        tour.until(lambda: page.model.rowCount() > 0, "the people")
        person = next(
            page.model.row(n)
            for n in range(page.model.rowCount())
            if page.model.row(n).full_name == PERSON
        )
        page.open_person(person.id)
        tour.until(lambda: page.person is not None, "the person")
        tour.shoot(shell, "desk consent")
        page.answer(True)
        tour.until(
            lambda: page.person is not None and page.person.consent_at is not None, "the consent"
        )
        for finger in FINGERS:
            _enrol(tour, shell, page, reader, finger)
        tour.until(
            lambda: page.person is not None and len(page.person.fingers) == len(FINGERS),
            "both fingers",
        )
        tour.shoot(shell, "desk saved")
        notes.append(page.advice.text())
    with tour.step("Test a finger against everybody") as notes:
        page.test_now()
        tour.until(lambda: page.flow.doing is Doing.TESTING, "the test")
        _lay(tour, page, reader, FINGERS[1], shown=lambda: tour.shoot(shell, "desk test"))
        notes.append(f"{page.panel.now.text()}: {page.panel.hint.text()}")
        page.test_now()


def _enrol(
    tour: "Tour", shell: Shell, page: FingersPage, reader: DemoReader, finger: FingerPosition
) -> None:
    page.hands.choose(finger)
    page.enrol_now()
    tour.until(lambda: page.flow.doing is Doing.ENROLLING, "the beginning")
    for number in range(3):
        if finger is FINGERS[1] and number == 1:
            _lay(tour, page, reader, finger, Condition.PARTIAL)
            _lay(tour, page, reader, finger, shown=lambda: tour.shoot(shell, "desk scan"))
        else:
            _lay(tour, page, reader, finger)


def _lay(
    tour: "Tour",
    page: FingersPage,
    reader: DemoReader,
    finger: FingerPosition,
    condition: Condition = Condition.GOOD,
    shown: Callable[[], None] = lambda: None,
) -> None:
    """A finger is laid down, judged and lifted; shown: called while it lies there."""
    told: list[object] = []
    page.flow.progressed.connect(told.append)
    page.flow.tested.connect(told.append)
    reader.touch(OWNER, finger, condition)
    tour.until(lambda: told, "the scan")
    page.flow.progressed.disconnect(told.append)
    page.flow.tested.disconnect(told.append)
    shown()
    reader.lift()
    tour.until(lambda: not page.flow.scanning, "the finger's lift")
