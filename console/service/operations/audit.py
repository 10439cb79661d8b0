"""The audit log as admins and auditors read it: search, pages, export, and whether it is whole."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from console.api import audit as api
from console.api.operation import Nothing, Started
from console.api.tasks import TaskResult
from console.domain.audit_words import act_in_words, acts_with, detail_in_words
from console.domain.employee_lists import write_csv
from console.domain.errors import Conflict
from console.service.operations.audit_names import name_objects, objects_named, operators_named
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import after, checked_limit, encode_cursor
from console.service.pools import Pool
from console.service.portions import in_batches, in_turns
from console.service.tasks import RunningTask, Tasks
from console.store import audit
from console.store.schema import Audit
from console.store.unit_of_work import ReadTx

MAX_EXPORTED = 100_000
"""Rows of one file; a longer time is exported in parts."""
VERIFIED_IN_TURN = 2000
NOT_FOUND = "Entries that were cut off at the end are not found by this."
"""Nothing outside the database knows yet how long the log was."""
HEADINGS = ("entry", "time (UTC)", "by", "act", "about", "details", "hash")


class AuditOperations:
    """Reading the audit log."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    @handles(api.list_audit, Pool.READ)
    def list_page(self, call: Call, request: api.ListAudit) -> api.AuditPage:
        """One page, newest first. Raises Invalid for a bad cursor."""
        limit = checked_limit(request.limit)
        with call.read() as tx:
            query = _filtered(tx, request.filter)
            total = -1
            if request.cursor:
                query = query.where(after(request.cursor, Audit.seq, Audit.seq, descending=True))
            else:
                total = tx.scalar(select(func.count()).select_from(query.subquery())) or 0
            found = list(tx.scalars(query.order_by(Audit.seq.desc()).limit(limit)))
            cursor = encode_cursor(found[-1].seq, found[-1].seq) if len(found) == limit else ""
            return api.AuditPage(rows=_rows(tx, found), cursor=cursor, total=total)

    @handles(api.verify_audit, Pool.READ)
    def verify(self, call: Call, _request: Nothing) -> Started:
        """Starts the task that looks through the whole chain."""
        store = call.store

        def run(task: RunningTask) -> TaskResult:
            task.say("Looking through the audit log")
            with store.read() as tx:
                entries = in_turns(audit.entries(tx.session), VERIFIED_IN_TURN, task.give_way)
                checked = audit.check_chain(entries, audit.anchor(tx.session))
            if checked.broken_at is None:
                return TaskResult(text=f"All {checked.count:,} entries fit together. {NOT_FOUND}")
            raise Conflict(
                f"Entry {checked.broken_at} is not as it was written, or entries before it are "
                "missing. Somebody changed the database past Muster: keep it as it is, compare it "
                "with a backup, and find out who may write to it."
            )

        return Started(task_id=self._tasks.start_blocking("Verifying the audit log", run))

    @handles(api.export_audit, Pool.WRITE)
    def export(self, call: Call, request: api.AuditFilter) -> api.AuditFile:
        """What a search finds, as CSV, oldest first. Audited. Raises Conflict for too many."""
        with call.read() as tx:
            query = _filtered(tx, request)
            count = tx.scalar(select(func.count()).select_from(query.subquery())) or 0
            if count > MAX_EXPORTED:
                raise Conflict(
                    f"These are {count:,} entries; a file holds {MAX_EXPORTED:,}. Choose a "
                    "shorter time."
                )
            found = list(tx.scalars(query.order_by(Audit.seq)))
            cells: list[Sequence[str]] = [HEADINGS]
            for part in in_batches(found):
                shown = _rows(tx, part)
                cells += [_cells(row, entry) for row, entry in zip(shown, part, strict=True)]
        with call.write() as tx:
            tx.audit("audit.exported", rows=count)
        return api.AuditFile(data=write_csv(cells).encode("utf-8-sig"), rows=count)


def _filtered(tx: ReadTx, wanted: api.AuditFilter) -> Select[Audit]:
    query = select(Audit)
    if wanted.since is not None:
        query = query.where(Audit.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Audit.at < wanted.until)
    if wanted.search.strip():
        query = query.where(_found(tx, wanted.search))
    return query


def _found(tx: ReadTx, search: str) -> ColumnElement[bool]:
    """By whom, about whom or what, or which act."""
    return or_(
        Audit.actor.in_(operators_named(tx, search)),
        Audit.object_id.in_(objects_named(tx, search)),
        Audit.action.in_(acts_with(search)),
    )


def _rows(tx: ReadTx, found: Sequence[Audit]) -> list[api.AuditRow]:
    names = name_objects(tx, {value for row in found for value in (row.actor, row.object_id)})
    return [
        api.AuditRow(
            seq=row.seq,
            at=row.at,
            by=names.get(row.actor, row.actor),
            act=act_in_words(row.action, row.detail),
            about=names.get(row.object_id, ""),
            detail=detail_in_words(row.detail),
        )
        for row in found
    ]


def _cells(row: api.AuditRow, entry: Audit) -> list[str]:
    at = f"{_utc(row.at):%Y-%m-%d %H:%M:%S}"
    return [str(row.seq), at, row.by, row.act, row.about, row.detail, entry.hash]


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=None)
