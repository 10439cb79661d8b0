"""What a cell of a list of employees says, as spreadsheets and personnel systems write it."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime

from console.domain.badges import checked_badge
from console.domain.employees import checked_text
from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.list_headings import Field

Value = str | bool | date | None
_ROUNDED = re.compile(r"\d+[.,]\d+[eE]\+?\d+|\d+[eE]\+\d+")
"""As spreadsheets write them; 12E5 is somebody's number."""
_WHOLE = re.compile(r"(\d+)[.,]0+")
_FORMULA_TEXT = re.compile(r'="(.*)"')
_GUARDED = "'"
_ADDRESS = re.compile(r"<([^<>]+)>\s*$")
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
_NO_WORDS = """
    0 no n false inactive left terminated resigned dismissed retired former ended
    nein inaktiv ausgeschieden non inactif inactivo não inattivo nee tidak нет уволен 否 离职 離職
"""
_YES_WORDS = """
    1 yes y true active a current employed working probation
    ja aktiv oui actif si sí activo sim ativo attivo actief ya aktif да работает 是 在职 在職
"""
_NO, _YES = frozenset(_NO_WORDS.split()), frozenset(_YES_WORDS.split())
_ALSO_YES = frozenset({"on leave", "on probation", "in probation", "full time", "part time"})
Cells = Mapping[Field, str]


def without_guard(cell: str) -> str:
    """The text of a cell that a spreadsheet was kept from taking for a formula or a number."""
    formula = _FORMULA_TEXT.fullmatch(cell)
    if formula:
        return formula[1]
    return cell[1:] if cell.startswith(_GUARDED) and len(cell) > 1 else cell


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet runs it; `without_guard` undoes it."""
    return f"{_GUARDED}{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", _GUARDED) else cell


def number_in(cell: str) -> str:
    """Raises Invalid."""
    text = "".join(
        str(unicodedata.digit(sign)) if sign.isdigit() and not sign.isascii() else sign
        for sign in cell.strip()
    )
    if _ROUNDED.fullmatch(text):
        raise Invalid(
            "number",
            tr(
                "“{text}” was rounded by a spreadsheet. Format the column as text, "
                "and enter the full number.",
                text=text,
            ),
        )
    whole = _WHOLE.fullmatch(text)
    return checked_text(Field.NUMBER, whole[1] if whole else text)


def badge_in(cell: str) -> str:
    """Raises Invalid."""
    text = cell.strip()
    if _ROUNDED.fullmatch(text):
        raise Invalid(
            "badge",
            tr("“{text}” was rounded by a spreadsheet. Format the column as text.", text=text),
        )
    whole = _WHOLE.fullmatch(text)
    return checked_badge(whole[1] if whole else text)


def email_in(cell: str) -> str:
    """Raises Invalid."""
    text = cell.strip()
    named = _ADDRESS.search(text)
    text = named[1].strip() if named else text
    return checked_text(Field.EMAIL, text.removeprefix("mailto:"))


def active_in(cell: str) -> bool:
    """Raises Invalid. On leave is active."""
    return " ".join(cell.casefold().split()) in _ALSO_YES or yes_in(Field.ACTIVE, cell)


def yes_in(field: Field, cell: str) -> bool:
    """Raises Invalid."""
    word = " ".join(cell.casefold().split())
    if word in _NO:
        return False
    if word in _YES:
        return True
    raise Invalid(
        field,
        tr(
            "“{cell}” is neither yes nor no. Write yes or no, or leave the column out.",
            cell=cell.strip()[:20],
        ),
    )


def day_in(cell: str) -> date:
    """Raises Invalid. 3/4/2026 is refused: it is another day on each side of the Atlantic."""
    text = cell.strip().removesuffix(" 00:00:00")
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Invalid(
        "valid_from", tr("“{text}” is not a date. Write it like 2026-12-31.", text=text[:20])
    )


def _text(field: Field) -> Callable[[str], Value]:
    return lambda cell: checked_text(field, cell)


_READ: dict[Field, Callable[[str], Value]] = {
    Field.NUMBER: number_in,
    Field.FIRST_NAME: _text(Field.FIRST_NAME),
    Field.LAST_NAME: _text(Field.LAST_NAME),
    Field.EMAIL: email_in,
    Field.DEPARTMENT: _text(Field.DEPARTMENT),
    Field.ACTIVE: active_in,
    Field.MAY_LOG_IN: lambda cell: yes_in(Field.MAY_LOG_IN, cell),
    Field.VALID_FROM: day_in,
    Field.VALID_UNTIL: day_in,
    Field.BADGE: badge_in,
}
_EMPTY: dict[Field, Value] = {
    Field.EMAIL: "",
    Field.DEPARTMENT: "",
    Field.VALID_FROM: None,
    Field.VALID_UNTIL: None,
    Field.BADGE: None,
}
"""What an empty cell makes of a field where empty cells empty it; names and status stay."""


def values_in(cells: Cells, *, clear_empty: bool) -> dict[Field, Value]:
    """The values that a row gives. An empty cell gives none, unless empty cells empty the field.

    Raises Invalid for the first cell that cannot be read.
    """
    values: dict[Field, Value] = {}
    for field, raw in cells.items():
        cell = without_guard(raw.strip())
        if field is Field.FULL_NAME:
            first, last = split_name(cell)
            values |= (
                {
                    Field.FIRST_NAME: checked_text(Field.FIRST_NAME, first),
                    Field.LAST_NAME: checked_text(Field.LAST_NAME, last),
                }
                if cell.strip()
                else {}
            )
        elif cell.strip():
            values[field] = _READ[field](cell)
        elif clear_empty and field in _EMPTY:
            values[field] = _EMPTY[field]
    return values


def split_name(name: str) -> tuple[str, str]:
    """First and last name. The last word is the last name, or what stands before a comma."""
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    words = name.split()
    return " ".join(words[:-1]), words[-1] if words else ""
