"""First run, sign-in and sessions; operators, their rights and their passwords."""

import msgspec
from sqlalchemy import select

from console.api import operators as api
from console.api.operation import ById, Nothing
from console.domain.errors import Invalid, SignInFailed
from console.domain.invitations import token_hash
from console.domain.language import tr
from console.domain.site_settings import checked_site_name
from console.service.operations.dispatch import Call, handles
from console.service.people.operator_sessions import (
    WRONG,
    OperatorSessions,
    end_session,
    live_sessions,
    open_session,
    sign_out,
)
from console.service.people.operators import NAME_LENGTH, add_first_operator, save_operator
from console.service.people.passwords import (
    change_password,
    hash_password,
    make_temporary,
    recover_admin,
    reset_password,
    still_proved,
)
from console.service.people.recovery_proofs import CONSOLE, RecoveryProofs, note_read
from console.service.people.second_factors import (
    confirm,
    is_for_all,
    is_set_up,
    must_set_up,
    offer,
    require_for_all,
    reset_factor,
)
from console.service.pools import Pool
from console.service.settings import load_settings, save_settings
from console.store.queries.people import full_name
from console.store.schema import Employee, Operator
from console.store.unit_of_work import ReadTx


class OperatorOperations:
    """What operators do with their own sessions and with each other."""

    def __init__(self, sessions: OperatorSessions, address: str) -> None:
        """address: of this service, as consoles know it."""
        self._sessions = sessions
        self._proofs = RecoveryProofs(address)

    @handles(api.set_up, Pool.PASSWORD)
    def set_up(self, call: Call, request: api.SetUp) -> api.SignedIn:
        """Names the site and makes its first administrator. Raises Invalid, Conflict."""
        username = request.username.strip()
        if not username:
            raise Invalid("username", tr("Choose a user name."))
        site = checked_site_name(request.site)
        digest = hash_password(request.password)
        with call.write() as tx:
            operator = add_first_operator(tx, username, request.name, digest)
            tx.actor = operator.id
            settings = load_settings(tx)
            save_settings(tx, msgspec.structs.replace(settings, site=site))
            tx.vault.current_site_key(tx.session, tx.now)
            tx.audit("site.set_up")
            return open_session(tx, operator, "")

    @handles(api.sign_in, Pool.PASSWORD)
    def sign_in(self, call: Call, request: api.SignIn) -> api.SignedIn:
        """Opens a session. Raises SignInFailed."""
        operator = self._sessions.prove_with_code(request.username, request.password, request.code)
        with call.store.write(operator.id, call.now) as tx:
            now = still_proved(tx, operator)
            tx.audit("operator.signed_in")
            return open_session(tx, now, request.computer)

    @handles(api.sign_out, Pool.WRITE)
    def sign_out(self, call: Call, request: Nothing) -> Nothing:
        """Ends the caller's session."""
        with call.write() as tx:
            sign_out(tx, call.token)
        return Nothing()

    @handles(api.list_operators, Pool.READ)
    def list_all(self, call: Call, request: Nothing) -> api.Operators:
        """All operators, by user name."""
        with call.read() as tx:
            rows = list(tx.scalars(select(Operator).order_by(Operator.username)))
            return api.Operators(rows=_structs(tx, rows), factor_for_all=is_for_all(tx))

    @handles(api.save_operator, Pool.WRITE)
    def save(self, call: Call, request: api.SaveOperator) -> api.OperatorRow:
        """Adds or changes an operator. Raises Invalid, NotFound, Conflict."""
        if not 1 <= len(request.username.strip()) <= NAME_LENGTH:
            raise Invalid(
                "username", tr("A user name has 1 to {most} characters.", most=NAME_LENGTH)
            )
        with call.write() as tx:
            return _structs(tx, [save_operator(tx, request, call.token)])[0]

    @handles(api.reset_password, Pool.PASSWORD)
    def reset(self, call: Call, request: ById) -> api.TemporaryPassword:
        """Gives somebody else a temporary password. Raises NotFound, Conflict."""
        made = make_temporary()
        with call.write() as tx:
            until = reset_password(tx, request.id, made)
            username = tx.get_one(Operator, request.id).username
        return api.TemporaryPassword(username=username, password=made.text, until=until)

    @handles(api.change_password, Pool.PASSWORD)
    def change(self, call: Call, request: api.ChangePassword) -> Nothing:
        """Changes the caller's own password. Raises Invalid, SignInFailed during the delay."""
        proved = self._prove_own(call, request.current)
        if request.new == request.current:
            raise Invalid("new", tr("This is the current password. Choose another."))
        try:
            digest = hash_password(request.new)
        except Invalid as weak:
            raise Invalid("new", weak.message) from None
        with call.write() as tx:
            change_password(tx, proved, digest, token_hash(call.token))
        return Nothing()

    def _prove_own(self, call: Call, password: str) -> Operator:
        """Raises Invalid."""
        try:
            return self._sessions.prove(call.operator.username, password)
        except SignInFailed as refused:
            wrong = refused.message == tr(WRONG)
            said = tr("This is not your current password.") if wrong else refused.message
            raise Invalid("current", said) from None

    @handles(api.begin_second_factor, Pool.PASSWORD)
    def begin_second_factor(
        self, call: Call, request: api.BeginSecondFactor
    ) -> api.SecondFactorOffer:
        """Offers a second factor to the caller, who proves their password. Raises Invalid."""
        proved = self._prove_own(call, request.password)
        with call.write() as tx:
            return offer(tx, still_proved(tx, proved).id)

    @handles(api.confirm_second_factor, Pool.WRITE)
    def confirm_second_factor(self, call: Call, request: api.SecondFactorCode) -> api.RecoveryCodes:
        """The offered one counts from now on. Raises Invalid, Conflict."""
        with call.write() as tx:
            own = token_hash(call.token)
            return api.RecoveryCodes(codes=confirm(tx, call.operator.id, request.code, own))

    @handles(api.reset_second_factor, Pool.WRITE)
    def reset_second_factor(self, call: Call, request: ById) -> Nothing:
        """Takes somebody else's second factor away, and ends their sessions.

        Raises NotFound, Conflict.
        """
        with call.write() as tx:
            reset_factor(tx, request.id)
        return Nothing()

    @handles(api.require_second_factor, Pool.WRITE)
    def require_second_factor(self, call: Call, request: api.SecondFactorRule) -> Nothing:
        """Wants a second factor of everybody, or not. Raises Conflict."""
        with call.write() as tx:
            require_for_all(tx, for_all=request.for_all)
        return Nothing()

    @handles(api.ask_recovery, Pool.READ)
    def ask_recovery(self, call: Call, request: Nothing) -> api.RecoveryQuestion:
        """A question for whoever has the recovery key. Raises Conflict where there is none."""
        with call.read() as tx:
            return self._proofs.ask(tx)

    @handles(api.recover, Pool.PASSWORD)
    def recover(self, call: Call, request: api.Recover) -> api.TemporaryPassword:
        """A temporary password for an administrator. Every operator is warned. Raises Invalid."""
        with call.read() as tx:
            self._proofs.check(tx, request)
        made = make_temporary()
        with call.write() as tx:
            key = self._proofs.check(tx, request)
            until = recover_admin(tx, request.username, made, key, CONSOLE)
            self._proofs.spend(request.id)
        return api.TemporaryPassword(
            username=request.username.strip(), password=made.text, until=until
        )

    @handles(api.list_sessions, Pool.READ)
    def list_sessions(self, call: Call, request: Nothing) -> api.Sessions:
        """The sessions that go on: the caller's, and for administrators everybody's."""
        own = token_hash(call.token)
        with call.read() as tx:
            rows = [
                api.SessionRow(
                    id=session.id,
                    name=operator.name,
                    username=operator.username,
                    computer=session.computer,
                    since=session.created_at,
                    seen=session.seen_at,
                    own=session.token_hash == own,
                )
                for session, operator in live_sessions(tx, call.operator, call.token)
            ]
        return api.Sessions(rows=rows)

    @handles(api.end_session, Pool.WRITE)
    def end_session(self, call: Call, request: ById) -> Nothing:
        """Ends a session: one's own, or as an administrator anybody's. Raises NotFound."""
        with call.write() as tx:
            end_session(tx, call.operator, request.id)
        return Nothing()

    @handles(api.read_warnings, Pool.WRITE)
    def read_warnings(self, call: Call, request: api.ReadWarnings) -> Nothing:
        """The caller has read the warnings that their console showed."""
        with call.write() as tx:
            note_read(tx, call.operator.id, request.until)
        return Nothing()


def _structs(tx: ReadTx, rows: list[Operator]) -> list[api.OperatorRow]:
    ids = [row.employee_id for row in rows if row.employee_id]
    people = {one.id: one for one in tx.scalars(select(Employee).where(Employee.id.in_(ids)))}
    return [_struct(tx, row, people.get(row.employee_id or "")) for row in rows]


def _struct(tx: ReadTx, row: Operator, employee: Employee | None) -> api.OperatorRow:
    return api.OperatorRow(
        id=row.id,
        username=row.username,
        name=row.name,
        role=row.role,
        can_enrol=row.can_enrol,
        active=row.active,
        employee=employee.number if employee else "",
        employee_name=full_name(employee) if employee else "",
        password=_password_state(tx, row),
        second_factor=row.second_factor,
        factor=_factor_state(tx, row),
    )


def _password_state(tx: ReadTx, row: Operator) -> api.PasswordState:
    if not row.password_hash:
        return api.PasswordState.NONE
    if row.password_until is None:
        return api.PasswordState.OWN
    return api.PasswordState.RUN_OUT if row.password_until < tx.now else api.PasswordState.TEMPORARY


def _factor_state(tx: ReadTx, row: Operator) -> api.FactorState:
    if is_set_up(tx, row.id):
        return api.FactorState.SET_UP
    return api.FactorState.MISSING if must_set_up(tx, row) else api.FactorState.NONE
