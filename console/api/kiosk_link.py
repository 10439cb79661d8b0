"""What a kiosk says to the service. Its calls are not those of an operator: each carries the token of its pairing."""

from datetime import datetime

import msgspec

from console.api.operation import operation
from console.domain.kiosks import KioskSettings


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """code: as the console showed it."""

    code: str


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    name: str


class KioskState(msgspec.Struct, frozen=True, kw_only=True):
    """What a kiosk says of itself. waiting: logins that are not reported yet."""

    version: str = ""
    cached: int = 0
    waiting: int = 0
    camera: bool = False
    reader: bool = False
    cameras: list[str] = []
    problem: str = ""


class Sync(msgspec.Struct, frozen=True, kw_only=True):
    """roster: the digest of the list that the kiosk has."""

    token: str
    roster: str
    state: KioskState


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An employee in a kiosk's list. face: the version of the reference, empty without one; fingers: position -> version."""

    id: str
    number: str
    name: str
    active: bool
    face: str = ""
    fingers: dict[int, str] = {}


class FaceModel(msgspec.Struct, frozen=True, kw_only=True):
    """Which vectors compare, by which thresholds, and how they are turned. tables: photos in the reference -> (cosine, FMR) ascending."""

    id: str
    dimension: int
    rotation: bytes
    tables: dict[int, list[tuple[float, float]]]


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """entries: the whole list, None when it has not changed; now: the service's clock."""

    site: str
    name: str
    settings: KioskSettings
    now: datetime
    roster: str
    entries: list[Entry] | None
    face_model: FaceModel


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a kiosk compares with. face: float32, turned, empty without one; fingers: position -> templates."""

    employee_id: str
    face: bytes = b""
    photos: int = 0
    fingers: dict[int, list[bytes]] = {}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """By number, or by id."""

    token: str
    number: str = ""
    employee_id: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """entry: None when nobody has the number; reference: of whoever is active."""

    entry: Entry | None
    reference: Reference | None


class References(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    employee_ids: list[str]


class ReferenceList(msgspec.Struct, frozen=True, kw_only=True):
    references: list[Reference]


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """See domain.login_events.Step."""

    what: str
    ok: bool
    facts: dict[str, str | float | bool] = {}


class KioskLogin(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt as the kiosk kept it. id: given by the kiosk, so that nothing counts twice; at never goes back on one kiosk: clock_back
    says that its clock did."""

    id: str
    at: datetime
    local_time: str
    outcome: str
    method: str
    reason: str
    stamp: str
    employee_id: str
    number: str
    as_of: datetime | None
    path: list[PathStep]
    clock_back: bool = False


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    logins: list[KioskLogin]


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """Kept now, or already."""

    ids: list[str]


MOST_AT_ONCE = 200
"""References or logins in one call."""
pair = operation("kiosk_link.pair", Pair, Paired, None)
sync = operation("kiosk_link.sync", Sync, Synced, None)
check = operation("kiosk_link.check", Check, Checked, None)
references = operation("kiosk_link.references", References, ReferenceList, None)
upload = operation("kiosk_link.upload", Upload, Uploaded, None)
