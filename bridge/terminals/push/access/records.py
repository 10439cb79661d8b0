"""Parsers of what an access-control unit uploads: events, tables, answers to queries.

Every byte is hostile. A bad record is quarantined; it never rejects the whole upload.
"""

import re
from collections.abc import Callable, Mapping

from bridge.terminals.errors import ProtocolError
from bridge.terminals.push import records
from bridge.terminals.push.access.events import EventKind, kind_of
from bridge.terminals.push.records import (
    FACE_KIND,
    FINGER_KIND,
    MAX_LINE,
    MAX_LINES,
    BiometricTemplate,
    HeldPhoto,
    UploadBatch,
    clean,
    decode_text,
    pairs,
    parse_blob,
    parse_code,
    parse_pin,
    parse_stamp,
    set_aside,
)
from bridge.terminals.terminal import NOT_TOLD, PUNCH_PIN, FingerTemplate, Person, Punch
from bridge.terminals.zk.clock import decode_time
from bridge.wording import worded

STATE_TABLES = frozenset({"rtstate", "irstate", "testdata"})
"""State of doors and alarms, which is not kept."""
TABLE_NAME = re.compile(r"[A-Za-z][0-9A-Za-z]{0,31}")
NO_DIRECTION = 2
"""inoutstatus of a door without a direction. 0 is in and 1 is out, as in every dialect."""
DURESS = 16
"""Added to the number of a finger that signals duress."""
KEPT_FIELDS = (
    "cardno",
    "password",
    "group",
    "starttime",
    "endtime",
    "privilege",
    "disable",
    "verify",
)
"""Fields of a person that only the unit knows. A change of the name leaves them as they are."""
_COUNT = re.compile(r"[0-9]{1,9}")
_VERIFY_BITS = re.compile(r"[01]{16}")
_TIME_CODE = re.compile(r"[0-9]{1,10}")
_OPTION_CHARS = 200


def parse_table(table: str, body: bytes) -> UploadBatch:
    """Return the rows of a table, whichever call brought it. Tables that nobody needs are counted.

    Raises ProtocolError for over MAX_LINES records.
    """
    name = table.lower()
    if name == "attphoto":
        return UploadBatch(lines=1)  # a picture of a login: nobody consented to it
    parse = TABLES.get(name)
    found = _records(name, decode_text(body))
    batch = UploadBatch(lines=len(found))
    if parse is None:
        return batch
    for record in found:
        try:
            if len(record) > MAX_LINE:
                raise ValueError(worded("the record is too long"))
            parse(batch, _fields(name, record))
        except (ValueError, KeyError) as error:
            set_aside(batch, record, error)
    return batch


def parse_answer(kind: str, table: str, body: bytes) -> UploadBatch:
    """Return what a `POST /iclock/querydata` answers. kind: tabledata, count or options."""
    if kind == "count":
        return UploadBatch(counts=_counts(decode_text(body)))
    if kind == "options":
        fields = pairs(decode_text(body).replace("\n", ","), ",")
        told = list(fields.items())[: records.MAX_FIELDS]
        options = {key.lstrip("~")[:64]: clean(value[:_OPTION_CHARS]) for key, value in told}
        return UploadBatch(options=options)
    return parse_table(table, body)


def _counts(text: str) -> dict[str, int]:
    told = pairs(text.strip().replace("\n", "\t")[:1000])
    return {key: int(value) for key, value in told.items() if _COUNT.fullmatch(value.strip())}


def _records(table: str, text: str) -> list[str]:
    """Split an upload into records. Some firmwares put the photo of a record on a second line."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    lines = [line for line in lines if line.strip()]
    named = [_begins(table, line) for line in lines]
    found: list[list[str]] = []
    for line, begins in zip(lines, named, strict=True):
        if begins or not any(named) or not found:
            found.append([line])
        else:
            found[-1].append(line)
    if len(found) > MAX_LINES:
        raise ProtocolError(worded("{found} records in one upload", found=len(found)))
    return ["\t".join(parts) for parts in found]


def _begins(table: str, line: str) -> bool:
    return line[: len(table) + 1].lower() in (f"{table} ", f"{table}\t")


def _fields(table: str, record: str) -> dict[str, str]:
    return pairs(record[len(table) + 1 :] if _begins(table, record) else record)


def _event(batch: UploadBatch, fields: Mapping[str, str]) -> None:
    """A row of `rtlog`, which happens now, or of `transaction`, which is the unit's log."""
    pin = fields.get("pin", "").strip()
    code = _event_code(fields.get("event") or fields.get("eventtype") or "")
    kind = kind_of(code, pin)
    if kind is EventKind.OTHER:
        batch.other_events += 1
        return
    if not PUNCH_PIN.fullmatch(pin):
        raise ValueError(worded("not an employee number"))
    batch.punches.append(
        Punch(
            pin,
            _when(fields),
            _direction(fields.get("inoutstatus") or fields.get("inoutstate") or ""),
            _verify(fields.get("verifytype") or fields.get("verified") or ""),
            code if kind is EventKind.UNKNOWN else NOT_TOLD,
        )
    )


def _event_code(text: str) -> int:
    code = parse_code(text.strip())
    if code == NOT_TOLD:
        raise ValueError(worded("an event without its code"))
    return code


def _when(fields: Mapping[str, str]) -> str:
    """Both forms of the same second give the same text, so that a login read twice is one."""
    text = fields.get("time_second", "").strip()
    if not _TIME_CODE.fullmatch(text):
        return parse_stamp(fields.get("time", text))
    moment = decode_time(int(text))
    if moment is None:
        raise ValueError(worded("not a time"))
    return moment.isoformat(" ")


def _direction(text: str) -> int:
    code = parse_code(text.strip())
    return NOT_TOLD if code == NO_DIRECTION else code


def _verify(text: str) -> int:
    """A row of bits says how somebody verified where both sides agreed on it, which we never do."""
    return NOT_TOLD if _VERIFY_BITS.fullmatch(text.strip()) else parse_code(text.strip())


def _user(batch: UploadBatch, fields: Mapping[str, str]) -> None:
    privilege, card = fields.get("privilege", "").strip(), fields.get("cardno", "").strip()
    batch.users.append(
        Person(
            pin=parse_pin(fields["pin"]),
            name=clean(fields.get("name", "")),
            privilege=int(privilege) if _COUNT.fullmatch(privilege) else 0,
            password=clean(fields.get("password", "")),
            card=int(card) if _COUNT.fullmatch(card) else 0,
            group=clean(fields.get("group", "")) or "1",
            extra=pack_kept(fields),
        )
    )


def pack_kept(fields: Mapping[str, str]) -> bytes:
    """Return the fields that only the unit knows, as `Person.extra` keeps them."""
    kept = [f"{key}={clean(fields[key])}" for key in KEPT_FIELDS if key in fields]
    return "\t".join(kept).encode()


def unpack_kept(extra: bytes) -> dict[str, str]:
    """Return the fields of `pack_kept`."""
    return pairs(extra.decode())


def _finger(batch: UploadBatch, fields: Mapping[str, str]) -> None:
    number = parse_code(fields["fingerid"].strip())
    finger, duress = (number - DURESS, True) if number >= DURESS else (number, False)
    if not 0 <= finger <= 9:
        raise ValueError(worded("a finger is 0 to 9"))
    batch.fingers.append(
        FingerTemplate(
            parse_pin(fields["pin"]),
            finger,
            parse_blob(fields["template"]),
            3 if duress or fields.get("valid", "").strip() == "3" else 1,
        )
    )


def _template(batch: UploadBatch, fields: Mapping[str, str]) -> None:
    kind, number = parse_code(fields["type"].strip()), parse_code(fields.get("no", "0").strip())
    pin, blob = parse_pin(fields["pin"]), parse_blob(fields.get("tmp", ""))
    version = f"{fields.get('majorver', '')}.{fields.get('minorver', '')}"[:16].strip(".")
    batch.templates.append(BiometricTemplate(pin, kind, number, version, blob))
    if kind == FINGER_KIND and 0 <= number <= 9:
        duress = fields.get("duress", "").strip() == "1"
        batch.fingers.append(FingerTemplate(pin, number, blob, 3 if duress else 1))


def _photo(batch: UploadBatch, fields: Mapping[str, str]) -> None:
    kind = parse_code(fields.get("type", str(FACE_KIND)).strip())
    content = parse_blob(fields.get("content", ""))
    batch.photos.append(HeldPhoto(parse_pin(fields["pin"]), kind, content))


TABLES: dict[str, Callable[[UploadBatch, Mapping[str, str]], None]] = {
    "rtlog": _event,
    "transaction": _event,
    "user": _user,
    "templatev10": _finger,
    "biodata": _template,
    "biophoto": _photo,
    "userpic": _photo,
}
