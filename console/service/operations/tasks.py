"""Starts, watches and cancels work on terminals."""

from console.api import tasks as api
from console.api.operation import ById, Nothing
from console.domain.errors import Conflict, Invalid
from console.domain.fingers import FingerPosition
from console.service.operations.dispatch import Call, handles
from console.service.tasks import Job


def _struct(job: Job) -> api.Work:
    return api.Work(
        job.id, job.terminal_id, job.title, job.state, job.done, job.total, job.step, job.started_at, job.error, job.remedy, job.result
    )


@handles(api.list_works)
def list_works(call: Call, request: Nothing) -> api.Works:
    return api.Works([_struct(job) for job in call.service.works.all()])


@handles(api.get_work)
def get_work(call: Call, request: ById) -> api.Work:
    return _struct(call.service.works.get(request.id))


@handles(api.cancel_work)
def cancel_work(call: Call, request: ById) -> api.Work:
    return _struct(call.service.works.cancel(request.id))


@handles(api.on_unit)
def on_unit(call: Call, request: api.OnUnit) -> api.Started:
    call.service.units.row(request.terminal_id)
    title, act = call.service.unit_work.simple(request.terminal_id, request.act, call.operator.id)
    return api.Started(call.service.works.start(request.terminal_id, title, act))


@handles(api.make_plan)
def make_plan(call: Call, request: api.MakePlan) -> api.Started:
    call.service.units.row(request.terminal_id)
    act = call.service.unit_work.plan(request.terminal_id, request.remove_unknown)
    return api.Started(call.service.works.start(request.terminal_id, "Making a plan", act))


@handles(api.apply_plan)
def apply_plan(call: Call, request: api.ApplyPlan) -> api.Started:
    kept = call.service.unit_work.reconciler.take(request.plan_id, request.confirm)
    act = call.service.unit_work.apply(kept, call.operator.id)
    return api.Started(call.service.works.start(kept.terminal_id, "Applying the plan", act))


@handles(api.replace_unit)
def replace_unit(call: Call, request: api.ReplaceUnit) -> api.Started:
    if request.old_id == request.new_id:
        raise Conflict("Choose another terminal as the new one.")
    call.service.units.row(request.old_id)
    call.service.units.row(request.new_id)
    act = call.service.unit_work.replace(request.old_id, request.new_id)
    return api.Started(call.service.works.start(request.new_id, "Planning the replacement", act))


@handles(api.adopt_people)
def adopt_people(call: Call, request: api.AdoptPeople) -> api.Started:
    if not request.pairs:
        raise Invalid("pairs", "Choose at least one person to take over.")
    call.service.units.row(request.terminal_id)
    act = call.service.unit_work.adopt(request.terminal_id, request.pairs, call.operator.id)
    return api.Started(call.service.works.start(request.terminal_id, "Taking people over", act))


@handles(api.clear_log)
def clear_log(call: Call, request: api.ClearLog) -> api.Started:
    row = call.service.units.row(request.terminal_id)
    if request.confirm.strip() != row.name:
        raise Invalid("confirm", f"Type the terminal's name, “{row.name}”, to confirm.")
    act = call.service.unit_work.clear_log(request.terminal_id, call.operator.id)
    return api.Started(call.service.works.start(request.terminal_id, "Clearing the log", act))


@handles(api.discover)
def discover(call: Call, request: api.Discover) -> api.Started:
    act = call.service.unit_work.discover(request.subnet, request.port)
    return api.Started(call.service.works.start("", "Looking for terminals", act))


@handles(api.enrol_finger)
def enrol_finger(call: Call, request: api.EnrolFinger) -> api.Started:
    try:
        position = FingerPosition(request.position)
    except ValueError as error:
        raise Invalid("position", "A finger is 1 to 10.") from error
    actor = call.enroller.id
    call.service.units.row(request.terminal_id)
    call.service.desk.check(request.employee_id)
    act = call.service.finger_work.enrol(request.terminal_id, request.employee_id, position.on_terminals, actor)
    return api.Started(call.service.works.start(request.terminal_id, f"Enrolling the {position.words}", act))
