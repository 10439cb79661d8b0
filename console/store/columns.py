"""Building blocks of the tables: constraint names, times with zones, enums as text, ids."""

import json
import os
import re
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, LargeBinary, MetaData, String, TypeDecorator
from sqlalchemy import Dialect as SqlDialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""U+0000 in JSON; after an odd number of backslashes it is a text about it."""


def json_text(value: Any) -> str:
    """JSON that any database can read again: PostgreSQL keeps U+0000, and fails at reading it."""
    text = json.dumps(value)
    return _NUL.sub(r"\1\\ufffd", text) if "\\u0000" in text else text


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC datetimes out, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: SqlDialect) -> datetime | None:
        """An aware time, as the database takes it. Raises ValueError for one without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: SqlDialect) -> datetime | None:
        """The stored time, in UTC."""
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


class EnumText(TypeDecorator[Any]):
    """A StrEnum, stored as its text."""

    impl = String(24)
    cache_ok = True

    def __init__(self, kind: type[Any]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: SqlDialect) -> str | None:
        """The text of a member. Raises ValueError for anything else."""
        return None if value is None else str(self.kind(value))

    def process_result_value(self, value: Any, dialect: SqlDialect) -> Any:
        """The member with the stored text. Raises ValueError if there is none."""
        return None if value is None else self.kind(value)


class Base(DeclarativeBase):
    """The parent of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        bytes: LargeBinary,
    }


def new_id() -> str:
    """A random id of 32 hex digits: a UUID of version 7 (RFC 9562, section 5.7).

    It begins with the time in milliseconds, so that new rows lie side by side in the indexes.
    """
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return f"{number:032x}"


def id_column() -> Mapped[str]:
    """A primary key that fills itself."""
    return mapped_column(String(32), primary_key=True, default=new_id)


def reference(target: str, **options: Any) -> Mapped[Any]:
    """An indexed foreign key. target: "table.column"."""
    return mapped_column(String(32), ForeignKey(target), index=True, **options)
