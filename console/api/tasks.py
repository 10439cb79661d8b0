"""Work on terminals that takes a while: started, watched, cancelled. It goes on when the window is closed."""

from datetime import datetime

import msgspec

from console.api.operation import ANYONE, DESK, ById, Nothing, operation


class PlanStep(msgspec.Struct, frozen=True, kw_only=True):
    """kind: add, rename, remove, add_finger, replace_finger or remove_finger; text: in words."""

    kind: str
    pin: str
    text: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
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


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the doctor. outcome: ok, warn, fail or skipped."""

    step: str
    outcome: str
    cause: str
    remedy: str
    seconds: float


class FoundUnit(msgspec.Struct, frozen=True, kw_only=True):
    """known: a terminal of this site has this serial number."""

    host: str
    serial: str
    what: str
    known: bool


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A person on a terminal and who it may be. how: number, name or nobody; employee_id: "" = nobody yet."""

    pin: str
    name: str
    fingers: int
    employee_id: str
    employee: str
    how: str


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; only the part that the work is about is filled."""

    text: str = ""
    plan: Plan | None = None
    findings: list[Finding] = []
    recording: str = ""
    found: list[FoundUnit] = []
    candidates: list[Candidate] = []


class Task(msgspec.Struct, frozen=True, kw_only=True):
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
    result: TaskResult


class TaskList(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[Task]


class Started(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str


class MakePlan(msgspec.Struct, frozen=True, kw_only=True):
    terminal_id: str
    remove_unknown: bool = False


class ApplyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """confirm: the text that a destructive plan asks for."""

    plan_id: str
    confirm: str = ""


class ReplaceUnit(msgspec.Struct, frozen=True, kw_only=True):
    """Settings and people of the old terminal go to the new one."""

    old_id: str
    new_id: str


class AdoptPeople(msgspec.Struct, frozen=True, kw_only=True):
    """pairs: (number on the terminal, employee id); an empty id makes a new employee of them."""

    terminal_id: str
    pairs: list[tuple[str, str]]


class ClearLog(msgspec.Struct, frozen=True, kw_only=True):
    """confirm: the terminal's name, typed."""

    terminal_id: str
    confirm: str


class Discover(msgspec.Struct, frozen=True, kw_only=True):
    """subnet: for example 192.168.1.0/24; at most 256 private addresses."""

    subnet: str
    port: int = 4370


class EnrolFinger(msgspec.Struct, frozen=True, kw_only=True):
    """position: of domain.fingers. The person must have agreed, and be active."""

    terminal_id: str
    employee_id: str
    position: int


class OnUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One simple act on a terminal: refresh, read_log, audit, set_clock, unlock, restart, test_voice, doctor, adopt."""

    terminal_id: str
    act: str


list_tasks = operation("tasks.list", Nothing, TaskList, ANYONE)
get_task = operation("tasks.get", ById, Task, ANYONE)
cancel_task = operation("tasks.cancel", ById, Task, DESK)
on_unit = operation("tasks.on_unit", OnUnit, Started, DESK)
make_plan = operation("tasks.plan", MakePlan, Started, DESK)
apply_plan = operation("tasks.apply", ApplyPlan, Started, DESK)
replace_unit = operation("tasks.replace", ReplaceUnit, Started, DESK)
adopt_people = operation("tasks.adopt", AdoptPeople, Started, DESK)
clear_log = operation("tasks.clear_log", ClearLog, Started, DESK)
discover = operation("tasks.discover", Discover, Started, DESK)
enrol_finger = operation("tasks.enrol_finger", EnrolFinger, Started, DESK)
