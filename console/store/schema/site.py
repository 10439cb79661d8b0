"""The site itself: settings, keys, operators, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
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

    password_hash: empty before there is a password; password_until: of a temporary password, which
    must be changed by then, None for one of their own; warned_until: up to this entry of the audit
    log they have read the warnings to all operators; second_factor: they need one, whatever the
    site wants of everybody; employee_id: the employee that they are, who may not be judged by
    themselves.
    """

    __tablename__ = "operator"
    id: Mapped[str] = id_column()
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    can_enrol: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    password_until: Mapped[datetime | None]
    warned_until: Mapped[int] = mapped_column(default=0)
    second_factor: Mapped[bool] = mapped_column(default=False)
    misses: Mapped[int] = mapped_column(default=0)
    missed_at: Mapped[datetime | None]
    employee_id: Mapped[str | None] = reference("employee.id")
    created_at: Mapped[datetime]


class SecondFactor(Base):
    """The app that shows codes for an operator.

    sealed: the secret in force, None before one was confirmed; offered: one that is to be
    confirmed; last_step: of the newest code that was used; recovery: marks of the recovery codes
    that are left.
    """

    __tablename__ = "second_factor"
    operator_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("operator.id"), primary_key=True
    )
    sealed: Mapped[bytes | None]
    offered: Mapped[bytes | None]
    last_step: Mapped[int]
    recovery: Mapped[list[Any]]


class UnknownName(Base):
    """A user name that nobody has and that was tried. It has to wait as a known one has to.

    mark: of the name, by `vault.mark_site`: people type passwords into the wrong field.
    """

    __tablename__ = "unknown_name"
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)
    misses: Mapped[int]
    missed_at: Mapped[datetime] = mapped_column(index=True)


class OperatorSession(Base):
    """An operator who is signed in. Only the hash of the token is stored.

    id: names the session in lists; computer: where it was opened, as the console says.
    """

    __tablename__ = "operator_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    operator_id: Mapped[str] = reference("operator.id")
    computer: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Audit(Base):
    """The audit trail. Rows are only added; each carries the hash of the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (
        Index(None, "at", "seq"),
        Index(None, "actor", "at", "seq"),
        Index(None, "action", "at", "seq"),
        Index(None, "object_id", "at", "seq"),
    )
