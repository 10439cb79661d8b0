"""Work on terminals that takes a while: started, watched, cancelled. It goes on when the window is closed."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, DESK, ById, Nothing, operation


class PlanStep(msgspec.Struct, frozen=True):
    """kind: add, rename, remove, add_finger, replace_finger or remove_finger; text: in words."""

    kind: str
    pin: str
    text: str


class Plan(msgspec.Struct, frozen=True):
    """What would be done to a terminal. unknown: people on it that nobody here has; confirm: to be typed when something is removed."""

    id: str
    terminal_id: str
    steps: list[PlanStep]
    unknown: list[PlanStep]
    same: int
    bytes: int
    seconds: float
    destructive: bool
    confirm: str


class Finding(msgspec.Struct, frozen=True):
    """A step of the doctor. outcome: ok, warn, fail or skipped."""

    step: str
    outcome: str
    cause: str
    remedy: str
    seconds: float


class FoundUnit(msgspec.Struct, frozen=True):
    """known: a terminal of this site has this serial number."""

    host: str
    serial: str
    what: str
    known: bool


class Candidate(msgspec.Struct, frozen=True):
    """A person on a terminal and who it may be. how: number, name or nobody; employee_id: "" = nobody yet."""

    pin: str
    name: str
    fingers: int
    employee_id: str
    employee: str
    how: str


class WorkResult(msgspec.Struct, frozen=True):
    """What came of it; only the part that the work is about is filled."""

    text: str = ""
    plan: Plan | None = None
    findings: list[Finding] = []
    recording: str = ""
    found: list[FoundUnit] = []
    candidates: list[Candidate] = []


class Work(msgspec.Struct, frozen=True):
    """state: running, done, failed or cancelled; remedy: what to do about a failure."""

    id: str
    terminal_id: str
    title: str
    state: str
    done: int
    total: int
    step: str
    started_at: datetime
    error: str
    remedy: str
    result: WorkResult


class Works(msgspec.Struct, frozen=True):
    rows: list[Work]


class Started(msgspec.Struct, frozen=True):
    work_id: str


class MakePlan(msgspec.Struct, frozen=True):
    terminal_id: str
    remove_unknown: bool = False


class ApplyPlan(msgspec.Struct, frozen=True):
    """confirm: the text that a destructive plan asks for."""

    plan_id: str
    confirm: str = ""


class ReplaceUnit(msgspec.Struct, frozen=True):
    """Settings and people of the old terminal go to the new one."""

    old_id: str
    new_id: str


class AdoptPeople(msgspec.Struct, frozen=True):
    """pairs: (number on the terminal, employee id); an empty id makes a new employee of them."""

    terminal_id: str
    pairs: list[tuple[str, str]]


class ClearLog(msgspec.Struct, frozen=True):
    """confirm: the terminal's name, typed."""

    terminal_id: str
    confirm: str


class Discover(msgspec.Struct, frozen=True):
    """subnet: for example 192.168.1.0/24; at most 256 private addresses."""

    subnet: str
    port: int = 4370


class EnrolFinger(msgspec.Struct, frozen=True):
    """position: of domain.fingers. The person must have agreed, and be active."""

    terminal_id: str
    employee_id: str
    position: int


class OnUnit(msgspec.Struct, frozen=True):
    """One simple act on a terminal: refresh, read_log, audit, set_clock, unlock, restart, test_voice, doctor, adopt."""

    terminal_id: str
    act: str


list_works = operation("works.list", Nothing, Works, ANYONE)
get_work = operation("works.get", ById, Work, ANYONE)
cancel_work = operation("works.cancel", ById, Work, DESK)
on_unit = operation("works.on_unit", OnUnit, Started, DESK)
make_plan = operation("works.plan", MakePlan, Started, DESK)
apply_plan = operation("works.apply", ApplyPlan, Started, DESK)
replace_unit = operation("works.replace", ReplaceUnit, Started, DESK)
adopt_people = operation("works.adopt", AdoptPeople, Started, DESK)
clear_log = operation("works.clear_log", ClearLog, Started, DESK)
discover = operation("works.discover", Discover, Started, DESK)
enrol_finger = operation("works.enrol_finger", EnrolFinger, Started, DESK)
