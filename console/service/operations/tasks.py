"""Starts, watches and cancels tasks on terminals."""

from typing import Protocol

import msgspec
from sqlalchemy import select

from bridge.terminals.fields import plain
from console.api import tasks as api
from console.api.operation import ById, Nothing, Started
from console.domain.consent import STATEMENT_CHARS
from console.domain.errors import Conflict, Invalid
from console.domain.fingers import FingerPosition
from console.domain.kept_texts import said
from console.domain.language import msgid, tr
from console.domain.operators import AT_THE_DESK, Role
from console.domain.zones import zone_of
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.settings import site_zone
from console.service.tasks import RunningTask, Tasks
from console.service.terminals import registry
from console.service.terminals.actions import TerminalActions
from console.service.terminals.adoption import Statement
from console.service.terminals.examination import Examinations
from console.service.terminals.finger_copies import FingerCopies
from console.service.terminals.plans import Plans
from console.service.terminals.replacement import Replacement
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.unit_acts import UnitActs
from console.store.schema import Operator

SETTING_CHARS = 64
"""The longest value of a setting that is written to a terminal."""
LONGEST_LOCK_MIN = 60
EXAMINING = msgid("Diagnosing the connection to {host}")


class FingerEnrolment(Protocol):
    """Who may have a finger enrolled. The fingers subject knows."""

    def check_enrollable(self, employee_id: str) -> None:
        """Raises NotFound, Conflict when no finger of this person may be taken."""


def _struct(task: RunningTask, result: api.TaskResult, operator_id: str, by: str = "") -> api.Task:
    return api.Task(
        id=task.id,
        terminal_id=task.terminal_id,
        title=said(task.title),
        state=task.state,
        done=task.done,
        total=task.total,
        step=said(task.step),
        started_at=task.started_at,
        error=said(task.error),
        remedy=said(task.remedy),
        result=msgspec.structs.replace(result, text=said(result.text)),
        ended_at=task.ended_at,
        by=by,
        own=task.by == operator_id,
    )


def _visible(result: api.TaskResult, role: Role) -> api.TaskResult:
    """What of a result those may see who could have started its task."""
    if role is Role.ADMIN:
        return result
    if role in AT_THE_DESK:
        return msgspec.structs.replace(
            result, imported=None, invited=None, decided=None, photos=None
        )
    return api.TaskResult(text=result.text)


class TaskOperations:
    """What operators do with tasks."""

    def __init__(
        self,
        *,
        tasks: Tasks,
        sessions: TerminalSessions,
        actions: TerminalActions,
        examinations: Examinations,
        replacement: Replacement,
        acts: UnitActs,
        plans: Plans,
        finger_copies: FingerCopies,
        enrolments: FingerEnrolment,
    ) -> None:
        self._tasks, self._sessions, self._actions = tasks, sessions, actions
        self._plans, self._finger_copies, self._enrolments = plans, finger_copies, enrolments
        self._examinations, self._replacement = examinations, replacement
        self._acts = acts

    @handles(api.list_tasks, Pool.READ)
    def list_all(self, call: Call, _request: Nothing) -> api.TaskList:
        """All tasks that are known, the newest first, with no more of the result than the text."""
        found, me = self._tasks.all(), call.operator.id
        starters = {task.by for task in found}
        with call.read() as tx:
            query = select(Operator.id, Operator.name).where(Operator.id.in_(starters))
            names = {row.id: row.name for row in tx.execute(query)}
        rows = [
            _struct(task, api.TaskResult(text=task.result.text), me, names.get(task.by, ""))
            for task in found
        ]
        return api.TaskList(rows=sorted(rows, key=lambda one: one.started_at, reverse=True))

    @handles(api.get_task, Pool.READ)
    def get(self, call: Call, request: ById) -> api.Task:
        """One task, with as much of its result as the operator's role permits. Raises NotFound."""
        task = self._tasks.get(request.id)
        return _struct(task, _visible(task.result, call.operator.role), call.operator.id)

    @handles(api.cancel_task, Pool.READ)
    def cancel(self, call: Call, request: ById) -> api.Task:
        """Asks a task to stop. Raises NotFound."""
        task = self._tasks.cancel(request.id)
        return _struct(task, _visible(task.result, call.operator.role), call.operator.id)

    @handles(api.on_unit, Pool.READ)
    def start_action(self, call: Call, request: api.OnUnit) -> Started:
        """Starts an action by its name. Raises NotFound, Conflict."""
        self._sessions.find(request.terminal_id)
        title, body = self._actions.simple(request.terminal_id, request.action, call.operator.id)
        return Started(
            task_id=self._tasks.start(title, body, request.terminal_id, by=call.operator.id)
        )

    @handles(api.make_plan, Pool.READ)
    def start_plan(self, call: Call, request: api.MakePlan) -> Started:
        """Starts to make a plan. Raises NotFound, Conflict."""
        self._sessions.find(request.terminal_id)
        body = self._actions.plan(request.terminal_id, remove_unknown=request.remove_unknown)
        return Started(
            task_id=self._tasks.start(
                msgid("Preparing a plan"), body, request.terminal_id, by=call.operator.id
            )
        )

    @handles(api.apply_plan, Pool.READ)
    def apply_plan(self, call: Call, request: api.ApplyPlan) -> Started:
        """Starts to do what a plan says. Raises Conflict, Invalid."""
        plan = self._plans.claim(request.plan_id, request.confirm)
        body = self._actions.apply(plan, call.operator.id)
        return Started(
            task_id=self._tasks.start(
                msgid("Applying the plan"), body, plan.terminal_id, by=call.operator.id
            )
        )

    @handles(api.replace_unit, Pool.READ)
    def replace_unit(self, call: Call, request: api.ReplaceUnit) -> Started:
        """Starts to plan a replacement. Raises NotFound, Conflict."""
        if request.old_id == request.new_id:
            raise Conflict(tr("Choose another terminal as the new one."))
        self._sessions.find(request.old_id)
        self._sessions.find(request.new_id)
        body = self._replacement.body(request.old_id, request.new_id)
        return Started(
            task_id=self._tasks.start(
                msgid("Planning the replacement"), body, request.new_id, by=call.operator.id
            )
        )

    @handles(api.adopt_people, Pool.READ)
    def adopt_people(self, call: Call, request: api.AdoptPeople) -> Started:
        """Starts to take people over. Raises NotFound, Conflict, Invalid."""
        if not request.pairs:
            raise Invalid("pairs", tr("Choose at least one person to import."))
        self._sessions.find(request.terminal_id)
        basis = plain(request.basis).strip()
        if len(basis) > STATEMENT_CHARS:
            raise Invalid(
                "basis", tr("State the basis in at most {most} characters.", most=STATEMENT_CHARS)
            )
        statement = Statement(basis, call.operator.id)
        body = self._actions.adopt(request.terminal_id, request.pairs, statement)
        return Started(
            task_id=self._tasks.start(
                msgid("Importing people from the terminal"),
                body,
                request.terminal_id,
                by=call.operator.id,
            )
        )

    @handles(api.clear_log, Pool.READ)
    def clear_log(self, call: Call, request: api.ClearLog) -> Started:
        """Starts to clear a log. Raises NotFound, Conflict, Invalid without the name."""
        row = self._sessions.find(request.terminal_id)
        if request.confirm.strip() != row.name:
            raise Invalid(
                "confirm", tr("Type the terminal’s name, “{name}”, to confirm.", name=row.name)
            )
        body = self._actions.clear_log(request.terminal_id, call.operator.id)
        return Started(
            task_id=self._tasks.start(
                msgid("Clearing the log"), body, request.terminal_id, by=call.operator.id
            )
        )

    @handles(api.discover, Pool.READ)
    def discover(self, call: Call, request: api.Discover) -> Started:
        """Starts to look for terminals."""
        body = self._actions.discover(request.subnet, request.port)
        return Started(
            task_id=self._tasks.start(msgid("Searching for terminals"), body, by=call.operator.id)
        )

    @handles(api.write_settings, Pool.READ)
    def write_settings(self, call: Call, request: api.WriteSettings) -> Started:
        """Starts to write settings. Raises NotFound, Conflict, Invalid."""
        self._sessions.find(request.terminal_id)
        for change in request.changes:
            if len(change.value) > SETTING_CHARS or not change.value.isprintable():
                raise Invalid("changes", tr("{name} cannot have this value.", name=change.name))
        if not request.changes:
            raise Invalid("changes", tr("There is nothing to change."))
        body = self._acts.write_settings(request.terminal_id, request.changes, call.operator.id)
        return Started(
            task_id=self._tasks.start(
                msgid("Writing settings"), body, request.terminal_id, by=call.operator.id
            )
        )

    @handles(api.lock_unit, Pool.READ)
    def lock_unit(self, call: Call, request: api.LockUnit) -> Started:
        """Starts to lock a terminal. Raises NotFound, Conflict, Invalid."""
        self._sessions.find(request.terminal_id)
        if not 1 <= request.minutes <= LONGEST_LOCK_MIN:
            raise Invalid(
                "minutes", tr("A lock can last 1 to {most} minutes.", most=LONGEST_LOCK_MIN)
            )
        body = self._acts.lock(request.terminal_id, request.minutes, call.operator.id)
        return Started(
            task_id=self._tasks.start(
                msgid("Locking the terminal"), body, request.terminal_id, by=call.operator.id
            )
        )

    @handles(api.examine_address, Pool.READ)
    def examine_address(self, call: Call, request: api.ExamineAddress) -> Started:
        """Starts to examine an address. Raises Invalid, Conflict if a terminal is dialled there."""
        address = registry.checked_address(request)
        serial = registry.checked_serial(request.serial)
        with call.read() as tx:
            registry.check_is_free(tx, address)
            zone = zone_of(request.zone or site_zone(tx))
        body = self._examinations.of_address(address, serial, zone)
        return Started(
            task_id=self._tasks.start(
                EXAMINING.format(host=address.host), body, by=call.operator.id
            )
        )

    @handles(api.enrol_finger, Pool.READ)
    def enrol_finger(self, call: Call, request: api.EnrolFinger) -> Started:
        """Starts to enrol a finger at a terminal. Raises NotFound, Conflict, Invalid, Forbidden."""
        try:
            position = FingerPosition(request.position)
        except ValueError as error:
            raise Invalid("position", tr("A finger is a number from 1 to 10.")) from error
        actor = call.enroller.id
        self._sessions.find(request.terminal_id)
        self._enrolments.check_enrollable(request.employee_id)
        body = self._finger_copies.enrol(
            request.terminal_id, request.employee_id, position.on_terminals, actor
        )
        title = msgid("Enrolling a finger")
        return Started(
            task_id=self._tasks.start(title, body, request.terminal_id, by=call.operator.id)
        )
