"""The tour at the desk's camera: photos of a look-alike, and what the guard says to that."""

from console.demo.tour_driver import TourDriver
from console.desktop.dialogs.in_spite_dialog import InSpiteDialog
from console.desktop.pages.desk_photos import DeskPhotosPage
from console.desktop.pages.lookalikes import LookalikesPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.screening import ScreeningPage
from console.desktop.shell import Shell

PERSON = "Hana Farid"
REASON = "The demo has one portrait for everybody"


def walk_the_photos(tour: TourDriver, shell: Shell) -> None:
    """Takes three photos, approves them despite the similarity, and opens the pages about faces."""
    _take(tour, shell)
    _decide(tour, shell)
    with tour.step("Limits of screening, and look-alikes"):
        shell.open_page(ScreeningPage)
        screening = shell.pages[ScreeningPage]
        assert isinstance(screening, ScreeningPage)
        tour.until(screening.counts.text, "the preview of the limits")
        tour.shoot(shell, "screening")
        shell.open_page(LookalikesPage)
        page = shell.pages[LookalikesPage]
        assert isinstance(page, LookalikesPage)
        tour.until(lambda: page.model.rowCount() > 0, "the pairs")
        page.table.selectRow(0)
        tour.settle(0.8)
        tour.shoot(shell, "look-alikes")


def _take(tour: TourDriver, shell: Shell) -> None:
    shell.open_page(DeskPhotosPage)
    page = shell.pages[DeskPhotosPage]
    assert isinstance(page, DeskPhotosPage)
    with tour.step("Take photos at the desk") as notes:
        tour.until(lambda: page.model.rowCount() > 0, "the people")
        people = [page.model.row(number) for number in range(page.model.rowCount())]
        page.open_person(next(one.id for one in people if one.full_name == PERSON))
        tour.until(lambda: page.capture is not None, "the person")
        tour.shoot(shell, "desk photos consent")
        page.answer(True)
        tour.until(lambda: page.live.frame is not None and page.panel.title.text(), "the guidance")
        tour.shoot(shell, "desk photos guidance")
        tour.until(page.panel.submit.isEnabled, "three photos, taken by themselves")
        tour.shoot(shell, "desk photos taken")
        page.submit_now()
        tour.until(lambda: not page.taking, "the submission")
        notes.append(page.capture.status_text if page.capture else "")


def _decide(tour: TourDriver, shell: Shell) -> None:
    with tour.step("The guard knows the face") as notes:
        shell.open_page(ReviewPage)
        page = shell.pages[ReviewPage]
        assert isinstance(page, ReviewPage)
        tour.until(
            lambda: page.submission is not None and page.submission.employee == PERSON,
            "the submission",
        )
        tour.until(lambda: page.shown.has_photo, "the photo")
        tour.settle(0.8)
        tour.shoot(shell, "review look-alike")
        assert page.submission is not None
        notes.append(
            "possible duplicate of "
            + ", ".join(other.employee for other in page.submission.lookalikes if other.alert)
        )
        page.approve_now()
        dialog = tour.until(lambda: page.findChild(InSpiteDialog), "the question")
        dialog.reason.edit.setText(REASON)
        tour.shoot(dialog, "in spite")
        dialog.go.click()
        tour.until(lambda: page.submission is None, "the decision")
