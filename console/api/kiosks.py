"""Kiosks in the console: added, paired, their settings and those of their groups."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, Nothing, operation
from console.domain.kiosks import KioskSettings


class Kiosk(msgspec.Struct, frozen=True, kw_only=True):
    """settings: those in force; own: they are its own, not its group's; code_until: a pairing code is out until then; cached: people it
    knows; waiting: logins not reported yet; faces: people whose faces it may look for; false_accepts: the share of strangers that would be
    taken for one of them, at most."""

    id: str
    name: str
    location: str
    group: str
    settings: KioskSettings
    own: bool
    paired: bool
    online: bool
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
    """groups: their settings; enrolled_faces: people of the site with a face."""

    kiosks: list[Kiosk]
    groups: dict[str, KioskSettings]
    enrolled_faces: int


class AddKiosk(msgspec.Struct, frozen=True, kw_only=True):
    """replaces: the id of a kiosk whose name, place and settings go over to this one; it is removed."""

    name: str
    location: str = ""
    group: str = ""
    replaces: str = ""


class PairingCode(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once; typed into the kiosk. address: of the service for kiosks on other computers, empty where it serves none."""

    id: str
    code: str
    until: datetime
    address: str = ""


class ChangeKiosk(msgspec.Struct, frozen=True, kw_only=True):
    """settings: its own, or None to go with its group."""

    id: str
    name: str
    location: str
    group: str
    settings: KioskSettings | None


class ChangeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Settings for all kiosks of a group that have none of their own; the group without a name is everybody else."""

    name: str
    settings: KioskSettings


list_kiosks = operation("kiosks.list", Nothing, KioskList, ANYONE)
add_kiosk = operation("kiosks.add", AddKiosk, PairingCode, ADMIN)
pair_again = operation("kiosks.pair_again", ById, PairingCode, ADMIN)
change_kiosk = operation("kiosks.change", ChangeKiosk, Kiosk, ADMIN)
change_group = operation("kiosks.change_group", ChangeGroup, Nothing, ADMIN)
remove_kiosk = operation("kiosks.remove", ById, Nothing, ADMIN)
