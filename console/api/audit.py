"""The audit log: who did what, to whom or what, and whether the log is whole. AC10."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, Moment, Nothing, Started, operation
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
    """Which entries; "" for any.

    operator: the id of whoever did it, see `list_actors`; act: the name of an act, see
    `domain.audit_words.ACTS`; about: a part of the name or number of a person, a terminal, a kiosk
    or an operator; since, until: moments.
    """

    operator: str = ""
    act: str = ""
    about: str = ""
    since: Moment | None = None
    until: Moment | None = None


class ListAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for one page, newest first. cursor: from the page before, empty for the first."""

    filter: AuditFilter = AuditFilter()
    cursor: str = ""
    limit: int = 100


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page. cursor: for the next page, empty on the last one.

    total: how many there are, -1 but on the first page; at_least: there are more than `total`.
    """

    rows: list[AuditRow]
    cursor: str
    total: int
    at_least: bool = False


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may have done something: an operator, or Muster itself."""

    id: str
    name: str


class Actors(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, also those who may not sign in any more."""

    rows: list[Actor]


class ExportAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for every entry that a filter means, as a file: "csv" or "xlsx"."""

    filter: AuditFilter = AuditFilter()
    kind: str = "csv"


class AuditFile(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, oldest first: CSV (UTF-8), or a workbook. rows: how many."""

    data: bytes
    rows: int


class CheckpointState(msgspec.Struct, frozen=True, kw_only=True):
    """Where checkpoints of the log go, on the computer of the service.

    folder: "" for nowhere; at: of the newest, None before there is one; problem: why it could not
    be written or does not fit, in words, "" if all is well.
    """

    folder: str
    file: str
    at: datetime | None
    problem: str


class CheckpointFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Chooses where checkpoints go, "" for nowhere."""

    folder: str


list_audit = operation("audit.list", ListAudit, AuditPage, READERS)
list_actors = operation("audit.actors", Nothing, Actors, READERS)
verify_audit = operation("audit.verify", Nothing, Started, READERS)
export_audit = operation("audit.export", ExportAudit, AuditFile, READERS)
checkpoints = operation("audit.checkpoints", Nothing, CheckpointState, READERS)
set_checkpoint_folder = operation(
    "audit.set_checkpoint_folder", CheckpointFolder, CheckpointState, ADMIN
)
