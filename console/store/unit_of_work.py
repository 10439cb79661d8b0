"""One transaction: rows, its time and actor, sealed values, audit entries, changes and jobs.

Nothing inside a transaction calls a worker, a device or the network. Such calls come before it or
after it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, TypeVarTuple, overload

from sqlalchemy import Executable, Result, ScalarResult, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TypedReturnsRows

from console.store import audit
from console.store.columns import Base
from console.store.schema import PersonKey
from console.store.vault import Vault

SYSTEM = "muster"
"""The actor of what the service does by itself."""
Change = tuple[str, str]
"""(subject, id) of something that changed; an empty id means several."""
Row = TypeVar("Row", bound=Base)
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True)
class Commit:
    """What a committed transaction announces: changes, and kinds of jobs that have work."""

    changes: tuple[Change, ...]
    demands: frozenset[str]


class ReadTx:
    """A consistent view of the database, with the sealed values in it."""

    def __init__(self, session: Session, vault: Vault | None, now: datetime) -> None:
        self._session = session
        self.now = now
        self._vault = vault
        self._keys: Sequence[PersonKey] = ()

    @property
    def session(self) -> Session:
        """The session that reads."""
        return self._session

    @property
    def vault(self) -> Vault:
        """The vault that opens what is sealed here."""
        assert self._vault is not None, "this store was opened without a vault"
        return self._vault

    def get(self, kind: type[Row], key: Any) -> Row | None:
        """The row with this primary key, or None."""
        return self.session.get(kind, key)

    def get_one(self, kind: type[Row], key: Any) -> Row:
        """The row with this primary key. Raises NoResultFound."""
        return self.session.get_one(kind, key)

    def scalars(self, query: TypedReturnsRows[T]) -> ScalarResult[T]:
        """The first column of each row."""
        return self.session.scalars(query)

    def scalar(self, query: TypedReturnsRows[T]) -> T | None:
        """The first column of the first row, or None."""
        return self.session.scalars(query).first()

    @overload
    def execute(self, query: TypedReturnsRows[*Ts], rows: Any = None) -> Result[*Ts]: ...
    @overload
    def execute(self, query: Executable, rows: Any = None) -> Result[*tuple[Any, ...]]: ...
    def execute(self, query: Executable, rows: Any = None) -> Result[*tuple[Any, ...]]:
        """Runs a statement, once or for each of `rows`."""
        return self.session.execute(query, rows)

    def open(self, employee_id: str, table: str, row_id: str, kind: str, sealed: bytes) -> bytes:
        """Opens a value of a person. Raises Unsealable."""
        return self.vault.open(self._session, employee_id, table, row_id, kind, sealed)

    def load_keys(self, employee_ids: Collection[str] | None = None) -> None:
        """Reads the keys of these people, or everybody's, at once: before many values are opened.

        At most some hundred ids: databases bound the parameters of a statement.
        """
        query = select(PersonKey)
        if employee_ids is not None:
            query = query.where(PersonKey.employee_id.in_(employee_ids))
        self._keys = [*self._keys, *self.session.scalars(query)]


@dataclass
class _Said:
    """What is announced after the commit, in order."""

    changes: list[Change] = field(default_factory=list)
    demands: set[str] = field(default_factory=set)
    followers: list[Callable[[], object]] = field(default_factory=list)


class Tx(ReadTx):
    """A writing transaction of one actor. It is committed or rolled back as a whole."""

    def __init__(self, session: Session, vault: Vault | None, now: datetime, actor: str) -> None:
        super().__init__(session, vault, now)
        self.actor = actor
        self._said = _Said()
        self._entries = audit.Entries(session, now, actor)

    @property
    def session(self) -> Session:
        """The session, which knows the audit entries up to now."""
        self._entries.write()
        return self._session

    def add(self, row: Base) -> None:
        """Adds a row."""
        self._session.add(row)

    def add_many(self, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts rows, given by their columns, in one statement and without objects."""
        if rows:
            table = Base.metadata.tables[kind.__tablename__]
            self._session.execute(insert(table), [dict(row) for row in rows])

    def delete(self, row: Base) -> None:
        """Deletes a row."""
        self._session.delete(row)

    def flush(self) -> None:
        """Sends the pending changes, so that later queries see them."""
        self.session.flush()

    def seal(self, employee_id: str, table: str, row_id: str, kind: str, plain: bytes) -> bytes:
        """Seals a value under the person's key, bound to its place."""
        return self.vault.seal(self._session, employee_id, table, row_id, kind, plain)

    def make_keys(self, employee_ids: Sequence[str]) -> None:
        """Reads or makes the keys of these people at once, before values are sealed for many."""
        self._keys = [*self._keys, *self.vault.make_keys(self._session, employee_ids)]

    def audit(self, action: str, object_id: str = "", **detail: Any) -> None:
        """Writes an audit entry of the actor. No names, email addresses or tokens in `detail`."""
        self._entries.add(action, object_id, detail)

    def changed(self, subject: str, row_id: str = "") -> None:
        """Announces a change, once the transaction is durable."""
        self._said.changes.append((subject, row_id))

    def demand(self, kind: str) -> None:
        """Tells the job runner, once this is durable, that rows need jobs of this kind."""
        self._said.demands.add(kind)

    def after_commit(self, follow: Callable[[], object]) -> None:
        """Runs `follow` once the transaction is durable. An error in it is only logged."""
        self._said.followers.append(follow)

    def commit(self) -> tuple[Commit, list[Callable[[], object]]]:
        """Commits and returns what to announce and what to run. Only the store calls this."""
        self.session.commit()
        changes = tuple(dict.fromkeys(self._said.changes))
        return Commit(changes, frozenset(self._said.demands)), self._said.followers
