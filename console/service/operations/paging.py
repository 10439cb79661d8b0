"""Keyset pages. The cursor is the sort value and the id of the last row.

Page 1,000 therefore costs as much as page 1.
"""

import base64
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, String, and_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from console.api.operation import Moment
from console.domain.errors import Invalid
from console.domain.language import tr
from console.service.bounds import check_bounds
from console.store.columns import UtcDateTime

MAX_LIMIT = 500
Value = TypeVar("Value")
RowId = TypeVar("RowId")


def encode_cursor(value: Any, row_id: Any) -> str:
    """The cursor behind a row. value: JSON, what the list is sorted by."""
    return base64.urlsafe_b64encode(msgspec.json.encode([value, row_id])).decode()


def decode_cursor(
    cursor: str, value_type: type[Value], id_type: type[RowId]
) -> tuple[Value, RowId]:
    """What `encode_cursor` put into it. Raises Invalid for a foreign cursor."""
    try:
        plain = base64.urlsafe_b64decode(cursor)
        found = msgspec.json.decode(plain, type=tuple[value_type, id_type])  # type: ignore[valid-type]
        check_bounds(found)
    except (ValueError, msgspec.DecodeError, Invalid) as error:
        raise Invalid("cursor", tr("This page no longer exists. Reload the list.")) from error
    return found


def after(cursor: str, column: Any, row_id: Any, descending: bool) -> ColumnElement[bool]:
    """Rows behind the cursor in the order (column, id). Raises Invalid for a foreign cursor."""
    value, last_id = decode_cursor(cursor, _kept_as(column), _kept_as(row_id))
    # the first condition alone lets an index begin at the cursor
    if descending:
        return and_(column <= value, or_(column < value, row_id < last_id))
    return and_(column >= value, or_(column > value, row_id > last_id))


def _kept_as(column: Any) -> Any:
    """The type of what a cursor holds of this column."""
    return Moment if isinstance(column.type, UtcDateTime) else column.type.python_type


def checked_limit(limit: int) -> int:
    """The limit, between 1 and MAX_LIMIT."""
    return max(1, min(limit, MAX_LIMIT))


def contains(text: str) -> str:
    """A LIKE pattern for text typed by a person; escape character is a backslash."""
    return f"%{_escaped(text)}%"


class lowered(FunctionElement[str]):  # noqa: N801 - reads as SQL does
    """A text in small letters, to be compared with a LIKE pattern."""

    inherit_cache = True
    type = String()


@compiles(lowered)
def _lower(element: Any, compiler: Any, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(lowered, "sqlite")
def _plain(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite's LIKE knows no case of those letters that its lower() knows, and is faster alone."""
    return str(compiler.process(element.clauses, **options))


def begins(text: str) -> str:
    """A LIKE pattern for what begins so; escape character is a backslash."""
    return f"{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
