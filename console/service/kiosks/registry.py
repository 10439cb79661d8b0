"""Kiosks: which there are, their pairing, their settings and those of their groups."""

import secrets
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select

from console.api.kiosk_link import KioskState
from console.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from console.domain.invitations import token_hash
from console.domain.kiosks import PAIRING_LIFETIME, KioskSettings
from console.domain.language import msgid, tr
from console.domain.typed_codes import as_made, in_halves, new_code
from console.service.callers import KioskCaller
from console.service.settings import keep_setting
from console.store.database import Store
from console.store.schema import Kiosk, Setting
from console.store.unit_of_work import ReadTx, Tx

GROUPS = "kiosk_groups"
MOST_KIOSKS = 1000
CODE_LENGTH = 10
NAME_LENGTH = 80
ERASURES = "erasure"
"""The jobs that a kiosk may have made work for, when it has shown that it has a newer list."""
SEEN_EVERY = timedelta(seconds=15)
"""How often it is written that a kiosk, which says nothing new of itself, was there."""


class _Groups(msgspec.Struct, frozen=True, kw_only=True):
    groups: dict[str, KioskSettings]


def group_settings(tx: ReadTx) -> dict[str, KioskSettings]:
    """Settings by name of the group; the empty name is for everybody."""
    row = tx.get(Setting, GROUPS)
    return {} if row is None else msgspec.convert(row.value, _Groups).groups


def settings_of(kiosk: Kiosk, groups: dict[str, KioskSettings]) -> KioskSettings:
    """A kiosk's own settings, else its group's, else everybody's, else those that ship."""
    if kiosk.settings is not None:
        return msgspec.convert(kiosk.settings, KioskSettings)
    return groups.get(kiosk.group_name) or groups.get("") or KioskSettings()


def find_kiosk(tx: ReadTx, kiosk_id: str) -> Kiosk:
    """Raises NotFound."""
    row = tx.get(Kiosk, kiosk_id)
    if row is None or row.removed_at is not None:
        raise NotFound(tr("This kiosk does not exist any more."))
    return row


def add_kiosk(tx: Tx, added_by: str, replaces: str = "") -> Kiosk:
    """A new kiosk, without a name or with name and settings of the one that it replaces.

    Raises Conflict, NotFound.
    """
    count = select(func.count()).select_from(Kiosk).where(Kiosk.removed_at.is_(None))
    if (tx.scalar(count) or 0) >= MOST_KIOSKS:
        raise Conflict(
            tr("At most {most} kiosks are possible. Remove one first.", most=MOST_KIOSKS)
        )
    row = Kiosk(added_by=added_by, added_at=tx.now, state={})
    if replaces:
        before = find_kiosk(tx, replaces)
        row.name, row.location, row.group_name = before.name, before.location, before.group_name
        row.settings, row.replaces = before.settings, before.id
        retire_kiosk(tx, before)
    tx.add(row)
    return row


def name_kiosk(row: Kiosk, name: str, location: str, group: str) -> None:
    """Raises Invalid."""
    for field, value in (("name", name), ("location", location), ("group", group)):
        if len(value.strip()) > NAME_LENGTH:
            raise Invalid(field, tr("At most {most} characters.", most=NAME_LENGTH))
    if not name.strip():
        raise Invalid("name", tr("Give the kiosk a name, for example the door it stands at."))
    row.name, row.location, row.group_name = name.strip(), location.strip(), group.strip()


def retire_kiosk(tx: Tx, row: Kiosk) -> None:
    """It cannot call any more; what it logged stays."""
    row.removed_at, row.token_hash, row.pairing_hash = tx.now, "", ""


def new_pairing_code(tx: Tx, row: Kiosk) -> str:
    """A code to type at the kiosk, valid for a while; only its hash is kept."""
    code = new_code(CODE_LENGTH)
    row.pairing_hash, row.pairing_until = token_hash(code), tx.now + PAIRING_LIFETIME
    return in_halves(code)


def pair_kiosk(tx: Tx, code: str) -> tuple[Kiosk, str]:
    """The kiosk that the code was made for, and its token from now on. Raises Invalid."""
    mine = Kiosk.pairing_hash == token_hash(as_made(code))
    query = select(Kiosk).where(mine, Kiosk.pairing_hash != "")
    row = tx.scalar(query)
    if row is None or row.removed_at is not None:
        raise Invalid("code", tr(_BAD_CODE))
    if row.pairing_until is None or row.pairing_until <= tx.now:
        raise Invalid("code", tr(_BAD_CODE))
    token = secrets.token_urlsafe(32)
    row.token_hash, row.pairing_hash, row.pairing_until = token_hash(token), "", None
    row.last_seen = tx.now
    tx.actor = row.id
    tx.audit("kiosk.paired", row.id)
    tx.changed("kiosks", row.id)
    return row, token


_BAD_CODE = msgid(
    "This code is not valid, or not valid any more. Ask for a new one under Kiosks in the console."
)


def save_group(tx: Tx, name: str, settings: KioskSettings) -> None:
    """Replaces the settings of a group. Audited with what changed."""
    groups = group_settings(tx)
    before = msgspec.to_builtins(groups[name]) if name in groups else None
    keep_setting(tx, GROUPS, _Groups(groups=groups | {name: settings}))
    difference = changed_settings(before, msgspec.to_builtins(settings))
    tx.audit("kiosk.group_changed", "", group=name, **difference)
    tx.changed("kiosks")


def changed_settings(
    before: dict[str, object] | None, after: dict[str, object] | None
) -> dict[str, object]:
    """What changed, for the audit trail."""
    old, new = before or {}, after or {}
    fields = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return {
        "before": {name: old.get(name) for name in fields},
        "after": {name: new.get(name) for name in fields},
    }


class KioskCallers:
    """Finds out which kiosk calls, and notes what it says of itself. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, tx: ReadTx, token: str) -> KioskCaller:
        """Which kiosk a pairing's token belongs to. Raises NotSignedIn."""
        query = select(Kiosk).where(Kiosk.token_hash == token_hash(token))
        row = tx.scalar(query) if token else None
        if row is None or row.removed_at is not None:
            raise NotSignedIn(
                tr("This kiosk is not paired any more. Pair it again under Kiosks in the console.")
            )
        return KioskCaller(row.id, row.name)

    def note_state(self, kiosk_id: str, state: KioskState, list_at: datetime | None) -> None:
        """Keeps what a kiosk says of itself, and the list that it has shown to have."""
        with self._store.write(kiosk_id) as tx:
            row = find_kiosk(tx, kiosk_id)
            row.state, row.last_seen = msgspec.to_builtins(state), tx.now
            row.list_at = list_at or row.list_at
            if list_at is not None:
                tx.demand(ERASURES)
            tx.changed("kiosks", row.id)


def is_news(row: Kiosk, state: KioskState, list_at: datetime | None, now: datetime) -> bool:
    """Whether what a kiosk says is worth a write. list_at: of when the list is that it has."""
    if list_at is not None and (row.list_at is None or row.list_at < list_at):
        return True
    unseen = row.last_seen is None or now - row.last_seen >= SEEN_EVERY
    return unseen or bool(row.state != msgspec.to_builtins(state))
