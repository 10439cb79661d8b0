"""The site itself: settings, keys, operators, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.operators import Role
from console.store.columns import Base, EnumText, id_column, reference


class Setting(Base):
    """A setting of the site."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]


class SiteKey(Base):
    """The pair that browsers seal photos to; the private part is sealed under the KEK."""

    __tablename__ = "site_key"
    version: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[bytes]
    private_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class Operator(Base):
    """Somebody who signs in. misses, missed_at: failed sign-ins since the last good one.

    employee_id: the employee that they are, who may not be judged by themselves.
    """

    __tablename__ = "operator"
    id: Mapped[str] = id_column()
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    can_enrol: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    misses: Mapped[int] = mapped_column(default=0)
    missed_at: Mapped[datetime | None]
    employee_id: Mapped[str | None] = reference("employee.id")
    created_at: Mapped[datetime]


class OperatorSession(Base):
    """An operator who is signed in. Only the hash of the token is stored."""

    __tablename__ = "operator_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[str] = reference("operator.id")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Audit(Base):
    """The audit trail. Rows are only added; each carries the hash of the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(64), index=True)
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
