"""Files with lists of employees: from bytes to rows of cells, in any encoding, CSV or XLSX. PE2.

Which encoding a file has is proven by what stands in it, or asked: never guessed in silence.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from bridge.terminals.names import CODE_PAGES, SAMPLE, UTF_8, guess, readings
from console.domain.employee_lists import Row, csv_rows
from console.domain.errors import Invalid
from console.domain.language import tr

MAX_BYTES = 24 * 1024 * 1024
"""Of a file; a hundred thousand rows of a CSV file are some 8 MB."""
MAX_UNPACKED = 400 * 1024 * 1024
"""Of a workbook: it is compressed, and a small one may be made to fill the memory."""
WORKBOOK = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
UTF_16_LE, UTF_16_BE, MAC = "utf-16-le", "utf-16-be", "mac-roman"
LABELS = {
    **{encoding: page.label for encoding, page in CODE_PAGES.items()},
    UTF_16_LE: "Unicode (UTF-16)",
    UTF_16_BE: "Unicode (UTF-16, big endian)",
    MAC: "Western European (Macintosh)",
}
"""The encodings that can be chosen."""
_MARKS = ((b"\xff\xfe", UTF_16_LE), (b"\xfe\xff", UTF_16_BE), (b"\xef\xbb\xbf", UTF_8))
_CODECS = {"gbk": "gb18030"}
"""Its superset."""
_CELL = re.compile(rb"[^\t\r\n;,|\"]+")
_SHOWN = 12
"""Examples of what an encoding makes of a file."""


@dataclass(frozen=True)
class Offered:
    """What an encoding makes of the cells that are no plain ASCII."""

    encoding: str
    label: str
    examples: list[str]


@dataclass(frozen=True)
class Encodings:
    """chosen: what the file is read in, "" if that must be asked; offers: what it may be."""

    chosen: str
    proven: bool
    offers: list[Offered]


def encodings_of(data: bytes, chosen: str = "") -> Encodings:
    """What a CSV file may be written in. chosen: what somebody chose. Raises Invalid."""
    if chosen and chosen not in LABELS:
        raise Invalid("encoding", tr("Choose an encoding from the list."))
    proof = _proof(data)
    if proof:
        return Encodings(chosen or proof, not chosen or chosen == proof, [])
    cells = list(dict.fromkeys(cell for cell in _CELL.findall(data) if not cell.isascii()))
    cells = cells[:SAMPLE]
    texts = {one.encoding: list(one.names) for one in readings(cells) if one.encoding != UTF_8}
    texts[MAC] = [cell.decode(MAC) for cell in cells]
    proof = guess(cells)
    if proof and all(map(_is_latin, texts[MAC])):
        proof = ""  # terminals never write in it, so that `guess` does not try it
    offers = [Offered(one, LABELS[one], found[:_SHOWN]) for one, found in texts.items()]
    return Encodings(chosen or proof, chosen == proof if chosen else bool(proof), offers)


def _is_latin(text: str) -> bool:
    foreign = (sign for sign in text if not sign.isascii())
    return all(unicodedata.name(sign, "").startswith("LATIN ") for sign in foreign)


def _proof(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:2000]
    if sample.count(0) * 3 > len(sample):
        return UTF_16_LE if sample[1::2].count(0) > sample[::2].count(0) else UTF_16_BE
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return UTF_8


def text_of(data: bytes, encoding: str) -> str:
    """The text of a CSV file. Raises Invalid if it is not written in this encoding."""
    codec = CODE_PAGES[encoding].codec if encoding in CODE_PAGES else encoding
    try:
        return data.decode(_CODECS.get(encoding, codec)).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise Invalid(
            "encoding",
            tr(
                "The file is not encoded in {encoding}. Choose another encoding.",
                encoding=LABELS[encoding],
            ),
        ) from error


def is_workbook(data: bytes) -> bool:
    """Whether the file is an Excel workbook. Raises Invalid for what cannot be read at all."""
    if not data:
        raise Invalid("file", tr("The file is empty."))
    if len(data) > MAX_BYTES:
        raise Invalid("file", tr("The file is larger than {most} MB.", most=MAX_BYTES // 1024**2))
    if data.startswith(OLD_WORKBOOK):
        raise Invalid("file", tr("This is an old Excel file (.xls). Save it as .xlsx or CSV."))
    return data.startswith(WORKBOOK)


def sheets_of(data: bytes) -> list[str]:
    """The names of a workbook's sheets. Raises Invalid."""
    return list(_open(data).sheet_names)


def workbook_rows(data: bytes, sheet: str) -> Iterator[Row]:
    """The rows of a sheet that hold anything. sheet: "" for the first. Raises Invalid."""
    book = _open(data)
    name = sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise Invalid("sheet", tr("This workbook has no such sheet."))
    try:
        rows = book.get_sheet_by_name(name).iter_rows()
        for line, cells in enumerate(rows, 1):
            texts = [_text(cell) for cell in cells]
            while texts and not texts[-1].strip():
                texts.pop()
            if texts:
                yield line, texts
    except CalamineError as error:
        raise _not_a_workbook() from error


def _open(data: bytes) -> CalamineWorkbook:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise Invalid(
                "file", tr("This workbook is too large. Save the sheet on its own, or as CSV.")
            )
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (zipfile.BadZipFile, CalamineError, OSError, ValueError) as error:
        raise _not_a_workbook() from error
    if not book.sheet_names:
        raise _not_a_workbook()
    return book


def _not_a_workbook() -> Invalid:
    return Invalid(
        "file", tr("This workbook cannot be read. Save the sheet as .xlsx or CSV again.")
    )


def _text(cell: object) -> str:
    """A cell as somebody would type it: whole numbers without a point, days without a time."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def rows_of(data: bytes, encoding: str, sheet: str) -> Iterator[Row]:
    """The rows of a file of either kind. Raises Invalid."""
    if is_workbook(data):
        return workbook_rows(data, sheet)
    return csv_rows(text_of(data, encoding))


def write_workbook(rows: list[list[str]], name: str) -> bytes:
    """A workbook with one sheet whose cells are all texts, which no spreadsheet runs."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet(name)
        for place, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write_string(place, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows) - 1), max(0, len(rows[0]) - 1))
    return out.getvalue()
