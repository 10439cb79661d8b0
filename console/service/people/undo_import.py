"""Undoing a whole import of employees, for some days after it. PE3.

Who was added goes again; who was changed is as before. What somebody has changed since stays, and
whoever has a history here by now is set to left instead: their logins and consents stay true.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from console.api import employee_lists as api
from console.api.tasks import TaskResult
from console.domain.employee_lists import Values
from console.domain.errors import NotFound
from console.domain.language import msgid, tr
from console.domain.list_headings import Field
from console.service.people.badges import FreeBadges
from console.service.people.imports import employee_columns
from console.service.tasks import BlockingBody, RunningTask
from console.store.columns import Base
from console.store.database import Store
from console.store.queries.departments import plant
from console.store.queries.placements import DEMAND
from console.store.schema import Employee, EmployeeImport, ImportedEmployee
from console.store.unit_of_work import ReadTx, Tx

UNDO_WITHIN = timedelta(days=7)
"""Then what people were before is deleted."""
AT_ONCE = 500
"""Employees of one transaction."""
ROWS_ONLY: dict[str, Any] = {"synchronize_session": False}
"""For statements that need not look for objects in memory: none are loaded here."""
RESTORED, REMOVED, LEFT, CHANGED_SINCE = "restored", "removed", "left", "changed since"
_SAID = {
    RESTORED: msgid("{count:,} restored"),
    REMOVED: msgid("{count:,} removed"),
    LEFT: msgid("{count:,} now on record elsewhere and marked as left"),
    CHANGED_SINCE: msgid("{count:,} changed since and not touched"),
}


class ImportHistory:
    """The imports that can be undone. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self) -> api.Imports:
        """The imports of the last days that changed anything, newest first."""
        left = func.count(ImportedEmployee.employee_id)
        query = (
            select(EmployeeImport, left)
            .join(ImportedEmployee, ImportedEmployee.import_id == EmployeeImport.id)
            .group_by(EmployeeImport.id)
            .order_by(EmployeeImport.imported_at.desc())
        )
        with self._store.read() as tx:
            return api.Imports(
                rows=[
                    api.ImportRow(
                        id=row.id,
                        imported_at=row.imported_at,
                        imported_by=row.imported_by,
                        employees=count,
                        until=row.imported_at + UNDO_WITHIN,
                    )
                    for row, count in tx.execute(query)
                ]
            )

    def undo(self, import_id: str, actor: str) -> BlockingBody:
        """The task that undoes an import; where it was cut short, it goes on when done again."""

        def run(task: RunningTask) -> TaskResult:
            with self._store.read() as tx:
                count = select(func.count()).where(ImportedEmployee.import_id == import_id)
                total = tx.scalar(count) or 0
            if not total:
                raise NotFound(tr("This import can no longer be undone."))
            task.say(tr("Undoing the import"))
            done: Counter[str] = Counter()
            while some := self._undo_some(import_id, actor):
                done += some
                task.give_way()
                task.progress(done.total(), total)
            with self._store.write(actor) as tx:
                tx.audit("employees.import_undone", import_id, counts=dict(done))
                tx.execute(delete(EmployeeImport).where(EmployeeImport.id == import_id))
            parts = [tr(words, count=done[what]) for what, words in _SAID.items() if done[what]]
            return TaskResult(text=tr("{parts}.", parts=", ".join(parts)))

        return run

    def _undo_some(self, import_id: str, actor: str) -> Counter[str]:
        """One transaction. What came of whom it undid; nothing when nobody is left."""
        kept = ImportedEmployee.employee_id, ImportedEmployee.before, ImportedEmployee.at
        query = select(*kept).where(ImportedEmployee.import_id == import_id)
        with self._store.write(actor) as tx:
            rows = [_Kept(*row) for row in tx.execute(query.limit(AT_ONCE))]
            if not rows:
                return Counter()
            ids = [row.employee_id for row in rows]
            now = select(Employee.id, Employee.updated_at).where(Employee.id.in_(ids))
            changed_at = dict(tx.execute(now).all())
            same = [row for row in rows if changed_at.get(row.employee_id) == row.at]
            done = _undo(tx, same)
            ours = ImportedEmployee.import_id == import_id, ImportedEmployee.employee_id.in_(ids)
            tx.execute(delete(ImportedEmployee).where(*ours).execution_options(**ROWS_ONLY))
            tx.demand(DEMAND)
            tx.changed("employees")
            return done + Counter({CHANGED_SINCE: len(rows) - len(same)})

    def forget_old(self) -> None:
        """Deletes what is kept of imports that are too old to be undone."""
        old = EmployeeImport.imported_at < self._store.clock() - UNDO_WITHIN
        with self._store.read() as tx:
            ids = list(tx.scalars(select(EmployeeImport.id).where(old)))
        if ids:
            with self._store.write() as tx:
                tx.execute(delete(ImportedEmployee).where(ImportedEmployee.import_id.in_(ids)))
                tx.execute(delete(EmployeeImport).where(EmployeeImport.id.in_(ids)))


@dataclass(frozen=True)
class _Kept:
    """What somebody was before an import, None if they are new, and when it changed them."""

    employee_id: str
    before: dict[str, Any] | None
    at: datetime


def _undo(tx: Tx, rows: Sequence[_Kept]) -> Counter[str]:
    """rows: of employees whom nobody has changed since."""
    columns = employee_columns(tx)
    were = {row.employee_id: values_before(row.before) for row in rows if row.before is not None}
    badges = FreeBadges(tx, were.values())
    restored = [
        {"id": one, "settled": False, **columns(badges.of(values, one))}
        for one, values in were.items()
    ]
    if restored:
        tx.execute(update(Employee), restored)
        plant(tx, {row["department"] for row in restored})
    added = {row.employee_id for row in rows if row.before is None}
    on_record = _on_record(tx, added) if added else set()
    gone = delete(Employee).where(Employee.id.in_(added - on_record))
    tx.execute(gone.execution_options(**ROWS_ONLY))
    left = {"active": False, "in_force": False, "settled": False, "updated_at": tx.now}
    leavers = update(Employee).where(Employee.id.in_(on_record)).values(**left)
    tx.execute(leavers.execution_options(**ROWS_ONLY))
    return Counter({RESTORED: len(restored), REMOVED: len(added - on_record), LEFT: len(on_record)})


def values_before(before: dict[str, Any]) -> Values:
    """The values that were kept of an employee.

    Before revision 0018 everybody might log in, and before 0019 nobody had a badge.
    """
    kept = {Field(name): value for name, value in before.items()}
    values: Values = {Field.MAY_LOG_IN: True, Field.BADGE: None, **kept}
    for name in (Field.VALID_FROM, Field.VALID_UNTIL):
        text = values[name]
        values[name] = date.fromisoformat(text) if isinstance(text, str) else None
    return values


def _on_record(tx: ReadTx, employee_ids: Collection[str]) -> set[str]:
    """Of these, whoever anything else in the database is about."""
    found: set[str] = set()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            refers = any(key.column is Employee.__table__.c.id for key in column.foreign_keys)
            if refers:
                found.update(tx.scalars(select(column).where(column.in_(employee_ids)).distinct()))
    return found
