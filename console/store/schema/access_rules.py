"""Who may be on which terminal: groups of employees, zones of terminals, and their rules."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from console.domain.access_rules import RuleKind
from console.store.columns import Base, EnumText, id_column


class EmployeeGroup(Base):
    """A named set of employees."""

    __tablename__ = "employee_group"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80), unique=True)


class GroupMember(Base):
    """An employee who is in a group."""

    __tablename__ = "group_member"
    group_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee_group.id"), primary_key=True
    )
    employee_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("employee.id"), primary_key=True, index=True
    )


class AccessZone(Base):
    """A named set of terminals that share rules. `Terminal.access_zone_id` says which."""

    __tablename__ = "access_zone"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80), unique=True)


class AccessRuleRow(Base):
    """One rule. scope_id: the terminal or the zone that it is written on; names: see the domain.

    Neither refers to one table, so that no key can be foreign. A rule whose group or person is not
    there names nobody, and the terminal stays closed to others.
    """

    __tablename__ = "access_rule"
    scope_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[RuleKind] = mapped_column(EnumText(RuleKind), primary_key=True)
    names: Mapped[str] = mapped_column(String(160), primary_key=True)
