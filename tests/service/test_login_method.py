"""A filter by a rare method does not read through all the others, on both databases. CO6."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from console.api import logins as api
from console.domain.logins import LoginMethod
from console.service.operations.dispatch import Call
from console.service.operations.login_filter import newest_by_method
from console.service.operations.logins import LoginOperations
from console.store.database import Store, connect
from console.store.schema import Kiosk, Login
from tests.conftest import Databases
from tests.service.test_audit_search import Selects
from tests.store.made import add_terminal

NEWEST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
A_YEAR = timedelta(days=365)
FACE, FINGER, PALM = 15, 1, 25
RARE = {
    "finger at a gate": (5 * A_YEAR, FINGER, ""),
    "finger at a kiosk": (8 * A_YEAR, 0, "number+finger"),
    "palm": (9 * A_YEAR, PALM, ""),
}
"""(how long ago, code, name), among faces of every week."""


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    faces = {f"face {week}": (week * A_YEAR / 52, FACE, "") for week in range(10 * 52)}
    with store.write() as tx:
        gate = add_terminal(tx, "Gate").id
        tx.add(Kiosk(id="k0", name="Lobby", added_by="Mei", added_at=NEWEST))
        tx.flush()
        for pin, (ago, verify, method) in {**faces, **RARE}.items():
            tx.add(
                Login(
                    terminal_id=None if method else gate,
                    kiosk_id="k0" if method else None,
                    pin=pin,
                    at=NEWEST - ago,
                    local_time="2026-11-20 09:00:00",
                    verify=verify,
                    direction=0,
                    method=method,
                    content_key=pin,
                    received_at=NEWEST,
                )
            )
    yield store
    store.close()


def found(store: Store, **wanted: object) -> list[str]:
    call = Call(store=store, now=NEWEST, caller=None)
    request = api.ListLogins(filter=api.LoginFilter(**wanted))  # type: ignore[arg-type]
    page = LoginOperations().list_logins(call, request)
    assert page.cursor == ""
    return [row.number for row in page.rows]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (LoginMethod.FINGER, ["finger at a gate", "finger at a kiosk"]),
        (LoginMethod.NUMBER, ["finger at a kiosk"]),
        (LoginMethod.PALM, ["palm"]),
        (LoginMethod.CARD, []),
    ],
)
def test_what_is_rare_is_found_however_old_it_is(
    store: Store, method: LoginMethod, expected: list[str]
) -> None:
    assert found(store, method=method) == expected
    since = NEWEST - 6 * A_YEAR
    assert found(store, method=method, since=since) == [
        one for one in expected if RARE[one][0] <= 6 * A_YEAR
    ]
    assert found(store, method=method, until=since) == [
        one for one in expected if RARE[one][0] > 6 * A_YEAR
    ]


def test_times_without_the_method_are_passed_by(store: Store) -> None:
    """Logins are read where some are, and not month by month in between."""
    call = Call(store=store, now=NEWEST, caller=None)
    request = api.ListLogins(filter=api.LoginFilter(method=LoginMethod.FINGER))
    with Selects(store) as said:
        LoginOperations().list_logins(call, request)
    pages = [text for text, _ in said if "login.content_key" in text or "login.local_time" in text]
    assert len(pages) == len(found(store, method=LoginMethod.FINGER))


def test_the_newest_is_found_by_an_index(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which so small a table does not have")
    with store.read() as tx:
        with Selects(store) as said:
            assert newest_by_method(tx, LoginMethod.FINGER, NEWEST) == NEWEST - 5 * A_YEAR
        for text, values in said:
            plan = tx.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            details = " | ".join(row[-1] for row in plan)
            assert "SEARCH" in details and ("_verify_at" in details or "_method_at" in details)
