"""The commands to a unit that dials in, made by fixed builders.

SHELL, PutFile, GetFile and UPGRADE cannot be built at all.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from bridge.terminals.fields import breaks_field
from bridge.terminals.names import NAME_FIELDS, UTF_8, encode_name
from bridge.terminals.push.records import COMMAND_ID, FACE_KIND, from_wire
from bridge.terminals.terminal import PERSON_PIN, FingerTemplate, Person

Builder = Callable[[str], str]
"""Makes the line of a command from its id. Raises UnsafeValue for a bad id."""
OPTION_NAME = re.compile(r"[~A-Za-z][0-9A-Za-z_]{0,39}")
FORBIDDEN_OPTIONS = frozenset(
    {"iclocksvrurl", "webserverip", "webserverurl", "webserverport", "updateurl"}
)
"""Settings that would connect the terminal to another server."""


DURESS = 3
"""`FingerTemplate.valid` of a finger that signals duress."""


class UnsafeValue(ValueError):
    """A value must not be sent: it could end the field or the command, or is not allowed."""


def _encode(value: str | bytes) -> str:
    """bytes: a text in the unit's own encoding."""
    text = from_wire(value) if isinstance(value, bytes) else value
    unsafe = min(value, default=32) < 32 if isinstance(value, bytes) else breaks_field(value)
    if unsafe:
        raise UnsafeValue("control characters and line separators cannot be sent to a terminal")
    return text


def command_line(
    command_id: str, verb: str, fields: Mapping[str, str | bytes] | None = None
) -> str:
    """Return the line of a command. Raises UnsafeValue, also for a value that could end it."""
    if not COMMAND_ID.fullmatch(command_id):
        raise UnsafeValue("a command id is a whole number of 1 to 16 digits")
    values = "\t".join(f"{key}={_encode(value)}" for key, value in (fields or {}).items())
    return f"C:{command_id}:{verb} {values}" if values else f"C:{command_id}:{verb}"


def checked_pin(pin: str) -> str:
    """Return the number of a person, if it can be sent. Raises UnsafeValue."""
    if not PERSON_PIN.fullmatch(pin):
        raise UnsafeValue("an employee number has 1 to 24 letters, digits, hyphens, underscores")
    return pin


def name_bytes(person: Person, encoding: str = UTF_8) -> bytes:
    """Return the name as it is sent: as the unit told it, or as its record keeps a new one."""
    return person.raw_name or encode_name(person.name, NAME_FIELDS[0], encoding)


def add_user(person: Person, encoding: str = UTF_8) -> Builder:
    """Create a person whom the unit does not hold. Raises UnsafeValue."""
    fields: dict[str, str | bytes] = {
        "PIN": checked_pin(person.pin),
        "Name": name_bytes(person, encoding),
        "Pri": str(person.privilege),
        "Passwd": person.password,
        "Card": str(person.card) if person.card else "",
        "Grp": person.group,
        "TZ": "",
        "Verify": "0",
    }
    return lambda command_id: command_line(command_id, "DATA UPDATE USERINFO", fields)


def rename_user(held: Person, name: bytes) -> Builder:
    """Change the name of somebody whom the unit holds. Raises UnsafeValue.

    All else that the unit told of them goes back byte by byte as it came, because some units set
    to nothing what a command leaves out.
    """
    told = (field.partition(b"=") for field in held.extra.split(b"\t") if field)
    fields: dict[str, str | bytes] = {
        "PIN": checked_pin(held.pin),
        "Name": name,
        **{_encode(key): value for key, _, value in told},
    }
    return lambda command_id: command_line(command_id, "DATA UPDATE USERINFO", fields)


def update_finger(finger: FingerTemplate) -> Builder:
    """Send a fingerprint template; Size is the length in base64. Raises UnsafeValue."""
    content = base64.b64encode(finger.template).decode()
    fields = {
        "PIN": checked_pin(finger.pin),
        "FID": str(finger.finger),
        "Size": str(len(content)),
        "Valid": str(finger.valid),
        "TMP": content,
    }
    return lambda command_id: command_line(command_id, "DATA UPDATE FINGERTMP", fields)


def update_face_photo(pin: str, jpeg: bytes, table: str = "BIOPHOTO") -> Builder:
    """Send a face photo; Size is the length in base64. Raises UnsafeValue.

    The terminal makes its own template from the photo and posts it back as BIODATA.
    table: as the dialect spells it.
    """
    content = base64.b64encode(jpeg).decode()
    fields = {
        "PIN": checked_pin(pin),
        "Type": str(FACE_KIND),
        "Size": str(len(content)),
        "Content": content,
    }
    return lambda command_id: command_line(
        command_id, f"DATA UPDATE {table}", {**fields, "Format": "0", "PostBackTmpFlag": "1"}
    )


def delete_user(pin: str) -> Builder:
    """Remove a person with everything that belongs to them."""
    fields = {"PIN": checked_pin(pin)}
    return lambda command_id: command_line(command_id, "DATA DELETE USERINFO", fields)


def delete_finger(pin: str, finger: int) -> Builder:
    """Remove one fingerprint template, 0 to 9."""
    fields = {"PIN": checked_pin(pin), "FID": str(finger)}
    return lambda command_id: command_line(command_id, "DATA DELETE FINGERTMP", fields)


def delete_face(pin: str) -> Builder:
    """Remove the face template of one person."""
    fields = {"PIN": checked_pin(pin), "Type": str(FACE_KIND)}
    return lambda command_id: command_line(command_id, "DATA DELETE BIODATA", fields)


def query_user(pin: str = "") -> Builder:
    """Query one person, or all; the answers come as USER lines."""
    fields = {"PIN": checked_pin(pin)} if pin else {}
    return lambda command_id: command_line(command_id, "DATA QUERY USERINFO", fields)


def query_fingers(pin: str = "") -> Builder:
    """Query the templates of one person, or all; they come as FP or BIODATA lines."""
    fields = {"PIN": checked_pin(pin)} if pin else {}
    return lambda command_id: command_line(command_id, "DATA QUERY FINGERTMP", fields)


def query_faces(pin: str = "") -> Builder:
    """Query the face templates of one person, or all; they come as BIODATA lines."""
    fields = {"Type": str(FACE_KIND)} | ({"PIN": checked_pin(pin)} if pin else {})
    return lambda command_id: command_line(command_id, "DATA QUERY BIODATA", fields)


def query_log(start: datetime, end: datetime) -> Builder:
    """Query the logins of a span of the terminal's own time."""
    return lambda command_id: command_line(command_id, "DATA QUERY ATTLOG", _span(start, end))


def verify_sum(start: datetime, end: datetime) -> Builder:
    """Ask how many logins the terminal holds of a span, to audit what it reported."""
    return lambda command_id: command_line(command_id, "VERIFY SUM ATTLOG", _span(start, end))


def _span(start: datetime, end: datetime) -> dict[str, str]:
    return {
        "StartTime": start.strftime("%Y-%m-%d %H:%M:%S"),
        "EndTime": end.strftime("%Y-%m-%d %H:%M:%S"),
    }


def set_option(name: str, value: str) -> Builder:
    """Change a setting. Raises UnsafeValue for one of FORBIDDEN_OPTIONS."""
    if not OPTION_NAME.fullmatch(name) or name.lstrip("~").lower() in FORBIDDEN_OPTIONS:
        raise UnsafeValue("this setting is not changed from here")
    return lambda command_id: command_line(command_id, "SET OPTION", {name: value})


def enrol_finger(pin: str, finger: int) -> Builder:
    """Let the terminal enrol a finger, 0 to 9, with three tries."""
    fields = {"PIN": checked_pin(pin), "FID": str(finger), "RETRY": "3", "OVERWRITE": "1"}
    return lambda command_id: command_line(command_id, "ENROLL_FP", fields)


def _plain(verb: str) -> Builder:
    return lambda command_id: command_line(command_id, verb)


INFO = _plain("INFO")
CHECK = _plain("CHECK")
RELOAD_OPTIONS = _plain("RELOAD OPTIONS")
REBOOT = _plain("REBOOT")
UNLOCK = _plain("AC_UNLOCK")
CLEAR_LOG = _plain("CLEAR LOG")

_ALL, _ONLY_NEW = "0", "9999"


def handshake_answer(
    serial: str, delay_s: int, utc_offset_min: int, send_all: bool, log_stamp: str = ""
) -> str:
    """Return the options that an approved terminal works by.

    delay_s: seconds between two polls. send_all: the terminal sends its whole log once more,
    otherwise only what it has not sent yet. log_stamp: how far that is, for an old firmware, which
    does not remember it.
    """
    flags = "\t".join(
        ("TransData AttLog", "OpLog", "EnrollUser", "ChgUser", "EnrollFP", "ChgFP", "BioPhoto")
    )
    hours = utc_offset_min / 60
    options = {
        "ATTLOGStamp": _ALL if send_all else log_stamp or _ONLY_NEW,
        "OPERLOGStamp": _ONLY_NEW,
        "ATTPHOTOStamp": _ONLY_NEW,
        "BIODATAStamp": _ONLY_NEW,
        "ERRORLOGStamp": _ONLY_NEW,
        "ErrorDelay": "30",
        "Delay": str(delay_s),
        "TransTimes": "00:00;14:05",
        "TransInterval": "1",
        "TransFlag": flags,
        "TimeZone": str(int(hours))
        if hours == int(hours) and abs(hours) <= 60
        else str(utc_offset_min),
        "Realtime": "1",
        "Encrypt": "None",
        "ServerVer": "Muster",
        "PushProtVer": "2.3.0",
    }
    return "\n".join(
        [f"GET OPTION FROM: {serial}", *(f"{key}={value}" for key, value in options.items()), ""]
    )
