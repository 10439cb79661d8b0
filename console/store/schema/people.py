"""Employees, and what they agreed to."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from console.store.columns import Base, id_column, reference


class Employee(Base):
    """A person.

    department: its path, see `domain/departments.py`; active, may_log_in: as an operator set them;
    valid_from, valid_until: first and last day, by the site's zone; in_force: what
    `domain/validity.py` makes of the four, kept true by upkeep; sort_name: what the list sorts by;
    settled: what the last change means for terminals has been laid out; merged_into: the employee
    who this is too; then the row only keeps its number until the terminals have lost it; erased: a
    row without a person, for what terminals may still hold of somebody erased; opted_out_at: since
    when the person is not to be invited or reminded, with opted_out_by: who noted it; badge_mark:
    of what their badge says, by `vault.mark`, None without one; language: in which they are spoken
    to, by its tag, empty until they have chosen one or read a text in it.
    """

    __tablename__ = "employee"
    id: Mapped[str] = id_column()
    number: Mapped[str] = mapped_column(String(24), unique=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    department: Mapped[str] = mapped_column(String(160))
    active: Mapped[bool]
    may_log_in: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None] = mapped_column(index=True)
    in_force: Mapped[bool]
    sort_name: Mapped[str] = mapped_column(String(164))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    settled: Mapped[bool] = mapped_column(default=True, index=True)
    erased: Mapped[bool] = mapped_column(default=False)
    opted_out_at: Mapped[datetime | None]
    opted_out_by: Mapped[str] = mapped_column(String(80), default="")
    badge_mark: Mapped[str | None] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(16), default="")
    merged_into: Mapped[str | None] = reference("employee.id")
    __table_args__ = (
        Index(None, "sort_name", "id"),
        Index(None, "department", "id"),
        Index(None, "erased", "merged_into"),  # counts whoever is listed
        Index(None, "email", "id"),
    )


class Department(Base):
    """A department. path: its name, behind the names of those above it."""

    __tablename__ = "department"
    path: Mapped[str] = mapped_column(String(160), primary_key=True)


class EmployeeImport(Base):
    """An import of employees, as long as it can be undone. written: rows that it wrote."""

    __tablename__ = "employee_import"
    id: Mapped[str] = id_column()
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(80))
    written: Mapped[int]


class ImportedEmployee(Base):
    """What an employee was before an import wrote them; before: None if it added them.

    at: the employee's `updated_at` since then, unless somebody has changed them meanwhile.
    """

    __tablename__ = "imported_employee"
    import_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee_import.id"), primary_key=True
    )
    employee_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    before: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]


class PersonKey(Base):
    """A person's data key, wrapped by the site's KEK. Without it, what it sealed is unreadable.

    kek_version: names the KEK, by `kek_number`; 1 where an earlier version of Muster wrapped it.
    """

    __tablename__ = "person_key"
    employee_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wrapped: Mapped[bytes]
    kek_version: Mapped[int]


class Consent(Base):
    """A person's agreement to a text, or an operator's statement on what basis data is used.

    modality: face, finger, or finger_stated; channel: link or desk, or statement: then text_digest
    is that of its words, which stand in user_agent, and the audit log says who made it.
    """

    __tablename__ = "consent"
    id: Mapped[str] = id_column()
    employee_id: Mapped[str] = reference("employee.id")
    invitation_id: Mapped[str | None] = reference("invitation.id")
    modality: Mapped[str] = mapped_column(String(16), default="face")
    text_digest: Mapped[str] = mapped_column(String(64))
    text_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    user_agent: Mapped[str] = mapped_column(String(300))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PersonLink(Base):
    """A person's own link, which every email to them carries. It works until they are erased.

    sealed: the token, under the person's key; check_misses, check_passed: of the second check;
    session_hash, session_at: of the browser that opened it last.
    """

    __tablename__ = "person_link"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    employee_id: Mapped[str] = reference("employee.id")
    sealed: Mapped[bytes]
    check_misses: Mapped[int] = mapped_column(default=0)
    check_passed: Mapped[bool] = mapped_column(default=False)
    session_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    session_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AskedAgain(Base):
    """Somebody who has agreed to an earlier text, and is asked about the one in force now.

    modality: face or finger; version: of that text; answer_days: how long they have, from when they
    were told; told_at: when the first email about it was sent, or an operator told them; answer_by:
    when the time is over, None until they were told; reminded: how many reminders were sent.
    """

    __tablename__ = "asked_again"
    employee_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee.id"), primary_key=True
    )
    modality: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int]
    asked_at: Mapped[datetime]
    answer_days: Mapped[int]
    told_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None] = mapped_column(index=True)
    reminded: Mapped[int] = mapped_column(default=0)


class KnownLookalike(Base):
    """Two employees who look alike and are known to be two. first_id is the smaller id."""

    __tablename__ = "known_lookalike"
    id: Mapped[str] = id_column()
    first_id: Mapped[str] = reference("employee.id")
    second_id: Mapped[str] = reference("employee.id")
    reason: Mapped[str] = mapped_column(String(200))
    noted_by: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)
