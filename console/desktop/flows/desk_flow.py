"""What happens at the desk from the tap on a finger to the saved finger: looks, scans, lifts, cancels. Widgets only show it."""

from dataclasses import dataclass
from enum import Enum

from PyQt6.QtCore import QObject, pyqtSignal

from bridge.readers.reader import ReaderError, Scan
from console.api import fingers as api
from console.api.operation import ApiError, ById
from console.qt.client import ServiceClient
from console.qt.desk_reader import DeskReader
from console.qt.language import tr

PUT = tr("Put the finger on the reader")
LIFT = tr("Lift the finger, then place it again")
READING, STILL = tr("Reading…"), tr("Keep the finger still.")


class Doing(Enum):
    """What the desk is busy with."""

    NOTHING = "nothing"
    ENROLLING = "enrolling"
    TESTING = "testing"


@dataclass(frozen=True)
class Best:
    """The best picture of the finger that lies there."""

    picture: api.Picture
    quality: int


def as_picture(scan: Scan) -> api.Picture:
    height, width = scan.image.shape
    return api.Picture(pixels=scan.image.tobytes(), width=width, height=height, dpi=scan.dpi)


class DeskFlow(QObject):
    """told: what to do now, a hint, and a tone; judged: quality and what it should be; progressed, finished: Scanned; tested: Tested.

    Of a finger that lies there it looks at every picture until one is good enough, and scans the best one: once, then it must be lifted.
    """

    told = pyqtSignal(str, str, str)
    judged = pyqtSignal(int, int)
    progressed = pyqtSignal(object)
    finished = pyqtSignal(object)
    tested = pyqtSignal(object)
    doing_changed = pyqtSignal()

    def __init__(self, client: ServiceClient, reader: DeskReader, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._reader = client, reader
        self.doing = Doing.NOTHING
        self.position = 0
        self._employee_id = ""
        self._sitting = ""
        self._best: Best | None = None
        self._why = ("", "")
        self._looking = self._scanning = self._spent = self._down = self._asking = False
        reader.finger_down.connect(self._on_finger)
        reader.taken.connect(self._on_picture)
        reader.coming.connect(self._on_coming)
        reader.spoilt.connect(self._on_spoilt)
        reader.lifted.connect(self._on_lift)
        reader.trouble.connect(self._on_trouble)

    @property
    def scanning(self) -> bool:
        """A finger lies there, or its scan is being judged."""
        return self._down or self._scanning

    # beginning and ending

    def enrol(self, employee_id: str, position: int, reader_name: str) -> None:
        """Begins a finger; one that was under way is dropped."""
        self.stop()
        self._employee_id, self.position = employee_id, position
        request = api.Begin(employee_id=employee_id, position=position, reader=reader_name)
        self._client.call(api.begin, request, self._begun, self._failed, self)

    def _begun(self, begun: api.Begun) -> None:
        self._sitting, self._why = begun.id, ("", "")
        self._set(Doing.ENROLLING)
        self.told.emit(PUT, "", "")

    def test(self, employee_id: str) -> None:
        """Waits for any finger and says whose it is, again and again, until it is stopped."""
        self.stop()
        self._employee_id, self._why = employee_id, ("", "")
        self._set(Doing.TESTING)
        self.told.emit(PUT, tr("Any finger: the search goes over everybody."), "")

    def stop(self) -> None:
        """Ends what is under way; a finger that is not complete is forgotten."""
        if self._sitting:
            self._client.call(api.end, ById(id=self._sitting), lambda _: None, lambda _: None, self)
        self._end()

    def _end(self) -> None:
        self._sitting, self._best = "", None
        self._looking = self._scanning = self._asking = False
        self._set(Doing.NOTHING)

    def _set(self, doing: Doing) -> None:
        self._reader.want(doing is not Doing.NOTHING)
        if doing is not self.doing:
            self.doing = doing
            self.doing_changed.emit()

    def drop_scan(self) -> None:
        """The scan under way does not count; between scans, the last one that counted is taken back."""
        if self._down and not self._scanning:
            self._spent, self._best = True, None
            self._reader.enough()
            self._why = (tr("That scan was dropped."), "")
            self.told.emit(LIFT, *self._why)
        elif self._sitting and not self._scanning:
            self._client.call(
                api.take_back, ById(id=self._sitting), self._taken_back, self._failed, self
            )

    def _taken_back(self, scanned: api.Scanned) -> None:
        self.progressed.emit(scanned)
        self.told.emit(PUT, tr("The last scan was taken back."), "")

    # one finger on the glass

    def _on_finger(self) -> None:
        self._down, self._spent, self._best = True, False, None
        self.doing_changed.emit()
        if self.doing is not Doing.NOTHING:
            self.told.emit(READING, STILL, "")

    def _on_coming(self, done: int, total: int) -> None:
        if self.doing is not Doing.NOTHING:
            self.told.emit(f"{READING} {100 * done // max(1, total)} %", STILL, "")

    def _on_picture(self, scan: Scan, last: bool) -> None:
        if self.doing is Doing.NOTHING or self._spent or (self._looking and not last):
            return
        picture = as_picture(scan)
        self._looking = True
        self._client.call(
            api.look,
            picture,
            lambda looked: self._looked(picture, looked, last),
            self._failed,
            self,
        )

    def _looked(self, picture: api.Picture, looked: api.Looked, last: bool) -> None:
        self._looking = False
        if self.doing is not Doing.NOTHING and not self._spent:
            self.judged.emit(looked.quality, looked.needs)
            if looked.finger and (self._best is None or looked.quality > self._best.quality):
                self._best = Best(picture, looked.quality)
            if self._best is not None and (
                self._best.quality >= looked.needs or last or not self._down
            ):
                self._scan(self._best)
            elif looked.hint:
                self.told.emit(READING, looked.hint, "warn")
        self._go_on()

    def _on_lift(self) -> None:
        self._down = False
        self.doing_changed.emit()
        if self.doing is not Doing.NOTHING and self._best is not None and not self._looking:
            self._scan(self._best)
        self._go_on()

    def _on_trouble(self, error: ReaderError) -> None:
        """Whatever lay on it is gone with it; it opens again by itself."""
        self._down, self._best = False, None
        self.doing_changed.emit()
        self._go_on()

    def _go_on(self) -> None:
        """The next finger may come, once this one is lifted and judged. What a test found stays to be read."""
        if (
            self.doing is Doing.NOTHING
            or self._asking
            or self._down
            or self._scanning
            or self._looking
        ):
            return
        self._reader.want(True)
        if self.doing is Doing.ENROLLING or not self._spent:
            self.told.emit(PUT, *self._why)

    def _on_spoilt(self, error: ReaderError) -> None:
        if self.doing is not Doing.NOTHING:
            self._why = (f"{error} {error.remedy}", "warn")
            self.told.emit(LIFT, *self._why)

    def _scan(self, best: Best) -> None:
        self._scanning, self._spent, self._best = True, True, None
        self._reader.enough()
        self.doing_changed.emit()
        if self.doing is Doing.TESTING:
            self._client.call(
                api.test,
                api.Test(employee_id=self._employee_id, picture=best.picture),
                self._tested,
                self._failed,
                self,
            )
        else:
            self._client.call(
                api.scan,
                api.Scan(id=self._sitting, picture=best.picture),
                self._scanned,
                self._failed,
                self,
            )

    def _tested(self, tested: api.Tested) -> None:
        self._scanning = False
        if self.doing is Doing.TESTING:
            self.tested.emit(tested)
            self.doing_changed.emit()
            self._go_on()

    def _scanned(self, scanned: api.Scanned) -> None:
        self._scanning = False
        if self.doing is not Doing.ENROLLING:
            return
        self.judged.emit(scanned.quality, 0)
        self.progressed.emit(scanned)
        self.doing_changed.emit()
        if scanned.outcome in ("saved", "failed", "duplicate"):
            self._asking = scanned.outcome == "duplicate"
            if not self._asking:
                self._end()
            self.finished.emit(scanned)
            return
        why = (
            scanned.advice
            if scanned.outcome == "another"
            else scanned.hint
            if scanned.hint != scanned.advice
            else ""
        )
        self._why = (why, "" if scanned.outcome == "taken" else "warn")
        self.told.emit(LIFT if self._down else PUT, *self._why)
        self._go_on()

    def allowed(self, scanned: api.Scanned) -> None:
        """A duplicate was let through and is saved."""
        self.progressed.emit(scanned)
        self._end()
        self.finished.emit(scanned)

    @property
    def sitting(self) -> str:
        """The enrolment under way, for whoever lets a duplicate through."""
        return self._sitting

    def _failed(self, error: ApiError) -> None:
        """The service says no: this finger begins anew. One that cannot be reached is said by the shell, too."""
        self._looking = self._scanning = False
        if error.field == "picture" and self.doing is not Doing.NOTHING:
            self._why = (error.message, "warn")
            self.told.emit(LIFT if self._down else PUT, *self._why)
            self._go_on()
            return
        self._end()
        self.told.emit(tr("Stopped"), error.message, "bad")
