"""CO19: the login log as a list: exactly what a view shows, part by part, by role, and audited."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console.api import logins as api
from console.api.operation import ServiceError
from console.domain.errors import Conflict, Invalid
from console.domain.logins import LoginMethod
from console.domain.operators import Role
from console.service.callers import OperatorCaller
from console.service.operations import login_list
from console.service.operations.dispatch import Call
from console.service.operations.login_list import LoginListOperations
from console.service.operations.logins import LoginOperations
from console.store.database import Store, connect
from console.store.schema import Audit, Login
from tests.conftest import Databases, RunningSite
from tests.service.test_person import as_role
from tests.store.made import add_employee, add_terminal

NEWEST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LOGINS = 60
FACE, FINGER = 15, 1
A_MINUTE = timedelta(seconds=60)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    """Logins of one person at one terminal: each second one is a repeat of the one before."""
    made = Store(connect(databases.migrated()), clock=lambda: NEWEST)
    with made.write() as tx:
        person, gate = add_employee(tx).id, add_terminal(tx, "Gate").id
        for number in range(LOGINS):
            at = NEWEST - timedelta(days=3 * (number // 2), seconds=20 * (number % 2))
            tx.add(_login(number, at, gate, person))
    yield made
    made.close()


def _login(number: int, at: datetime, gate: str, person: str) -> Login:
    return Login(
        terminal_id=gate,
        employee_id=person,
        pin="1001",
        at=at,
        local_time=f"{at:%Y-%m-%d %H:%M:%S}",
        verify=FACE if number % 3 else FINGER,
        direction=0,
        clock_offset_s=90.0,
        content_key=str(number),
        received_at=NEWEST,
    )


def call_of(store: Store, operator: str = "ann") -> Call:
    caller = OperatorCaller(operator, operator, operator, Role.SUPERVISOR, False, "")
    return Call(store=store, now=NEWEST, caller=caller)


def rest_of(
    operations: LoginListOperations, call: Call, begun: api.LoginList
) -> list[list[api.LoginRow]]:
    parts: list[list[api.LoginRow]] = []
    cursor, reached = "", begun.last
    while True:
        part = operations.read_next(call, api.NextOfList(id=begun.id, cursor=cursor))
        assert part.reached <= reached, "it goes back in time"
        parts, cursor, reached = [*parts, part.rows], part.cursor, part.reached
        if not cursor:
            return parts


def acts(store: Store) -> list[tuple[str, dict[str, Any]]]:
    with store.read() as tx:
        found = tx.scalars(select(Audit).where(Audit.action.startswith("logins.list")))
        return [(row.action, row.detail) for row in found]


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"repeat_s": 0},
        {"search": "gate", "repeat_s": 60},
        {"filter": api.LoginFilter(method=LoginMethod.FINGER), "repeat_s": 0},
        {"filter": api.LoginFilter(since=NEWEST - timedelta(days=40), until=NEWEST)},
    ],
)
def test_CO19_a_list_holds_exactly_what_the_view_shows(
    store: Store, monkeypatch: pytest.MonkeyPatch, view: dict[str, Any]
) -> None:
    monkeypatch.setattr(login_list, "PART", 7)
    waited: list[bool] = []
    operations, call = LoginListOperations(lambda: waited.append(True)), call_of(store)
    begun = operations.begin(call, api.BeginList(kind="csv", **view))
    parts = rest_of(operations, call, begun)
    assert max(map(len, parts)) <= 7
    assert len(waited) == len(parts) > 2, "each part gives way to whoever waits"
    listed = [row for part in parts for row in part]
    shown = LoginOperations().list_logins(call, api.ListLogins(limit=500, **view))
    assert shown.cursor == "", "it shows all"
    assert listed == shown.rows
    assert listed[0].corrected_at == listed[0].at - timedelta(seconds=90)


def test_CO19_a_login_that_comes_while_a_list_is_read_is_not_in_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_list, "PART", 10)
    operations, call = LoginListOperations(lambda: None), call_of(store)
    begun = operations.begin(call, api.BeginList(kind="csv", repeat_s=0))
    with store.write() as tx:
        old = tx.scalars(select(Login)).first()
        assert old is not None and old.terminal_id and old.employee_id
        tx.add(_login(LOGINS, NEWEST - timedelta(days=80), old.terminal_id, old.employee_id))
    assert sum(map(len, rest_of(operations, call, begun))) == LOGINS


def test_CO19_an_empty_log_is_an_empty_list(databases: Databases) -> None:
    store = Store(connect(databases.migrated()), clock=lambda: NEWEST)
    operations, call = LoginListOperations(lambda: None), call_of(store)
    begun = operations.begin(call, api.BeginList(kind="xlsx"))
    assert rest_of(operations, call, begun) == [[]]
    store.close()


def test_CO19_who_took_a_list_is_audited_without_the_names_searched_for(store: Store) -> None:
    operations, call = LoginListOperations(lambda: None), call_of(store)
    chosen = api.LoginFilter(method=LoginMethod.FACE, since=NEWEST - timedelta(days=9))
    begun = operations.begin(call, api.BeginList(kind="xlsx", search="First", filter=chosen))
    begun_with = {
        "kind": "xlsx",
        "since": "2026-11-11 09:00+00:00",
        "method": "face",
        "searched": "yes",
    }
    assert acts(store) == [("logins.list_exported", begun_with)]
    rows = sum(map(len, rest_of(operations, call, begun)))
    assert acts(store)[1] == ("logins.list_ended", {"rows": rows})


def test_CO19_a_list_is_open_to_its_operator_alone_and_until_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_list, "MOST_OPEN", 2)
    operations, call = LoginListOperations(lambda: None), call_of(store)
    first = operations.begin(call, api.BeginList(kind="csv"))
    with pytest.raises(Conflict, match="not open"):
        operations.read_next(call_of(store, "ben"), api.NextOfList(id=first.id))
    rest_of(operations, call, first)
    with pytest.raises(Conflict, match="not open"):
        operations.read_next(call, api.NextOfList(id=first.id))
    lists = [operations.begin(call, api.BeginList(kind="csv")) for _ in range(3)]
    with pytest.raises(Conflict, match="not open"):
        operations.read_next(call, api.NextOfList(id=lists[0].id))
    assert rest_of(operations, call, lists[1])
    with pytest.raises(Invalid, match="PDF or paper"):
        operations.begin(call, api.BeginList(kind="doc"))


def test_CO19_only_those_who_see_the_log_get_a_list_of_it(running: RunningSite) -> None:
    request = api.BeginList(kind="csv")
    with as_role(running, Role.TECHNICIAN) as client, pytest.raises(ServiceError, match="role"):
        client.call(api.begin_list, request)
    with as_role(running, Role.AUDITOR) as client:
        begun = client.call(api.begin_list, request)
        assert client.call(api.next_of_list, api.NextOfList(id=begun.id)).reached
