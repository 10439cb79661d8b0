"""The numbers that the log is searched for follow the log, on both databases. CO6."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, update

from console.domain.erasure import ErasureState
from console.service.operations.login_numbers import login_numbers
from console.store.database import Store, connect
from console.store.schema import Erasure, Login
from tests.conftest import Databases

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    log_in(store, "1001", "1002", "A7")
    yield store
    store.close()


def log_in(store: Store, *numbers: str) -> None:
    with store.write() as tx:
        for number in numbers:
            tx.add(
                Login(
                    pin=number,
                    at=NOW,
                    local_time="2026-11-22 08:00:00",
                    verify=15,
                    direction=0,
                    content_key=number,
                    received_at=NOW,
                )
            )


def found(store: Store, text: str, most: int = 10) -> set[str]:
    with store.read() as tx:
        return set(login_numbers(tx).containing(tx, text, most))


def test_a_part_of_a_number_is_found_whatever_its_case(store: Store) -> None:
    assert found(store, "00") == {"1001", "1002"}
    assert found(store, "a") == found(store, "A7") == {"A7"}
    assert found(store, "9") == set()
    assert len(found(store, "1", most=1)) == 1


def test_a_number_that_comes_later_is_found(store: Store) -> None:
    found(store, "1")
    log_in(store, "2001", "1002 b")
    assert found(store, "2001") == {"2001"}
    assert found(store, "1002") == {"1002", "1002 b"}


def test_a_number_is_found_whose_login_has_the_id_of_one_that_was_deleted(store: Store) -> None:
    found(store, "1")
    with store.write() as tx:
        tx.execute(delete(Login).where(Login.pin == "A7"))
    log_in(store, "3001")
    assert found(store, "3001") == {"3001"}


def test_numbers_of_somebody_erased_are_forgotten(store: Store) -> None:
    found(store, "1")
    with store.write() as tx:
        tx.execute(update(Login).where(Login.pin == "1001").values(pin="erased-1"))
        tx.add(
            Erasure(
                employee_id="e1",
                batch="b",
                state=ErasureState.DONE,
                asked_by="",
                asked_at=NOW,
                here_since=NOW,
                purged_at=NOW,
                pseudonym="erased-1",
            )
        )
    assert found(store, "1001") == set()
    assert found(store, "erased") == {"erased-1"}
