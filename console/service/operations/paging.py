"""Keyset pages. The cursor is the sort value and the id of the last row.

Page 1,000 therefore costs as much as page 1.
"""

import base64
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, or_

from console.domain.errors import Invalid
from console.store.columns import UtcDateTime

MAX_LIMIT = 500


def encode_cursor(value: Any, row_id: Any) -> str:
    """The cursor behind a row. value: JSON, what the list is sorted by."""
    return base64.urlsafe_b64encode(msgspec.json.encode([value, row_id])).decode()


def after(cursor: str, column: Any, row_id: Any, descending: bool) -> ColumnElement[bool]:
    """Rows behind the cursor in the order (column, id). Raises Invalid for a foreign cursor."""
    try:
        value, last_id = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[Any, Any])
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid(
            "cursor", "This page does not exist any more. Load the list again."
        ) from error
    if isinstance(column.type, UtcDateTime):
        value = msgspec.convert(value, type=datetime)
    # the first condition alone lets an index begin at the cursor
    if descending:
        return and_(column <= value, or_(column < value, row_id < last_id))
    return and_(column >= value, or_(column > value, row_id > last_id))


def checked_limit(limit: int) -> int:
    """The limit, between 1 and MAX_LIMIT."""
    return max(1, min(limit, MAX_LIMIT))


def contains(text: str) -> str:
    """A LIKE pattern for text typed by a person; escape character is a backslash."""
    escaped = text.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
