"""What the tests of the store share."""

from collections.abc import Iterator

import pytest

from console.store.database import Store, connect
from console.store.vault import Vault
from tests.conftest import Databases


@pytest.fixture(scope="module")
def shared_store(databases: Databases) -> Iterator[Store]:
    """One database for a whole module, with a vault: each test makes people of its own."""
    store = Store(connect(databases.migrated()), Vault(bytes(range(32))))
    yield store
    store.close()
