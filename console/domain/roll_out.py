"""A list of serial numbers, pasted or as CSV: the terminals of a roll-out. TE31."""

import csv
import io
import re
from dataclasses import dataclass

from console.domain.errors import Invalid
from console.domain.language import tr

MOST_LINES, MOST_CHARS = 2_000, 131_072
SERIAL = re.compile(r"[0-9A-Za-z_-]{1,64}")
_HEADERS = frozenset({"serial", "serial number", "serialnumber", "sn"})
_NAME_CHARS, _ZONE_CHARS = 80, 64


@dataclass(frozen=True)
class ListedTerminal:
    """One line. name, zone: empty where the list does not say them."""

    serial: str
    name: str = ""
    zone: str = ""


@dataclass(frozen=True)
class SerialNumbers:
    """The terminals of a list, each once; bad: lines that cannot be used, with the reason."""

    terminals: dict[str, ListedTerminal]
    bad: list[str]


def read_serials(text: str) -> SerialNumbers:
    """Reads a list: a serial number a line, or serial, name, time zone in columns.

    Raises Invalid for a list that is too long, or empty.
    """
    if len(text) > MOST_CHARS:
        raise Invalid(
            "text", tr("The list is too long: at most {most} KB.", most=MOST_CHARS // 1024)
        )
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) > MOST_LINES:
        raise Invalid(
            "text",
            tr(
                "The list has {lines:,} lines; at most {most:,} are allowed.",
                lines=len(lines),
                most=MOST_LINES,
            ),
        )
    found = SerialNumbers({}, [])
    for number, cells in enumerate(_cells(lines), 1):
        if any(cells):
            _add(found, number, [*cells, "", ""])
    if not found.terminals and not found.bad:
        raise Invalid("text", tr("Paste the serial numbers, one per line."))
    return found


def _cells(lines: list[str]) -> list[list[str]]:
    text = "\n".join(lines)
    separator = next((one for one in "\t;," if one in text), ",")
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    return [[cell.strip() for cell in row] for row in rows]


def _add(found: SerialNumbers, number: int, cells: list[str]) -> None:
    serial = cells[0]
    if number == 1 and serial.casefold() in _HEADERS:
        return
    if not SERIAL.fullmatch(serial):
        found.bad.append(
            tr(
                "Line {number}: “{serial}” is not a serial number.",
                number=number,
                serial=serial[:40],
            )
        )
    elif serial in found.terminals:
        found.bad.append(
            tr("Line {number}: {serial} appears in the list twice.", number=number, serial=serial)
        )
    else:
        name, zone = cells[1][:_NAME_CHARS], cells[2][:_ZONE_CHARS]
        found.terminals[serial] = ListedTerminal(serial, name, zone)
