"""Who fits a search best comes first, however many others contain the same text. CO19."""

import pytest

from console.api import employees as api
from console.domain.closeness import closeness
from console.domain.operators import Role
from tests.conftest import RunningSite
from tests.support.operators import add_operator, signed_in


def numbers(running: RunningSite, search: str, limit: int = 20) -> list[str]:
    request = api.ListEmployees(search=search, sort="fit", limit=limit)
    return [one.number for one in running.client.call(api.list_employees, request).rows]


@pytest.fixture(scope="module")
def people(running: RunningSite) -> RunningSite:
    for number, first, last in (
        ("77", "Zoe", "Zander"),
        ("770", "Yan", "Young"),
        ("1770", "Ann", "Abel"),
        ("q1", "Amber", "Quast"),
        ("q2", "Quentin", "Ander"),
        ("q3", "Bo", "Torquay"),
        ("u1", "Per", "Cent_A"),
        ("u2", "Per", "CentXA"),
    ):
        running.add_employee(number=number, first_name=first, last_name=last)
    return running


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("77", ["77", "770", "1770"]),
        ("zander zoe", ["77"]),
        ("qua", ["q1", "q3"]),
        ("qu", ["q1", "q2", "q3"]),
        ("an", ["q2", "1770", "770", "77"]),
        ("cent_", ["u1"]),
        ("nobody at all", []),
    ],
)
def test_CO19_the_best_fit_comes_first(
    people: RunningSite, search: str, expected: list[str]
) -> None:
    found = numbers(people, search)
    assert [one for one in found if one in expected] == expected
    assert search not in ("77", "cent_") or found == expected


def test_CO19_the_order_is_that_of_the_rule(people: RunningSite) -> None:
    request = api.ListEmployees(search="a", sort="fit", limit=100)
    page = people.client.call(api.list_employees, request)
    names = [(one.number, f"{one.last_name} {one.first_name}") for one in page.rows]
    fits = [closeness("a", *one) for one in names]
    known = [one for one in fits if one is not None]
    assert len(known) > 3 and known == sorted(known)


def test_CO19_there_is_one_page_of_the_best_and_how_many_fit(people: RunningSite) -> None:
    request = api.ListEmployees(search="77", sort="fit", limit=1)
    page = people.client.call(api.list_employees, request)
    assert ([one.number for one in page.rows], page.total, page.cursor) == (["77"], 3, "")


def test_N17_who_may_not_see_addresses_finds_nobody_by_them(people: RunningSite) -> None:
    person = people.add_employee(email="only.by.address@example.com")
    assert numbers(people, "only.by.address") == [person.number]
    add_operator(people, "fit auditor", Role.AUDITOR)
    request = api.ListEmployees(search="only.by.address", sort="fit")
    found = signed_in(people.demo, "fit auditor").call(api.list_employees, request)
    assert found.rows == []
