"""The enrolment desk as a pure state machine: from the tap on a finger to the saved finger.

Events go in; the next state and the effects come out. No clock, no I/O: the desk's window carries
out the effects and reports what came of them. While a finger lies on the reader its pictures are
assessed until one is good enough; the best one is scanned, once, and then the finger must be
lifted. Answers of the service carry the ticket of the enrolment or test that asked; late ones
change nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from console.domain.desk_events import (
    ANY_FINGER,
    LIFT,
    PUT,
    READING,
    SCAN_DROPPED,
    STILL,
    STOPPED,
    TAKEN_BACK,
    AskAssess,
    AskBegin,
    AskEnd,
    AskScan,
    AskTakeBack,
    AskTest,
    Assessed,
    Began,
    DeskActivity,
    DeskEffect,
    DeskEvent,
    DropScan,
    DuplicateAllowed,
    EnoughPictures,
    Enrol,
    FingerArrived,
    FingerImage,
    FingerLifted,
    Hint,
    Instruct,
    PictureComing,
    PictureSpoilt,
    PictureTaken,
    ReaderLost,
    RequestRefused,
    ScanResult,
    SearchResult,
    ShowEnd,
    ShowProgress,
    ShowQuality,
    ShowTest,
    Stop,
    TakenBack,
    TestFinger,
    WantFinger,
)

ENDED_BY = frozenset({"saved", "failed"})
"""Outcomes of a scan that end the enrolment."""


class Stage(StrEnum):
    """How far it is."""

    RESTING = "resting"
    """Nothing is under way; fingers are ignored."""
    BEGINNING = "beginning"
    """The service was asked to begin an enrolment."""
    READY = "ready"
    """The next finger may come."""
    PRESENT = "present"
    """A finger lies on the reader, or lay there, and its pictures are assessed."""
    SCANNING = "scanning"
    """The best picture is with the service."""
    SPENT = "spent"
    """This finger was scanned or dropped; it must be lifted."""
    DECIDING = "deciding"
    """The finger is enrolled already; somebody decides whether it may be saved."""


@dataclass(frozen=True)
class DeskState:
    """The state of the desk. assessing: pictures of this finger that the service assesses now."""

    stage: Stage = Stage.RESTING
    activity: DeskActivity = DeskActivity.NOTHING
    employee_id: str = ""
    position: int = 0
    enrolment_id: str = ""
    ticket: int = 0
    finger: int = 0
    """Counts the fingers placed, so that a late assessment is not taken for another finger's."""
    finger_down: bool = False
    assessing: int = 0
    best: FingerImage | None = None
    best_quality: int = -1
    hint: Hint = field(default_factory=Hint)


Step = tuple[DeskState, list[DeskEffect]]


def react(desk: DeskState, event: DeskEvent) -> Step:
    """The next state and what it asks for; events that a stage does not name change nothing."""
    if isinstance(event, Began) and (
        event.ticket != desk.ticket or desk.stage is not Stage.BEGINNING
    ):
        return desk, [AskEnd(event.enrolment_id)]  # it was stopped meanwhile
    if getattr(event, "ticket", desk.ticket) != desk.ticket:
        return desk, []
    if isinstance(event, FingerArrived):
        desk = replace(desk, finger_down=True, finger=desk.finger + 1)
    elif isinstance(event, FingerLifted | ReaderLost):
        desk = replace(desk, finger_down=False)
    row = TABLE.get((desk.stage, type(event))) or ANY_STAGE.get(type(event))
    return row(desk, event) if row is not None else (desk, [])


# what the rows of the table do


def _enrol(desk: DeskState, event: Enrol) -> Step:
    desk, effects = _stop(desk, Stop())
    desk = replace(
        desk, stage=Stage.BEGINNING, employee_id=event.employee_id, position=event.position
    )
    return desk, [*effects, AskBegin(desk.ticket, event.employee_id, event.position)]


def _test(desk: DeskState, event: TestFinger) -> Step:
    desk, effects = _stop(desk, Stop())
    desk = replace(
        desk,
        stage=Stage.READY,
        activity=DeskActivity.TESTING,
        employee_id=event.employee_id,
        position=0,
    )
    return desk, [*effects, WantFinger(True), Instruct(PUT, Hint(ANY_FINGER))]


def _stop(desk: DeskState, _event: object) -> Step:
    effects: list[DeskEffect] = [AskEnd(desk.enrolment_id)] if desk.enrolment_id else []
    return _rest(desk), [*effects, WantFinger(False)]


def _rest(desk: DeskState) -> DeskState:
    """Nothing is under way; answers still on their way belong to nothing."""
    return DeskState(
        ticket=desk.ticket + 1,
        finger=desk.finger,
        finger_down=desk.finger_down,
        position=desk.position,
    )


def _began(desk: DeskState, event: Began) -> Step:
    desk = replace(
        desk,
        stage=Stage.READY,
        activity=DeskActivity.ENROLLING,
        enrolment_id=event.enrolment_id,
    )
    return desk, [WantFinger(True), Instruct(PUT)]


def _finger_placed(desk: DeskState, _event: object) -> Step:
    desk = replace(desk, stage=Stage.PRESENT, assessing=0, best=None, best_quality=-1)
    return desk, [Instruct(READING, Hint(STILL))]


def _coming(desk: DeskState, event: PictureComing) -> Step:
    return desk, [Instruct(READING, Hint(STILL), event.share)]


def _picture_taken(desk: DeskState, event: PictureTaken) -> Step:
    if desk.assessing and not event.last:
        return desk, []
    desk = replace(desk, assessing=desk.assessing + 1)
    return desk, [AskAssess(desk.ticket, desk.finger, event.picture, event.last)]


def _assessed(desk: DeskState, event: Assessed) -> Step:
    if event.finger != desk.finger:
        return desk, []
    desk = replace(desk, assessing=desk.assessing - 1)
    if event.usable and event.quality > desk.best_quality:
        desk = replace(desk, best=event.picture, best_quality=event.quality)
    effects: list[DeskEffect] = [ShowQuality(event.quality)]
    if desk.best is not None and (
        desk.best_quality >= event.needs or event.last or not desk.finger_down
    ):
        desk, more = _scan(desk, desk.best)
        return desk, effects + more
    if not desk.finger_down and not desk.assessing:
        desk, more = _await_finger(desk)
        return desk, effects + more
    if event.hint:
        effects.append(Instruct(READING, Hint(event.hint, "warn")))
    return desk, effects


def _scan(desk: DeskState, picture: FingerImage) -> Step:
    desk = replace(desk, stage=Stage.SCANNING, best=None, best_quality=-1)
    request: DeskEffect
    if desk.activity is DeskActivity.TESTING:
        request = AskTest(desk.ticket, desk.finger, desk.employee_id, picture)
    else:
        request = AskScan(desk.ticket, desk.finger, desk.enrolment_id, picture)
    return desk, [EnoughPictures(), request]


def _lifted_early(desk: DeskState, _event: object) -> Step:
    """Lifted while its pictures were assessed: the best one counts, once no answer is missing."""
    if desk.assessing:
        return desk, []
    if desk.best is not None:
        return _scan(desk, desk.best)
    return _await_finger(desk)


def _reader_lost(desk: DeskState, _event: object) -> Step:
    quiet = desk.activity is DeskActivity.TESTING and desk.stage is Stage.SPENT
    desk = replace(desk, finger=desk.finger + 1, best=None, best_quality=-1)
    return _await_finger(desk, quiet=quiet)


def _await_finger(desk: DeskState, *, quiet: bool = False) -> Step:
    """quiet: what a test found stays to be read."""
    desk = replace(desk, stage=Stage.READY, assessing=0)
    return desk, [WantFinger(True), *([] if quiet else [Instruct(PUT, desk.hint)])]


def _lifted(desk: DeskState, _event: object) -> Step:
    return _await_finger(desk, quiet=desk.activity is DeskActivity.TESTING)


def _spoilt(desk: DeskState, event: PictureSpoilt) -> Step:
    desk = replace(desk, hint=Hint(event.text, "warn"))
    return desk, [Instruct(LIFT, desk.hint)]


def _drop_scan(desk: DeskState, _event: object) -> Step:
    desk = replace(
        desk, stage=Stage.SPENT, best=None, best_quality=-1, assessing=0, hint=Hint(SCAN_DROPPED)
    )
    effects: list[DeskEffect] = [EnoughPictures(), Instruct(LIFT, desk.hint)]
    if desk.finger_down:
        return desk, effects
    desk, more = _await_finger(desk)
    return desk, effects[:1] + more


def _take_back(desk: DeskState, _event: object) -> Step:
    requests = [AskTakeBack(desk.ticket, desk.enrolment_id)] if desk.enrolment_id else []
    return desk, [*requests]


def _taken_back(desk: DeskState, _event: object) -> Step:
    instructions = [Instruct(PUT, Hint(TAKEN_BACK))] if desk.stage is Stage.READY else []
    return desk, [ShowProgress(), *instructions]


def _scanned(desk: DeskState, event: ScanResult) -> Step:
    effects: list[DeskEffect] = [ShowQuality(event.quality), ShowProgress()]
    if event.outcome in ENDED_BY:
        return _rest(desk), [*effects, WantFinger(False), ShowEnd()]
    if event.outcome == "duplicate":
        return replace(desk, stage=Stage.DECIDING), [*effects, ShowEnd()]
    if event.outcome == "another":
        text = event.advice
    else:
        text = event.hint if event.hint != event.advice else ""
    desk = replace(desk, hint=Hint(text, "" if event.outcome == "taken" else "warn"))
    desk, more = _after_scan(desk)
    return desk, effects + more


def _after_scan(desk: DeskState) -> Step:
    if desk.finger_down:
        return replace(desk, stage=Stage.SPENT), [Instruct(LIFT, desk.hint)]
    return _await_finger(desk)


def _tested(desk: DeskState, _event: object) -> Step:
    if desk.finger_down:
        return replace(desk, stage=Stage.SPENT), [ShowTest()]
    desk, effects = _await_finger(desk, quiet=True)
    return desk, [ShowTest(), *effects]


def _allowed(desk: DeskState, _event: object) -> Step:
    return _rest(desk), [ShowProgress(), WantFinger(False), ShowEnd()]


def _refused(desk: DeskState, event: RequestRefused) -> Step:
    """The enrolment ends; one picture that is no good is only scanned again."""
    if not event.finger:
        desk, effects = _stop(desk, event)
        return desk, [*effects, Instruct(STOPPED, Hint(event.message, "bad"))]
    if event.finger != desk.finger or desk.stage not in (Stage.PRESENT, Stage.SCANNING):
        return desk, []
    desk = replace(desk, hint=Hint(event.message, "warn"))
    if desk.stage is Stage.SCANNING:
        return _after_scan(desk)
    desk = replace(desk, assessing=desk.assessing - 1)
    if desk.finger_down or desk.assessing:
        return desk, [Instruct(LIFT, desk.hint)]
    return _scan(desk, desk.best) if desk.best is not None else _await_finger(desk)


Row = Callable[[DeskState, Any], Step]
"""Each row is given the event that stands in its key."""
TABLE: dict[tuple[Stage, type], Row] = {
    (Stage.BEGINNING, Began): _began,
    (Stage.READY, FingerArrived): _finger_placed,
    (Stage.READY, ReaderLost): _reader_lost,
    (Stage.READY, DropScan): _take_back,
    (Stage.PRESENT, FingerArrived): _finger_placed,
    (Stage.PRESENT, PictureComing): _coming,
    (Stage.PRESENT, PictureTaken): _picture_taken,
    (Stage.PRESENT, PictureSpoilt): _spoilt,
    (Stage.PRESENT, Assessed): _assessed,
    (Stage.PRESENT, FingerLifted): _lifted_early,
    (Stage.PRESENT, ReaderLost): _reader_lost,
    (Stage.PRESENT, DropScan): _drop_scan,
    (Stage.SCANNING, ScanResult): _scanned,
    (Stage.SCANNING, SearchResult): _tested,
    (Stage.SPENT, FingerArrived): _finger_placed,
    (Stage.SPENT, FingerLifted): _lifted,
    (Stage.SPENT, ReaderLost): _reader_lost,
    (Stage.DECIDING, DuplicateAllowed): _allowed,
}
ANY_STAGE: dict[type, Row] = {
    Enrol: _enrol,
    TestFinger: _test,
    Stop: _stop,
    TakenBack: _taken_back,
    RequestRefused: _refused,
}
"""Rows for events that every stage answers in the same way."""
