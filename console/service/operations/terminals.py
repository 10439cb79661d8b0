"""Terminals: the list with its live state, and approving those that dialled in."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.api import terminals as api
from console.api.operation import Nothing
from console.domain.errors import Invalid, NotFound
from console.domain.terminals import ONLINE_WITHIN, ProvisionState, TerminalStatus
from console.service.operations.dispatch import Call, handles
from console.service.provisioning import plan_provision
from console.store import audit
from console.store.database import changed
from console.store.schema import Enrolment, Provision, Terminal

MAX_OFFSET_MIN = 14 * 60


@handles(api.list_terminals)
def list_terminals(call: Call, request: Nothing) -> api.Terminals:
    with call.service.store.read() as session:
        rows = session.scalars(select(Terminal).order_by(Terminal.status.desc(), Terminal.name))
        return api.Terminals([_struct(call, session, row) for row in rows])


def _struct(call: Call, session: Session, row: Terminal) -> api.Terminal:
    live = select(Provision.state, func.count()).join(Enrolment, Enrolment.id == Provision.enrolment_id)
    counts = dict(session.execute(live.where(Provision.terminal_id == row.id, Enrolment.live).group_by(Provision.state)).tuples().all())
    problem = session.scalars(
        select(Provision.error).where(Provision.terminal_id == row.id, Provision.error != "").order_by(Provision.run_at.desc()).limit(1)
    ).first()
    return api.Terminal(
        row.id, row.serial, row.name, row.status, call.now - row.last_seen <= ONLINE_WITHIN, row.address, row.last_seen,
        str(row.info.get("firmware", row.info.get("fwversion", ""))), counts.get(ProvisionState.CONFIRMED, 0), sum(counts.values()),
        problem or "",
    )  # fmt: skip


@handles(api.approve_terminal)
def approve_terminal(call: Call, request: api.ApproveTerminal) -> api.Terminal:
    """Lets a terminal in, and puts all faces in force on their way to it."""
    if not request.name.strip():
        raise Invalid("name", "Give the terminal a name, for example “Main gate”.")
    if abs(request.utc_offset_min) > MAX_OFFSET_MIN:
        raise Invalid("utc_offset_min", "The time zone is at most 14 hours from UTC.")
    with call.service.store.write() as session:
        row = session.get(Terminal, request.id)
        if row is None:
            raise NotFound("This terminal does not exist any more.")
        was = row.status
        row.name, row.utc_offset_min, row.status = request.name.strip()[:80], request.utc_offset_min, TerminalStatus.APPROVED
        if was is not TerminalStatus.APPROVED:
            for enrolment in session.scalars(select(Enrolment).where(Enrolment.live)):
                plan_provision(call.service, session, enrolment, row)
        audit.record(session, call.now, call.operator.id, "terminal.approved", row.id)
        changed(session, "terminals", row.id)
        session.flush()
        return _struct(call, session, row)
