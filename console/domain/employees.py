"""Employees: their fields and bounds, and lists of them as CSV files."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from console.domain.errors import Invalid
from console.domain.validity import Standing

NUMBER = re.compile(r"[0-9A-Za-z]{1,24}")
"""Terminals know people by this text; a terminal's record holds 24 characters."""
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
CONTROL = re.compile(r"[\x00-\x1f]")
NAME_LENGTH = 80
MAX_IMPORT_ROWS = 100_000
CSV_COLUMNS = ("number", "first_name", "last_name", "email", "department", "active")
_COLUMN_NAMES = {
    "number": "number",
    "employee number": "number",
    "employee no": "number",
    "id": "number",
    "pin": "number",
    "first name": "first_name",
    "firstname": "first_name",
    "given name": "first_name",
    "last name": "last_name",
    "lastname": "last_name",
    "surname": "last_name",
    "family name": "last_name",
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "email address": "email",
    "department": "department",
    "dept": "department",
    "active": "active",
    "status": "active",
}
_NO = {"0", "no", "n", "false", "inactive", "left"}
_YES = {"", "1", "yes", "y", "true", "active"}


@dataclass(frozen=True)
class EmployeeFields:
    """What an operator enters about an employee."""

    number: str
    first_name: str
    last_name: str
    email: str
    department: str
    active: bool = field(default=True, kw_only=True)


def checked_employee(fields: EmployeeFields) -> EmployeeFields:
    """The fields without surrounding white space.

    Raises Invalid for the first field that is out of bounds.
    """
    clean = EmployeeFields(*(text.strip() for text in _texts(fields)), active=fields.active)
    if not NUMBER.fullmatch(clean.number):
        raise Invalid(
            "number", "The employee number needs 1 to 24 letters or digits, without spaces."
        )
    for name, value in (
        ("first_name", clean.first_name),
        ("last_name", clean.last_name),
        ("department", clean.department),
    ):
        if len(value) > NAME_LENGTH or CONTROL.search(value):
            raise Invalid(
                name, f"Use at most {NAME_LENGTH} characters, without line breaks or tabs."
            )
    if not clean.first_name and not clean.last_name:
        raise Invalid("last_name", "Give a first or a last name.")
    if clean.email and (len(clean.email) > 254 or not EMAIL.fullmatch(clean.email)):
        raise Invalid(
            "email", f"“{clean.email[:60]}” is not an email address. Example: nur@example.com"
        )
    return clean


STANDING_WORDS = {
    Standing.LEFT: "Left",
    Standing.NOT_YET: "Not valid yet",
    Standing.NO_LONGER: "No longer valid",
}
"""What somebody is who belongs nowhere."""


def describe_absent(standing: Standing, terminals: int, *, settled: bool) -> str:
    """The status of somebody who belongs nowhere.

    terminals: how many may still hold them; settled: whether that is known yet.
    """
    words = STANDING_WORDS[standing]
    if not settled:
        return f"{words}, the terminals are asked next"
    return f"{words}, {describe_still_on(terminals)}" if terminals else words


def describe_still_on(terminals: int) -> str:
    """How many terminals may still hold somebody who does not belong on them."""
    return f"still on {terminals} {'terminal' if terminals == 1 else 'terminals'}"


def _texts(fields: EmployeeFields) -> tuple[str, str, str, str, str]:
    return fields.number, fields.first_name, fields.last_name, fields.email, fields.department


@dataclass(frozen=True)
class ImportRow:
    """One line of a file: its fields, or what is wrong with it.

    line: counts from 1, the header included; error: empty where `fields` is given.
    """

    line: int
    fields: EmployeeFields | None
    error: str = ""


@dataclass(frozen=True)
class ImportPreview:
    """What an import would do: how many people are new, changed, or cannot be imported."""

    rows: tuple[ImportRow, ...]
    new: int
    changed: int
    failed: int


def parse_csv(text: str) -> Iterator[ImportRow]:
    """The rows of a CSV file (comma, semicolon or tab), read one by one.

    Raises Invalid when the file as a whole is unusable, which may come out at its last row only.
    """
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise Invalid("file", "The file is empty.")
    header = text.splitlines()[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        columns = [
            _COLUMN_NAMES.get(name.strip().lower().replace("_", " "), "") for name in next(reader)
        ]
        if "number" not in columns or not {"first_name", "last_name"} & set(columns):
            raise Invalid(
                "file",
                "The first line must name the columns: number, first name, last name, email, "
                "department.",
            )
        yield from _without_repeats(
            _row(reader.line_num, columns, cells)
            for cells in _limited(reader)
            if any(cell.strip() for cell in cells)
        )
    except csv.Error as error:
        raise Invalid(
            "file",
            f"Line {reader.line_num} is not CSV ({error}). Save the sheet as CSV (UTF-8) and try "
            f"again.",
        ) from error


def _limited(reader: Iterable[list[str]]) -> Iterable[list[str]]:
    for count, cells in enumerate(reader):
        if count >= MAX_IMPORT_ROWS:
            raise Invalid("file", f"At most {MAX_IMPORT_ROWS:,} rows can be imported at once.")
        yield cells


def _row(line: int, columns: list[str], cells: list[str]) -> ImportRow:
    if len(cells) != len(columns):
        return ImportRow(line, None, f"{len(cells)} values, but {len(columns)} columns.")
    named = dict(zip(columns, cells, strict=True))
    active = named.get("active", "").strip().lower()
    if active not in _YES | _NO:
        return ImportRow(line, None, f"“{active[:20]}” is neither active nor inactive.")
    number, first, last, email, department = (named.get(column, "") for column in CSV_COLUMNS[:-1])
    try:
        return ImportRow(
            line,
            checked_employee(
                EmployeeFields(number, first, last, email, department, active=active in _YES)
            ),
        )
    except Invalid as invalid:
        return ImportRow(line, None, invalid.message)


def _without_repeats(rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
    first_line: dict[str, int] = {}
    for row in rows:
        number = row.fields.number if row.fields else ""
        if number in first_line:
            text = f"Number {number} stands in line {first_line[number]} already."
            yield ImportRow(row.line, None, text)
            continue
        if number:
            first_line[number] = row.line
        yield row


def preview_import(rows: list[ImportRow], known: Collection[EmployeeFields]) -> ImportPreview:
    """What the import would do, given the employees that exist."""
    by_number = {fields.number: fields for fields in known}
    good = [row.fields for row in rows if row.fields is not None]
    new = sum(fields.number not in by_number for fields in good)
    changed = sum(
        fields.number in by_number and by_number[fields.number] != fields for fields in good
    )
    return ImportPreview(tuple(rows), new, changed, len(rows) - len(good))


def write_csv(employees: Iterable[EmployeeFields]) -> str:
    """A CSV file with the columns that parse_csv reads.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for fields in employees:
        texts = [_harmless(text) for text in _texts(fields)]
        writer.writerow([*texts, "yes" if fields.active else "no"])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell
