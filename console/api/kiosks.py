"""Kiosks in the console: adding, pairing, settings of kiosks and of groups."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, Nothing, operation
from console.domain.kiosks import KioskSettings


class KioskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A kiosk as the console shows it.

    settings: those in force; own: they are its own, not its group's; silent: it is in use and was
    not heard of for a while; code_until: when the pairing
    code expires, None without one; cached: people it knows; waiting: logins not uploaded yet;
    faces: people whose faces it may search; false_accepts: the highest share of strangers that
    it takes for one of them.
    """

    id: str
    name: str
    location: str
    group: str
    settings: KioskSettings
    own: bool
    paired: bool
    online: bool
    silent: bool
    last_seen: datetime | None
    code_until: datetime | None
    version: str
    cached: int
    waiting: int
    camera: bool
    reader: bool
    cameras: list[str]
    problem: str
    faces: int
    false_accepts: float
    added: str
    changed: str


class KioskList(msgspec.Struct, frozen=True, kw_only=True):
    """All kiosks. groups: their settings; enrolled_faces: people of the site with a face."""

    kiosks: list[KioskRow]
    groups: dict[str, KioskSettings]
    enrolled_faces: int


class AddKiosk(msgspec.Struct, frozen=True, kw_only=True):
    """A new kiosk.

    replaces: the id of a kiosk that is removed; its name, place and settings go to the new one.
    """

    name: str
    location: str = ""
    group: str = ""
    replaces: str = ""


class PairingCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is shown once and typed into the kiosk.

    address: of the service for kiosks on other computers, empty if it serves none.
    """

    id: str
    code: str
    until: datetime
    address: str = ""


class ChangeKiosk(msgspec.Struct, frozen=True, kw_only=True):
    """The new data of a kiosk. settings: its own, or None for those of its group."""

    id: str
    name: str
    location: str
    group: str
    settings: KioskSettings | None


class ChangeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of all kiosks in a group that have none of their own.

    name: empty for the kiosks without a group.
    """

    name: str
    settings: KioskSettings


list_kiosks = operation("kiosks.list", Nothing, KioskList, ANYONE)
add_kiosk = operation("kiosks.add", AddKiosk, PairingCode, ADMIN)
pair_again = operation("kiosks.pair_again", ById, PairingCode, ADMIN)
change_kiosk = operation("kiosks.change", ChangeKiosk, KioskRow, ADMIN)
change_group = operation("kiosks.change_group", ChangeGroup, Nothing, ADMIN)
remove_kiosk = operation("kiosks.remove", ById, Nothing, ADMIN)
