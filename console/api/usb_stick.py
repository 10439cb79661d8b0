"""What terminals without a network write to a USB stick, and read from one."""

import msgspec

from console.api.operation import DESK, Moment, Started, operation


class LoadLogFile(msgspec.Struct, frozen=True, kw_only=True):
    """The log that a terminal wrote to a USB stick. name: of the file; content: attlog.dat."""

    terminal_id: str
    name: str
    content: bytes


class PeopleFile(msgspec.Struct, frozen=True, kw_only=True):
    """The people that a terminal wrote to a USB stick. name: of the file; content: user.dat.

    written_at: when the terminal wrote it, by the date of the file, which a copy may have changed:
    so somebody has confirmed it; None if nobody is sure.
    """

    terminal_id: str
    name: str
    content: bytes
    written_at: Moment | None = None


class AdoptFromFile(msgspec.Struct, frozen=True, kw_only=True):
    """pairs: (number in the file, employee id); an empty id makes a new employee."""

    file: PeopleFile
    pairs: list[tuple[str, str]]


load_log_file = operation("usb_stick.load_log", LoadLogFile, Started, DESK)
list_people = operation("usb_stick.people", PeopleFile, Started, DESK)
adopt_from_file = operation("usb_stick.adopt", AdoptFromFile, Started, DESK)
write_people = operation("usb_stick.write_people", PeopleFile, Started, DESK)
