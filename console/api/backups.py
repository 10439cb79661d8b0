"""Backups of the site: what there is, where they lie, and the recovery key that opens them."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, Nothing, Started, operation
from console.domain.operators import Role

READERS = frozenset({Role.ADMIN, Role.AUDITOR})


class BackupRow(msgspec.Struct, frozen=True, kw_only=True):
    """A backup at one place. made_by, verified_by: an operator's name, or the service.

    bytes: of all its files; keys_until: when people's keys are deleted, None if it has none any
    more; problem: what the last verification found, "" if nothing.
    """

    name: str
    place: str
    made_at: datetime
    made_by: str
    bytes: int
    keys_until: datetime | None
    verified_at: datetime
    verified_by: str
    problem: str


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where backups go. own: the folder beside the data; problem: "" if it can be written to."""

    folder: str
    own: bool
    problem: str


class BackupsState(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. problem: what is wrong as a whole, "" if nothing; key: the fingerprint, or "".

    tried_out_at, tried_out_well: of the last restore that was tried out, None before the first;
    tried_out_restored: False where it could only be read back.
    """

    problem: str
    newest: datetime | None
    key: str
    key_made_at: datetime | None
    rows: list[BackupRow]
    places: list[PlaceRow]
    tried_out_at: datetime | None
    tried_out_well: bool
    tried_out_restored: bool


class WhichBackup(msgspec.Struct, frozen=True, kw_only=True):
    """Names a backup at a place."""

    place: str
    name: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Names a folder on the computer of the service."""

    folder: str


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery key that does not count yet. asked: the groups to type back, from 1 on."""

    groups: list[str]
    asked: list[int]


class TypedBack(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, by the number of the group."""

    groups: dict[int, str]


class KeyInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The fingerprint of the recovery key that counts now."""

    fingerprint: str


list_backups = operation("backups.list", Nothing, BackupsState, READERS)
back_up = operation("backups.make", Nothing, Started, ADMIN)
verify_backup = operation("backups.verify", WhichBackup, Started, ADMIN)
add_place = operation("backups.add_place", Place, Nothing, ADMIN)
remove_place = operation("backups.remove_place", Place, Nothing, ADMIN)
new_key = operation("backups.new_key", Nothing, NewKey, ADMIN)
confirm_key = operation("backups.confirm_key", TypedBack, KeyInForce, ADMIN)
