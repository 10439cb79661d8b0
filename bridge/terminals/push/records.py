"""What a terminal uploads, parsed. Every byte is hostile: one bad line is set aside, it never rejects a batch."""

import re
from dataclasses import dataclass, field
from datetime import datetime

MAX_LINES = 50_000
MAX_LINE = 4 * 1024 * 1024
"""Characters; a line can carry a photo in base64."""
SERIAL = re.compile(r"[0-9A-Za-z_-]{1,64}")
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
PIN = re.compile(r"[0-9A-Za-z]{1,24}")
_QUARANTINE_TEXT = 2000


class ProtocolError(Exception):
    """The message as a whole is not push protocol."""


@dataclass(frozen=True)
class Punch:
    """One login. local_time: what the terminal's clock said, "YYYY-MM-DD HH:MM:SS"."""

    pin: str
    local_time: str
    status: int
    verify: int


@dataclass(frozen=True)
class UserRow:
    """A person as the terminal has them."""

    pin: str
    name: str


@dataclass(frozen=True)
class Template:
    """A biometric record that the terminal holds or has just made; kind 9 is a visible-light face."""

    pin: str
    kind: int


@dataclass(frozen=True)
class DeviceError:
    """The terminal says what went wrong with a command."""

    code: str
    command_id: str


@dataclass(frozen=True)
class Quarantined:
    raw: str
    reason: str


@dataclass
class Batch:
    """The rows of one upload, by kind; `lines` is what the terminal must be told was taken."""

    lines: int = 0
    punches: list[Punch] = field(default_factory=list)
    users: list[UserRow] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    errors: list[DeviceError] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True)
class CommandResult:
    """What became of a command: 0 is success."""

    command_id: str
    code: int


def decode_text(body: bytes) -> str:
    """UTF-8, or GB18030 from terminals set to Chinese."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", errors="replace")


def parse_upload(table: str, body: bytes) -> Batch:
    """The rows of a `POST /iclock/cdata`. Raises ProtocolError only when there are absurdly many lines."""
    lines = [line.rstrip("\r") for line in decode_text(body).split("\n")]
    lines = [line for line in lines if line.strip()]
    if len(lines) > MAX_LINES:
        raise ProtocolError(f"{len(lines)} lines in one upload")
    batch = Batch(lines=len(lines))
    for line in lines:
        try:
            _take(batch, table.upper(), line)
        except (ValueError, KeyError, IndexError) as error:
            batch.quarantined.append(Quarantined(line[:_QUARANTINE_TEXT], str(error)[:120] or type(error).__name__))
    return batch


def _take(batch: Batch, table: str, line: str) -> None:
    if len(line) > MAX_LINE:
        raise ValueError("the line is too long")
    if table == "ATTLOG":
        batch.punches.append(_punch(line))
        return
    if table == "ERRORLOG":
        fields = pairs(line)
        batch.errors.append(DeviceError(fields["errcode"].upper()[:16], fields.get("cmdid", "")[:16]))
        return
    kind, _, rest = line.partition(" ")
    fields = pairs(rest)
    if kind == "USER":
        batch.users.append(UserRow(_pin(fields["pin"]), fields.get("name", "")[:80]))
    elif kind == "BIODATA":
        batch.templates.append(Template(_pin(fields["pin"]), int(fields["type"])))
    elif kind in ("BIOPHOTO", "FACE", "FP", "USERPIC", "FVEIN"):
        _pin(fields["pin"])
    elif kind != "OPLOG":
        raise ValueError("unknown kind of line")


def _punch(line: str) -> Punch:
    cells = line.split("\t")
    if len(cells) < 4:
        raise ValueError("an attendance line needs at least 4 fields")
    stamp = cells[1].strip()
    datetime.fromisoformat(stamp)  # refuses 30 February
    if not STAMP.fullmatch(stamp):
        raise ValueError("not a time")
    return Punch(_pin(cells[0]), stamp, _small(cells[2]), _small(cells[3]))


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


def pairs(text: str, separator: str = "\t") -> dict[str, str]:
    """`key=value` fields with lower-case keys. Values may contain `=`."""
    return {key.strip().lower(): value for key, found, value in (part.partition("=") for part in text.split(separator)) if found}


def parse_results(body: bytes) -> list[CommandResult]:
    """The lines of a `POST /iclock/devicecmd`; lines that are no results (an INFO's key=value list) are passed over."""
    results = []
    for line in decode_text(body).splitlines()[:MAX_LINES]:
        fields = pairs(line.strip(), "&")
        if re.fullmatch(r"[0-9A-Za-z]{1,16}", fields.get("id", "")) and re.fullmatch(r"-?[0-9]{1,6}", fields.get("return", "")):
            results.append(CommandResult(fields["id"], int(fields["return"])))
    return results
