"""The people that a unit writes to a USB stick, and reads from one: `user.dat`.

The file is the records of the unit's people, one after the other: 72 bytes each of units with a
colour screen, 28 of those with a black and white one. They are the records of port 4370. The unit
adds and overwrites by row number when it reads such a file; it removes nobody.

Source: the maker's own reader and writer, "UDiskData" among the samples of its Standalone SDK
(UDisk.cs, the classes SSR_User and User); open readers of exported files agree on each offset.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.terminals.errors import ProtocolError
from bridge.terminals.names import NARROW, WIDE, encode_name, guess, read_names, writing_encoding
from bridge.terminals.terminal import Person
from bridge.terminals.zk.layouts import (
    MAX_UID,
    USER_28,
    USER_72,
    USER_WIDTHS,
    allocate_uids,
    pack_user,
    parse_users,
)
from bridge.wording import worded

MAX_FILE = USER_72.size * MAX_UID
"""Bytes of one file: a row number of 16 bits for each person."""
_NAME_STARTS = {USER_72.size: 11, USER_28.size: 8}
_NAME_BYTES = {USER_72.size: WIDE, USER_28.size: NARROW}
_SOMEBODY = 0
"""The privilege of who may only log in."""


@dataclass(frozen=True)
class PeopleFile:
    """What a `user.dat` holds, in its order. width: bytes of a record; encoding: of new names."""

    data: bytes
    width: int
    people: list[Person]
    encoding: str

    @property
    def name_bytes(self) -> int:
        """How much of a name the unit keeps."""
        return _NAME_BYTES[self.width]


def parse_people_file(data: bytes, encoding: str) -> PeopleFile:
    """Read the file. encoding: of the names there, as it is set for the unit.

    Raises ProtocolError if the bytes do not make sense in exactly one of the two layouts.
    """
    fitting = {}
    for width in USER_WIDTHS:
        people = _people(data, width)
        if people:
            fitting[width] = people
    if len(fitting) != 1:
        raise ProtocolError(worded("This is not a user.dat that can be read for certain."))
    ((width, people),) = fitting.items()
    written = writing_encoding(encoding, guess(person.raw_name for person in people))
    return PeopleFile(data, width, read_names(people, encoding), written)


def _people(data: bytes, width: int) -> list[Person]:
    """Nobody, if one record makes no sense: numbers and row numbers stand there once each."""
    if len(data) % width or len(data) > MAX_FILE:
        return []
    people, bad = parse_users(memoryview(data), width)
    once = len({one.pin for one in people}) == len({one.uid for one in people}) == len(people)
    return people if once and not bad and all(one.uid for one in people) else []


def write_people_file(
    file: PeopleFile, names: Mapping[str, str], added: Mapping[str, str]
) -> bytes:
    """Return the file with other names, and with people behind its last. All else stays as it was.

    names, added: number -> name. New people get what all ordinary people there have: group and time
    zones. Raises ValueError if they differ in that, or if somebody does not fit.
    """
    size, start = file.name_bytes, _NAME_STARTS[file.width]
    written = bytearray(file.data)
    for place, person in enumerate(file.people):
        if person.pin in names:
            at = place * file.width + start
            name = encode_name(names[person.pin], size, file.encoding)
            written[at : at + size] = name.ljust(size, b"\0")
    return bytes(written) + b"".join(_new_records(file, added))


def _new_records(file: PeopleFile, added: Mapping[str, str]) -> list[bytes]:
    if not added:
        return []
    ways = {(one.group, one.extra) for one in file.people if one.privilege == _SOMEBODY}
    if len(ways) != 1:
        raise ValueError(worded("the people there have different groups or time zones"))
    ((group, extra),) = ways
    new = [Person(pin=pin, name=name, group=group, extra=extra) for pin, name in added.items()]
    placed = allocate_uids(new, file.people)
    return [pack_user(person, file.width, file.encoding) for person in placed]
