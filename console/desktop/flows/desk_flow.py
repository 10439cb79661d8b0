"""Carries out what the desk's state machine asks for, and reports what came of it."""

from functools import partial

from PyQt6.QtCore import QObject, pyqtSignal

from bridge.readers.reader import FingerScan, ReaderError
from console.api import fingers as api
from console.api.operation import ApiError, ById
from console.domain import desk_events as events
from console.domain.desk_events import DeskActivity, DeskEffect, DeskEvent
from console.domain.desk_flow import DeskState, Stage, react
from console.domain.kept_texts import said
from console.domain.language import paragraph, tr
from console.qt.client import ServiceClient
from console.qt.desk_reader import DeskReader


def finger_picture(scan: FingerScan) -> events.FingerImage:
    """The reader's picture as the state machine passes it on."""
    height, width = scan.image.shape
    return events.FingerImage(scan.image.tobytes(), width, height, scan.dpi)


def _sent(picture: events.FingerImage) -> api.ScanPicture:
    return api.ScanPicture(
        pixels=picture.pixels, width=picture.width, height=picture.height, dpi=picture.dpi
    )


def _ignore(_answer: object) -> None:
    """Nobody waits for this answer."""


class DeskFlow(QObject):
    """The desk's state, and the reader and the service behind it; widgets only show it.

    instructed: what to do now, a hint, and a tone; assessed: the quality of a picture, 0 to 100;
    progressed, finished: an `api.Scanned`; tested: an `api.Tested`; changed: another activity, or
    a finger came or went.
    """

    instructed = pyqtSignal(str, str, str)
    assessed = pyqtSignal(int)
    progressed = pyqtSignal(object)
    finished = pyqtSignal(object)
    tested = pyqtSignal(object)
    changed = pyqtSignal()

    def __init__(self, client: ServiceClient, reader: DeskReader, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._reader = client, reader
        self._reader_name = ""
        self.state = DeskState()
        reader.finger_down.connect(lambda: self._react(events.FingerArrived()))
        reader.taken.connect(
            lambda scan, last: self._react(events.PictureTaken(finger_picture(scan), last))
        )
        reader.coming.connect(
            lambda done, total: self._react(events.PictureComing(done / max(1, total)))
        )
        reader.spoilt.connect(self._on_spoilt)
        reader.lifted.connect(lambda: self._react(events.FingerLifted()))
        reader.trouble.connect(lambda _error: self._react(events.ReaderLost()))

    @property
    def activity(self) -> DeskActivity:
        """What the desk is busy with."""
        return self.state.activity

    @property
    def busy(self) -> bool:
        """Something is under way, or has been asked for."""
        return self.state.stage is not Stage.RESTING

    @property
    def scanning(self) -> bool:
        """A finger lies there, or its scan is with the service."""
        return self.state.finger_down or self.state.stage is Stage.SCANNING

    @property
    def position(self) -> int:
        """The finger that is enrolled, or was enrolled last."""
        return self.state.position

    @property
    def enrolment_id(self) -> str:
        """The enrolment under way; empty when there is none."""
        return self.state.enrolment_id

    def enrol(self, employee_id: str, position: int, reader_name: str) -> None:
        """Begins a finger; one that was under way is dropped. reader_name: for the record."""
        self._reader_name = reader_name
        self._react(events.Enrol(employee_id, position))

    def test(self, employee_id: str) -> None:
        """Waits for any finger and says whose it is, again and again, until it is stopped."""
        self._react(events.TestFinger(employee_id))

    def stop(self) -> None:
        """Ends what is under way; a finger that is not complete is forgotten."""
        self._react(events.Stop())

    def drop_scan(self) -> None:
        """The scan under way does not count; between scans, the last one is taken back."""
        self._react(events.DropScan())

    def accept_duplicate(self, scanned: api.Scanned) -> None:
        """A duplicate was let through and is saved."""
        self._react(events.DuplicateAllowed(), scanned)

    def _on_spoilt(self, error: ReaderError) -> None:
        self._react(events.PictureSpoilt(paragraph(said(str(error)), said(error.remedy))))

    def _react(self, event: DeskEvent, answer: object = None) -> None:
        """answer: the service's answer behind the event, for whoever shows it."""
        before = self.state
        self.state, effects = react(before, event)
        if _shown(before) != _shown(self.state):
            self.changed.emit()
        for effect in effects:
            self._carry_out(effect, answer)

    def _carry_out(self, effect: DeskEffect, answer: object) -> None:
        match effect:
            case events.WantFinger(wanted):
                self._reader.want(wanted)
            case events.EnoughPictures():
                self._reader.enough()
            case events.Instruct(text, hint, share):
                progress = "" if share is None else f"{share:.0%}"
                self.instructed.emit(paragraph(tr(text), progress), tr(hint.text), hint.tone)
            case events.ShowQuality(quality):
                self.assessed.emit(quality)
            case events.ShowProgress():
                self.progressed.emit(answer)
            case events.ShowEnd():
                self.finished.emit(answer)
            case events.ShowTest():
                self.tested.emit(answer)
            case _:
                self._ask(effect)

    def _ask(self, effect: DeskEffect) -> None:
        match effect:
            case events.AskBegin(ticket, employee_id, position):
                request = api.Begin(
                    employee_id=employee_id, position=position, reader=self._reader_name
                )
                self._client.call(
                    api.begin,
                    request,
                    lambda begun: self._react(events.Began(ticket, begun.id), begun),
                    partial(self._refused, ticket, 0),
                    self,
                )
            case events.AskEnd(enrolment_id):
                self._client.call(api.end, ById(id=enrolment_id), _ignore, _ignore, self)
            case events.AskAssess():
                self._client.call(
                    api.assess_scan,
                    _sent(effect.picture),
                    partial(self._on_assessed, effect),
                    partial(self._refused, effect.ticket, effect.finger),
                    self,
                )
            case events.AskScan(ticket, finger, enrolment_id, picture):
                self._client.call(
                    api.scan,
                    api.Scan(id=enrolment_id, picture=_sent(picture)),
                    partial(self._on_scanned, ticket),
                    partial(self._refused, ticket, finger),
                    self,
                )
            case events.AskTest(ticket, finger, employee_id, picture):
                self._client.call(
                    api.test,
                    api.Test(employee_id=employee_id, picture=_sent(picture)),
                    lambda tested: self._on_tested(ticket, tested),
                    partial(self._refused, ticket, finger),
                    self,
                )
            case events.AskTakeBack(ticket, enrolment_id):
                self._client.call(
                    api.take_back,
                    ById(id=enrolment_id),
                    lambda scanned: self._react(events.TakenBack(ticket), scanned),
                    partial(self._refused, ticket, 0),
                    self,
                )

    def _on_assessed(self, asked: events.AskAssess, answer: api.ScanAssessment) -> None:
        event = events.Assessed(
            ticket=asked.ticket,
            finger=asked.finger,
            picture=asked.picture,
            last=asked.last,
            quality=answer.quality,
            needs=answer.needs,
            usable=answer.finger,
            hint=answer.hint,
        )
        self._react(event, answer)

    def _on_scanned(self, ticket: int, answer: api.Scanned) -> None:
        event = events.ScanResult(
            ticket=ticket,
            outcome=answer.outcome,
            quality=answer.quality,
            hint=answer.hint,
            advice=answer.advice,
        )
        self._react(event, answer)

    def _on_tested(self, ticket: int, answer: api.Tested) -> None:
        self._react(events.SearchResult(ticket), answer)

    def _refused(self, ticket: int, finger: int, error: ApiError) -> None:
        """A picture that is no good is scanned again; anything else ends the enrolment."""
        about = finger if error.field == "picture" else 0
        self._react(events.RequestRefused(ticket, error.message, about))


def _shown(state: DeskState) -> tuple[DeskActivity, bool, bool]:
    """What the buttons depend on."""
    return state.activity, state.finger_down, state.stage is Stage.SCANNING
