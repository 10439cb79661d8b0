"""Which entries of the audit log a filter means, found in portions by the indexes. AC10.

A million entries are not looked through: an entry is about one thing, so what was found about each
of the busy things is merged along the time, and each is read only as far as a page goes.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, Select, func, select

from console.api import audit as api
from console.domain.errors import Invalid
from console.domain.language import msgid, tr
from console.service.operations.audit_names import Named, objects_named
from console.service.operations.paging import after
from console.store import audit
from console.store.schema import Audit
from console.store.unit_of_work import ReadTx

MOST_COUNTED = 10_000
"""More entries than this are said to be more, which costs the same however many they are."""
READ_AT_ONCE = 500
TOO_MANY = msgid(
    "More than {most} people, terminals, kiosks and operators match. Type more of the name, or a "
    "number."
)


@dataclass(frozen=True)
class Search:
    """A filter as conditions: an entry that fits one of `any_of` and all of `all_of` is meant."""

    all_of: Sequence[ColumnElement[bool]]
    any_of: Sequence[ColumnElement[bool]]
    narrows: bool

    def parts(self) -> list[Select[Audit]]:
        """Queries whose results have no entry in common, and together all of them."""
        base = select(Audit).where(*self.all_of)
        return [base.where(one) for one in self.any_of] if self.any_of else [base]


def search_for(tx: ReadTx, wanted: api.AuditFilter) -> Search | None:
    """What a filter means; None if no entry can be meant. Raises Invalid for words too vague."""
    all_of: list[ColumnElement[bool]] = []
    if wanted.operator:
        all_of.append(Audit.actor == wanted.operator)
    if wanted.act:
        all_of.append(Audit.action == wanted.act)
    if wanted.since is not None:
        all_of.append(Audit.at >= wanted.since)
    if wanted.until is not None:
        all_of.append(Audit.at < wanted.until)
    if not wanted.about.strip():
        return Search(all_of, [], bool(all_of))
    named = objects_named(tx, wanted.about)
    if named is None:
        raise Invalid("about", tr(TOO_MANY, most=Named.MOST))
    any_of = [Audit.object_id == one for one in named.busy]
    if named.quiet:
        any_of.append(Audit.object_id.in_(named.quiet))
    return Search(all_of, any_of, narrows=True) if any_of else None


def page_of(tx: ReadTx, search: Search, cursor: str, limit: int) -> list[Audit]:
    """The entries behind the cursor, newest first. Raises Invalid for a bad cursor."""
    behind = [after(cursor, Audit.at, Audit.seq, descending=True)] if cursor else []
    order = Audit.at.desc(), Audit.seq.desc()
    found = [
        tx.scalars(part.where(*behind).order_by(*order).limit(limit)) for part in search.parts()
    ]
    merged = heapq.merge(*found, key=lambda row: (row.at, row.seq), reverse=True)
    return list(islice(merged, limit))


def count(tx: ReadTx, search: Search, most: int = MOST_COUNTED) -> int:
    """How many entries are meant; `most` + 1 if they are more."""
    if not search.narrows:
        newest = tx.scalar(select(func.max(Audit.seq))) or 0
        return newest - audit.anchor(tx.session).seq if newest else 0
    counted = 0
    for part in search.parts():
        few = part.with_only_columns(Audit.seq).limit(most + 1 - counted).subquery()
        counted += tx.scalar(select(func.count()).select_from(few)) or 0
        if counted > most:
            break
    return counted


def oldest_first(tx: ReadTx, search: Search) -> Iterator[Audit]:
    """All entries that are meant, in the order of the log."""
    streams = [
        tx.session.execute(
            part.order_by(Audit.seq).execution_options(yield_per=READ_AT_ONCE)
        ).scalars()
        for part in search.parts()
    ]
    yield from heapq.merge(*streams, key=lambda row: row.seq)
