"""Sessions of operators: opened, found again by their tokens, listed, ended."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, true

from console.api import operators as api
from console.domain.errors import NotFound, NotSignedIn, SecondFactorNeeded, SignInFailed
from console.domain.invitations import token_hash
from console.domain.language import msgid, tr
from console.domain.operators import IDLE_LOCK, SESSION_LIFETIME, Role
from console.service.callers import OperatorCaller
from console.service.people.operators import may_enrol
from console.service.people.passwords import is_right
from console.service.people.second_factors import (
    WRONG_CODE,
    CodeCheck,
    check_code,
    is_set_up,
    must_set_up,
)
from console.service.people.sign_in_gate import SignInGate
from console.service.pools import Pool, Pools
from console.store.columns import new_id
from console.store.database import Store
from console.store.schema import Operator, OperatorSession
from console.store.unit_of_work import ReadTx, Tx
from console.waiting import is_inside_transaction

WRONG = msgid("The user name or password is wrong.")
SEEN_EVERY = timedelta(seconds=30)
"""How often the time of an operator's last call is written."""
COMPUTER_LENGTH = 80


def open_session(tx: Tx, operator: Operator, computer: str) -> api.SignedIn:
    """A new session; the token is known to nobody but its owner from here on.

    computer: its name, as the console says.
    """
    tx.execute(
        delete(OperatorSession).where(OperatorSession.created_at < tx.now - SESSION_LIFETIME)
    )
    token = secrets.token_urlsafe(32)
    shown = "".join(one for one in computer if one.isprintable()).strip()[:COMPUTER_LENGTH]
    tx.add(
        OperatorSession(
            token_hash=token_hash(token),
            id=new_id(),
            operator_id=operator.id,
            computer=shown,
            created_at=tx.now,
            seen_at=tx.now,
        )
    )
    tx.changed("operators", operator.id)
    return api.SignedIn(
        token=token,
        username=operator.username,
        name=operator.name,
        role=operator.role,
        can_enrol=may_enrol(operator),
        must_change=operator.password_until is not None,
        must_set_up=must_set_up(tx, operator),
    )


def sign_out(tx: Tx, token: str) -> None:
    """Ends the session with this token."""
    tx.execute(delete(OperatorSession).where(OperatorSession.token_hash == token_hash(token)))
    tx.audit("operator.signed_out")
    tx.changed("operators", tx.actor)


def live_sessions(
    tx: ReadTx, caller: OperatorCaller, token: str
) -> Sequence[tuple[OperatorSession, Operator]]:
    """The sessions that go on, the one of this token first.

    Administrators are shown everybody's, others their own.
    """
    query = (
        select(OperatorSession, Operator)
        .join(Operator, Operator.id == OperatorSession.operator_id)
        .where(
            OperatorSession.created_at >= tx.now - SESSION_LIFETIME,
            OperatorSession.seen_at >= tx.now - IDLE_LOCK,
            _within_reach(caller),
        )
    )
    rows = [(session, operator) for session, operator in tx.execute(query)]
    own = token_hash(token)
    return sorted(
        rows,
        key=lambda row: (
            row[0].token_hash != own,
            row[1].id != caller.id,
            -row[0].seen_at.timestamp(),
        ),
    )


def end_session(tx: Tx, caller: OperatorCaller, session_id: str) -> None:
    """Ends a session: one's own, or as an administrator anybody's. Raises NotFound."""
    query = (
        select(OperatorSession)
        .join(Operator, Operator.id == OperatorSession.operator_id)
        .where(OperatorSession.id == session_id, _within_reach(caller))
    )
    session = tx.scalar(query)
    if session is None:
        raise NotFound(tr("This session has already ended."))
    tx.delete(session)
    since = session.created_at.isoformat(timespec="seconds")
    tx.audit("operator.session_ended", session.operator_id, signed_in=since)
    tx.changed("operators", session.operator_id)


def _within_reach(caller: OperatorCaller) -> ColumnElement[bool]:
    return true() if caller.role is Role.ADMIN else Operator.id == caller.id


class OperatorSessions:
    """Finds out who an operator is, by password or by token. Blocking."""

    def __init__(self, store: Store, pools: Pools) -> None:
        self._store, self._pools = store, pools
        self._gate = SignInGate(store)

    def prove(self, username: str, password: str) -> Operator:
        """The operator whose password this is. It takes as long as an argon2id hash.

        Raises SignInFailed, at once during the delay that follows several misses, and for a
        temporary password that has run out.
        """
        operator = self._prove_password(username, password)
        with self._store.read() as tx:
            has_factor = is_set_up(tx, operator.id)
        if has_factor:  # its misses are forgotten by a right code alone
            self._gate.excused(username, operator.id)
        else:
            self._gate.passed(operator.id)
        self._check_not_run_out(operator)
        return operator

    def prove_with_code(self, username: str, password: str, code: str) -> Operator:
        """As `prove`, and by a code where the operator has a second factor.

        Raises SecondFactorNeeded, too, where there is no code and has to be one.
        """
        operator = self._prove_password(username, password)
        with self._store.write(operator.id) as tx:
            found = check_code(tx, operator.id, code)
            if found is CodeCheck.WRONG:
                tx.audit("operator.code_missed", operator.id)
        if found is CodeCheck.WRONG:
            raise SignInFailed(tr(WRONG_CODE))
        if found is CodeCheck.MISSING:
            self._gate.excused(username, operator.id)
            raise SecondFactorNeeded(tr("Enter the code shown by your app, or a recovery code."))
        self._gate.passed(operator.id)
        self._check_not_run_out(operator)
        return operator

    def _prove_password(self, username: str, password: str) -> Operator:
        operator = self._gate.enter(username)
        right = is_right(operator.password_hash if operator else "", password)
        if operator is None or not right:
            self._gate.missed(username)
            raise SignInFailed(tr(WRONG))
        return operator

    def _check_not_run_out(self, operator: Operator) -> None:
        if operator.password_until is not None and operator.password_until < self._store.clock():
            raise SignInFailed(
                tr("This temporary password has expired. Ask an administrator for another one.")
            )

    def prove_by_own_password(self, username: str, password: str) -> Operator:
        """As `prove`; a temporary password, which somebody else may know, does not do."""
        operator = self.prove(username, password)
        if operator.password_until is not None:
            raise SignInFailed(tr("Sign in first and choose a password of your own."))
        return operator

    def find(self, tx: ReadTx, token: str) -> OperatorCaller:
        """The operator of a session token.

        Raises NotSignedIn if it is unknown, too old, or was idle for too long.
        """
        now = tx.now
        row = tx.get(OperatorSession, token_hash(token)) if token else None
        operator = None if row is None else tx.get_one(Operator, row.operator_id)
        if row is None or operator is None or not operator.active:
            raise NotSignedIn(tr("Sign in first."))
        if now - row.created_at > SESSION_LIFETIME or now - row.seen_at > IDLE_LOCK:
            raise NotSignedIn(tr("Sign in first."))
        if now - row.seen_at > SEEN_EVERY and not is_inside_transaction():
            self._pools.start(Pool.WRITE, self._note_seen, row.token_hash)
        return OperatorCaller(
            operator.id,
            operator.username,
            operator.name,
            operator.role,
            may_enrol(operator),
            operator.employee_id or "",
            must_change=operator.password_until is not None,
            must_set_up=must_set_up(tx, operator),
        )

    def _note_seen(self, hashed: str) -> None:
        with self._store.write() as tx:
            row = tx.get(OperatorSession, hashed)
            if row is not None and tx.now - row.seen_at > SEEN_EVERY:
                row.seen_at = tx.now
