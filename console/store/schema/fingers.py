"""Fingerprints, of our own and of terminals."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.store.columns import Base, id_column, reference


class Finger(Base):
    """A finger enrolled at the desk. position: see `domain.fingers`.

    templates: our own, one per scan, as msgpack, sealed; version: see `vault.version_of`.
    """

    __tablename__ = "finger"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    position: Mapped[int]
    extractor: Mapped[str] = mapped_column(String(16))
    quality: Mapped[int]
    scans: Mapped[int]
    templates: Mapped[bytes] = mapped_column(deferred=True)
    version: Mapped[str] = mapped_column(String(16))
    reader: Mapped[str] = mapped_column(String(80))
    taken_by: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("employee_id", "position"),)


class FingerBlob(Base):
    """A fingerprint template as a terminal made it, sealed. We cannot read its content.

    It fits only terminals of the same algorithm. identity: SHA-256 of the template, to compare
    it unopened; removed_at: its template was deleted here; plans remove it from the terminals.
    """

    __tablename__ = "finger_blob"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    finger: Mapped[int]
    algorithm: Mapped[str] = mapped_column(String(32))
    valid: Mapped[int] = mapped_column(default=1)
    template: Mapped[bytes] = mapped_column(deferred=True)
    identity: Mapped[str] = mapped_column(String(64))
    terminal_id: Mapped[str] = reference("terminal.id")
    taken_by: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("employee_id", "finger", "algorithm"),)
