"""Passwords of operators: argon2id hashes, temporary ones, and who may set which."""

import functools
import secrets
from dataclasses import dataclass
from datetime import datetime

import argon2
from sqlalchemy import delete, select

from console.domain.errors import Conflict, Invalid, NotFound, SignInFailed
from console.domain.language import tr
from console.domain.operators import (
    TEMPORARY_LIFETIME,
    WARNED_OF,
    Role,
    check_password,
    temporary_password,
)
from console.store.schema import Operator, OperatorSession, SecondFactor
from console.store.unit_of_work import ReadTx, Tx

_hasher = argon2.PasswordHasher()


@functools.cache
def common_passwords() -> frozenset[str]:
    """About 30,000 passwords that many people use. Loaded only when somebody chooses one."""
    import zxcvbn.frequency_lists

    return frozenset(zxcvbn.frequency_lists.FREQUENCY_LISTS["passwords"])


@functools.cache
def _nobodys_hash() -> str:
    """Verified against where there is no password, which takes as long as for one."""
    return _hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """The argon2id hash. Slow by intention. Raises Invalid for a weak password."""
    check_password(password, common_passwords())
    return _hasher.hash(password)


def is_right(password_hash: str, password: str) -> bool:
    """Whether this is the password; an empty hash stands for none. Slow by intention."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except argon2.exceptions.VerifyMismatchError:
        return False
    return True


@dataclass(frozen=True)
class NewPassword:
    """A temporary password, to be shown once, and its hash."""

    text: str
    hash: str


def make_temporary() -> NewPassword:
    """A new temporary password. Slow by intention."""
    text = temporary_password(secrets.choice)
    return NewPassword(text, _hasher.hash(text))


def set_temporary(tx: Tx, operator: Operator, made: NewPassword) -> datetime:
    """Puts it in force, ends every session of theirs, and says until when it has to be changed."""
    until = tx.now + TEMPORARY_LIFETIME
    operator.password_hash, operator.password_until = made.hash, until
    operator.misses, operator.missed_at = 0, None
    tx.execute(delete(OperatorSession).where(OperatorSession.operator_id == operator.id))
    tx.changed("operators", operator.id)
    return until


def reset_password(tx: Tx, operator_id: str, made: NewPassword) -> datetime:
    """Another administrator gives somebody a temporary password. Raises NotFound, Conflict."""
    operator = tx.get(Operator, operator_id)
    if operator is None:
        raise NotFound(tr("This operator no longer exists."))
    if operator.id == tx.actor:
        raise Conflict(tr("Change your own password under your name, at the bottom of the window."))
    tx.audit("operator.password_reset", operator.id)
    return set_temporary(tx, operator, made)


def recover_admin(tx: Tx, username: str, made: NewPassword, key: str, where: str) -> datetime:
    """An administrator gets a temporary password by the recovery key; all operators are warned.

    Their second factor goes: who lost the phone, too, would find no way back.

    key: its fingerprint; where: "console" or "command". Raises Invalid.
    """
    wanted = [one for one in active_admins(tx) if one.username == username.strip()]
    if not wanted:
        raise Invalid("username", tr("No administrator with this user name can sign in."))
    tx.execute(delete(SecondFactor).where(SecondFactor.operator_id == wanted[0].id))
    tx.audit(WARNED_OF, wanted[0].id, key=key, where=where)
    tx.changed("warnings")
    return set_temporary(tx, wanted[0], made)


def still_proved(tx: ReadTx, proved: Operator) -> Operator:
    """The operator whose password was proved before this transaction, as they are now.

    Raises SignInFailed if they may not sign in any more, or have another password since.
    """
    operator = tx.get_one(Operator, proved.id)
    if not operator.active or operator.password_hash != proved.password_hash:
        raise SignInFailed(tr("The password has just been changed. Sign in with the new one."))
    return operator


def change_password(tx: Tx, proved: Operator, password_hash: str, own_session: str) -> None:
    """A password of one's own. Every other session of theirs ends.

    proved: whose password was proved; own_session: its token hash. Raises SignInFailed.
    """
    operator = still_proved(tx, proved)
    operator.password_hash, operator.password_until = password_hash, None
    others = OperatorSession.token_hash != own_session
    tx.execute(delete(OperatorSession).where(OperatorSession.operator_id == operator.id, others))
    tx.audit("operator.password_changed", operator.id)
    tx.changed("operators", operator.id)


def active_admins(tx: Tx) -> list[Operator]:
    """The administrators who may sign in."""
    query = select(Operator).where(Operator.role == Role.ADMIN, Operator.active)
    return list(tx.scalars(query.order_by(Operator.username)))
