"""Starts, watches and cancels work on terminals."""

from console.api import tasks as api
from console.api.operation import ById, Nothing
from console.domain.errors import Conflict, Invalid
from console.domain.fingers import FingerPosition
from console.service.operations.dispatch import Call, handles
from console.service.tasks import Task


def _struct(task: Task) -> api.Task:
    return api.Task(
        id=task.id,
        terminal_id=task.terminal_id,
        title=task.title,
        state=task.state,
        done=task.done,
        total=task.total,
        step=task.step,
        started_at=task.started_at,
        error=task.error,
        remedy=task.remedy,
        result=task.result,
    )


@handles(api.list_tasks)
def list_tasks(call: Call, request: Nothing) -> api.TaskList:
    return api.TaskList(rows=[_struct(task) for task in call.service.tasks.all()])


@handles(api.get_task)
def get_task(call: Call, request: ById) -> api.Task:
    return _struct(call.service.tasks.get(request.id))


@handles(api.cancel_task)
def cancel_task(call: Call, request: ById) -> api.Task:
    return _struct(call.service.tasks.cancel(request.id))


@handles(api.on_unit)
def on_unit(call: Call, request: api.OnUnit) -> api.Started:
    call.service.units.row(request.terminal_id)
    title, act = call.service.terminal_actions.simple(
        request.terminal_id, request.act, call.operator.id
    )
    return api.Started(task_id=call.service.tasks.start(request.terminal_id, title, act))


@handles(api.make_plan)
def make_plan(call: Call, request: api.MakePlan) -> api.Started:
    call.service.units.row(request.terminal_id)
    act = call.service.terminal_actions.plan(request.terminal_id, request.remove_unknown)
    return api.Started(task_id=call.service.tasks.start(request.terminal_id, "Making a plan", act))


@handles(api.apply_plan)
def apply_plan(call: Call, request: api.ApplyPlan) -> api.Started:
    kept = call.service.terminal_actions.reconciler.take(request.plan_id, request.confirm)
    act = call.service.terminal_actions.apply(kept, call.operator.id)
    return api.Started(task_id=call.service.tasks.start(kept.terminal_id, "Applying the plan", act))


@handles(api.replace_unit)
def replace_unit(call: Call, request: api.ReplaceUnit) -> api.Started:
    if request.old_id == request.new_id:
        raise Conflict("Choose another terminal as the new one.")
    call.service.units.row(request.old_id)
    call.service.units.row(request.new_id)
    act = call.service.terminal_actions.replace(request.old_id, request.new_id)
    return api.Started(
        task_id=call.service.tasks.start(request.new_id, "Planning the replacement", act)
    )


@handles(api.adopt_people)
def adopt_people(call: Call, request: api.AdoptPeople) -> api.Started:
    if not request.pairs:
        raise Invalid("pairs", "Choose at least one person to take over.")
    call.service.units.row(request.terminal_id)
    act = call.service.terminal_actions.adopt(request.terminal_id, request.pairs, call.operator.id)
    return api.Started(
        task_id=call.service.tasks.start(request.terminal_id, "Taking people over", act)
    )


@handles(api.clear_log)
def clear_log(call: Call, request: api.ClearLog) -> api.Started:
    row = call.service.units.row(request.terminal_id)
    if request.confirm.strip() != row.name:
        raise Invalid("confirm", f"Type the terminal's name, “{row.name}”, to confirm.")
    act = call.service.terminal_actions.clear_log(request.terminal_id, call.operator.id)
    return api.Started(
        task_id=call.service.tasks.start(request.terminal_id, "Clearing the log", act)
    )


@handles(api.discover)
def discover(call: Call, request: api.Discover) -> api.Started:
    act = call.service.terminal_actions.discover(request.subnet, request.port)
    return api.Started(task_id=call.service.tasks.start("", "Looking for terminals", act))


@handles(api.enrol_finger)
def enrol_finger(call: Call, request: api.EnrolFinger) -> api.Started:
    try:
        position = FingerPosition(request.position)
    except ValueError as error:
        raise Invalid("position", "A finger is 1 to 10.") from error
    actor = call.enroller.id
    call.service.units.row(request.terminal_id)
    call.service.desk.check(request.employee_id)
    act = call.service.finger_copies.enrol(
        request.terminal_id, request.employee_id, position.on_terminals, actor
    )
    return api.Started(
        task_id=call.service.tasks.start(
            request.terminal_id, f"Enrolling the {position.words}", act
        )
    )
