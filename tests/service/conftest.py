"""What tests of the service share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.api import employees
from console.service.events import EventHub
from console.service.pools import Pools
from console.service.tools import Addresses, Tools
from console.store.database import Store, connect
from console.store.vault import Vault
from tests.conftest import Databases, RunningSite
from tests.support.clock import FakeClock


@pytest.fixture
def person(running: RunningSite) -> employees.EmployeeRow:
    """An employee of the site, for this test alone."""
    return running.add_employee()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture
def store(databases: Databases, vault: Vault, clock: FakeClock) -> Iterator[Store]:
    """A database of this test alone, on each kind, with a vault and the test's clock."""
    made = Store(connect(databases.migrated()), vault, clock=clock)
    yield made
    made.close()


@pytest.fixture
def tools(store: Store, vault: Vault, clock: FakeClock, tmp_path: Path) -> Tools:
    """What parts of the service are built from, around this store."""
    return Tools(
        data_dir=tmp_path,
        store=store,
        vault=vault,
        clock=clock,
        events=EventHub(),
        pools=Pools(),
        addresses=Addresses(api="", portal="https://muster.example", push=""),
        key_in_file=False,
    )
