"""The site's key-encryption key (KEK) is changed while the site runs.

The keyring says how far it is: with two KEKs in it, a rotation is under way. Whatever ends the
process, the next start goes on: each step finds what is left, and none is undone.

1. The new KEK lies in the keyring beside the one in force.
2. Both are wrapped to the recovery key, and the new one seals from now on.
3. People's keys are wrapped anew and the site's own secrets sealed anew, in short transactions.
4. The new KEK alone is wrapped to the recovery key.
5. The old one leaves the keyring.
"""

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import bindparam, func, select, update

from console.domain.errors import Conflict
from console.domain.language import msgid, tr
from console.key_holder import KeyHolder
from console.store.columns import Base
from console.store.database import Store
from console.store.keys import SiteKeys, kek_number
from console.store.recovery import Recovery, load_recovery, renew_recovery
from console.store.schema import PersonKey
from console.store.site_seals import COLUMNS, renew_column, renew_settings
from console.store.unit_of_work import SYSTEM, ReadTx, Tx
from console.store.vault import Unsealable

log = structlog.get_logger()
AT_ONCE = 1000
"""Keys or values of one transaction, which lasts some 20 ms."""
ROTATED = "site_key.rotated"
NO_RECOVERY_KEY = msgid(
    "Make the recovery key first: if this computer fails while the key is changed, only the paper "
    "opens the data."
)
OTHER_KEYS = msgid(
    "The keyring has another key than this service uses. Start the service again, and then change "
    "the key."
)
Step = Callable[[int, int], None]
"""Is told how many of how many people's keys are done, after each step."""


def rotate(store: Store, holder: KeyHolder, step: Step, actor: str = SYSTEM) -> None:
    """Changes the KEK, or goes on with a change that was interrupted. Blocking, from one thread.

    step: may raise to stop; then the next call goes on. Raises KeyMissing, and Conflict without a
    recovery key.
    """
    with store.read() as tx:
        _recovery_of(tx)
        in_use, total = tx.vault.keys, _count(tx)
    keys = SiteKeys.decode(holder.get() or b"").begin_rotation()
    if in_use.kek not in (keys.kek, keys.next):
        raise Conflict(tr(OTHER_KEYS))
    holder.replace(keys.encode())
    step(0, total)
    with store.write(actor) as tx:  # nobody else seals meanwhile
        recovery = _recovery_of(tx)
        tx.vault.use_keys(keys)
        if recovery.keys != keys.end_rotation().fingerprint:
            renew_recovery(tx, recovery)
    step(0, total)
    _renew_people(store, kek_number(keys.newest), total, step)
    _renew_secrets(store, lambda: step(total, total))
    _end(store, keys, actor)
    step(total, total)
    holder.replace(keys.end_rotation().encode())
    store.empty_journal()  # in which keys lie as the old KEK has wrapped them


def is_under_way(holder: KeyHolder) -> bool:
    """Whether a rotation was begun and not ended. Raises KeyMissing."""
    held = holder.get()
    return held is not None and bool(SiteKeys.decode(held).next)


def _recovery_of(tx: ReadTx) -> Recovery:
    recovery = load_recovery(tx)
    if recovery is None:
        raise Conflict(tr(NO_RECOVERY_KEY))
    return recovery


def _count(tx: ReadTx) -> int:
    return tx.scalar(select(func.count()).select_from(PersonKey)) or 0


def _renew_people(store: Store, number: int, total: int, step: Step) -> None:
    done, after = 0, ""
    while True:
        with store.write() as tx:
            keys = (
                select(PersonKey.employee_id, PersonKey.wrapped, PersonKey.kek_version)
                .where(PersonKey.employee_id > after)
                .order_by(PersonKey.employee_id)
                .limit(AT_ONCE)
            )
            rows = tx.execute(keys).all()
            left = [(who, wrapped) for who, wrapped, version in rows if version != number]
            _wrap_anew(tx, left, number)
        if not rows:
            return
        done, after = done + len(rows), rows[-1][0]
        step(min(done, total), total)


def _wrap_anew(tx: Tx, keys: list[tuple[str, bytes]], number: int) -> None:
    changed: list[dict[str, Any]] = []
    for employee_id, wrapped in keys:
        try:
            changed.append({"who": employee_id, "new": tx.vault.renew_wrap(wrapped)})
        except Unsealable:  # it opened nothing before either, and must not stop the rest
            log.warning("person_key_not_renewed", employee=employee_id)
    if changed:
        table = Base.metadata.tables[PersonKey.__tablename__]
        mine = table.c.employee_id == bindparam("who")
        renewed = update(table).where(mine).values(wrapped=bindparam("new"), kek_version=number)
        tx.execute(renewed, changed)


def _renew_secrets(store: Store, step: Callable[[], None]) -> None:
    for column in COLUMNS:
        after: Any = None
        while True:
            with store.write() as tx:
                after = renew_column(tx, column, after, AT_ONCE)
            step()
            if after is None:
                break
    with store.write() as tx:
        renew_settings(tx)
    step()


def _end(store: Store, keys: SiteKeys, actor: str) -> None:
    with store.write(actor) as tx:
        tx.vault.use_keys(keys.end_rotation())
        recovery = _recovery_of(tx)
        if recovery.keys == tx.vault.keys.fingerprint:
            return  # a process before this one has come so far
        renew_recovery(tx, recovery)
        tx.audit(ROTATED, people=_count(tx))
        tx.changed("backups")
