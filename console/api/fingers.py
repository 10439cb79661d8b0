"""Fingers at the desk: consent, enrolment by scans, what there is of each finger, testing, deleting; and the readers of this site.

Positions are those of domain.fingers. Pictures are grey, one byte a pixel, dark ridges on light ground; none is kept.
"""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, DESK, ById, Nothing, operation


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    pixels: bytes
    width: int
    height: int
    dpi: int


class Representation(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a finger is kept. kind: muster, iso or terminal; text: which, and since when."""

    kind: str
    text: str


class FingerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finger of which there is something. quality: of Muster's own scans, None where there are none.

    leaving: deleted here, and taken off the terminals by the next plan of each.
    """

    position: int
    quality: int | None
    representations: list[Representation]
    leaving: bool = False


class ConsentPage(msgspec.Struct, frozen=True, kw_only=True):
    """The text that is agreed to, and its digest, which goes back with the answer."""

    intro: str
    paragraphs: list[tuple[str, str]]
    digest: str


class Hands(msgspec.Struct, frozen=True, kw_only=True):
    """All about one person's fingers. consent_at: None until they have agreed; may_enrol: the operator has the right."""

    employee_id: str
    employee: str
    number: str
    department: str
    active: bool
    consent_at: datetime | None
    consent: ConsentPage
    fingers: list[FingerRow]
    advice: str
    may_enrol: bool


class GiveConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What the person said at the desk. given False: declined or withdrawn, which deletes their fingers."""

    employee_id: str
    given: bool
    digest: str = ""


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """reader: its name, for the record."""

    employee_id: str
    position: int
    reader: str


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    scans: int
    tries: int


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """quality: 0 to 100; needs: what a scan should have; least: below this it is not taken; finger: there is one at all."""

    quality: int
    hint: str
    needs: int
    least: int
    finger: bool


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    picture: Picture


class ScanMark(msgspec.Struct, frozen=True, kw_only=True):
    """A usable scan. agrees: another one shows the same finger; kept: it is one of the three."""

    quality: int
    points: int
    agrees: bool
    kept: bool = False


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """The same finger is enrolled already. own: of the same person; chance: how often two fingers look so alike, log10."""

    employee: str
    number: str
    finger: str
    own: bool
    chance: float


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """Where the enrolment of a finger stands. outcome: taken, poor, another, failed, duplicate or saved.

    quality, hint: of this scan; advice: what to do now.
    """

    outcome: str
    quality: int
    hint: str
    advice: str
    taken: int
    scans: list[ScanMark]
    tries_left: int
    duplicate: Duplicate | None = None


class Allow(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor or admin lets a duplicate through, with their own password and a reason."""

    id: str
    username: str
    password: str
    reason: str


class OneFinger(msgspec.Struct, frozen=True, kw_only=True):
    employee_id: str
    position: int


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """work_id: the work that takes it off the terminals; empty when none has it."""

    hands: Hands
    task_id: str


class Test(msgspec.Struct, frozen=True, kw_only=True):
    employee_id: str
    picture: Picture


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """match: it is surely this finger; own: of the person asked about. chance: log10, of another finger in this search.

    fingers: searched; seconds: of the search alone; quality, hint: of the scan.
    """

    match: bool
    employee: str
    finger: str
    own: bool
    score: float
    chance: float
    fingers: int
    seconds: float
    quality: int
    hint: str


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """standard: iso (ISO/IEC 19794-2:2005) or ansi (ANSI/INCITS 378-2004)."""

    employee_id: str
    standard: str = "iso"


class RecordFile(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    data: bytes


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """A reader sold under other numbers. driver: the model whose protocol it speaks; dpi 0: that model's;
    turned, mirrored, inverted: None keeps what the model does."""

    vendor_id: int
    product_id: int
    driver: str
    name: str
    dpi: int = 0
    turned: bool | None = None
    mirrored: bool | None = None
    inverted: bool | None = None


class ReaderSettings(msgspec.Struct, frozen=True, kw_only=True):
    aliases: list[Alias]


hands = operation("fingers.hands", ById, Hands, DESK)
give_consent = operation("fingers.consent", GiveConsent, Hands, DESK)
begin = operation("fingers.begin", Begin, Begun, DESK)
look = operation("fingers.look", Picture, Looked, DESK)
scan = operation("fingers.scan", Scan, Scanned, DESK)
take_back = operation("fingers.take_back", ById, Scanned, DESK)
end = operation("fingers.end", ById, Nothing, DESK)
allow = operation("fingers.allow", Allow, Scanned, DESK)
delete = operation("fingers.delete", OneFinger, Deleted, DESK)
test = operation("fingers.test", Test, Tested, DESK)
export = operation("fingers.export", Export, RecordFile, ADMIN)
get_readers = operation("fingers.readers", Nothing, ReaderSettings, DESK)
save_readers = operation("fingers.save_readers", ReaderSettings, ReaderSettings, DESK)
