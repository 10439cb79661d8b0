"""Kiosks, and the log of all logins."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.zones import TimeMark
from console.store.columns import Base, EnumText, id_column


class Kiosk(Base):
    """A login screen of our own.

    settings: its own, None for those of its group; pairing_hash: of the code that is expected;
    replaces: the kiosk whose place and settings it took over; state: as last reported; list_at: it
    has shown that it had the list of employees as it was then; gone_at: somebody has declared that
    the computer is gone, and with it what it held.
    """

    __tablename__ = "kiosk"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
    location: Mapped[str] = mapped_column(String(80), default="")
    group_name: Mapped[str] = mapped_column(String(80), default="")
    settings: Mapped[dict[str, Any] | None]
    pairing_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    pairing_until: Mapped[datetime | None]
    token_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    replaces: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_seen: Mapped[datetime | None]
    list_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    added_by: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(80), default="")
    changed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


_AHEAD = text("at > received_at")
"""Logins of a clock that was ahead: they are as old as their report."""
NOT_LET_IN: ColumnElement[bool] = literal_column("outcome") != literal_column("'accepted'")
"""The few logins that were refused or given up. A query that is to find them by their index has
this very condition."""
_AT_TERMINAL, _AT_KIOSK = text("kiosk_id IS NULL"), text("kiosk_id IS NOT NULL")
"""Which logins have a code for their method, and which have its name."""


class Login(Base):
    """A login as a terminal or a kiosk reported it. The reported time is never changed.

    at: the moment, derived from the reported time by the terminal's zone; time_mark: how sure that
    is. clock_offset_s: the known error of the terminal's clock. Only from kiosks: outcome, method,
    reason, stamp, path, as in `domain.login_events`; as_of: of the list used while offline.
    """

    __tablename__ = "login"
    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("terminal.id"))
    kiosk_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("kiosk.id"))
    employee_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("employee.id"))
    pin: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime]
    local_time: Mapped[str] = mapped_column(String(19))
    time_mark: Mapped[TimeMark] = mapped_column(EnumText(TimeMark), default=TimeMark.SURE)
    verify: Mapped[int]
    direction: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(12), default="accepted")
    method: Mapped[str] = mapped_column(String(24), default="")
    reason: Mapped[str] = mapped_column(String(24), default="")
    stamp: Mapped[str] = mapped_column(String(24), default="")
    as_of: Mapped[datetime | None]
    path: Mapped[list[Any] | None]
    remark: Mapped[str] = mapped_column(String(80), default="")
    clock_offset_s: Mapped[float | None]
    content_key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "employee_id", "at", "id"),
        Index(None, "terminal_id", "at", "id"),
        Index(None, "kiosk_id", "at", "id"),
        Index(None, "received_at", sqlite_where=_AHEAD, postgresql_where=_AHEAD),
        Index(None, "outcome", "at", "id", sqlite_where=NOT_LET_IN, postgresql_where=NOT_LET_IN),
        Index(None, "reason", "at", "id", sqlite_where=NOT_LET_IN, postgresql_where=NOT_LET_IN),
        Index(None, "verify", "at", "id", sqlite_where=_AT_TERMINAL, postgresql_where=_AT_TERMINAL),
        Index(None, "method", "at", "id", sqlite_where=_AT_KIOSK, postgresql_where=_AT_KIOSK),
    )
