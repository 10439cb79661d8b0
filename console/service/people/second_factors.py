"""The second factor of operators: an app on their phone that shows codes (TOTP, RFC 6238)."""

import secrets
from enum import Enum

import msgspec
from sqlalchemy import delete

from console.api import operators as api
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import msgid, tr
from console.domain.one_time_codes import (
    SECRET_BYTES,
    app_link,
    matching_step,
    plain,
    recovery_codes,
    secret_text,
)
from console.service.settings import keep_setting, load_settings
from console.store.schema import Operator, OperatorSession, SecondFactor, Setting
from console.store.site_seals import second_factor_kind
from console.store.unit_of_work import ReadTx, Tx

MARK = "recovery code"
"""What secrets and recovery codes are bound to. Both are part of the stored format."""
RULE = "second_factor"
WRONG_CODE = msgid("This code is not correct, or was used before. Wait for the next one.")


class CodeCheck(Enum):
    """What a code is worth."""

    NOT_NEEDED = "not needed"
    MISSING = "missing"
    WRONG = "wrong"
    RIGHT = "right"


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    """for_all: whether every operator needs a second factor."""

    for_all: bool = False


def is_for_all(tx: ReadTx) -> bool:
    """Whether the site wants a second factor of everybody."""
    row = tx.get(Setting, RULE)
    return row is not None and msgspec.convert(row.value, _Rule).for_all


def require_for_all(tx: Tx, *, for_all: bool) -> None:
    """Wants a second factor of everybody, or only of those who are named. Audited.

    Raises Conflict for an administrator who has none: they could do nothing any more.
    """
    if for_all and not is_set_up(tx, tx.actor):
        raise Conflict(tr("Set up your own second factor first, under your name."))
    keep_setting(tx, RULE, _Rule(for_all=for_all))
    tx.audit("operators.second_factor_rule", for_all=for_all)
    tx.changed("operators")


def is_set_up(tx: ReadTx, operator_id: str) -> bool:
    """Whether the operator has confirmed one."""
    row = tx.get(SecondFactor, operator_id)
    return row is not None and row.sealed is not None


def must_set_up(tx: ReadTx, operator: Operator) -> bool:
    """Whether the operator has to set one up before anything else."""
    required = operator.second_factor or is_for_all(tx)
    return required and not is_set_up(tx, operator.id)


def offer(tx: Tx, operator_id: str) -> api.SecondFactorOffer:
    """A new secret, which counts once a code of it was typed back. The one before goes on."""
    secret = secrets.token_bytes(SECRET_BYTES)
    row = tx.get(SecondFactor, operator_id)
    if row is None:
        row = SecondFactor(operator_id=operator_id, last_step=0, recovery=[])
        tx.add(row)
    row.offered = tx.vault.seal_site(second_factor_kind(operator_id), secret)
    username = tx.get_one(Operator, operator_id).username
    link = app_link(secret, load_settings(tx).site, username)
    return api.SecondFactorOffer(link=link, secret=secret_text(secret))


def confirm(tx: Tx, operator_id: str, code: str, own_session: str) -> list[str]:
    """The offered secret counts from now on. Returns recovery codes.

    Every other session of theirs ends. own_session: its token hash. Raises Invalid, Conflict.
    """
    row = tx.get(SecondFactor, operator_id)
    if row is None or row.offered is None:
        raise Conflict(tr("There is no second factor to confirm. Start again."))
    secret = tx.vault.open_site(second_factor_kind(operator_id), row.offered)
    step = matching_step(secret, code, tx.now, 0)
    if step is None:
        raise Invalid(
            "code", tr("This code is not correct. Check the phone’s clock and try the next code.")
        )
    codes = recovery_codes(secrets.choice)
    row.sealed, row.offered, row.last_step = row.offered, None, step
    row.recovery = [_mark(tx, operator_id, one) for one in codes]
    others = OperatorSession.token_hash != own_session
    tx.execute(delete(OperatorSession).where(OperatorSession.operator_id == operator_id, others))
    tx.audit("operator.second_factor_set_up", operator_id)
    tx.changed("operators", operator_id)
    return codes


def check_code(tx: Tx, operator_id: str, typed: str) -> CodeCheck:
    """Whether this code, of the app or for recovery, is right; then it is used up."""
    row = tx.get(SecondFactor, operator_id)
    if row is None or row.sealed is None:
        return CodeCheck.NOT_NEEDED
    if not plain(typed):
        return CodeCheck.MISSING
    mark = _mark(tx, operator_id, typed)
    if mark in row.recovery:
        row.recovery = [one for one in row.recovery if one != mark]
        tx.audit("operator.recovery_code_used", operator_id, left=len(row.recovery))
        return CodeCheck.RIGHT
    secret = tx.vault.open_site(second_factor_kind(operator_id), row.sealed)
    step = matching_step(secret, typed, tx.now, row.last_step)
    if step is None:
        return CodeCheck.WRONG
    row.last_step = step
    return CodeCheck.RIGHT


def reset_factor(tx: Tx, operator_id: str) -> None:
    """Another administrator takes away the second factor of somebody who lost it.

    Every session of theirs ends. Raises NotFound, Conflict.
    """
    if operator_id == tx.actor:
        raise Conflict(tr("Another administrator must do this for you."))
    row = tx.get(SecondFactor, operator_id)
    if row is None or row.sealed is None:
        raise NotFound(tr("This operator has no second factor."))
    tx.delete(row)
    tx.execute(delete(OperatorSession).where(OperatorSession.operator_id == operator_id))
    tx.audit("operator.second_factor_reset", operator_id)
    tx.changed("operators", operator_id)


def _mark(tx: ReadTx, operator_id: str, code: str) -> str:
    return tx.vault.mark_site(f"{MARK} {operator_id}", plain(code).encode())
