"""What a kiosk asks of the service. Its token says which kiosk it is."""

from datetime import datetime

import msgspec

from console.api.operation import Moment, Principal, operation
from console.domain.kiosks import KioskSettings


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs this kiosk. code: as the console showed it."""

    code: str


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """The kiosk is paired. token: signs all its further calls; name: of the kiosk."""

    token: str
    name: str


class KioskState(msgspec.Struct, frozen=True, kw_only=True):
    """What a kiosk reports about itself. waiting: logins that are not uploaded yet."""

    version: str = ""
    cached: int = 0
    waiting: int = 0
    camera: bool = False
    reader: bool = False
    cameras: list[str] = []
    problem: str = ""


class Sync(msgspec.Struct, frozen=True, kw_only=True):
    """The regular call of a kiosk. roster: the digest of the list that it has."""

    roster: str
    state: KioskState


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An employee in a kiosk's list.

    active, may_log_in: as an operator set them; begins, ends: the moments between which they are
    valid; face: the version of the reference, empty without one; fingers: position -> version;
    badge: the mark of their badge, empty without one; number_only: they have said no to face and
    fingers.
    """

    id: str
    number: str
    name: str
    active: bool
    may_log_in: bool = True
    begins: datetime | None = None
    ends: datetime | None = None
    face: str = ""
    fingers: dict[int, str] = {}
    badge: str = ""
    number_only: bool = False


class FaceModel(msgspec.Struct, frozen=True, kw_only=True):
    """How a kiosk compares faces.

    id, dimension: of the recogniser's vectors; rotation: the site's, which protects them;
    tables: number of photos in the reference -> pairs (cosine, FMR), the cosines ascending.
    """

    id: str
    dimension: int
    rotation: bytes
    tables: dict[int, list[tuple[float, float]]]


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to Sync. entries: the whole list, None if unchanged; now: the service's clock.

    badge_key: what marks of badges are made with, empty where there are none.
    """

    site: str
    name: str
    settings: KioskSettings
    now: datetime
    roster: str
    entries: list[Entry] | None
    face_model: FaceModel
    badge_key: bytes = b""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a kiosk compares with.

    face: the protected template, float32, empty without one; photos: how many it was made of;
    fingers: position -> templates.
    """

    employee_id: str
    face: bytes = b""
    photos: int = 0
    fingers: dict[int, list[bytes]] = {}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Asks about one employee, by number, by id or by badge.

    badge: what was read; if it is nobody's badge, it is taken for a number.
    """

    number: str = ""
    employee_id: str = ""
    badge: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """entry: None if nobody has the number; reference: None unless the employee is active."""

    entry: Entry | None
    reference: Reference | None


class References(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for the references of these employees."""

    employee_ids: list[str]


class ReferenceList(msgspec.Struct, frozen=True, kw_only=True):
    """The references that were asked for."""

    references: list[Reference]


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a decision; see `domain.login_events.LoginStep`."""

    what: str
    ok: bool
    facts: dict[str, str | float | bool] = {}


class KioskLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A login attempt as the kiosk recorded it.

    id: given by the kiosk, so that no attempt counts twice; at: never goes back on one kiosk;
    clock_back: the clock of the kiosk went back before this attempt.
    """

    id: str
    at: Moment
    local_time: str
    outcome: str
    method: str
    reason: str
    stamp: str
    employee_id: str
    number: str
    as_of: Moment | None
    path: list[PathStep]
    clock_back: bool = False


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Login attempts that are not uploaded yet."""

    logins: list[KioskLogin]


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of the logins that the service has stored, now or earlier."""

    ids: list[str]


MOST_AT_ONCE = 200
"""The highest number of references or logins in one call."""
pair = operation("kiosk_link.pair", Pair, Paired, principal=Principal.ANYBODY)
sync = operation("kiosk_link.sync", Sync, Synced, principal=Principal.KIOSK)
check = operation("kiosk_link.check", Check, Checked, principal=Principal.KIOSK)
references = operation(
    "kiosk_link.references", References, ReferenceList, principal=Principal.KIOSK
)
upload = operation("kiosk_link.upload", Upload, Uploaded, principal=Principal.KIOSK)
