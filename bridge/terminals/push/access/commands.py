"""The commands to an access-control unit, made by fixed builders.

Units with a reader and a lock in one take USERINFO, controllers the table `user` with their rights
in `userauthorize`. What changes somebody who is there already is a write to `user` in both: rights
and time zones lie in other tables, which it leaves alone.
"""

import base64
from datetime import datetime

from bridge.terminals.names import UTF_8, shown_name
from bridge.terminals.push.access.records import unpack_kept
from bridge.terminals.push.commands import (
    Builder,
    UnsafeValue,
    checked_pin,
    command_line,
    update_face_photo,
)
from bridge.terminals.push.records import FACE_KIND, FINGER_KIND
from bridge.terminals.terminal import FingerTemplate, Person
from bridge.terminals.zk.clock import encode_time

ALWAYS_ZONE = "0000000100000000"
"""No zone of a group, then the first time zone, which makers ship as "always"."""
ALWAYS_RULE, ALL_FOUR_DOORS = "1", "15"
"""The first time rule, and the doors 1 to 4 as bits."""
FIRST_DOOR = 1
LONGEST_OPEN_S = 0xFE
"""0xFF would leave the door open for good."""
_WRITTEN = {
    "cardno": "CardNo",
    "password": "Password",
    "group": "Group",
    "starttime": "StartTime",
    "endtime": "EndTime",
    "privilege": "Privilege",
}
"""Fields of `user` that can be written, by their names in what the unit reports."""


def _built(verb: str, fields: dict[str, str]) -> Builder:
    return lambda command_id: command_line(command_id, verb, fields)


def _plain(verb: str) -> Builder:
    return lambda command_id: command_line(command_id, verb)


def add_to_terminal(person: Person) -> list[Builder]:
    """Add somebody new, who may always come in: without a time zone they would open nothing."""
    fields = {
        "PIN": checked_pin(person.pin),
        "Name": shown_name(person.name, UTF_8),
        "Pri": str(person.privilege),
        "Card": str(person.card) if person.card else "",
        "Grp": person.group,
        "TZ": ALWAYS_ZONE,
        "Verify": "0",
        "Enable": "1",
    }
    return [_built("DATA UPDATE USERINFO", fields)]


def add_to_controller(person: Person, doors: int) -> list[Builder]:
    """Add somebody new, with the right to every door at any time. doors: how many it has."""
    pin = checked_pin(person.pin)
    user = {
        "CardNo": str(person.card) if person.card else "",
        "Pin": pin,
        "Password": person.password,
        "Group": person.group,
        "StartTime": "0",
        "EndTime": "0",
        "Name": shown_name(person.name, UTF_8),
        "Privilege": str(person.privilege),
    }
    rights = {
        "Pin": pin,
        "AuthorizeTimezoneId": ALWAYS_RULE,
        "AuthorizeDoorId": str(2**doors - 1) if 1 <= doors <= 4 else ALL_FOUR_DOORS,
    }
    return [_built("DATA UPDATE user", user), _built("DATA UPDATE userauthorize", rights)]


def rename(held: Person, name: str) -> Builder:
    """Change the name of somebody and write back everything else as the unit reported it."""
    kept = unpack_kept(held.extra)
    fields = {"Pin": checked_pin(held.pin), "Name": shown_name(name, UTF_8)}
    fields |= {written: kept[key] for key, written in _WRITTEN.items() if key in kept}
    return _built("DATA UPDATE user", fields)


def remove_from_terminal(pin: str) -> list[Builder]:
    """Remove a person with everything that belongs to them."""
    return [_built("DATA DELETE USERINFO", {"PIN": checked_pin(pin)})]


def remove_from_controller(pin: str) -> list[Builder]:
    """Remove the rights of a person, their fingers, and then the person."""
    fields = {"Pin": checked_pin(pin)}
    tables = ("userauthorize", "templatev10", "user")
    return [_built(f"DATA DELETE {table}", fields) for table in tables]


def update_finger(finger: FingerTemplate) -> Builder:
    """Send a fingerprint template. Raises UnsafeValue."""
    fields = {
        "Pin": checked_pin(finger.pin),
        "FingerID": str(finger.finger),
        "Valid": str(finger.valid),
        "Template": base64.b64encode(finger.template).decode(),
    }
    return _built("DATA UPDATE templatev10", fields)


def delete_finger(pin: str, finger: int) -> Builder:
    """Remove one fingerprint template, 0 to 9."""
    fields = {"Pin": checked_pin(pin), "FingerID": str(finger)}
    return _built("DATA DELETE templatev10", fields)


def update_face(pin: str, jpeg: bytes) -> Builder:
    """Send a face photo; the unit posts back the template that it makes. Raises UnsafeValue."""
    return update_face_photo(pin, jpeg, "biophoto")


def delete_face(pin: str) -> Builder:
    """Remove the templates that the unit made of the face of one person, who stays."""
    fields = {"Pin": checked_pin(pin), "Type": str(FACE_KIND)}
    return _built("DATA DELETE biodata", fields)


def delete_face_photo(pin: str) -> Builder:
    """Remove the photo from which the unit made its templates."""
    return _built("DATA DELETE biophoto", {"PIN": checked_pin(pin)})


def enrol_finger(pin: str, finger: int) -> Builder:
    """Let the unit enrol a finger, 0 to 9, with three tries."""
    fields = {
        "type": str(FINGER_KIND),
        "no": str(finger),
        "pin": checked_pin(pin),
        "cardno": "",
        "retry": "3",
        "overwrite": "1",
    }
    return _built("ENROLL_BIO", fields)


def query_users(pin: str = "") -> Builder:
    """Query one person, or all."""
    return _query("user", f"Pin={checked_pin(pin)}" if pin else "*")


def query_fingers() -> Builder:
    """Query all fingerprint templates."""
    return _query("templatev10", "*")


def query_face(pin: str) -> Builder:
    """Query the templates that the unit made of the face of one person."""
    return _query("biodata", f"Type={FACE_KIND}\tPin={checked_pin(pin)}")


def query_face_photo(pin: str) -> Builder:
    """Query the photo of the face of one person."""
    return _query("biophoto", f"Type={FACE_KIND}\tPin={checked_pin(pin)}")


def query_log() -> Builder:
    """Query the whole log. How a span is asked for is not published."""
    return _query("transaction", "*")


def _query(table: str, condition: str) -> Builder:
    return _plain(f"DATA QUERY tablename={table},fielddesc=*,filter={condition}")


def count(table: str) -> Builder:
    """Ask how many rows a table has."""
    return _plain(f"DATA COUNT {table}")


def unlock(seconds: int) -> Builder:
    """Open the first door for so many seconds, 1 to 254. Raises UnsafeValue."""
    if not 1 <= seconds <= LONGEST_OPEN_S:
        raise UnsafeValue(f"a door is opened for 1 to {LONGEST_OPEN_S} seconds")
    return _plain(f"CONTROL DEVICE 01{FIRST_DOOR:02X}01{seconds:02X}")


def set_clock(local_time: datetime) -> Builder:
    """Tell the time, as the unit's clock should show it."""
    return _plain(f"SET OPTIONS DateTime={encode_time(local_time)}")


RESTART = _plain("CONTROL DEVICE 03000000")
CLEAR_LOG = _plain("DATA DELETE transaction *")
COUNT_FACES = f"biodata Type={FACE_KIND}"
