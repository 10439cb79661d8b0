"""Import of a list of employees: what it would do, and then that. PE1 to PE3."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from itertools import chain, islice
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from console.api import employee_lists as api
from console.api.tasks import TaskResult
from console.domain.employee_lists import (
    Comparison,
    Effect,
    Judged,
    Known,
    ListRow,
    Row,
    Values,
    days_of,
    full_name,
    read_rows,
    shown,
    values_of,
    write_csv,
)
from console.domain.employees import EmployeeFields
from console.domain.errors import Conflict, Invalid
from console.domain.language import msgid, tr
from console.domain.list_headings import HEADER_WITHIN, Field, header_row, meanings
from console.domain.validity import ValidDays
from console.service.callers import OperatorCaller
from console.service.people.badges import FreeBadges, with_marks
from console.service.people.employees import columns_of
from console.service.people.list_files import (
    Encodings,
    encodings_of,
    is_workbook,
    rows_of,
    sheets_of,
)
from console.service.people.validity import in_force_now
from console.service.portions import in_batches, in_turns
from console.service.settings import keep_setting
from console.service.tasks import BlockingBody, RunningTask
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.departments import plant
from console.store.queries.erasure import erased_numbers, going_numbers
from console.store.queries.placements import DEMAND
from console.store.schema import Employee, EmployeeImport, ImportedEmployee, Setting
from console.store.unit_of_work import ReadTx, Tx

IMPORT_BATCH = 200
"""Rows of one transaction of an import, so that nobody waits long for a turn."""
ROWS_IN_TURN = 200
"""Rows of a file that are read before whoever waits for an answer comes first."""
SAMPLE_ROWS = 5
"""Rows that are shown of a file."""
WHAT_IS_WRONG = msgid("What is wrong")
"""The heading of the reasons in a file of rows that were left out."""


ERASED = msgid(
    "The person with this number was erased. If this is somebody else, or they are to be here "
    "again, add them by hand."
)
_ADDING = (Effect.NEW, Effect.DUPLICATE)


class RememberedReading(msgspec.Struct, frozen=True, kw_only=True):
    """How a list with these headings was read when it was imported."""

    fields: list[Field]
    encoding: str


class _File:
    """A file as it is read: its headings, what the columns hold, and the rows beneath."""

    def __init__(self, tx: ReadTx, data: bytes, reading: api.FileReading) -> None:
        """Raises Invalid."""
        self.workbook = is_workbook(data)
        self.sheets = sheets_of(data) if self.workbook else []
        self.encodings = (
            Encodings("", True, []) if self.workbook else encodings_of(data, reading.encoding)
        )
        offers = self.encodings.offers
        self.encoding = self.encodings.chosen or (offers[0].encoding if offers else "")
        self.sheet = reading.sheet or (self.sheets[0] if self.sheets else "")
        rows = rows_of(data, self.encoding, self.sheet)
        first = list(islice(rows, HEADER_WITHIN))
        if not first:
            raise Invalid("file", tr("The file contains no rows."))
        place = _header_place(first, reading.header_line)
        self.header_line, self.headings = first[place][0], first[place][1]
        self._beneath = first[place + 1 :]
        self._rest = rows
        self.key = _key(self.headings)
        remembered = _remembered(tx, self.key)
        self.remembered = remembered is not None and not reading.fields
        found = remembered.fields if remembered is not None else meanings(self.headings)
        self.fields = reading.fields or found
        if len(self.fields) != len(self.headings):
            raise Invalid("fields", tr("State what each column contains."))
        named = [field for field in self.fields if field]
        if len(set(named)) < len(named):
            raise Invalid(
                "fields", tr("Two columns are assigned to the same field. Choose one of them.")
            )

    def rows(self) -> Iterator[Row]:
        """The rows beneath the headings, once."""
        return chain(self._beneath, self._rest)

    def first_rows(self) -> list[Row]:
        """Some rows beneath the headings."""
        return self._beneath[:SAMPLE_ROWS]


def _header_place(first: list[Row], line: int) -> int:
    if not line:
        return header_row([cells for _, cells in first])
    for place, (number, _) in enumerate(first):
        if number == line:
            return place
    raise Invalid(
        "header_line", tr("Line {line} is empty, or not one of the first lines.", line=line)
    )


def _key(headings: Iterable[str]) -> str:
    """Lists with the same headings come from one source."""
    said = "\x1f".join(heading.strip().casefold() for heading in headings)
    return "list " + hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _remembered(tx: ReadTx, key: str) -> RememberedReading | None:
    row = tx.get(Setting, key)
    return None if row is None else msgspec.convert(row.value, RememberedReading)


class ListImport:
    """Reads lists of employees: looks at a file, shows what it would do, or does it. Blocking."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def look(self, request: api.LookAtList) -> api.ListLook:
        """What a file looks like. Raises Invalid."""
        with self._store.read() as tx:
            file = _File(tx, request.data, request.reading)
        cells = [row for _, row in file.first_rows()]
        columns = zip(file.headings, file.fields, strict=True)
        return api.ListLook(
            encoding=file.encodings.chosen,
            proven=file.encodings.proven,
            offers=[
                api.EncodingOffer(encoding=one.encoding, label=one.label, examples=one.examples)
                for one in file.encodings.offers
            ],
            sheets=file.sheets,
            sheet=file.sheet,
            header_line=file.header_line,
            columns=[
                api.ListColumn(
                    heading=heading.strip(),
                    cells=[row[place].strip() if place < len(row) else "" for row in cells],
                    field=field,
                )
                for place, (heading, field) in enumerate(columns)
            ],
            remembered=file.remembered,
        )

    def body(self, request: api.ImportEmployees, actor: OperatorCaller) -> BlockingBody:
        """The task. It fails with Invalid when the file as a whole cannot be read."""

        def run(task: RunningTask) -> TaskResult:
            task.say(tr("Reading the file"))
            with self._store.read() as tx:
                file = _File(tx, request.data, request.reading)
            if not file.workbook and not file.encodings.chosen:
                raise Invalid("encoding", tr("Choose the encoding that shows the names correctly."))
            known = self._known()
            judged = self._judge(file, known, request, task)
            report = _report(file, judged, request, task)
            if request.apply:
                done = self._apply(task, file, judged, report, _agreed(request), actor)
                report = msgspec.structs.replace(report, written=done)
            return TaskResult(text=_summary(report.counts), imported=report)

        return run

    def _judge(
        self,
        file: _File,
        known: dict[str, Known],
        request: api.ImportEmployees,
        task: RunningTask,
    ) -> list[Judged]:
        comparison, merged = Comparison(known), self._merged()
        rows = read_rows(file.rows(), file.fields, clear_empty=request.clear_empty)
        rows = with_marks(rows, self._store, known, badges=Field.BADGE in file.fields)
        judged = [
            _is_merged(row, merged[row.number]) if row.number in merged else comparison.judge(row)
            for row in in_turns(rows, ROWS_IN_TURN, task.give_way)
        ]
        if request.everybody:
            judged += [_missing(person) for person in comparison.missing()]
            _check_missing(judged, known, request)
        return self._without_erased(judged)

    def _without_erased(self, judged: list[Judged]) -> list[Judged]:
        """A list brings nobody back who was erased, or is about to be: it may be older. PE4."""
        numbers = [one.row.number for one in judged if one.effect in _ADDING]
        with self._store.read() as tx:
            erased, going = erased_numbers(tx, numbers), set(going_numbers(tx).values())
        return [
            Judged(one.row, Effect.ERROR, note=tr(ERASED))
            if one.row.number in going or (one.effect in _ADDING and one.row.number in erased)
            else one
            for one in judged
        ]

    def _known(self) -> dict[str, Known]:
        """Number -> everybody who is here, without loading whole rows."""
        with self._store.read() as tx:
            return dict(_known(tx, None))

    def _merged(self) -> dict[str, str]:
        """Number of a row that was merged -> the number that the person has."""
        kept = aliased(Employee)
        query = select(Employee.number, kept.number).join(kept, kept.id == Employee.merged_into)
        with self._store.read() as tx:
            return dict(tx.execute(query).all())

    def _apply(
        self,
        task: RunningTask,
        file: _File,
        judged: list[Judged],
        report: api.ImportReport,
        agreed: set[Effect],
        actor: OperatorCaller,
    ) -> int:
        to_write = [one.row for one in judged if one.effect in agreed]
        task.say(tr("Saving"))
        import_id, done = new_id(), 0
        try:
            for batch in in_batches(to_write, IMPORT_BATCH):
                self._write(batch, import_id, actor)
                done += len(batch)
                task.give_way()
                task.progress(done, len(to_write))
        finally:
            with self._store.write(actor.id) as tx:
                reading = RememberedReading(fields=file.fields, encoding=file.encodings.chosen)
                keep_setting(tx, file.key, reading)
                counts = {effect.value: n for effect, n in report.counts.items()}
                tx.audit("employees.imported", import_id, written=done, counts=counts)
        return done

    def _write(self, batch: list[ListRow], import_id: str, actor: OperatorCaller) -> None:
        """One transaction. It goes by who is here then, not by who was when the list was read."""
        with self._store.write(actor.id) as tx:
            going = set(going_numbers(tx).values())
            batch = [row for row in batch if row.number not in going]
            there = dict(_known(tx, [row.number for row in batch]))
            unknown = [row.number for row in batch if row.number not in there]
            erased = erased_numbers(tx, unknown)
            badges = FreeBadges(tx, [row.values or {} for row in batch])
            columns = employee_columns(tx)
            fresh: list[Columns] = []
            changes: list[Columns] = []
            for row in batch:
                values, person = row.values or {}, there.get(row.number)
                if person is not None:
                    changed = {"id": person.id, "settled": False}
                    values = badges.of(values, person.id, person.values[Field.BADGE])
                    changes.append(changed | columns({**person.values, **values}))
                elif row.number not in erased:
                    made = {"id": new_id(), "created_at": tx.now}
                    fresh.append(made | columns({**_NOTHING, **badges.of(values)}))
            tx.add_many(Employee, fresh)
            if changes:
                tx.execute(update(Employee), changes)
            plant(tx, {row["department"] for row in (*fresh, *changes)})
            before = {person.id: _kept(person.values) for person in there.values()}
            _note(tx, import_id, actor.name, before | {row["id"]: None for row in fresh})
            tx.demand(DEMAND)
            tx.changed("employees")


def _known(tx: ReadTx, numbers: Collection[str] | None) -> Iterator[tuple[str, Known]]:
    query = select(
        Employee.id,
        Employee.number,
        Employee.first_name,
        Employee.last_name,
        Employee.email,
        Employee.department,
        Employee.active,
        Employee.may_log_in,
        Employee.valid_from,
        Employee.valid_until,
        Employee.badge_mark,
    ).where(~Employee.erased)
    if numbers is not None:
        query = query.where(Employee.number.in_(numbers))
    for row_id, *texts, active, may_log_in, begins, ends, badge in tx.execute(query):
        fields = EmployeeFields(*texts, active=active, may_log_in=may_log_in)
        yield fields.number, Known(row_id, values_of(fields, ValidDays(begins, ends), badge))


_NOTHING: Values = values_of(EmployeeFields("", "", "", "", ""), ValidDays())
"""What somebody has of whom a list says nothing."""


Columns = dict[str, Any]


def employee_columns(tx: ReadTx) -> Callable[[Values], Columns]:
    """Makes the columns of employees with some values, changed now."""
    is_in_force = in_force_now(tx)

    def columns(values: Values) -> Columns:
        texts = (str(values[name]) for name in _TEXTS)
        active, may_log_in = bool(values[Field.ACTIVE]), bool(values[Field.MAY_LOG_IN])
        days = days_of(values)
        return {
            **columns_of(EmployeeFields(*texts, active=active, may_log_in=may_log_in)),
            "valid_from": days.first,
            "valid_until": days.last,
            "in_force": is_in_force(active, may_log_in, days),
            "badge_mark": values[Field.BADGE],
            "updated_at": tx.now,
        }

    return columns


_TEXTS = (Field.NUMBER, Field.FIRST_NAME, Field.LAST_NAME, Field.EMAIL, Field.DEPARTMENT)


def _note(tx: Tx, import_id: str, name: str, before: dict[str, dict[str, Any] | None]) -> None:
    """Keeps what an undo needs. before: employee id -> what they were, None if they are new."""
    row = tx.get(EmployeeImport, import_id)
    if row is None:
        row = EmployeeImport(id=import_id, imported_at=tx.now, imported_by=name, written=0)
        tx.add(row)
    row.written += len(before)
    tx.flush()
    kept = [
        {"import_id": import_id, "employee_id": one, "before": values, "at": tx.now}
        for one, values in before.items()
    ]
    tx.add_many(ImportedEmployee, kept)


def _kept(values: Values) -> dict[str, Any]:
    """Values as they are kept: days as texts."""
    return {
        name.value: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _agreed(request: api.ImportEmployees) -> set[Effect]:
    """The effects that the operator has agreed to."""
    asked = {
        Effect.RETURNS: request.returns,
        Effect.LEAVES: request.leavers,
        Effect.DUPLICATE: request.duplicates,
        Effect.MISSING: request.everybody,
    }
    return {Effect.NEW, Effect.CHANGED} | {effect for effect, yes in asked.items() if yes}


def _is_merged(row: ListRow, number: str) -> Judged:
    """A number that terminals lose comes back to nobody."""
    note = tr("Merged into number {number}. Use that number.", number=number)
    return Judged(row, Effect.ERROR, note=note)


def _missing(person: Known) -> Judged:
    number = str(person.values[Field.NUMBER])
    row = ListRow(0, [], {Field.NUMBER: number, Field.ACTIVE: False}, number=number)
    return Judged(row, Effect.MISSING, [(Field.ACTIVE, True, False)], person.name)


def _check_missing(
    judged: list[Judged], known: dict[str, Known], request: api.ImportEmployees
) -> None:
    """Raises Conflict if those who are missing may not go without a number that was typed."""
    missing = sum(one.effect is Effect.MISSING for one in judged)
    if request.apply and missing and request.missing != missing:
        raise Conflict(
            tr(
                "{missing:,} of {count:,} people are not in this list and would be "
                "marked as left. Type {missing:,} to confirm.",
                missing=missing,
                count=len(known),
            )
        )


def _report(
    file: _File, judged: list[Judged], request: api.ImportEmployees, task: RunningTask
) -> api.ImportReport:
    shown = (one for one in judged if one.effect is not Effect.SAME)
    agreed = _agreed(request) | {Effect.SAME}
    left_out = [one for one in judged if one.effect not in agreed and one.row.line]
    return api.ImportReport(
        lines=[_line(one) for one in in_turns(shown, ROWS_IN_TURN, task.give_way)],
        counts=dict(Counter(one.effect for one in judged)),
        applied=request.apply,
        failed=_failed(file, left_out) if request.apply else "",
    )


def _failed(file: _File, left_out: list[Judged]) -> str:
    if not left_out:
        return ""
    width = len(file.headings)
    rows = [
        [
            *one.row.cells[:width],
            *[""] * (width - len(one.row.cells)),
            one.note or tr(_WHY[one.effect]),
        ]
        for one in left_out
    ]
    return write_csv([[*file.headings, tr(WHAT_IS_WRONG)], *rows])


_WHY = {
    Effect.RETURNS: msgid("Had left. Bringing them back was not confirmed."),
    Effect.LEAVES: msgid("Has left according to this list. This was not confirmed."),
}


def _line(one: Judged) -> api.ImportLine:
    missing = one.effect is Effect.MISSING
    return api.ImportLine(
        line=one.row.line,
        number=one.row.number,
        name=one.note if missing else full_name(one.row.values or {}),
        effect=one.effect,
        changes=[
            api.FieldChange(field=name, before=shown(name, before), after=shown(name, after))
            for name, before, after in one.changes
        ],
        note="" if missing else one.note,
    )


def _summary(counts: dict[Effect, int]) -> str:
    parts = [
        tr(words, count=counts[effect]) for effect, words in _WORDS.items() if counts.get(effect)
    ]
    return tr("{parts}.", parts=", ".join(parts)) if parts else tr("Nothing changes.")


_WORDS = {
    Effect.NEW: msgid("{count:,} new"),
    Effect.CHANGED: msgid("{count:,} changed"),
    Effect.RETURNS: msgid("{count:,} returning"),
    Effect.LEAVES: msgid("{count:,} leaving"),
    Effect.MISSING: msgid("{count:,} not in the list"),
    Effect.DUPLICATE: msgid("{count:,} probably here already"),
    Effect.ERROR: msgid("{count:,} with errors"),
}
