"""Operators: passwords (argon2id hashes), sessions (hashes of tokens), and rights."""

import functools
import secrets
from datetime import timedelta

import argon2
from sqlalchemy import delete, func, select

from console.api import operators as api
from console.domain.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, SignInFailed
from console.domain.invitations import token_hash
from console.domain.operators import (
    AT_THE_DESK,
    IDLE_LOCK,
    SESSION_LIFETIME,
    Role,
    check_password,
)
from console.service.callers import OperatorCaller
from console.service.people.sign_in_gate import SignInGate
from console.service.pools import Pool, Pools
from console.store.columns import new_id
from console.store.database import Store
from console.store.schema import Employee, Operator, OperatorSession
from console.store.unit_of_work import ReadTx, Tx

_hasher = argon2.PasswordHasher()
_WRONG = "User name or password is wrong."
SEEN_EVERY = timedelta(seconds=30)
"""How often the time of an operator's last call is written."""
NAME_LENGTH = 80


@functools.cache
def common_passwords() -> frozenset[str]:
    """About 30,000 passwords that many people use. Loaded only when somebody chooses one."""
    import zxcvbn.frequency_lists

    return frozenset(zxcvbn.frequency_lists.FREQUENCY_LISTS["passwords"])


@functools.cache
def _nobodys_hash() -> str:
    """Verified against for unknown names, so that they take as long as known ones."""
    return _hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """The argon2id hash. Slow by intention. Raises Invalid for a weak password."""
    check_password(password, common_passwords())
    return _hasher.hash(password)


def is_first_run(tx: ReadTx) -> bool:
    """Whether nobody has set up this site yet."""
    return not tx.scalar(select(func.count()).select_from(Operator))


def may_enrol(operator: Operator) -> bool:
    """Whether the operator may enrol others, by the right and by the role."""
    return operator.can_enrol and operator.role in AT_THE_DESK


def add_first_operator(tx: Tx, username: str, name: str, password_hash: str) -> Operator:
    """The administrator who sets the site up. Raises Conflict when there is an operator already."""
    if not is_first_run(tx):
        raise Conflict("This site has been set up already. Sign in.")
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


def save_operator(
    tx: Tx, request: api.SaveOperator, password_hash: str, own_token: str
) -> Operator:
    """Adds or changes an operator. Rights change at once: other sessions of theirs end.

    password_hash: empty keeps the present one. own_token: the session that goes on in any case.
    Raises Invalid, NotFound, Conflict.
    """
    username = request.username.strip()
    taken = tx.scalar(select(Operator).where(Operator.username == username))
    if taken is not None and taken.id != request.id:
        raise Invalid("username", "This user name is taken.")
    employee_id = _employee_id(tx, request.employee.strip())
    row = tx.get(Operator, request.id) if request.id else None
    if request.id and row is None:
        raise NotFound("This operator does not exist any more.")
    if row is None:
        row = Operator(id=new_id(), created_at=tx.now)
        tx.add(row)
    else:
        _keep_an_admin(tx, row, request)
        rights = (request.role, request.can_enrol, request.active)
        if password_hash or (row.role, row.can_enrol, row.active) != rights:
            others = OperatorSession.token_hash != token_hash(own_token)
            tx.execute(delete(OperatorSession).where(OperatorSession.operator_id == row.id, others))
    row.username, row.name = username, request.name.strip()[:NAME_LENGTH] or username
    row.role, row.can_enrol, row.active = request.role, request.can_enrol, request.active
    if row.employee_id and row.employee_id != employee_id and row.id == tx.actor:
        raise Forbidden("Another administrator must change which employee you are.")
    row.employee_id = employee_id
    row.password_hash = password_hash or row.password_hash
    tx.flush()
    tx.audit(
        "operator.saved",
        row.id,
        role=row.role,
        can_enrol=row.can_enrol,
        active=row.active,
        employee=row.employee_id or "",
    )
    tx.changed("operators", row.id)
    return row


def _employee_id(tx: ReadTx, number: str) -> str | None:
    if not number:
        return None
    found = tx.scalar(select(Employee.id).where(Employee.number == number))
    if found is None:
        raise Invalid("employee", "Nobody has this employee number.")
    return found


def _keep_an_admin(tx: Tx, row: Operator, request: api.SaveOperator) -> None:
    if row.role is not Role.ADMIN or (request.role is Role.ADMIN and request.active):
        return
    others = (
        select(func.count())
        .select_from(Operator)
        .where(Operator.role == Role.ADMIN, Operator.active, Operator.id != row.id)
    )
    if not tx.scalar(others):
        raise Conflict("This is the only administrator. Make somebody else one first.")


def open_session(tx: Tx, operator: Operator) -> api.SignedIn:
    """A new session; the token is known to nobody but its owner from here on."""
    tx.execute(
        delete(OperatorSession).where(OperatorSession.created_at < tx.now - SESSION_LIFETIME)
    )
    token = secrets.token_urlsafe(32)
    tx.add(
        OperatorSession(
            token_hash=token_hash(token),
            operator_id=operator.id,
            created_at=tx.now,
            seen_at=tx.now,
        )
    )
    return api.SignedIn(
        token=token,
        username=operator.username,
        name=operator.name,
        role=operator.role,
        can_enrol=may_enrol(operator),
    )


def end_session(tx: Tx, token: str) -> None:
    """Ends the session with this token."""
    tx.execute(delete(OperatorSession).where(OperatorSession.token_hash == token_hash(token)))
    tx.audit("operator.signed_out")


class OperatorSessions:
    """Finds out who an operator is, by password or by token. Blocking."""

    def __init__(self, store: Store, pools: Pools) -> None:
        self._store, self._pools = store, pools
        self._gate = SignInGate(store)

    def prove(self, username: str, password: str) -> Operator:
        """The operator whose password this is. It takes as long as an argon2id hash.

        Raises SignInFailed, at once during the delay that follows several misses.
        """
        operator = self._gate.enter(username)
        try:
            _hasher.verify(operator.password_hash if operator else _nobodys_hash(), password)
        except argon2.exceptions.VerifyMismatchError:
            if operator is not None:
                self._gate.missed(operator.id)
        else:
            if operator is not None:
                self._gate.passed(operator.id)
                return operator
        raise SignInFailed(_WRONG)

    def find(self, token: str) -> OperatorCaller:
        """The operator of a session token.

        Raises NotSignedIn if it is unknown, too old, or was idle for too long.
        """
        with self._store.read() as tx:
            now = tx.now
            row = tx.get(OperatorSession, token_hash(token)) if token else None
            operator = None if row is None else tx.get_one(Operator, row.operator_id)
        if row is None or operator is None or not operator.active:
            raise NotSignedIn("Sign in first.")
        if now - row.created_at > SESSION_LIFETIME or now - row.seen_at > IDLE_LOCK:
            raise NotSignedIn("Sign in first.")
        if now - row.seen_at > SEEN_EVERY:
            self._pools.start(Pool.WRITE, self._note_seen, row.token_hash)
        return OperatorCaller(
            operator.id,
            operator.username,
            operator.name,
            operator.role,
            may_enrol(operator),
            operator.employee_id or "",
        )

    def _note_seen(self, hashed: str) -> None:
        with self._store.write() as tx:
            row = tx.get(OperatorSession, hashed)
            if row is not None and tx.now - row.seen_at > SEEN_EVERY:
                row.seen_at = tx.now
