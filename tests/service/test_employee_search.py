"""A search finds those in whom looking at each would find it, on both databases. CO6."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from console.api import employees as api
from console.domain.operators import Role
from console.service.operations.employee_search import searched
from console.service.operations.employees import EmployeeOperations
from console.store.database import Store, connect
from console.store.schema import Employee
from tests.conftest import Databases
from tests.store.made import add_employee

PEOPLE = (
    ("A7", "tan wei ling", "Hall 100 %", "Wei@Example.com"),
    ("b71", "nur aisyah", "HALL_B", "n.aisyah@example.com"),
    ("1007", "kumar ravi", "Büro", ""),
    ("1008", "tan ah kow", "", "kow@tan.example"),
)


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    store = Store(connect(databases.migrated()))
    with store.write() as tx:
        for number, name, department, email in PEOPLE:
            said = {"number": number, "sort_name": name, "department": department, "email": email}
            tx.execute(update(Employee).where(Employee.id == add_employee(tx).id).values(**said))
    yield store
    store.close()


@pytest.mark.parametrize("by_email", [True, False])
@pytest.mark.parametrize(
    "search",
    [
        "",
        "a7",
        "A7",
        "hall",
        "Hall 100",
        "%",
        "_b",
        "EXAMPLE",
        "tan",
        "tan 100",
        "büro",
        "kow@",
        "zz",
    ],
)
def test_each_word_is_found_whatever_its_case(store: Store, search: str, by_email: bool) -> None:
    with store.read() as tx:
        found = set(tx.scalars(searched(select(Employee.number), search, by_email=by_email)))
    wanted = {
        number
        for number, *texts in PEOPLE
        if all(
            any(word in text.lower() for text in (number, *texts[: 3 if by_email else 2]))
            for word in search.lower().split()
        )
    }
    assert found == wanted


@pytest.mark.parametrize("sort", ["name", "number", "fit"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_the_first_page_says_how_many_there_are(store: Store, sort: str, limit: int) -> None:
    gallery = SimpleNamespace(model="any")
    operations = EmployeeOperations(*cast("Any", [None, None, None, gallery, None]))
    operator = SimpleNamespace(role=Role.ADMIN)
    call = cast("Any", SimpleNamespace(read=store.read, operator=operator))
    request = api.ListEmployees(search="a", sort=sort, limit=limit)
    page = operations.list_page(call, request)
    assert (page.total, len(page.rows)) == (4, limit)
    request = api.ListEmployees(search="tan", sort=sort, limit=limit)
    assert operations.list_page(call, request).total == 2
