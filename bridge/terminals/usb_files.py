"""The log that a unit writes to a USB stick, for units without a network: `attlog.dat`.

A line has the number, the time, the number of the device, the state, the method and the work code,
with tabs in between.
"""

from bridge.terminals.push.records import decode_text, parse_code, parse_stamp
from bridge.terminals.terminal import PUNCH_PIN, Punch, Quarantined

MAX_FILE = 16 * 1024 * 1024
"""Bytes of one file: more lines than any unit holds logins."""
_SHOWN = 200
_CELLS = 5
"""The work code may be missing."""


def parse_attlog(data: bytes) -> tuple[list[Punch], list[Quarantined]]:
    """Return the logins, and the lines that are none, each with the reason."""
    punches, bad = [], []
    for line in data.replace(b"\r", b"\n").split(b"\n"):
        text = decode_text(line)
        if not text.strip():
            continue
        try:
            punches.append(_punch(text))
        except ValueError as error:
            bad.append(Quarantined(text[:_SHOWN], str(error)))
    return punches, bad


def _punch(line: str) -> Punch:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) < _CELLS:
        raise ValueError("not a line of attlog.dat")
    if not PUNCH_PIN.fullmatch(cells[0]):
        raise ValueError("not an employee number")
    return Punch(cells[0], parse_stamp(cells[1]), parse_code(cells[3]), parse_code(cells[4]))
