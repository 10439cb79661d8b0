"""The database of a large site: logins in and out of it, its keys, its audit log, its backups.

All of it by the code that a site runs. JSON says on how much each figure was measured.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.terminals.terminal import Punch
from console.api import logins as api
from console.bench.store_site import BenchSite, Sizes, postgres_site, sqlite_site
from console.domain.logins import LoginResult
from console.service.backups.checkpoints import Checkpoints, set_folder
from console.service.backups.making import BackupMaker
from console.service.operations.dispatch import Call
from console.service.operations.logins import LoginOperations
from console.service.operations.paging import encode_cursor
from console.service.terminals.log_book import LogBook
from console.service.terminals.set_aside import SetAside
from console.store import audit
from console.store.rotation import rotate

AT_ONCE = 100
"""Entries of one transaction."""
SEED = 5
GIGABYTE = 1e9
AT_MOST = {"keyset_p99_ms": 10.0, "rotate_10k_s": 1.0}
AT_LEAST = {
    "ingest_rows_per_s": 50_000,
    "append_proof_rows_per_s": 20_000,
    "verify_rows_per_s": 100_000,
}
"""Targets; the other figures have none of their own."""


class Quiet:
    """Hears how far a backup is."""

    def say(self, step: str) -> None:
        """Nothing."""

    def progress(self, done: int, total: int) -> None:
        """Nothing."""


def measure(sizes: Sizes, postgres: bool) -> dict[str, Any]:
    """Fills a site and measures it. postgres: on a server of its own, else on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        make = postgres_site if postgres else sqlite_site
        with make(Path(folder), sizes) as site:
            return _measure(site, sizes)


def _measure(site: BenchSite, sizes: Sizes) -> dict[str, Any]:
    began = time.perf_counter()
    site.fill()
    figures: dict[str, Any] = {
        "database": site.store.engine.dialect.name,
        "logins": sizes.logins,
        "people": sizes.people,
        "fill_s": round(time.perf_counter() - began, 1),
    }
    figures |= _ingest(site) | _pages(site) | _rotate(site) | _proofs(site) | _backups(site)
    missed = [name for name, most in AT_MOST.items() if figures[name] > most]
    missed += [name for name, least in AT_LEAST.items() if figures[name] < least]
    return {**figures, "at_most": AT_MOST, "at_least": AT_LEAST, "missed": missed}


@dataclass
class Taken:
    """How long something took. cpu_s: of this process's processor time, all threads together.

    On a computer that does something else beside it, the two differ much.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def rates(self, name: str, count: int) -> dict[str, int]:
        """How many were done in a second, and in a second of the processor."""
        return {
            f"{name}_per_s": round(count / self.wall_s),
            f"{name}_per_cpu_s": round(count / self.cpu_s),
        }


@contextmanager
def timed() -> Iterator[Taken]:
    """Times its block."""
    taken, began, used = Taken(), time.perf_counter(), time.process_time()
    yield taken
    taken.wall_s, taken.cpu_s = time.perf_counter() - began, time.process_time() - used


def _ingest(site: BenchSite) -> dict[str, Any]:
    """Whole logs that terminals hand out, as the log book stores them."""
    book = LogBook(site.store, SetAside(site.store, site.vault))
    logs = [list(_punches(site, place)) for place in range(len(site.terminals))]
    with timed() as taken:
        stored = sum(map(book.store_punches, site.terminals, logs))
    assert stored == sum(map(len, logs)), "each of them is new"
    return {"ingest_rows": stored, **taken.rates("ingest_rows", stored)}


def _punches(site: BenchSite, place: int) -> Iterator[Punch]:
    chance = random.Random(SEED + place)  # noqa: S311 - the same logins each time
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for _ in range(site.sizes.ingested // len(site.terminals)):
        at += timedelta(seconds=chance.randrange(1, 90))
        yield Punch(chance.choice(site.numbers), f"{at:%Y-%m-%d %H:%M:%S}", 0, 15)


def _pages(site: BenchSite) -> dict[str, Any]:
    """Pages of 100 at random depths, as the console asks for them."""
    asked = {
        "": api.LoginFilter(),
        "terminal_": api.LoginFilter(place=site.terminals[0]),
        "refused_": api.LoginFilter(result=LoginResult.REFUSED),
    }
    figures: dict[str, Any] = {"keyset_pages": site.sizes.pages}
    for name, wanted in asked.items():
        pages = list(_read_pages(site, wanted))
        wall, cpu = (sorted(1000 * some for some in each) for each in zip(*pages, strict=True))
        slow = int(0.99 * site.sizes.pages)
        figures[f"{name}keyset_p50_ms"] = round(statistics.median(wall), 1)
        figures[f"{name}keyset_p99_ms"] = round(wall[slow], 1)
        figures[f"{name}keyset_cpu_p99_ms"] = round(cpu[slow], 1)
    return figures


def _read_pages(site: BenchSite, wanted: api.LoginFilter) -> Iterator[tuple[float, float]]:
    """How long each page took, in seconds of the wall and of the processor."""
    chance, operations = random.Random(SEED), LoginOperations()  # noqa: S311 - the same pages
    call = Call(store=site.store, now=site.store.clock(), caller=None)
    for place in range(site.sizes.pages + 1):
        at = site.moment(chance.randrange(site.sizes.logins))
        page = api.ListLogins(filter=wanted, cursor=encode_cursor(at, 0), repeat_s=0)
        with timed() as taken:
            operations.list_logins(call, page)
        if place:  # the first page of a program also prepares the statement
            yield taken.wall_s, taken.cpu_s


def _rotate(site: BenchSite) -> dict[str, Any]:
    """The site's key is changed. The longest writing transaction is what somebody may wait."""
    writes: list[float] = []
    site.store.observe_write = writes.append
    began = time.perf_counter()
    rotate(site.store, site.holder, lambda _done, _total: None)
    took = time.perf_counter() - began
    site.store.observe_write = lambda _seconds: None
    return {
        "rotate_s": round(took, 2),
        "rotate_10k_s": round(took * 10_000 / site.sizes.people, 2),
        "rotate_longest_write_ms": round(1000 * max(writes), 1),
    }


def _proofs(site: BenchSite) -> dict[str, Any]:
    """Entries of the audit log, a hundred in a transaction, with checkpoints; then all verified."""
    with site.store.write() as tx:
        set_folder(tx, str(site.folder))
    checkpoints = Checkpoints(site.store)
    with timed() as appended:
        for first in range(0, site.sizes.entries, AT_ONCE):
            with site.store.write() as tx:
                for number in range(AT_ONCE):
                    tx.audit("photo.viewed", site.people[number % len(site.people)])
            if first % 1000 == 0:
                checkpoints.run_once()
    with timed() as verified, site.store.read() as tx:
        checked = audit.check_chain(audit.entries(tx.session), audit.anchor(tx.session))
    assert checked.broken_at is None
    return {
        "append_proof_rows": site.sizes.entries,
        **appended.rates("append_proof_rows", site.sizes.entries),
        **verified.rates("verify_rows", checked.count),
    }


def _backups(site: BenchSite) -> dict[str, Any]:
    """A backup, and `muster restore` of it on a bare computer."""
    gigabytes = site.stored_bytes() / GIGABYTE
    began = time.perf_counter()
    copy = BackupMaker(site.store, site.folder).make(Quiet()).copies[0]
    backed_up = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as bare:
        began = time.perf_counter()
        site.restore(Path(copy.place) / copy.name, Path(bare) / "data")
        restored = time.perf_counter() - began
    return {
        "backup_gb": round(gigabytes, 3),
        "backup_s": round(backed_up, 1),
        "backup_1gb_s": round(backed_up / gigabytes, 1),
        "restore_s": round(restored, 1),
        "restore_1gb_s": round(restored / gigabytes, 1),
    }
