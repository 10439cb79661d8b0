"""The audit log: who did what, to whom or what, and whether the log is whole. AC10."""

from datetime import datetime

import msgspec

from console.api.operation import Moment, Nothing, Started, operation
from console.domain.operators import Role

READERS = frozenset({Role.ADMIN, Role.AUDITOR})


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. by: the operator's name; about: the person, terminal or kiosk; both in words."""

    seq: int
    at: datetime
    by: str
    act: str
    about: str
    detail: str


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries. search: words of names, numbers and acts; since, until: moments."""

    search: str = ""
    since: Moment | None = None
    until: Moment | None = None


class ListAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for one page, newest first. cursor: from the page before, empty for the first."""

    filter: AuditFilter = AuditFilter()
    cursor: str = ""
    limit: int = 100


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page. cursor: for the next page, empty on the last one; total: -1 but on the first."""

    rows: list[AuditRow]
    cursor: str
    total: int


class AuditFile(msgspec.Struct, frozen=True, kw_only=True):
    """Entries as CSV (UTF-8); rows: how many."""

    data: bytes
    rows: int


list_audit = operation("audit.list", ListAudit, AuditPage, READERS)
verify_audit = operation("audit.verify", Nothing, Started, READERS)
export_audit = operation("audit.export", AuditFilter, AuditFile, READERS)
