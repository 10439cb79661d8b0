"""Fingers at the desk: consent, enrolment, tests, deletion, export, and the readers of this site.

Positions are those of domain.fingers. Pictures are grey, one byte per pixel, with dark ridges on
light ground; none is stored.
"""

from datetime import datetime

import msgspec

from console.api.consents import ShownText
from console.api.operation import ADMIN, DESK, ById, Nothing, operation

MOST_RECORD_BYTES = 1 << 20
"""Of a record of fingers: sixteen prints of each with all minutiae have a quarter of this."""


class ScanPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A grey picture. pixels: width * height bytes, row by row."""

    pixels: bytes
    width: int
    height: int
    dpi: int


class Representation(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a finger is stored.

    kind: muster, iso or terminal; text: which one, and since when.
    """

    kind: str
    text: str


class FingerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finger that is stored in at least one form.

    quality: of Muster's own scans, None without any; leaving: deleted here, and removed from each
    terminal by its next plan.
    """

    position: int
    quality: int | None
    representations: list[Representation]
    leaving: bool = False


class Hands(msgspec.Struct, frozen=True, kw_only=True):
    """One person's fingers.

    consent_at: None until they agree; texts: what they are asked to agree to, in every language;
    may_enrol: the operator has the right to enrol others; opens: sentences on what a finger that is
    taken here or at a terminal opens.
    """

    employee_id: str
    employee: str
    number: str
    department: str
    active: bool
    consent_at: datetime | None
    texts: list[ShownText]
    fingers: list[FingerRow]
    advice: str
    may_enrol: bool
    opens: list[str]


class GiveConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What the person said at the desk to the text with this digest.

    given: False means declined or withdrawn, which deletes their fingers.
    """

    employee_id: str
    given: bool
    digest: str = ""


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """Starts the enrolment of one finger. reader: its name, for the record."""

    employee_id: str
    position: int
    reader: str


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment has begun. scans: how many are needed; tries: how many are allowed."""

    id: str
    scans: int
    tries: int


class ScanAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """How good a live picture is.

    quality: 0 to 100; needs: the quality a scan should have; least: a scan below this is not
    accepted; finger: whether the picture shows a finger.
    """

    quality: int
    hint: str
    needs: int
    least: int
    finger: bool


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Adds a scan to the enrolment with this id."""

    id: str
    picture: ScanPicture


class ScanMark(msgspec.Struct, frozen=True, kw_only=True):
    """A usable scan. agrees: another one shows the same finger; chosen: it is one of the three."""

    quality: int
    points: int
    agrees: bool
    chosen: bool = False


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """The same finger is enrolled already.

    own: it belongs to the same person; log10_fmr: the decimal logarithm of the false match rate.
    """

    employee: str
    number: str
    finger: str
    own: bool
    log10_fmr: float


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """Where the enrolment of a finger stands.

    outcome: taken, poor, another, failed, duplicate or saved; quality, hint: of this scan;
    advice: what to do now; taken: how many usable scans there are.
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
    """A supervisor or admin accepts a duplicate, with their own password and a reason."""

    id: str
    username: str
    password: str
    reason: str


class OneFinger(msgspec.Struct, frozen=True, kw_only=True):
    """One finger of a person."""

    employee_id: str
    position: int


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """A finger was deleted.

    task_id: the task that removes it from the terminals; empty if no terminal has it.
    """

    hands: Hands
    task_id: str


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """Searches for the finger in this picture. employee_id: whose it should be."""

    employee_id: str
    picture: ScanPicture


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """The finger that a test found.

    match: the evidence is sufficient; own: it belongs to the person asked about; log10_fmr: the
    decimal logarithm of the rate at which this search finds a wrong finger; fingers: how many were
    searched; seconds: of the search alone; quality, hint: of the scan.
    """

    match: bool
    employee: str
    finger: str
    own: bool
    score: float
    log10_fmr: float
    fingers: int
    seconds: float
    quality: int
    hint: str


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """standard: iso (ISO/IEC 19794-2:2005) or ansi (ANSI/INCITS 378-2004)."""

    employee_id: str
    standard: str = "iso"


class RecordFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to save."""

    name: str
    data: bytes


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Takes fingers out of a record of ISO/IEC 19794-2:2005 or ANSI/INCITS 378-2004.

    employee_id, or number: whose fingers they are; position: of a finger for which the record tells
    none, 0 if nobody has said it.
    """

    data: bytes
    employee_id: str = ""
    number: str = ""
    position: int = 0


class ImportedFinger(msgspec.Struct, frozen=True, kw_only=True):
    """One finger of a record. outcome: saved, poor, enrolled or duplicate; text: it in words."""

    position: int
    outcome: str
    text: str


class RecordImported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record, by finger."""

    employee: str
    number: str
    fingers: list[ImportedFinger]


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """A reader that is sold under other USB numbers.

    driver: the model whose protocol it speaks; dpi: 0 means that model's; turned, mirrored,
    inverted: how its picture arrives, None as that model's does.
    """

    vendor_id: int
    product_id: int
    driver: str
    name: str
    dpi: int = 0
    turned: bool | None = None
    mirrored: bool | None = None
    inverted: bool | None = None


class ReaderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The readers that this site has added by their numbers."""

    aliases: list[Alias]


hands = operation("fingers.hands", ById, Hands, DESK)
give_consent = operation("fingers.consent", GiveConsent, Hands, DESK)
begin = operation("fingers.begin", Begin, Begun, DESK)
assess_scan = operation("fingers.assess_scan", ScanPicture, ScanAssessment, DESK)
scan = operation("fingers.scan", Scan, Scanned, DESK)
take_back = operation("fingers.take_back", ById, Scanned, DESK)
end = operation("fingers.end", ById, Nothing, DESK)
allow = operation("fingers.allow", Allow, Scanned, DESK)
delete = operation("fingers.delete", OneFinger, Deleted, DESK)
test = operation("fingers.test", Test, Tested, DESK)
export = operation("fingers.export", Export, RecordFile, ADMIN)
import_record = operation("fingers.import_record", ImportRecord, RecordImported, ADMIN)
get_readers = operation("fingers.readers", Nothing, ReaderSettings, DESK)
save_readers = operation("fingers.save_readers", ReaderSettings, ReaderSettings, DESK)
