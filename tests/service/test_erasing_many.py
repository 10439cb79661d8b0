"""Many are erased while a third of the terminals are off and the service is killed again and again.

Others write meanwhile. Afterwards nothing of them is found: not in the database, its journal, the
logs or a terminal. N7.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from console.api import employees
from console.api.operation import ServiceError
from console.bench.erasing import FIRST_NUMBER, ErasingSite, ErasingSizes
from console.demo.site import DidNotStart
from console.domain.erasure import ErasureState
from console.store import audit
from console.store.columns import Base
from console.store.database import Store, connect
from console.store.schema import Employee, Erasure, Placement
from tests.conftest import Databases
from tests.service.test_crashes import CrashSite, Journey, databases_of

POINTS = (
    "purge:after",
    "note_leavers:after",
    "ErasureJob._clean:before",
)
SIZES = ErasingSizes(people=60, erased=30, units=6)
HIRED = "NEW"
PAUSE_S = 0.1
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")


def test_N7_many_are_erased_though_the_service_dies_and_a_third_of_the_terminals_is_off(
    tmp_path: Path, databases: Databases
) -> None:
    database, serve = databases_of(databases, tmp_path)
    with CrashSite(tmp_path, POINTS, serve) as site:
        journey = Journey(site)
        site.persist(journey.set_up)
        one = ErasingSite(site, journey.client, SIZES, site.persist)
        one.fill()
        one.turn_off_a_third(True)
        with somebody_hiring(journey) as hired:
            one.erase()
            site.persist(lambda: one.states() == {ErasureState.EMPTYING})
            assert one.still_on_units(), "those that are off still hold them"
            one.turn_off_a_third(False)
            site.persist(lambda: one.states() == {ErasureState.DONE})
        assert hired, "others write while many are erased"
        assert site.deaths == len(POINTS), f"still alive after {POINTS[site.deaths]}"
        assert one.still_on_units() == []
        assert one.traces() == []
        site.kill_service()
        store = Store(connect(database))
        with store.read() as tx:
            assert audit.verify(tx.session) is None
            assert tx.scalar(sa.select(Placement.pin).limit(1)) is None
            numbers = set(tx.scalars(sa.select(Employee.number)))
            assert hired <= numbers
            before = {one for one in numbers if not one.startswith(HIRED)}
            assert len(before) == SIZES.people + 1 - SIZES.erased
            gone = {str(FIRST_NUMBER + number) for number in range(SIZES.erased)}
            for table in Base.metadata.sorted_tables:
                text = repr(tx.execute(sa.select(table)).all())
                assert [one for one in gone if one in text] == [], table.name
            for row in tx.scalars(sa.select(Erasure)):
                shown = [place for place in row.places if place["state"] == "shown"]
                assert len(shown) == SIZES.units
        store.close()


@contextmanager
def somebody_hiring(journey: Journey) -> Iterator[set[str]]:
    """The numbers of those whom an administrator adds meanwhile, one after the other."""
    hired: set[str] = set()
    enough = threading.Event()

    def hire() -> None:
        for number in range(10_000):
            if enough.wait(PAUSE_S):
                return
            row = employees.SaveEmployee(
                id="",
                number=f"{HIRED}{number}",
                first_name="New",
                last_name="Hand",
                email="",
                department="",
            )
            try:
                hired.add(journey.client().call(employees.save_employee, row).number)
            except (ServiceError, httpx.TransportError, DidNotStart):
                continue  # the service is being killed

    thread = threading.Thread(target=hire)
    thread.start()
    try:
        yield hired
    finally:
        enough.set()
        thread.join()
