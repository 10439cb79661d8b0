"""The tour at the enrolment desk: consent, two fingers, a poor scan, and a test."""

from collections.abc import Callable

from bridge.simulator.fingers import Condition
from console.demo.reader import DemoReader
from console.demo.tour_driver import TourDriver
from console.desktop.pages.fingers import FingersPage
from console.desktop.shell import Shell
from console.domain.desk_events import DeskActivity
from console.domain.fingers import FingerPosition

OWNER = 1
PERSON = "Daniel Okafor"
FINGERS = (FingerPosition.LEFT_INDEX, FingerPosition.RIGHT_INDEX)


def walk_the_desk(tour: TourDriver, shell: Shell, reader: DemoReader) -> None:
    """Enrols two fingers on the simulated reader and tests one of them."""
    shell.open_page(FingersPage)
    page = shell.pages[FingersPage]
    assert isinstance(page, FingersPage)
    with tour.step("Enrol two fingers at the desk") as notes:
        tour.until(page.panel.reader.toolTip, "the reader")  # its versions, once it is ready
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
        tour.until(lambda: page.flow.activity is DeskActivity.TESTING, "the test")
        _lay(tour, page, reader, FINGERS[1], shown=lambda: tour.shoot(shell, "desk test"))
        notes.append(f"{page.panel.now.text()}: {page.panel.hint.text()}")
        page.test_now()


def _enrol(
    tour: TourDriver, shell: Shell, page: FingersPage, reader: DemoReader, finger: FingerPosition
) -> None:
    page.hands.choose(finger)
    page.enrol_now()
    tour.until(lambda: page.flow.activity is DeskActivity.ENROLLING, "the beginning")
    for number in range(3):
        if finger is FINGERS[1] and number == 1:
            _lay(tour, page, reader, finger, Condition.PARTIAL)
            _lay(tour, page, reader, finger, shown=lambda: tour.shoot(shell, "desk scan"))
        else:
            _lay(tour, page, reader, finger)


def _lay(
    tour: TourDriver,
    page: FingersPage,
    reader: DemoReader,
    finger: FingerPosition,
    condition: Condition = Condition.GOOD,
    shown: Callable[[], None] = lambda: None,
) -> None:
    """Places a finger, waits for its result and lifts it; shown: called while it lies there."""
    results: list[object] = []
    page.flow.progressed.connect(results.append)
    page.flow.tested.connect(results.append)
    reader.touch(OWNER, finger, condition)
    tour.until(lambda: results, "the scan")
    page.flow.progressed.disconnect(results.append)
    page.flow.tested.disconnect(results.append)
    shown()
    reader.lift()
    tour.until(lambda: not page.flow.scanning, "the finger's lift")
