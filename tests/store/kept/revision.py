"""What a revision of the schema changed in the made-up rows, and the ids that they share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
Rows = dict[str, list[Row]]
START = datetime(2026, 3, 2, 7, 45, 10, 250000, tzinfo=UTC)
NUR, TAN, RAVI = "e" * 31 + "1", "e" * 31 + "2", "e" * 31 + "3"
GATE, DOOR = "7" * 31 + "1", "7" * 31 + "2"
APPROVED, REFUSED = "a" * 31 + "1", "a" * 31 + "2"
FACE = "f" * 31 + "1"
SENT = "b" * 31 + "1"


def at(minutes: float) -> datetime:
    """A moment after the site's start."""
    return START + timedelta(minutes=minutes)


def sealed(name: str, size: int = 48) -> bytes:
    """Bytes that occur once, as long as what they stand for is by its kind."""
    return (name.encode() * (size // len(name) + 1))[:size]


@dataclass(frozen=True)
class Revision:
    """What a revision changed."""

    tables: Rows = field(default_factory=dict)
    columns: dict[str, Row] = field(default_factory=dict)
    values: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    """(table, column): its value in each row, in their order."""
    renamed_tables: dict[str, str] = field(default_factory=dict)
    renamed_columns: dict[tuple[str, str], str] = field(default_factory=dict)
    """(table by its new name, column): the column's new name."""
    renamed_keys: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """(table, column with JSON): old and new names of the keys in its objects."""
    dropped: dict[str, set[str]] = field(default_factory=dict)
    """Table -> columns that it has no more."""
    moved: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=dict)
    """(table, column): the table that holds what stood there, its key, and the column's name."""
    remade: Callable[[Rows], None] | None = None
    """Replaces rows of tables that the revision drops by those that it makes of them."""
