"""Lists of employees in files: looked at, imported, exported."""

from datetime import datetime

import msgspec

from console.api.employees import WhichEmployees
from console.api.operation import ADMIN, ById, Nothing, Started, operation
from console.domain.employee_lists import Effect
from console.domain.list_headings import Field


class FileReading(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read. What is empty is found by itself.

    encoding: of a CSV file; sheet: of a workbook; header_line: the line with the headings, from 1,
    0 to look for it; fields: what each column holds.
    """

    encoding: str = ""
    sheet: str = ""
    header_line: int = 0
    fields: list[Field] = []


class LookAtList(msgspec.Struct, frozen=True, kw_only=True):
    """A file with a list of employees."""

    data: bytes
    reading: FileReading = FileReading()


class EncodingOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What an encoding would make of the file. examples: cells that are no plain ASCII."""

    encoding: str
    label: str
    examples: list[str] = []


class ListColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the list: its heading, its first cells, and what it holds."""

    heading: str
    cells: list[str]
    field: Field


class ListLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a file looks like.

    encoding: empty if that must be chosen, and for a workbook; proven: nothing else fits; reading:
    as it is read now; remembered: as an import of a list with these headings was read before.
    """

    encoding: str
    proven: bool
    offers: list[EncodingOffer]
    sheets: list[str]
    sheet: str
    header_line: int
    columns: list[ListColumn]
    remembered: bool


class ImportEmployees(msgspec.Struct, frozen=True, kw_only=True):
    """An import of a list.

    apply: False only shows what would happen. clear_empty: empty cells empty the email address,
    the department and the days; without it they leave them as they are. What surprises needs a
    yes of its own, and is left out without: returns brings back those who had left, leavers lets
    those go who have left by the list, duplicates adds those who are most likely here already.
    everybody: who is not in the list has left; missing: their number, typed by the operator.
    """

    data: bytes
    reading: FileReading = FileReading()
    apply: bool
    clear_empty: bool = False
    returns: bool = False
    leavers: bool = False
    duplicates: bool = False
    everybody: bool = False
    missing: int = 0


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field of an employee, before and after."""

    field: Field
    before: str
    after: str


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list, or somebody who is missing in it (line 0), and what happens to them.

    note: what is wrong, or whom they are most likely.
    """

    line: int
    number: str
    name: str
    effect: Effect
    changes: list[FieldChange] = []
    note: str = ""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do, or did if `applied`.

    counts: rows by effect. lines: of all rows but those that change nothing; written: employees
    that were added or changed. failed: the rows that were not imported as a CSV file with what is
    wrong, to be mended and imported; empty if there are none.
    """

    lines: list[ImportLine]
    counts: dict[Effect, int]
    applied: bool
    written: int = 0
    failed: str = ""


class ExportEmployees(WhichEmployees, frozen=True, kw_only=True):
    """Asks for these employees as a file: "csv" or "xlsx"."""

    kind: str = "csv"


class EmployeesFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file with employees. rows: how many there are."""

    data: bytes
    rows: int


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """An import that can be undone until a moment. employees: who would be as before."""

    id: str
    imported_at: datetime
    imported_by: str
    employees: int
    until: datetime


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """Imports, newest first."""

    rows: list[ImportRow]


look_at_list = operation("employees.look_at_list", LookAtList, ListLook, ADMIN)
import_employees = operation("employees.import", ImportEmployees, Started, ADMIN)
export_employees = operation("employees.export", ExportEmployees, EmployeesFile, ADMIN)
list_imports = operation("employees.imports", Nothing, Imports, ADMIN)
undo_import = operation("employees.undo_import", ById, Started, ADMIN)
