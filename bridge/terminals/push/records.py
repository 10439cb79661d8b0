"""Parsers of what a terminal uploads.

Every byte is hostile. A bad line is quarantined; it never rejects the whole upload.
"""

import base64
import binascii
import io
import re
import tarfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime

from bridge.terminals.errors import ProtocolError
from bridge.terminals.fields import breaks_field, plain
from bridge.terminals.names import named
from bridge.terminals.terminal import (
    NOT_TOLD,
    PERSON_PIN,
    PUNCH_PIN,
    FingerTemplate,
    OperationRecord,
    Person,
    Punch,
    Quarantined,
)
from bridge.wording import worded

MAX_LINES = 50_000
MAX_LINE = 4 * 1024 * 1024
"""Characters of one line; a line can carry a photo in base64."""
MAX_EXPANSION = 4
"""How many times larger than its body a compressed upload may become."""
SERIAL = re.compile(r"[0-9A-Za-z_-]{1,64}")
STAMP = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?: +|T)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.][0-9]{1,6})?"
)
"""A local time with the year first, the only order of a date that has one meaning."""
CODE = re.compile(r"[0-9]{1,5}")
LOG_STAMP = re.compile(r"[0-9]{1,12}")
COMMAND_ID = re.compile(r"[1-9][0-9]{0,15}")
"""A whole number: units and other servers use nothing else."""
RETURN = re.compile(r"-?[0-9]{1,6}")
FINGER_KIND, FACE_KIND = 1, 9
_QUARANTINE_TEXT = 2000
MAX_FIELDS = 200
_PHOTO_HEAD = 4096


@dataclass(frozen=True)
class BiometricTemplate:
    """A biometric record that the terminal holds or has just made.

    kind: 1 finger, 2 near-infrared face, 9 visible-light face.
    """

    pin: str
    kind: int
    number: int = 0
    version: str = ""
    blob: bytes = b""


@dataclass(frozen=True)
class HeldPhoto:
    """A photo of a person that the terminal holds. kind: as in `BiometricTemplate`."""

    pin: str
    kind: int
    jpeg: bytes


@dataclass(frozen=True)
class DeviceError:
    """What went wrong with a command, as the terminal reports it."""

    code: str
    command_id: str


@dataclass
class UploadBatch:
    """The rows of one upload, by kind.

    lines: how many lines came; the terminal must be told this number. other_events: rows of a log
    that are no logins by a person. counts, options: what the terminal says that it holds, and of
    its settings. command_id: the question that these rows answer, "" if the terminal did not say.
    stamp: the terminal's own mark of how far it has reported this table, "" if it told none.
    """

    lines: int = 0
    punches: list[Punch] = field(default_factory=list)
    users: list[Person] = field(default_factory=list)
    fingers: list[FingerTemplate] = field(default_factory=list)
    templates: list[BiometricTemplate] = field(default_factory=list)
    photos: list[HeldPhoto] = field(default_factory=list)
    operations: list[OperationRecord] = field(default_factory=list)
    errors: list[DeviceError] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    other_events: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    command_id: str = ""
    stamp: str = ""

    def number_of(self, kind: str) -> int:
        """Return how many rows of a kind came: a field, or "log_rows" for all rows of a log."""
        if kind == "log_rows":
            return len(self.punches) + len(self.quarantined) + self.other_events
        return len(getattr(self, kind))

    def extend(self, other: "UploadBatch") -> None:
        """Append the rows of another upload; `lines` stays."""
        self.punches += other.punches
        self.users += other.users
        self.fingers += other.fingers
        self.templates += other.templates
        self.photos += other.photos
        self.operations += other.operations
        self.errors += other.errors
        self.quarantined += other.quarantined
        self.other_events += other.other_events
        self.counts |= other.counts
        self.options |= other.options


@dataclass(frozen=True)
class CommandResult:
    """What became of a command.

    code: 0 is success, below 0 a failure; above 0 a query tells how many rows it found, and an
    enrolment how it failed. fields: what the terminal wrote beneath, with keys in lower case.
    """

    command_id: str
    code: int
    fields: dict[str, str] = field(default_factory=dict)


def decode_text(body: bytes) -> str:
    """Decode UTF-8, with a mark for what is none; never fails."""
    return body.decode("utf-8", errors="replace")


def from_wire(body: bytes) -> str:
    """Decode lines; bytes that are no UTF-8 stay in the text, for `to_wire`."""
    return body.decode("utf-8", errors="surrogateescape")


def to_wire(text: str) -> bytes:
    """Encode lines, with the bytes that `from_wire` let through."""
    return text.encode("utf-8", errors="surrogateescape")


def unpack_archive(body: bytes) -> bytes:
    """Return the file inside a `tgz` upload.

    Raises ProtocolError if it is not one, or grows past MAX_EXPANSION times its size.
    """
    limit = max(len(body), 1024) * MAX_EXPANSION
    try:
        plain = zlib.decompressobj(wbits=31).decompress(body, limit + 20 * 512)
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            member = next((entry for entry in archive if entry.isfile()), None)
            content = archive.extractfile(member) if member is not None else None
            data = content.read(limit + 1) if content is not None else b""
    except (zlib.error, tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise ProtocolError(worded("not a compressed upload")) from error
    if len(data) > limit:
        raise ProtocolError(worded("a compressed upload that grows too much"))
    return data


def parse_upload(table: str, body: bytes) -> UploadBatch:
    """Return the rows of a `POST /iclock/cdata`. Raises ProtocolError for over MAX_LINES lines."""
    if table.upper() == "ATTPHOTO":
        return _login_photo(body)
    lines = [line.rstrip("\r") for line in from_wire(body).split("\n")]
    lines = [line for line in lines if line.strip()]
    if len(lines) > MAX_LINES:
        raise ProtocolError(worded("{lines} lines in one upload", lines=len(lines)))
    batch = UploadBatch(lines=len(lines))
    table = table.upper()
    for line in lines:
        try:
            _parse_line(batch, table, line)
        except (ValueError, KeyError, IndexError) as error:
            set_aside(batch, line, error)
    return batch


def set_aside(batch: UploadBatch, raw: str, error: Exception) -> None:
    """Quarantine a line that could not be understood, with its text."""
    reason = str(error)[:120] or type(error).__name__
    batch.quarantined.append(Quarantined(raw[:_QUARANTINE_TEXT], reason))


def _parse_line(batch: UploadBatch, table: str, line: str) -> None:
    if len(line) > MAX_LINE:
        raise ValueError(worded("the line is too long"))
    if table == "ATTLOG":
        batch.punches.append(_punch(line))
        return
    if table == "ERRORLOG":
        fields = pairs(line)
        batch.errors.append(
            DeviceError(fields["errcode"].upper()[:16], fields.get("cmdid", "")[:16])
        )
        return
    kind, _, rest = line.partition(" ")
    parse = _LINE_PARSERS.get(kind)
    if parse is None:
        raise ValueError(worded("unknown kind of line"))
    parse(batch, rest)


def _punch(line: str) -> Punch:
    """Who and when make a login; units leave out the rest, or use codes of their own."""
    cells = [*(cell.strip() for cell in line.split("\t")), "", ""]
    if len(cells) < 4:
        raise ValueError(worded("an attendance line needs a number and a time"))
    if not PUNCH_PIN.fullmatch(cells[0]):
        raise ValueError(worded("not an employee number"))
    return Punch(cells[0], parse_stamp(cells[1]), parse_code(cells[2]), parse_code(cells[3]))


_NAMED = frozenset({"pin", "name"})
_MAX_EXTRA = 1000
"""Characters that a unit may tell of a person besides number and name."""


def _user(batch: UploadBatch, rest: str) -> None:
    fields = pairs(rest)
    parts = [part.partition("=") for part in rest.rstrip("\r").split("\t")]
    told = "\t".join(
        f"{key.strip()}={value}"
        for key, found, value in parts
        if found and key.strip().lower() not in _NAMED
    )
    if len(told) > _MAX_EXTRA:
        raise ValueError(worded("too much about one person"))
    privilege = fields.get("pri", "")
    card = fields.get("card", "").strip("[]")
    batch.users.append(
        Person(
            pin=parse_pin(fields["pin"]),
            **named(_name_bytes(fields.get("name", ""))),
            privilege=int(privilege) if privilege.isdigit() else 0,
            password=clean(fields.get("passwd", "")),
            card=int(card) if card.isdigit() and len(card) < 11 else 0,
            group=clean(fields.get("grp", "")) or "1",
            extra=to_wire(told),
        )
    )


def _name_bytes(text: str) -> bytes:
    """The bytes of a name, with a space for each character that could end a field or a line."""
    escaped = "\udc80", "\udcff"
    kept = (" " if breaks_field(c) and not escaped[0] <= c <= escaped[1] else c for c in text[:80])
    return to_wire("".join(kept).strip())


def _finger(batch: UploadBatch, rest: str) -> None:
    fields = pairs(rest)
    finger = int(fields["fid"])
    if not 0 <= finger <= 9:
        raise ValueError(worded("a finger is 0 to 9"))
    valid = fields.get("valid", "1")
    batch.fingers.append(
        FingerTemplate(
            parse_pin(fields["pin"]),
            finger,
            parse_blob(fields["tmp"]),
            int(valid) if valid.isdigit() else 1,
        )
    )


def _near_infrared(batch: UploadBatch, rest: str) -> None:
    fields = pairs(rest)
    batch.templates.append(
        BiometricTemplate(
            parse_pin(fields["pin"]),
            2,
            int(fields.get("fid", "0")),
            "",
            parse_blob(fields.get("tmp", "")),
        )
    )


def _template(batch: UploadBatch, rest: str) -> None:
    fields = pairs(rest)
    kind, number = int(fields["type"]), int(fields.get("no") or 0)
    version = f"{fields.get('majorver', '')}.{fields.get('minorver', '')}"[:16].strip(".")
    blob = parse_blob(fields.get("tmp", ""))
    batch.templates.append(BiometricTemplate(parse_pin(fields["pin"]), kind, number, version, blob))
    if kind == FINGER_KIND and 0 <= number <= 9:
        batch.fingers.append(
            FingerTemplate(
                parse_pin(fields["pin"]), number, blob, 3 if fields.get("duress") == "1" else 1
            )
        )


def _photo(batch: UploadBatch, rest: str) -> None:
    fields = pairs(rest)
    batch.photos.append(
        HeldPhoto(
            parse_pin(fields["pin"]),
            int(fields.get("type") or 0),
            parse_blob(fields.get("content", "")),
        )
    )


def _operation(batch: UploadBatch, rest: str) -> None:
    code, _, stamp, *numbers = rest.split("\t")
    params = tuple(int(number) for number in numbers[:8] if re.fullmatch(r"-?[0-9]{1,10}", number))
    batch.operations.append(OperationRecord(int(code), parse_stamp(stamp), params))


def _vein(_batch: UploadBatch, rest: str) -> None:
    parse_pin(pairs(rest)["pin"])  # palm and finger veins are not kept


_LINE_PARSERS = {
    "USER": _user,
    "FP": _finger,
    "FACE": _near_infrared,
    "BIODATA": _template,
    "BIOPHOTO": _photo,
    "USERPIC": _photo,
    "OPLOG": _operation,
    "FVEIN": _vein,
}


def _login_photo(body: bytes) -> UploadBatch:
    """Check `key=value` lines, a NUL and a JPEG.

    Pictures of logins are acknowledged and dropped: nobody consented to them.
    """
    head, found, photo = body[:_PHOTO_HEAD].partition(b"\0")
    fields = pairs(decode_text(head), "\n")
    if not found or not photo.startswith(b"\xff\xd8\xff") or "pin" not in fields:
        return UploadBatch(
            lines=1,
            quarantined=[
                Quarantined(decode_text(head)[:_QUARANTINE_TEXT], worded("not a login photo"))
            ],
        )
    return UploadBatch(lines=1)


def parse_stamp(text: str) -> str:
    """Return the time as every `Punch` has it, so that a login read twice is one.

    Raises ValueError.
    """
    found = STAMP.fullmatch(text.strip())
    if found is None:
        raise ValueError(worded("not a time"))
    year, month, day, hour, minute, second = map(int, found.group(1, 3, 4, 5, 6, 7))
    moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the unit's wall time
    return moment.isoformat(" ")


def parse_pin(text: str) -> str:
    """Return the number of a person. Raises ValueError."""
    text = text.strip()
    if not PERSON_PIN.fullmatch(text):
        raise ValueError(worded("not an employee number"))
    return text


def parse_code(text: str) -> int:
    """Return a code, or NOT_TOLD for "". Raises ValueError."""
    if not text:
        return NOT_TOLD
    if not CODE.fullmatch(text):
        raise ValueError(worded("a code that is no number"))
    return int(text)


def clean(text: str) -> str:
    """Return a short text that can stand in a field."""
    return plain(text[:80])


def parse_blob(text: str) -> bytes:
    """Decode base64. Raises ValueError."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(worded("not base64")) from error


def pairs(text: str, separator: str = "\t") -> dict[str, str]:
    """Split `key=value` fields; keys become lower case, values may contain `=`."""
    return {
        key.strip().lower(): value
        for key, found, value in (part.partition("=") for part in text.split(separator))
        if found
    }


def parse_results(body: bytes) -> list[CommandResult]:
    """Return the results in a `POST /iclock/devicecmd`.

    `key=value` lines beneath a result belong to it.
    """
    results: list[CommandResult] = []
    for line in decode_text(body).split("\n")[:MAX_LINES]:
        fields = pairs(line.strip(), "&")
        if COMMAND_ID.fullmatch(fields.get("id", "")) and RETURN.fullmatch(
            fields.get("return", "")
        ):
            more = {
                key: value for key, value in fields.items() if key not in ("id", "return", "cmd")
            }
            results.append(CommandResult(fields["id"], int(fields["return"]), more))
        elif results and len(results[-1].fields) < MAX_FIELDS:
            key, found, value = line.strip().partition("=")
            if found:
                results[-1].fields[key.lstrip("~").lower()[:64]] = value[:512]
    return results
