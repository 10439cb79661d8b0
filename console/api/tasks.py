"""Tasks: long actions that can be watched and cancelled. They outlive the window they came from."""

from datetime import datetime
from enum import StrEnum

import msgspec

from console.api.employee_lists import ImportReport
from console.api.invitations import Invited
from console.api.operation import ANYONE, DESK, ById, Nothing, Started, operation
from console.api.review import Decided


class PhotoOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a photo file. reason: why it was not taken; "" if it waits for review."""

    name: str
    number: str
    employee: str
    reason: str


class PhotoReport(msgspec.Struct, frozen=True, kw_only=True):
    """All files of an upload."""

    rows: list[PhotoOutcome]


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a plan. kind: a `bridge.terminals.plan.StepKind`, or unknown; text: in words."""

    kind: str
    pin: str
    text: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be changed on a terminal.

    unknown: people on it that the site does not know; same: people who need no change; bytes: an
    estimate; seconds: about how long it takes, or at most about so long where the terminal's pace
    is not known (pace_known); confirm: the text to type if the plan is destructive.
    """

    id: str
    terminal_id: str
    steps: list[PlanRow]
    unknown: list[PlanRow]
    same: int
    bytes: int
    seconds: float
    pace_known: bool
    destructive: bool
    confirm: str


class DoctorFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the connection doctor. outcome: ok, warn, fail or skipped."""

    step: str
    outcome: str
    cause: str
    remedy: str
    seconds: float


class FoundUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that a search found. known: a terminal of this site has this serial number."""

    host: str
    serial: str
    what: str
    known: bool


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A person on a terminal, and who it may be.

    how: they were matched by number or name, or nobody was found; employee_id: empty for nobody;
    unread: they have a name there that cannot be read for certain.
    """

    pin: str
    name: str
    fingers: int
    employee_id: str
    employee: str
    how: str
    unread: bool


class OperationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a terminal's own operation log. params: the numbers beside the code."""

    local_time: str
    code: int
    text: str
    params: str


class UnitSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of a terminal, by the name that the terminal has for it."""

    name: str
    value: str


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a task. Only the part that the task is about is filled.

    file: what goes to a USB stick.
    """

    text: str = ""
    plan: Plan | None = None
    findings: list[DoctorFinding] = []
    recording: str = ""
    found: list[FoundUnit] = []
    candidates: list[Candidate] = []
    operations: list[OperationRow] = []
    settings: list[UnitSetting] = []
    file: bytes = b""
    imported: ImportReport | None = None
    invited: Invited | None = None
    decided: Decided | None = None
    photos: PhotoReport | None = None


class TaskState(StrEnum):
    """Where a task stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The service was restarted while it ran."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One task. remedy: what to do about a failure; result: the list gives only its text.

    ended_at: None while it runs; by: the operator's name, which only the list gives, empty for the
    service itself; own: the caller has started it.
    """

    id: str
    terminal_id: str
    title: str
    state: TaskState
    done: int
    total: int
    step: str
    started_at: datetime
    error: str
    remedy: str
    result: TaskResult
    ended_at: datetime | None = None
    by: str = ""
    own: bool = False


class TaskList(msgspec.Struct, frozen=True, kw_only=True):
    """All tasks that the service knows, the newest first."""

    rows: list[Task]


class MakePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Plans the changes of a terminal. remove_unknown: of people that the site does not know."""

    terminal_id: str
    remove_unknown: bool = False


class ApplyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Applies a plan. confirm: the text that a destructive plan asks for."""

    plan_id: str
    confirm: str = ""


class ReplaceUnit(msgspec.Struct, frozen=True, kw_only=True):
    """Moves the settings and the people of the old terminal to the new one."""

    old_id: str
    new_id: str


class AdoptPeople(msgspec.Struct, frozen=True, kw_only=True):
    """pairs: (number on the terminal, employee id); an empty id makes a new employee.

    basis: on what basis their fingers may be used, as the operator states it; without one, fingers
    of people who have not agreed themselves are stored and not used.
    """

    terminal_id: str
    pairs: list[tuple[str, str]]
    basis: str = ""


class ClearLog(msgspec.Struct, frozen=True, kw_only=True):
    """Clears the log of a terminal. confirm: the terminal's name, typed."""

    terminal_id: str
    confirm: str


class Discover(msgspec.Struct, frozen=True, kw_only=True):
    """Searches a subnet, for example 192.168.1.0/24; at most 256 private addresses."""

    subnet: str
    port: int = 4370


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, from the value that was shown to another."""

    name: str
    was: str
    value: str


class WriteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Writes settings to a terminal that still holds what was shown."""

    terminal_id: str
    changes: list[SettingChange]


class LockUnit(msgspec.Struct, frozen=True, kw_only=True):
    """Lets nobody log in at a terminal for 1 to 60 minutes, or until the task is cancelled."""

    terminal_id: str
    minutes: int


class ExamineAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Examines what is dialled at an address before it is added; as for `terminals.dial`."""

    host: str
    port: int = 4370
    key: str = ""
    transport: str = "auto"
    serial: str = ""
    zone: str = ""


class EnrolFinger(msgspec.Struct, frozen=True, kw_only=True):
    """Enrols a finger of an active person who has agreed. position: see domain.fingers."""

    terminal_id: str
    employee_id: str
    position: int


class OnUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One simple action on a terminal.

    action: refresh, read_log, audit, set_clock, unlock, restart, test_voice, doctor, adopt,
    operations, settings or read_lines.
    """

    terminal_id: str
    action: str


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
write_settings = operation("tasks.write_settings", WriteSettings, Started, DESK)
lock_unit = operation("tasks.lock", LockUnit, Started, DESK)
examine_address = operation("tasks.examine_address", ExamineAddress, Started, DESK)
enrol_finger = operation("tasks.enrol_finger", EnrolFinger, Started, DESK)
