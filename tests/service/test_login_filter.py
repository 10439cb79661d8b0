"""The filter of the login log finds what looking at each login would find, page by page."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import Select, select, update

from console.api import logins as api
from console.domain.login_events import LoginOutcome, Reason
from console.domain.logins import VERIFY_OF, LoginMethod, LoginResult
from console.service.operations import login_rows
from console.service.operations import logins as operations
from console.service.operations.dispatch import Call
from console.service.operations.login_filter import conditions
from console.store.database import Store, connect
from console.store.schema import Employee, Kiosk, Login, Terminal
from tests.conftest import Databases
from tests.service.test_audit_search import Selects
from tests.store.made import add_employee, add_terminal

NEWEST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LOGINS = 300
DEPARTMENTS = ("Plant", "Plant > Line 1", "Plants", "")
A_DAY = timedelta(days=1)
DOOR = "Door"


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    """Logins of six years, years of which have none."""
    store = Store(connect(databases.migrated()))
    chance = random.Random(7)
    with store.write() as tx:
        people = [add_employee(tx).id for _ in DEPARTMENTS]
        for person, department in zip(people, DEPARTMENTS, strict=True):
            who = Employee.id == person
            tx.execute(update(Employee).where(who).values(department=department))
        gates = [add_terminal(tx, name).id for name in ("Gate", DOOR)]
        tx.add(Kiosk(id="k0", name="Lobby", added_by="Mei", added_at=NEWEST))
        tx.flush()
        for number in range(LOGINS):
            tx.add(_login(chance, number, people, gates))
    yield store
    store.close()


def _login(chance: random.Random, number: int, people: list[str], gates: list[str]) -> Login:
    kiosk = chance.random() < 0.4
    outcome = chance.choice([*LoginOutcome, *[LoginOutcome.ACCEPTED] * 5])
    reasons = [Reason.FACE, Reason.NOT_VALID]
    since = chance.choice([timedelta(), 700 * A_DAY, 2000 * A_DAY])
    return Login(
        terminal_id=None if kiosk else chance.choice(gates),
        kiosk_id="k0" if kiosk else None,
        employee_id=chance.choice([*people, None]),
        pin="1",
        at=NEWEST - since - timedelta(hours=chance.randrange(400)),
        local_time="2026-11-20 09:00:00",
        verify=0 if kiosk else chance.choice([1, 2, 4, 15]),
        direction=0,
        outcome=outcome,
        method=chance.choice(["face", "number+finger"]) if kiosk else "",
        reason="" if outcome is LoginOutcome.ACCEPTED else chance.choice(reasons),
        content_key=str(number),
        received_at=NEWEST,
    )


def pages(store: Store, request: api.ListLogins) -> Iterator[list[int]]:
    call = Call(store=store, now=NEWEST, caller=None)
    cursor = ""
    for _ in range(LOGINS):
        asked = api.ListLogins(
            filter=request.filter, search=request.search, cursor=cursor, limit=request.limit
        )
        page = operations.LoginOperations().list_logins(call, asked)
        yield [row.id for row in page.rows]
        cursor = page.cursor
        if not cursor:
            return
    raise AssertionError("the pages have no end")


def looked_at(store: Store, fits: Callable[[Login, Employee | None], bool]) -> list[int]:
    query: Select[Login, Employee | None] = select(Login, Employee).outerjoin(
        Employee, Employee.id == Login.employee_id
    )
    with store.read() as tx:
        rows = tx.execute(query.order_by(Login.at.desc(), Login.id.desc())).all()
        return [login.id for login, person in rows if fits(login, person)]


def place(store: Store, name: str) -> str:
    with store.read() as tx:
        return tx.scalars(select(Terminal.id).where(Terminal.name == name)).one()


def test_each_choice_and_two_together_find_what_fits(store: Store) -> None:
    gate = place(store, "Gate")
    since = NEWEST - 710 * A_DAY
    choices: list[tuple[dict[str, object], Callable[[Login, Employee | None], bool]]] = [
        ({"result": LoginResult.ACCEPTED}, lambda x, _: x.outcome == "accepted"),
        (
            {"result": LoginResult.UNKNOWN},
            lambda x, _: x.outcome == "accepted" and x.employee_id is None,
        ),
        ({"result": LoginResult.REFUSED}, lambda x, _: x.outcome == "refused"),
        ({"result": LoginResult.ABANDONED}, lambda x, _: x.outcome == "abandoned"),
        ({"reason": Reason.FACE}, lambda x, _: x.reason == Reason.FACE),
        ({"place": gate}, lambda x, _: x.terminal_id == gate),
        ({"place": "k0"}, lambda x, _: x.kiosk_id == "k0"),
        (
            {"department": "Plant"},
            lambda _, who: who is not None and who.department in DEPARTMENTS[:2],
        ),
        (
            {"method": LoginMethod.FINGER},
            lambda x, _: "finger" in x.method or x.verify in VERIFY_OF[LoginMethod.FINGER],
        ),
        ({"method": LoginMethod.PALM}, lambda _x, _: False),
        ({"since": since}, lambda x, _: x.at >= since),
        ({"until": since}, lambda x, _: x.at < since),
    ]
    found_any = 0
    for first, fits in choices:
        for second, fits_too in choices:
            if first.keys() & second.keys() and first is not second:
                continue
            request = api.ListLogins(filter=api.LoginFilter(**(first | second)), limit=7)  # type: ignore[arg-type]
            found = [one for page in pages(store, request) for one in page]
            right = looked_at(
                store,
                lambda x, who, a=fits, b=fits_too: a(x, who) and b(x, who),  # type: ignore[misc]
            )
            assert found == right, (first, second)
            found_any += bool(found)
    assert found_any > len(choices)


def test_a_page_that_takes_too_long_ends_and_the_next_one_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_rows, "READING_S", 0.0)
    request = api.ListLogins(filter=api.LoginFilter(place=place(store, DOOR)), limit=500)
    some = list(pages(store, request))
    assert len(some) > 1
    assert [] in some, "months without a login are a page of their own"
    door = place(store, DOOR)
    assert [one for page in some for one in page] == looked_at(
        store, lambda x, _: x.terminal_id == door
    )


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (api.LoginFilter(result=LoginResult.REFUSED), "ix_login_outcome_at_id (outcome=?"),
        (api.LoginFilter(reason=Reason.FACE), "ix_login_reason_at_id (reason=?"),
        (api.LoginFilter(result=LoginResult.REFUSED, place="k0"), "ix_login_outcome_at_id (outc"),
        (api.LoginFilter(result=LoginResult.UNKNOWN), "ix_login_employee_id_at_id (employee_id=?"),
        (api.LoginFilter(department="Plant"), "ix_login_at_id (at>?"),
        (api.LoginFilter(place="k0"), "ix_login_kiosk_id_at_id (kiosk_id=?"),
        (api.LoginFilter(place=DOOR), "ix_login_terminal_id_at_id (terminal_id=?"),
    ],
)
def test_a_choice_is_found_by_its_index_newest_first(
    store: Store, wanted: api.LoginFilter, index: str
) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which so small a table does not have")
    with store.read() as tx:
        if wanted.place == DOOR:
            wanted = msgspec.structs.replace(wanted, place=place(store, DOOR))
        query = login_rows.shown_logins().where(*conditions(tx, "", wanted))
        query = query.where(Login.at > NEWEST - A_DAY)
        with Selects(store) as said:
            tx.execute(query.order_by(*login_rows.NEWEST_FIRST).limit(5)).all()
        ((text, values),) = said
        plan = tx.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        details = " | ".join(row[-1] for row in plan)
    assert index in details
    assert "TEMP B-TREE FOR ORDER BY" not in details
