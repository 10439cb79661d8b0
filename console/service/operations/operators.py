"""First run, sign in, sign out, operators and their rights. Passwords are kept as argon2id hashes; sessions as hashes of their tokens."""

import functools
import secrets
from datetime import datetime, timedelta

import argon2
import msgspec
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from console.api import operators as api
from console.api.operation import Nothing
from console.domain.errors import Conflict, Invalid, NotFound, SignInFailed
from console.domain.invitations import token_hash
from console.domain.operators import (
    AT_THE_DESK,
    IDLE_LOCK,
    SESSION_LIFETIME,
    Role,
    check_password,
    sign_in_delay,
)
from console.service.operations.dispatch import Call, Caller, handles
from console.service.settings import load_settings, save_settings
from console.service.tools import Service
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Operator, OperatorSession

_hasher = argon2.PasswordHasher()
_WRONG = "User name or password is wrong."
SEEN_EVERY = timedelta(seconds=30)
NAME_LENGTH = 80


@functools.cache
def common_passwords() -> frozenset[str]:
    import zxcvbn.frequency_lists  # 30,000 passwords: loaded only when somebody chooses one

    return frozenset(zxcvbn.frequency_lists.FREQUENCY_LISTS["passwords"])


@functools.cache
def _nobodys_hash() -> str:
    """Verified against for unknown names, so that they take as long as known ones."""
    return _hasher.hash(secrets.token_hex())


def first_run(session: Session) -> bool:
    return session.scalar(select(func.count()).select_from(Operator)) == 0


@handles(api.set_up)
def set_up(call: Call, request: api.SetUp) -> api.Session:
    username, site = request.username.strip(), request.site.strip()
    if not username:
        raise Invalid("username", "Choose a user name.")
    if not site:
        raise Invalid("site", "Give the site a name; employees see it in their emails.")
    check_password(request.password, common_passwords())
    digest = _hasher.hash(request.password)
    with call.service.store.write() as session:
        if not first_run(session):
            raise Conflict("This site has been set up already. Sign in.")
        operator = Operator(
            id=new_id(),
            username=username[:80],
            name=request.name.strip()[:80] or username,
            role=Role.ADMIN,
            password_hash=digest,
            misses=0,
            created_at=call.now,
        )
        session.add(operator)
        settings = load_settings(session)
        save_settings(session, msgspec.structs.replace(settings, site=site[:80]))
        call.service.vault.current_site_key(session, call.now)
        audit.record(session, call.now, operator.id, "site.set_up")
        return _open_session(session, operator, call.now)


@handles(api.sign_in)
def sign_in(call: Call, request: api.SignIn) -> api.Session:
    operator = prove(call.service, request.username, request.password)
    with call.service.store.write() as session:
        audit.record(session, call.now, operator.id, "operator.signed_in")
        return _open_session(session, operator, call.now)


def prove(service: Service, username: str, password: str) -> Operator:
    """The operator whose password this is. Raises SignInFailed, after misses only later and later."""
    now = service.clock()
    with service.store.read() as session:
        operator = session.scalars(
            select(Operator).where(Operator.username == username.strip(), Operator.active)
        ).first()
    if operator is not None and operator.missed_at is not None:
        wait = operator.missed_at + sign_in_delay(operator.misses) - now
        if wait > timedelta():
            raise SignInFailed(
                f"Too many misses. Try again in {int(wait.total_seconds()) + 1} seconds."
            )
    try:
        _hasher.verify(operator.password_hash if operator else _nobodys_hash(), password)
        right = operator is not None
    except argon2.exceptions.VerifyMismatchError:
        right = False
    with service.store.write() as session:
        row = session.get(Operator, operator.id) if operator else None
        if row is not None and right:
            row.misses, row.missed_at = 0, None
            return row
        if row is not None:
            row.misses, row.missed_at = row.misses + 1, now
            audit.record(session, now, row.id, "operator.sign_in_missed")
    raise SignInFailed(_WRONG)


@handles(api.list_operators)
def list_operators(call: Call, request: Nothing) -> api.Operators:
    with call.service.store.read() as session:
        return api.Operators(
            rows=[
                _struct(row)
                for row in session.scalars(select(Operator).order_by(Operator.username))
            ]
        )


def _struct(row: Operator) -> api.OperatorRow:
    return api.OperatorRow(
        id=row.id,
        username=row.username,
        name=row.name,
        role=row.role,
        can_enrol=row.can_enrol,
        active=row.active,
    )


@handles(api.save_operator)
def save_operator(call: Call, request: api.SaveOperator) -> api.OperatorRow:
    """Rights change at once: sessions of somebody who may less, or whose password changed, end."""
    username = request.username.strip()
    if not username or len(username) > NAME_LENGTH:
        raise Invalid("username", f"A user name has 1 to {NAME_LENGTH} characters.")
    if not request.id or request.password:
        check_password(request.password, common_passwords())
    digest = _hasher.hash(request.password) if request.password else ""
    with call.service.store.write() as session:
        taken = session.scalars(select(Operator).where(Operator.username == username)).first()
        if taken is not None and taken.id != request.id:
            raise Invalid("username", "This user name is taken.")
        row = session.get(Operator, request.id) if request.id else None
        if request.id and row is None:
            raise NotFound("This operator does not exist any more.")
        if row is None:
            row = Operator(id=new_id(), created_at=call.now)
            session.add(row)
        else:
            _keep_an_admin(session, row, request)
            if digest or (row.role, row.can_enrol, row.active) != (
                request.role,
                request.can_enrol,
                request.active,
            ):
                session.execute(
                    delete(OperatorSession).where(
                        OperatorSession.operator_id == row.id, _not_this(call)
                    )
                )
        row.username, row.name = username, request.name.strip()[:NAME_LENGTH] or username
        row.role, row.can_enrol, row.active = request.role, request.can_enrol, request.active
        row.password_hash = digest or row.password_hash
        session.flush()
        audit.record(
            session,
            call.now,
            call.operator.id,
            "operator.saved",
            row.id,
            role=row.role,
            can_enrol=row.can_enrol,
            active=row.active,
        )
        changed(session, "operators", row.id)
        return _struct(row)


def _not_this(call: Call) -> ColumnElement[bool]:
    return OperatorSession.token_hash != token_hash(call.token)


def _keep_an_admin(session: Session, row: Operator, request: api.SaveOperator) -> None:
    if row.role is not Role.ADMIN or (request.role is Role.ADMIN and request.active):
        return
    others = (
        select(func.count())
        .select_from(Operator)
        .where(Operator.role == Role.ADMIN, Operator.active, Operator.id != row.id)
    )
    if not session.scalar(others):
        raise Conflict("This is the only administrator. Make somebody else one first.")


@handles(api.sign_out)
def sign_out(call: Call, request: Nothing) -> Nothing:
    with call.service.store.write() as session:
        session.execute(
            delete(OperatorSession).where(OperatorSession.token_hash == token_hash(call.token))
        )
        audit.record(session, call.now, call.operator.id, "operator.signed_out")
    return Nothing()


def _open_session(session: Session, operator: Operator, now: datetime) -> api.Session:
    session.execute(
        delete(OperatorSession).where(OperatorSession.created_at < now - SESSION_LIFETIME)
    )
    token = secrets.token_urlsafe(32)
    session.flush()
    session.add(
        OperatorSession(
            token_hash=token_hash(token), operator_id=operator.id, created_at=now, seen_at=now
        )
    )
    return api.Session(
        token=token,
        username=operator.username,
        name=operator.name,
        role=operator.role,
        can_enrol=may_enrol(operator),
    )


def may_enrol(operator: Operator) -> bool:
    return operator.can_enrol and operator.role in AT_THE_DESK


def find_caller(service: Service, token: str) -> Caller | None:
    """Who a session token belongs to; None when it is unknown, too old, or was idle for too long."""
    now = service.clock()
    with service.store.read() as session:
        row = session.get(OperatorSession, token_hash(token))
        if row is None or now - row.created_at > SESSION_LIFETIME or now - row.seen_at > IDLE_LOCK:
            return None
        operator = session.get_one(Operator, row.operator_id)
        if not operator.active:
            return None
    if now - row.seen_at > SEEN_EVERY:
        with service.store.write() as session:
            kept = session.get(OperatorSession, row.token_hash)
            if kept is not None:
                kept.seen_at = now
    return Caller(operator.id, operator.username, operator.name, operator.role, may_enrol(operator))
