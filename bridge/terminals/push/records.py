"""What a terminal uploads, parsed. Every byte is hostile: one bad line is set aside, it never rejects a batch."""

import base64
import binascii
import io
import re
import tarfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime

from bridge.terminals.errors import ProtocolError
from bridge.terminals.terminal import Finger, Operation, Person, Punch, Quarantined

MAX_LINES = 50_000
MAX_LINE = 4 * 1024 * 1024
"""Characters; a line can carry a photo in base64."""
MAX_EXPANSION = 4
"""How much larger than its body a compressed upload may become."""
SERIAL = re.compile(r"[0-9A-Za-z_-]{1,64}")
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
PIN = re.compile(r"[0-9A-Za-z]{1,24}")
COMMAND_ID = re.compile(r"[0-9A-Za-z]{1,16}")
RETURN = re.compile(r"-?[0-9]{1,6}")
FINGER_KIND, FACE_KIND = 1, 9
_QUARANTINE_TEXT = 2000
_MAX_FIELDS = 200
_PHOTO_HEAD = 4096


@dataclass(frozen=True)
class Template:
    """A biometric record that the terminal holds or has just made. kind: 1 finger, 2 near-infrared face, 9 visible-light face."""

    pin: str
    kind: int
    number: int = 0
    version: str = ""
    blob: bytes = b""


@dataclass(frozen=True)
class HeldPhoto:
    """The terminal holds a photo of this person."""

    pin: str
    kind: int
    jpeg: bytes


@dataclass(frozen=True)
class DeviceError:
    """The terminal says what went wrong with a command."""

    code: str
    command_id: str


@dataclass
class Batch:
    """The rows of one upload, by kind; `lines` is what the terminal must be told was taken."""

    lines: int = 0
    punches: list[Punch] = field(default_factory=list)
    users: list[Person] = field(default_factory=list)
    fingers: list[Finger] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    photos: list[HeldPhoto] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    errors: list[DeviceError] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True)
class CommandResult:
    """What became of a command: 0 is success. fields: what else the terminal wrote beneath, keys in lower case."""

    command_id: str
    code: int
    fields: dict[str, str] = field(default_factory=dict)


def decode_text(body: bytes) -> str:
    """UTF-8, or GB18030 from terminals set to Chinese."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", errors="replace")


def unpack_archive(body: bytes) -> bytes:
    """The file inside a `tgz` upload. Raises ProtocolError when it is none, or grows past four times its size."""
    limit = max(len(body), 1024) * MAX_EXPANSION
    try:
        plain = zlib.decompressobj(wbits=31).decompress(body, limit + 20 * 512)
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            member = next((entry for entry in archive if entry.isfile()), None)
            content = archive.extractfile(member) if member is not None else None
            data = content.read(limit + 1) if content is not None else b""
    except (zlib.error, tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise ProtocolError("not a compressed upload") from error
    if len(data) > limit:
        raise ProtocolError("a compressed upload that grows too much")
    return data


def parse_upload(table: str, body: bytes) -> Batch:
    """The rows of a `POST /iclock/cdata`. Raises ProtocolError only when there are absurdly many lines."""
    if table.upper() == "ATTPHOTO":
        return _login_photo(body)
    lines = [line.rstrip("\r") for line in decode_text(body).split("\n")]
    lines = [line for line in lines if line.strip()]
    if len(lines) > MAX_LINES:
        raise ProtocolError(f"{len(lines)} lines in one upload")
    batch = Batch(lines=len(lines))
    table = table.upper()
    for line in lines:
        try:
            _take(batch, table, line)
        except (ValueError, KeyError, IndexError) as error:
            batch.quarantined.append(
                Quarantined(line[:_QUARANTINE_TEXT], str(error)[:120] or type(error).__name__)
            )
    return batch


def _take(batch: Batch, table: str, line: str) -> None:
    if len(line) > MAX_LINE:
        raise ValueError("the line is too long")
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
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError("unknown kind of line")
    reader(batch, rest)


def _punch(line: str) -> Punch:
    cells = line.split("\t")
    if len(cells) < 4:
        raise ValueError("an attendance line needs at least 4 fields")
    return Punch(_pin(cells[0]), _stamp(cells[1]), _small(cells[2]), _small(cells[3]))


def _user(batch: Batch, rest: str) -> None:
    fields = pairs(rest)
    privilege = fields.get("pri", "")
    card = fields.get("card", "").strip("[]")
    batch.users.append(
        Person(
            pin=_pin(fields["pin"]),
            name=_clean(fields.get("name", "")),
            privilege=int(privilege) if privilege.isdigit() else 0,
            password=_clean(fields.get("passwd", "")),
            card=int(card) if card.isdigit() and len(card) < 11 else 0,
            group=_clean(fields.get("grp", "")) or "1",
        )
    )


def _finger(batch: Batch, rest: str) -> None:
    fields = pairs(rest)
    finger = int(fields["fid"])
    if not 0 <= finger <= 9:
        raise ValueError("a finger is 0 to 9")
    valid = fields.get("valid", "1")
    batch.fingers.append(
        Finger(
            _pin(fields["pin"]), finger, _blob(fields["tmp"]), int(valid) if valid.isdigit() else 1
        )
    )


def _near_infrared(batch: Batch, rest: str) -> None:
    fields = pairs(rest)
    batch.templates.append(
        Template(
            _pin(fields["pin"]), 2, int(fields.get("fid", "0")), "", _blob(fields.get("tmp", ""))
        )
    )


def _template(batch: Batch, rest: str) -> None:
    fields = pairs(rest)
    kind, number = int(fields["type"]), int(fields.get("no") or 0)
    version = f"{fields.get('majorver', '')}.{fields.get('minorver', '')}"[:16].strip(".")
    blob = _blob(fields.get("tmp", ""))
    batch.templates.append(Template(_pin(fields["pin"]), kind, number, version, blob))
    if kind == FINGER_KIND and 0 <= number <= 9:
        batch.fingers.append(
            Finger(_pin(fields["pin"]), number, blob, 3 if fields.get("duress") == "1" else 1)
        )


def _photo(batch: Batch, rest: str) -> None:
    fields = pairs(rest)
    batch.photos.append(
        HeldPhoto(
            _pin(fields["pin"]), int(fields.get("type") or 0), _blob(fields.get("content", ""))
        )
    )


def _operation(batch: Batch, rest: str) -> None:
    code, _, stamp, *numbers = rest.split("\t")
    params = tuple(int(number) for number in numbers[:8] if re.fullmatch(r"-?[0-9]{1,10}", number))
    batch.operations.append(Operation(int(code), _stamp(stamp), params))


def _vein(batch: Batch, rest: str) -> None:
    _pin(pairs(rest)["pin"])  # no unit this site takes veins from


_READERS = {
    "USER": _user, "FP": _finger, "FACE": _near_infrared, "BIODATA": _template, "BIOPHOTO": _photo, "USERPIC": _photo,
    "OPLOG": _operation, "FVEIN": _vein,
}  # fmt: skip


def _login_photo(body: bytes) -> Batch:
    """`key=value` lines, a NUL, then a JPEG. Pictures taken at logins are counted and not kept: nobody consented to them."""
    head, found, photo = body[:_PHOTO_HEAD].partition(b"\0")
    fields = pairs(decode_text(head), "\n")
    if not found or not photo.startswith(b"\xff\xd8\xff") or "pin" not in fields:
        return Batch(
            lines=1,
            quarantined=[Quarantined(decode_text(head)[:_QUARANTINE_TEXT], "not a login photo")],
        )
    return Batch(lines=1)


def _stamp(text: str) -> str:
    text = text.strip()
    if not STAMP.fullmatch(text):
        raise ValueError("not a time")
    datetime.fromisoformat(text)  # refuses 30 February
    return text


def _pin(text: str) -> str:
    text = text.strip()
    if not PIN.fullmatch(text):
        raise ValueError("not an employee number")
    return text


def _small(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 255:
        raise ValueError("a status byte out of range")
    return value


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:80]).strip()


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def pairs(text: str, separator: str = "\t") -> dict[str, str]:
    """`key=value` fields with lower-case keys. Values may contain `=`."""
    return {
        key.strip().lower(): value
        for key, found, value in (part.partition("=") for part in text.split(separator))
        if found
    }


def parse_results(body: bytes) -> list[CommandResult]:
    """The results in a `POST /iclock/devicecmd`; `key=value` lines beneath one belong to it."""
    results: list[CommandResult] = []
    for line in decode_text(body).splitlines()[:MAX_LINES]:
        fields = pairs(line.strip(), "&")
        if COMMAND_ID.fullmatch(fields.get("id", "")) and RETURN.fullmatch(
            fields.get("return", "")
        ):
            more = {
                key: value for key, value in fields.items() if key not in ("id", "return", "cmd")
            }
            results.append(CommandResult(fields["id"], int(fields["return"]), more))
        elif results and len(results[-1].fields) < _MAX_FIELDS:
            key, found, value = line.strip().partition("=")
            if found:
                results[-1].fields[key.lstrip("~").lower()[:64]] = value[:512]
    return results
