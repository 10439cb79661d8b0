"""Lists of employees: from rows of cells to what an import would do with each. PE1, PE2."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from console.domain.employees import NO_NAME, EmployeeFields
from console.domain.errors import Invalid
from console.domain.language import labelled, msgid, paragraph, tr
from console.domain.list_cells import Value, guarded, values_in
from console.domain.list_headings import Field
from console.domain.validity import ValidDays, check_days

MAX_IMPORT_ROWS = 100_000
DELIMITERS = ",;\t|"
JUDGED_BY = 20
"""Lines by which the delimiter is chosen."""
EXPORTED = (
    Field.NUMBER,
    Field.FIRST_NAME,
    Field.LAST_NAME,
    Field.EMAIL,
    Field.DEPARTMENT,
    Field.ACTIVE,
    Field.MAY_LOG_IN,
    Field.VALID_FROM,
    Field.VALID_UNTIL,
)
Row = tuple[int, list[str]]
"""The line of the file on which a row ends, from 1, and its cells."""
Values = dict[Field, Value]


class Effect(StrEnum):
    """What an import does with a row, or with somebody who is in none."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    RETURNS = "returns"
    """Had left, and is active in the list."""
    LEAVES = "leaves"
    """Is active here, and has left by the list."""
    DUPLICATE = "duplicate"
    """A new number, and most likely somebody who is here under another one."""
    MISSING = "missing"
    """Is active here and not in the list."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row as it was read. values: what it gives, None with an error; number: "" if unreadable.

    cells: none once it is clear that the row is not left out.
    """

    line: int
    cells: list[str]
    values: Values | None
    error: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is here already."""

    id: str
    values: Values

    @property
    def name(self) -> str:
        """First and last name."""
        return full_name(self.values)


@dataclass(frozen=True, slots=True)
class Judged:
    """What an import would do with a row. changes: (field, before, after) of somebody known."""

    row: ListRow
    effect: Effect
    changes: Sequence[tuple[Field, Value, Value]] = ()
    note: str = ""


def full_name(values: Mapping[Field, Value]) -> str:
    """First and last name, as far as they are given."""
    parts = (values.get(Field.FIRST_NAME) or "", values.get(Field.LAST_NAME) or "")
    return " ".join(str(part) for part in parts if part)


# from text to rows


def csv_rows(text: str) -> Iterator[Row]:
    """The rows of a CSV text that hold anything, read one by one.

    Raises Invalid where it is no CSV, which may come out at its last row only.
    """
    text = text.lstrip("\ufeff")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    first, _, rest = text.partition("\n")
    named = first.strip().strip('"')
    skipped = 0
    if named.lower().startswith("sep=") and len(named) == 5:
        delimiter, text, skipped = named[4], rest, 1
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num + skipped, cells
    except csv.Error as error:
        line = reader.line_num + skipped
        raise Invalid(
            "file",
            tr(
                "The file cannot be read beyond line {line} ({error}). Look there "
                "for a quotation mark that is not closed, or save the sheet as CSV "
                "(UTF-8) again.",
                line=line,
                error=error,
            ),
        ) from error


def _delimiter(text: str) -> str:
    """The sign that divides the first lines into the same number of cells, and into most."""
    lines = text[:50_000].splitlines()[:JUDGED_BY]

    def fit(sign: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=sign), [])) for line in lines if line]
        most = max(set(counts), key=counts.count, default=0)
        return (counts.count(most) if most > 1 else 0), most

    return max(DELIMITERS, key=fit)


# from rows to values


def read_rows(
    rows: Iterable[Row], fields: Sequence[Field], *, clear_empty: bool = False
) -> Iterator[ListRow]:
    """What each row gives. fields: what each column holds; clear_empty: as in `values_in`.

    Raises Invalid if the list as a whole cannot be read. A second row with a number is an error.
    """
    if Field.NUMBER not in fields:
        raise Invalid("fields", tr("Choose the column that contains the employee number."))
    lines: dict[str, int] = {}
    for count, (line, cells) in enumerate(rows):
        if count >= MAX_IMPORT_ROWS:
            raise Invalid(
                "file", tr("At most {most:,} rows can be imported at once.", most=MAX_IMPORT_ROWS)
            )
        row = _read(line, cells, fields, clear_empty=clear_empty)
        if row.number in lines:
            said = tr(
                "Number {number} already appears in line {line}.",
                number=row.number,
                line=lines[row.number],
            )
            yield ListRow(line, cells, None, said, row.number)
            continue
        if row.number:
            lines[row.number] = line
        yield row


def _read(line: int, cells: list[str], fields: Sequence[Field], *, clear_empty: bool) -> ListRow:
    if any(cell.strip() for cell in cells[len(fields) :]):
        said = tr("Expected {most} values, found {count}.", most=len(fields), count=len(cells))
        return ListRow(line, cells, None, said)
    given = {named: cell for named, cell in zip(fields, cells, strict=False) if named}
    number = ""
    try:
        alone = values_in({Field.NUMBER: given.get(Field.NUMBER, "")}, clear_empty=False)
        if Field.NUMBER not in alone:
            return ListRow(line, cells, None, tr("The employee number is missing."))
        number = str(alone[Field.NUMBER])
        values = values_in(given, clear_empty=clear_empty)
    except Invalid as invalid:
        return ListRow(line, cells, None, invalid.message, number)
    return ListRow(line, cells, values, number=number)


# from values to effects


class Comparison:
    """Compares a list with who is here."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        """known: number -> who is here."""
        self._known = known
        self._alike: dict[str, dict[str, Values]] = {kind: {} for kind in _ALIKE}
        self._listed: set[str] = set()
        self._badges: dict[Value, str] = {}
        for number, person in known.items():
            self._note(person.values, number)
            if person.values.get(Field.BADGE):
                self._badges[person.values[Field.BADGE]] = number

    def judge(self, row: ListRow) -> Judged:
        """What an import would do with a row."""
        if row.number:
            self._listed.add(row.number)
        if row.values is None:
            return Judged(row, Effect.ERROR, note=row.error)
        badge = row.values.get(Field.BADGE)
        owner = self._badges.setdefault(badge, row.number) if badge else row.number
        if owner != row.number:
            note = tr("This is the badge of number {number}.", number=owner)
            return Judged(row, Effect.ERROR, note=note)
        person = self._known.get(row.number)
        try:
            check_days(days_of({**(person.values if person else {}), **row.values}))
        except Invalid as invalid:
            return Judged(row, Effect.ERROR, note=invalid.message)
        if person is None:
            return self._judge_new(row, row.values)
        changes = [
            (name, person.values[name], value)
            for name, value in row.values.items()
            if person.values[name] != value
        ]
        effect = _effect(changes)
        return Judged(_kept(row) if effect in _WRITTEN else row, effect, changes)

    def missing(self) -> list[Known]:
        """Who is active here and in no row."""
        active = (one for one in self._known.items() if one[1].values[Field.ACTIVE])
        return [person for number, person in active if number not in self._listed]

    def _judge_new(self, row: ListRow, values: Values) -> Judged:
        if not full_name(values):
            nobody = tr("No employee has number {number}.", number=row.number)
            return Judged(row, Effect.ERROR, note=paragraph(nobody, tr(NO_NAME)))
        found = [
            (kind, alike)
            for kind, key in _keys(values, row.number)
            if (alike := self._alike[kind].get(key)) is not None
        ]
        self._note(values, row.number)
        if found:
            kind, alike = found[0]
            note = labelled(tr(_ALIKE[kind]), self._whom(alike))
            return Judged(row, Effect.DUPLICATE, note=note)
        return Judged(_kept(row), Effect.NEW)

    def _note(self, values: Values, number: str) -> None:
        for kind, key in _keys(values, number):
            self._alike[kind].setdefault(key, values)

    def _whom(self, values: Values) -> str:
        number, person = str(values[Field.NUMBER]), full_name(values)
        if number in self._known:
            return tr("{person}, number {number}", person=person, number=number)
        return tr("{person}, number {number} in this file", person=person, number=number)


_ALIKE = {
    "number": msgid("The same number except for zeros or capital letters"),
    "email": msgid("The same email address"),
    "name": msgid("The same name and department"),
}
_WRITTEN = frozenset({Effect.CHANGED, Effect.SAME})
"""Besides NEW: no row of these is ever left out."""


def _kept(row: ListRow) -> ListRow:
    """The row without its cells, which only a file of rows that are left out needs."""
    return ListRow(row.line, [], row.values, number=row.number)


def _keys(values: Values, number: str) -> Iterator[tuple[str, str]]:
    """By what two rows are most likely one person: which comparison, and what it compares."""
    yield "number", number.lstrip("0").casefold()
    if values.get(Field.EMAIL):
        yield "email", str(values[Field.EMAIL]).casefold()
    if values.get(Field.DEPARTMENT):
        yield "name", f"{full_name(values)}\n{values[Field.DEPARTMENT]}".casefold()


def _effect(changes: Sequence[tuple[Field, Value, Value]]) -> Effect:
    for name, _, after in changes:
        if name is Field.ACTIVE:
            return Effect.RETURNS if after else Effect.LEAVES
    return Effect.CHANGED if changes else Effect.SAME


# from values to files


def values_of(fields: EmployeeFields, days: ValidDays, badge: str | None = None) -> Values:
    """The values of somebody who is here. badge: its mark."""
    return {
        Field.NUMBER: fields.number,
        Field.FIRST_NAME: fields.first_name,
        Field.LAST_NAME: fields.last_name,
        Field.EMAIL: fields.email,
        Field.DEPARTMENT: fields.department,
        Field.ACTIVE: fields.active,
        Field.MAY_LOG_IN: fields.may_log_in,
        Field.VALID_FROM: days.first,
        Field.VALID_UNTIL: days.last,
        Field.BADGE: badge,
    }


def days_of(values: Mapping[Field, Value]) -> ValidDays:
    """The first and the last day among values."""
    first, last = values.get(Field.VALID_FROM), values.get(Field.VALID_UNTIL)
    return ValidDays(
        first if isinstance(first, date) else None, last if isinstance(last, date) else None
    )


def exported_cells(values: Values) -> list[str]:
    """The cells of EXPORTED."""
    return [written(values[name]) for name in EXPORTED]


def shown(name: Field, value: Value) -> str:
    """A value as a preview shows it. Of a badge, only whether there is one."""
    return written(bool(value) if name is Field.BADGE else value)


def written(value: Value) -> str:
    """A value as `values_in` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def write_csv(rows: Iterable[Sequence[str]]) -> str:
    """A CSV file. Cells that a spreadsheet would run as a formula begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in cells] for cells in rows)
    return out.getvalue()
