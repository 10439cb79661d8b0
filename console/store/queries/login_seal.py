"""The seal of the login log: whether a login is missing, or was changed, since it was stored. N12.

It is the sum of a keyed digest of each login, so that a login that must go by the rules (its
retention is over, its person was erased) is taken out of it without reading the others. Whoever has
the database and not the site's key can neither make it fit another log nor see how it changes.
"""

import hmac
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import msgspec
import structlog
from msgspec.structs import replace
from sqlalchemy import Select, delete, func, select

from console.store.schema import Audit, Login, Setting
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import Unsealable

log = structlog.get_logger()
KEY = "login_seal"
"""The setting that holds the seal, and what its values are sealed and marked as."""
AUDITED = "logins.sealed"
MODULUS = 1 << 256
SEALED_AT_ONCE, READ_AT_ONCE = 1000, 5000
Reported = tuple[object, ...]
"""What was reported of a login. How it is read (the moment, the person) may be corrected later."""


class LoginSeal(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed logins: the id of the last one, how many there are, and the sum.

    audited_at: when it was last written into the audit log.
    """

    last: int = 0
    rows: int = 0
    total: bytes = bytes(32)
    audited_at: datetime | None = None


@dataclass(frozen=True)
class SealCheck:
    """What a check found. unsealed: the newest logins, which no seal covers yet."""

    sealed: int
    found: int
    same: bool
    unsealed: int

    @property
    def whole(self) -> bool:
        """Nothing is missing, and nothing was changed or added."""
        return self.same and self.found == self.sealed


def load_seal(tx: ReadTx) -> LoginSeal:
    """The seal as it is stored.

    Raises Unsealable if somebody wrote or deleted it by hand, or put an older one in its place: the
    audit log knows a newer one.
    """
    seal, audited = _stored_seal(tx), _last_audited(tx)
    if audited is not None and (seal.audited_at is None or seal.audited_at < audited):
        raise Unsealable("the seal of the login log is an old one")
    return seal


def _stored_seal(tx: ReadTx) -> LoginSeal:
    """Without the question whether it is an old one, for which the audit log is searched."""
    row = tx.get(Setting, KEY)
    if row is None:
        if _last_audited(tx) is not None:
            raise Unsealable("the seal of the login log was deleted")
        return LoginSeal()
    try:
        sealed = bytes.fromhex(row.value["sealed"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unsealable("the seal of the login log was overwritten") from error
    return msgspec.msgpack.decode(tx.vault.open_site(KEY, sealed), type=LoginSeal)


def _last_audited(tx: ReadTx) -> datetime | None:
    """When the audit log last noted what is sealed."""
    noted = select(Audit.at).where(Audit.action == AUDITED)
    return tx.scalar(noted.order_by(Audit.seq.desc()).limit(1))


def anything_to_seal(tx: ReadTx) -> bool:
    """Whether there is a login that is not sealed."""
    return (tx.scalar(select(func.max(Login.id))) or 0) > load_seal(tx).last


def seal_more(tx: Tx) -> bool:
    """Seals the oldest logins that are not sealed. Returns whether there may be more."""
    seal = load_seal(tx)
    rows = tx.execute(_reported().where(Login.id > seal.last).limit(SEALED_AT_ONCE)).all()
    if rows:
        _store(tx, replace(_moved(tx, seal, rows, 1), last=rows[-1].id))
    return len(rows) == SEALED_AT_ONCE


def delete_logins(tx: Tx, ids: Collection[int]) -> None:
    """Deletes logins that must go by the rules of the site, also where the seal was touched."""
    unseal(tx, ids)
    for some in _batches(ids):
        tx.execute(delete(Login).where(Login.id.in_(some)))
    seal = _usable_seal(tx)
    newest = tx.scalar(select(func.max(Login.id))) or 0
    if seal is not None and newest < seal.last:  # SQLite gives the id of the newest row again
        _store(tx, replace(seal, last=newest))


def unseal(tx: Tx, ids: Collection[int]) -> None:
    """These logins are about to be changed, as the rules of the site say."""
    _move(tx, ids, -1)


def seal_again(tx: Tx, ids: Collection[int]) -> None:
    """These logins were unsealed, and have been changed."""
    _move(tx, ids, 1)


def check_seal(tx: ReadTx, give_way: Callable[[], None]) -> SealCheck:
    """Reads every login. Where the seal itself was touched, nothing can be shown any more."""
    try:
        seal, key = load_seal(tx), _key(tx)
    except Unsealable:
        there = tx.scalar(select(func.count()).select_from(Login)) or 0
        return SealCheck(sealed=0, found=there, same=False, unsealed=there)
    found, total, last = 0, 0, 0
    while rows := tx.execute(
        _reported().where(Login.id > last, Login.id <= seal.last).limit(READ_AT_ONCE)
    ).all():
        found, last = found + len(rows), rows[-1].id
        total = (total + _sum(key, rows)) % MODULUS
        give_way()
    unsealed = tx.scalar(select(func.count()).where(Login.id > seal.last)) or 0
    same = hmac.compare_digest(total.to_bytes(32, "big"), seal.total)
    return SealCheck(sealed=seal.rows, found=found, same=same, unsealed=unsealed)


def audit_seal(tx: Tx, every: timedelta) -> None:
    """Writes into the audit log what is sealed, unless that was done a short while ago.

    mark: tells this seal from every other one, and does not give the sum away.
    """
    seal = load_seal(tx)
    if seal.audited_at is None or tx.now - seal.audited_at >= every:
        mark = tx.vault.mark_site(KEY, seal.total)
        tx.audit(AUDITED, rows=seal.rows, last=seal.last, mark=mark)
        _store(tx, replace(seal, audited_at=tx.now))


def _reported() -> Select[int, *tuple[object, ...]]:
    return select(
        Login.id,
        Login.terminal_id,
        Login.kiosk_id,
        Login.pin,
        Login.local_time,
        Login.verify,
        Login.direction,
        Login.outcome,
        Login.method,
        Login.reason,
        Login.stamp,
        Login.received_at,
    ).order_by(Login.id)


def _move(tx: Tx, ids: Collection[int], sign: int) -> None:
    seal = _usable_seal(tx)
    if seal is None or not seal.last:  # nothing is sealed yet
        return
    for some in _batches(ids):
        rows = tx.execute(_reported().where(Login.id.in_(some), Login.id <= seal.last)).all()
        seal = _moved(tx, seal, rows, sign)
    _store(tx, seal)


def _usable_seal(tx: Tx) -> LoginSeal | None:
    """None where the seal was touched: what must go goes all the same, and the check tells it.

    An old seal stays an old one, whatever goes.
    """
    try:
        return _stored_seal(tx)
    except Unsealable as problem:
        log.error("login_seal_unusable", problem=str(problem))
        return None


def _batches(ids: Collection[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, SEALED_AT_ONCE)):
        yield some


def _moved(tx: ReadTx, seal: LoginSeal, rows: Collection[Reported], sign: int) -> LoginSeal:
    total = (int.from_bytes(seal.total, "big") + sign * _sum(_key(tx), rows)) % MODULUS
    return replace(seal, rows=seal.rows + sign * len(rows), total=total.to_bytes(32, "big"))


def _store(tx: Tx, seal: LoginSeal) -> None:
    sealed = tx.vault.seal_site(KEY, msgspec.msgpack.encode(seal))
    tx.session.merge(Setting(key=KEY, value={"sealed": sealed.hex()}))


def _key(tx: ReadTx) -> bytes:
    return tx.vault.mark_site(KEY, b"key").encode()


def _sum(key: bytes, rows: Iterable[Reported]) -> int:
    encode = msgspec.json.Encoder().encode
    return sum(
        int.from_bytes(hmac.digest(key, encode(tuple(row)), "sha256"), "big") for row in rows
    )
