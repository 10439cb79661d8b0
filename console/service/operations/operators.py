"""First run, sign in, sign out; operators and their rights."""

import msgspec
from sqlalchemy import select

from console.api import operators as api
from console.api.operation import Nothing
from console.domain.errors import Invalid
from console.domain.site_settings import checked_site_name
from console.service.operations.dispatch import Call, handles
from console.service.people.operators import (
    NAME_LENGTH,
    OperatorSessions,
    add_first_operator,
    end_session,
    hash_password,
    open_session,
    save_operator,
)
from console.service.pools import Pool
from console.service.settings import load_settings, save_settings
from console.store.queries.people import full_name
from console.store.schema import Employee, Operator
from console.store.unit_of_work import ReadTx


class OperatorOperations:
    """What operators do with their own sessions and with each other."""

    def __init__(self, sessions: OperatorSessions) -> None:
        self._sessions = sessions

    @handles(api.set_up, Pool.PASSWORD)
    def set_up(self, call: Call, request: api.SetUp) -> api.SignedIn:
        """Names the site and makes its first administrator. Raises Invalid, Conflict."""
        username = request.username.strip()
        if not username:
            raise Invalid("username", "Choose a user name.")
        site = checked_site_name(request.site)
        digest = hash_password(request.password)
        with call.write() as tx:
            operator = add_first_operator(tx, username, request.name, digest)
            tx.actor = operator.id
            settings = load_settings(tx)
            save_settings(tx, msgspec.structs.replace(settings, site=site))
            tx.vault.current_site_key(tx.session, tx.now)
            tx.audit("site.set_up")
            return open_session(tx, operator)

    @handles(api.sign_in, Pool.PASSWORD)
    def sign_in(self, call: Call, request: api.SignIn) -> api.SignedIn:
        """Opens a session. Raises SignInFailed."""
        operator = self._sessions.prove(request.username, request.password)
        with call.store.write(operator.id, call.now) as tx:
            tx.audit("operator.signed_in")
            return open_session(tx, operator)

    @handles(api.sign_out, Pool.WRITE)
    def sign_out(self, call: Call, request: Nothing) -> Nothing:
        """Ends the caller's session."""
        with call.write() as tx:
            end_session(tx, call.token)
        return Nothing()

    @handles(api.list_operators, Pool.READ)
    def list_all(self, call: Call, request: Nothing) -> api.Operators:
        """All operators, by user name."""
        with call.read() as tx:
            rows = list(tx.scalars(select(Operator).order_by(Operator.username)))
            return api.Operators(rows=_structs(tx, rows))

    @handles(api.save_operator, Pool.PASSWORD)
    def save(self, call: Call, request: api.SaveOperator) -> api.OperatorRow:
        """Adds or changes an operator. Raises Invalid, NotFound, Conflict."""
        if not 1 <= len(request.username.strip()) <= NAME_LENGTH:
            raise Invalid("username", f"A user name has 1 to {NAME_LENGTH} characters.")
        needs_hash = not request.id or bool(request.password)
        digest = hash_password(request.password) if needs_hash else ""
        with call.write() as tx:
            return _structs(tx, [save_operator(tx, request, digest, call.token)])[0]


def _structs(tx: ReadTx, rows: list[Operator]) -> list[api.OperatorRow]:
    ids = [row.employee_id for row in rows if row.employee_id]
    people = {one.id: one for one in tx.scalars(select(Employee).where(Employee.id.in_(ids)))}
    return [_struct(row, people.get(row.employee_id or "")) for row in rows]


def _struct(row: Operator, employee: Employee | None) -> api.OperatorRow:
    return api.OperatorRow(
        id=row.id,
        username=row.username,
        name=row.name,
        role=row.role,
        can_enrol=row.can_enrol,
        active=row.active,
        employee=employee.number if employee else "",
        employee_name=full_name(employee) if employee else "",
    )
