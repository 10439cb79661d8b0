"""The audit log as admins and auditors read it: search, pages, export, and whether it is whole."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from console.api import audit as api
from console.api.operation import Nothing, Started
from console.api.tasks import TaskResult
from console.domain.audit_words import act_in_words, detail_in_words
from console.domain.employee_lists import write_csv
from console.domain.errors import Conflict, Invalid
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr
from console.service.backups.checkpoints import (
    Checkpoints,
    checked_folder,
    load_file,
    read_kept,
    set_folder,
)
from console.service.operations.audit_names import name_objects, operator_names
from console.service.operations.audit_search import (
    MOST_COUNTED,
    count,
    oldest_first,
    page_of,
    search_for,
)
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import checked_limit, encode_cursor
from console.service.people.list_files import write_workbook
from console.service.pools import Pool
from console.service.portions import in_batches, in_turns
from console.service.tasks import RunningTask, Tasks
from console.store import audit
from console.store.audit_checkpoints import check_against, whole_text
from console.store.schema import Audit
from console.store.unit_of_work import ReadTx

MAX_EXPORTED = 100_000
"""Rows of one file; a longer time is exported in parts."""
VERIFIED_IN_TURN = 2000
HEADINGS = ("entry", "time (UTC)", "by", "act", "about", "details", "hash")


class AuditOperations:
    """Reading the audit log."""

    def __init__(self, tasks: Tasks, checkpoints: Checkpoints, data: Path) -> None:
        """data: the folder of the site's data."""
        self._tasks, self._checkpoints, self._data = tasks, checkpoints, data

    @handles(api.list_audit, Pool.READ)
    def list_page(self, call: Call, request: api.ListAudit) -> api.AuditPage:
        """One page, newest first. Raises Invalid for a bad cursor, and for words too vague."""
        limit = checked_limit(request.limit)
        with call.read() as tx:
            search = search_for(tx, request.filter)
            if search is None:
                return api.AuditPage(rows=[], cursor="", total=0)
            found = page_of(tx, search, request.cursor, limit)
            total = -1 if request.cursor else count(tx, search)
            at_least = search.narrows and total > MOST_COUNTED
            last = found[-1] if len(found) == limit else None
            return api.AuditPage(
                rows=_rows(tx, found),
                cursor=encode_cursor(last.at, last.seq) if last is not None else "",
                total=MOST_COUNTED if at_least else total,
                at_least=at_least,
            )

    @handles(api.list_actors, Pool.READ)
    def list_actors(self, call: Call, _request: Nothing) -> api.Actors:
        """Everybody who may have done something."""
        with call.read() as tx:
            return api.Actors(
                rows=[api.Actor(id=row_id, name=name) for row_id, name in operator_names(tx)]
            )

    @handles(api.verify_audit, Pool.READ)
    def verify(self, call: Call, _request: Nothing) -> Started:
        """Starts the task that looks through the whole chain."""
        store = call.store

        def run(task: RunningTask) -> TaskResult:
            task.say(tr("Checking the audit log:"))
            self._checkpoints.run_once()
            with store.read() as tx:
                start = audit.anchor(tx.session)
                newest = tx.scalar(select(func.max(Audit.seq))) or start.seq
                done = 0

                def turn() -> None:
                    nonlocal done
                    done = min(done + VERIFIED_IN_TURN, newest - start.seq)
                    task.progress(done, newest - start.seq)
                    task.give_way()

                entries = in_turns(audit.entries(tx.session), VERIFIED_IN_TURN, turn)
                kept = read_kept(tx)
                checked = check_against(entries, start, kept.checkpoints, tx.now)
            if checked.broken_at is not None:
                raise Conflict(
                    tr(
                        "Entry {entry} has been changed, or entries before it are "
                        "missing. Somebody changed the database without Muster. "
                        "Keep the database as it is, compare it with a backup, and "
                        "find out who can write to it.",
                        entry=checked.broken_at,
                    )
                )
            fits = whole_text(checked.count, kept.checkpoints)
            if kept.problem:
                raise Conflict(paragraph(said(kept.problem), fits))
            return TaskResult(text=fits)

        return Started(
            task_id=self._tasks.start_blocking(
                msgid("Verifying the audit log"), run, by=call.operator.id
            )
        )

    @handles(api.checkpoints, Pool.READ)
    def checkpoints(self, call: Call, _request: Nothing) -> api.CheckpointState:
        """Where checkpoints of the log go, and how that stands."""
        with call.read() as tx:
            file = load_file(tx)
        newest = self._checkpoints.newest
        return api.CheckpointState(
            folder=file.folder,
            file=file.name if file.folder else "",
            at=newest.at if newest is not None else None,
            problem=said(self._checkpoints.problem),
        )

    @handles(api.set_checkpoint_folder, Pool.DEVICE)
    def set_folder(self, call: Call, request: api.CheckpointFolder) -> api.CheckpointState:
        """Chooses where they go, and writes the first one. Raises Invalid."""
        folder = checked_folder(request.folder, self._data)
        with call.write() as tx:
            set_folder(tx, folder)
        self._checkpoints.run_once()
        return self.checkpoints(call, Nothing())

    @handles(api.export_audit, Pool.BULK)
    def export(self, call: Call, request: api.ExportAudit) -> api.AuditFile:
        """Every entry that a filter means, oldest first. Audited. Raises Conflict for too many."""
        if request.kind not in ("csv", "xlsx"):
            raise Invalid("kind", tr("Choose CSV or XLSX."))
        cells: list[list[str]] = [list(HEADINGS)]
        with call.read() as tx:
            search = search_for(tx, request.filter)
            if search is not None:
                if count(tx, search, MAX_EXPORTED) > MAX_EXPORTED:
                    raise Conflict(
                        tr(
                            "A file holds at most {most:,} entries. Choose a shorter period.",
                            most=MAX_EXPORTED,
                        )
                    )
                for part in in_batches(oldest_first(tx, search)):
                    shown = _rows(tx, part)
                    cells += [_cells(row, entry) for row, entry in zip(shown, part, strict=True)]
        with call.write() as tx:
            tx.audit("audit.exported", rows=len(cells) - 1, kind=request.kind)
        if request.kind == "xlsx":
            data = write_workbook(cells, "Audit log")
        else:
            data = write_csv(cells).encode("utf-8-sig")
        return api.AuditFile(data=data, rows=len(cells) - 1)


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
