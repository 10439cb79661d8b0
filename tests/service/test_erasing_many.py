"""Many are erased while a third of the terminals are off and the service is killed again and again.

Afterwards nothing of them is found: not in the database, its journal, the logs or a terminal. N7.
"""

import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.bench.erasing import ErasingSite, ErasingSizes
from console.domain.erasure import ErasureState
from console.store import audit
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Employee, Erasure, Placement
from tests.service.test_crashes import CrashSite, Journey

POINTS = (
    "purge:after",
    "note_leavers:after",
    "ErasureJob._clean:before",
)
SIZES = ErasingSizes(people=60, erased=30, units=6)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")


def test_N7_many_are_erased_though_the_service_dies_and_a_third_of_the_terminals_is_off(
    tmp_path: Path,
) -> None:
    with CrashSite(tmp_path, POINTS, ()) as site:
        journey = Journey(site)
        site.persist(journey.set_up)
        one = ErasingSite(site, journey.client, SIZES, site.persist)
        one.fill()
        one.turn_off_a_third(True)
        one.erase()
        site.persist(lambda: one.states() == {ErasureState.EMPTYING})
        assert one.still_on_units(), "those that are off still hold them"
        one.turn_off_a_third(False)
        site.persist(lambda: one.states() == {ErasureState.DONE})
        assert site.deaths == len(POINTS), f"still alive after {POINTS[site.deaths]}"
        assert one.still_on_units() == []
        assert one.traces() == []
        site.kill_service()
        store = Store(connect(sqlite_url(tmp_path / "muster.db")))
        with store.read() as tx:
            assert audit.verify(tx.session) is None
            assert tx.scalar(sa.select(Placement.pin).limit(1)) is None
            left = tx.scalar(sa.select(sa.func.count()).select_from(Employee)) or 0
            assert left == SIZES.people + 1 - SIZES.erased
            for row in tx.scalars(sa.select(Erasure)):
                shown = [place for place in row.places if place["state"] == "shown"]
                assert len(shown) == SIZES.units
        store.close()
