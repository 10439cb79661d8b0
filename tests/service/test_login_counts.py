"""Logins by the hour are those that looking at each login would count, on both databases. TE21."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from console.api import logins as api
from console.domain.login_events import LoginOutcome
from console.domain.logins import LoginResult
from console.service.operations.dispatch import Call
from console.service.operations.logins import LoginOperations
from console.store.database import Store, connect
from console.store.schema import Login
from tests.conftest import Databases
from tests.store.made import add_employee, add_terminal

SINCE = datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
HOURS = 5
LOGINS = 200


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    """Logins around and inside some hours, many of which follow each other at once."""
    store = Store(connect(databases.migrated()))
    chance = random.Random(7)
    with store.write() as tx:
        people = [add_employee(tx).id, None]
        gates = [add_terminal(tx, name).id for name in ("Gate", "Door")]
        for number in range(LOGINS):
            tx.add(
                Login(
                    terminal_id=chance.choice(gates),
                    employee_id=chance.choice(people),
                    pin=chance.choice(["1", "2"]),
                    at=SINCE + timedelta(minutes=chance.randrange(-60, 60 * (HOURS + 1))),
                    local_time="2026-11-20 09:00:00",
                    verify=15,
                    direction=0,
                    outcome=chance.choice([LoginOutcome.ACCEPTED, *LoginOutcome]),
                    content_key=str(number),
                    received_at=SINCE,
                )
            )
    yield store
    store.close()


def counts(store: Store, **wanted: object) -> api.HourlyCounts:
    request = api.HourlyLogins(since=SINCE, hours=HOURS, **wanted)  # type: ignore[arg-type]
    call = Call(store=store, now=SINCE, caller=None)
    return LoginOperations().hourly_logins(call, request)


def looked_at(store: Store) -> list[Login]:
    until = SINCE + timedelta(hours=HOURS)
    with store.read() as tx:
        return [one for one in tx.scalars(select(Login)) if SINCE <= one.at < until]


def by_hour(logins: list[Login]) -> list[int]:
    there = Counter(int((login.at - SINCE) / timedelta(hours=1)) for login in logins)
    return [there[hour] for hour in range(HOURS)]


def test_each_login_is_counted_once_by_its_hour_and_how_it_ended(store: Store) -> None:
    logins, found = looked_at(store), counts(store, repeat_s=0)
    let_in = [one for one in logins if one.outcome == LoginOutcome.ACCEPTED]
    assert found.accepted == by_hour([one for one in let_in if one.employee_id])
    assert found.unknown == by_hour([one for one in let_in if not one.employee_id])
    assert found.refused == by_hour([one for one in logins if one not in let_in])
    assert sum(map(sum, (found.accepted, found.unknown, found.refused))) == len(logins) > 100


def test_what_is_narrowed_is_counted_alone(store: Store) -> None:
    found = counts(store, repeat_s=0, filter=api.LoginFilter(result=LoginResult.REFUSED))
    refused = [one for one in looked_at(store) if one.outcome == LoginOutcome.REFUSED]
    assert found.refused == by_hour(refused)
    assert not any(found.accepted) and not any(found.unknown)


def test_TE21_repeats_are_not_counted(store: Store) -> None:
    def total(repeat_s: int) -> int:
        found = counts(store, repeat_s=repeat_s)
        return sum(map(sum, (found.accepted, found.unknown, found.refused)))

    assert total(0) > total(60) > total(600) > 0
