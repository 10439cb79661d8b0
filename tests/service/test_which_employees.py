"""PE5: what a list of employees is narrowed to is what is exported and invited, and no more."""

import pytest

from console.api import employee_lists, employees, erasure, invitations
from console.api.operation import ServiceError
from console.domain.erasure import MOST_AT_ONCE
from console.domain.invitations import Status
from console.domain.people_states import PeopleState
from tests.conftest import RunningSite
from tests.store.made import add_employee, add_enrolment, add_invitation

PEOPLE = ("faced", "plain", "asked", "ran out", "gone", "barred")
"""Each named by what is true of them."""


@pytest.fixture(scope="module")
def narrowed_site(running: RunningSite) -> RunningSite:
    """Somebody of each kind, in a department with one below it and one with a longer name."""
    with running.store().write() as tx:
        for name in PEOPLE:
            row = add_employee(tx, active=name != "gone")
            row.first_name, row.sort_name, row.department = name, f"which {name}", "Yard"
            row.email = f"{name.replace(' ', '.')}@example.com"
            if name == "barred":
                row.may_log_in = row.in_force = False
            if name == "faced":
                add_enrolment(tx, add_invitation(tx, row, Status.IN_USE))
                row.department = "Yard > North"
            if name == "plain":
                row.department = "Yardstick"
            if name in ("asked", "ran out"):
                add_invitation(tx, row, Status.OPENED if name == "asked" else Status.EXPIRED)
    return running


def names(site: RunningSite, which: employees.WhichEmployees) -> set[str]:
    """Whom the list shows."""
    request = employees.ListEmployees(
        search=which.search, department=which.department, state=which.state
    )
    page = site.client.call(employees.list_employees, request)
    assert page.total == len(page.rows)
    return {row.first_name for row in page.rows}


@pytest.mark.parametrize(
    ("department", "state", "expected"),
    [
        ("", None, set(PEOPLE)),
        ("", PeopleState.ACTIVE, set(PEOPLE) - {"gone", "barred"}),
        ("", PeopleState.AWAY, {"gone", "barred"}),
        ("", PeopleState.WITH_FACE, {"faced"}),
        ("", PeopleState.WITHOUT_FACE, {"plain", "asked", "ran out"}),
        ("", PeopleState.INVITED, {"asked"}),
        ("Yard", None, set(PEOPLE) - {"plain"}),
        ("Yard > North", None, {"faced"}),
        ("Yard", PeopleState.WITHOUT_FACE, {"asked", "ran out"}),
        ("Yard%", None, set()),
    ],
)
def test_PE5_a_list_is_narrowed_by_department_and_state(
    narrowed_site: RunningSite, department: str, state: PeopleState | None, expected: set[str]
) -> None:
    which = employees.WhichEmployees(search="which", department=department, state=state)
    assert names(narrowed_site, which) == expected


def test_PE5_an_export_writes_those_whom_the_list_shows(narrowed_site: RunningSite) -> None:
    request = employee_lists.ExportEmployees(
        search="which", department="Yard", state=PeopleState.WITHOUT_FACE
    )
    file = narrowed_site.client.call(employee_lists.export_employees, request)
    lines = file.data.decode("utf-8-sig").splitlines()[1:]
    assert file.rows == len(lines) == 2
    assert all("asked" in line or "ran" in line for line in lines)


def test_PE5_an_invitation_of_a_list_reaches_those_whom_it_shows(
    narrowed_site: RunningSite,
) -> None:
    which = employees.WhichEmployees(search="which", state=PeopleState.WITHOUT_FACE)
    asked = invitations.Invite(those=which)
    look = narrowed_site.client.call(invitations.look_at_invite, asked)
    assert look.invited + sum(look.left_out.values()) == 3


def test_PE5_acts_on_a_list_are_told_all_whom_it_shows(narrowed_site: RunningSite) -> None:
    which = employees.WhichEmployees(search="which", department="Yard")
    listed = employees.ListEmployees(search="which", department="Yard", limit=2)
    told = narrowed_site.client.call(employees.list_ids, which).ids
    first = narrowed_site.client.call(employees.list_employees, listed)
    assert len(told) == len(set(told)) == first.total == 5
    assert {row.id for row in first.rows} < set(told)


def test_PE5_too_many_are_not_erased_at_once(narrowed_site: RunningSite) -> None:
    many = erasure.WhoToErase(employee_ids=[f"{n:032x}" for n in range(MOST_AT_ONCE + 1)])
    with pytest.raises(ServiceError, match="at once"):
        narrowed_site.client.call(erasure.look_at_erase, many)
