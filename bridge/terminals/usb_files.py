"""The log that a unit writes to a USB stick, for units without a network: `attlog.dat`.

A line has the number, the time, the number of the device, the state, the method and the work code,
with tabs in between. Older units write their serial number in front and a check sum behind; how it
is computed is not published, so it is not looked at.

Source: the maker's own reader, "UDiskData" among the samples of its Standalone SDK (UDisk.cs,
GetAttLogFromDat); several open readers agree.
"""

from dataclasses import dataclass

from bridge.terminals.push.records import SERIAL, decode_text, parse_code, parse_stamp
from bridge.terminals.terminal import PUNCH_PIN, Punch, Quarantined
from bridge.wording import worded

MAX_FILE = 16 * 1024 * 1024
"""Bytes of one file: more lines than any unit holds logins."""
_SHOWN = 200
_CELLS = 5
"""The work code may be missing."""


@dataclass(frozen=True)
class LogFile:
    """The logins, and the lines that are none, each with the reason.

    serial: of the unit that wrote the file, if it says so.
    """

    punches: list[Punch]
    bad: list[Quarantined]
    serial: str = ""


def parse_attlog(data: bytes) -> LogFile:
    """Read the file line by line; no line hinders another."""
    decoded = (decode_text(line) for line in data.replace(b"\r", b"\n").split(b"\n"))
    lines = [line for line in decoded if line.strip()]
    serial = lines[0].strip() if lines and SERIAL.fullmatch(lines[0].strip()) else ""
    if serial:
        sum_follows = len(lines) > 1 and "\t" not in lines[-1]
        lines = lines[1 : len(lines) - sum_follows]
    punches, bad = [], []
    for text in lines:
        try:
            punches.append(_punch(text))
        except ValueError as error:
            bad.append(Quarantined(text[:_SHOWN], str(error)))
    return LogFile(punches, bad, serial)


def _punch(line: str) -> Punch:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) < _CELLS:
        raise ValueError(worded("not a line of attlog.dat"))
    if not PUNCH_PIN.fullmatch(cells[0]):
        raise ValueError(worded("not an employee number"))
    return Punch(cells[0], parse_stamp(cells[1]), parse_code(cells[3]), parse_code(cells[4]))
