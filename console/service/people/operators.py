"""Operators: who they are, and their rights."""

from sqlalchemy import delete, func, select

from console.api import operators as api
from console.domain.errors import Conflict, Forbidden, Invalid, NotFound
from console.domain.invitations import token_hash
from console.domain.language import msgid, tr
from console.domain.operators import AT_THE_DESK, Role
from console.store.columns import new_id
from console.store.schema import Audit, Employee, Operator, OperatorSession
from console.store.unit_of_work import ReadTx, Tx

NAME_LENGTH = 80
ONLY_ADMIN = msgid(
    "This is the only administrator with a password of their own. Another administrator must have "
    "signed in and chosen one first."
)


def is_first_run(tx: ReadTx) -> bool:
    """Whether nobody has set up this site yet."""
    return not tx.scalar(select(func.count()).select_from(Operator))


def may_enrol(operator: Operator) -> bool:
    """Whether the operator may enrol others, by the right and by the role."""
    return operator.can_enrol and operator.role in AT_THE_DESK


def add_first_operator(tx: Tx, username: str, name: str, password_hash: str) -> Operator:
    """The administrator who sets the site up. Raises Conflict when there is an operator already."""
    if not is_first_run(tx):
        raise Conflict(tr("This site has already been set up. Sign in."))
    operator = Operator(
        id=new_id(),
        username=username[:NAME_LENGTH],
        name=name.strip()[:NAME_LENGTH] or username,
        role=Role.ADMIN,
        password_hash=password_hash,
        misses=0,
        created_at=tx.now,
    )
    tx.add(operator)
    tx.flush()
    return operator


def save_operator(tx: Tx, request: api.SaveOperator, own_token: str) -> Operator:
    """Adds or changes an operator. Rights change at once: other sessions of theirs end.

    Whoever is added has no password yet. own_token: the session that goes on in any case.
    Raises Invalid, NotFound, Conflict.
    """
    username = request.username.strip()
    taken = tx.scalar(select(Operator).where(Operator.username == username))
    if taken is not None and taken.id != request.id:
        raise Invalid("username", tr("This user name is already taken."))
    employee_id = _employee_id(tx, request.employee.strip())
    row = tx.get(Operator, request.id) if request.id else None
    if request.id and row is None:
        raise NotFound(tr("This operator no longer exists."))
    if row is None:
        newest = tx.scalar(select(func.max(Audit.seq))) or 0
        row = Operator(id=new_id(), password_hash="", misses=0, created_at=tx.now)
        row.warned_until = newest  # what was before concerns others
        tx.add(row)
    else:
        _keep_an_admin(tx, row, request)
        rights = (request.role, request.can_enrol, request.active)
        if (row.role, row.can_enrol, row.active) != rights:
            others = OperatorSession.token_hash != token_hash(own_token)
            tx.execute(delete(OperatorSession).where(OperatorSession.operator_id == row.id, others))
    row.username, row.name = username, request.name.strip()[:NAME_LENGTH] or username
    row.role, row.can_enrol, row.active = request.role, request.can_enrol, request.active
    if row.employee_id and row.employee_id != employee_id and row.id == tx.actor:
        raise Forbidden(tr("Only another administrator can change which employee you are."))
    row.employee_id, row.second_factor = employee_id, request.second_factor
    tx.flush()
    tx.audit(
        "operator.saved",
        row.id,
        role=row.role,
        can_enrol=row.can_enrol,
        active=row.active,
        employee=row.employee_id or "",
        second_factor=row.second_factor,
    )
    tx.changed("operators", row.id)
    return row


def _employee_id(tx: ReadTx, number: str) -> str | None:
    if not number:
        return None
    found = tx.scalar(select(Employee.id).where(Employee.number == number))
    if found is None:
        raise Invalid("employee", tr("No employee has this number."))
    return found


def _keep_an_admin(tx: Tx, row: Operator, request: api.SaveOperator) -> None:
    if row.role is not Role.ADMIN or (request.role is Role.ADMIN and request.active):
        return
    others = select(Operator.id).where(
        Operator.role == Role.ADMIN,
        Operator.active,
        Operator.password_hash != "",
        Operator.password_until.is_(None),  # a temporary one may run out before it is used
        Operator.id != row.id,
    )
    if tx.scalar(others.limit(1)) is None:
        raise Conflict(tr(ONLY_ADMIN))
