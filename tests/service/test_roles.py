"""Every operation as every role: who may call it, what is changed, and what is seen. N17."""

import base64
import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from msgspec import inspect

import console.service.app  # noqa: F401  # declares every operation
from console.api import employee_lists as lists
from console.api import operators
from console.api.client import Client
from console.api.operation import OPERATIONS, ById, Operation, Principal
from console.api.review import picture
from console.domain.operators import SEE_EMAIL, Role
from console.service.lifetimes import SETTING as CLOCK
from console.service.task_book import SETTING as TASKS
from console.store.columns import Base
from tests.conftest import RunningSite, start_site
from tests.service.gates import push_terminal, wait_text, with_face
from tests.support.operators import add_operator, signed_in

BY_OPERATORS = {
    name: one for name, one in OPERATIONS.items() if one.principal is Principal.OPERATOR
}
ENDS_ITSELF = {"operators.sign_out", "operators.change_password", "operators.end_session"}
"""Operations that would end the session that asks."""
HANDED_OUT = "erasures.export_person"
"""What is kept of a person goes to that person, through an auditor too."""
SECRET = "secret.address@example.net"
JPEG = base64.b64encode(b"\xff\xd8\xff").decode()
OWN_TRACES = {"audit", "operator", "operator_session", "unknown_name"}
"""Tables that say who looked at what, and who is signed in or tried to."""
kept_tasks: list[str] = []
"""The task that imported the list."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site with somebody who has a face, an email address and a terminal."""
    for running in start_site(tmp_path_factory.mktemp("roles")):
        person = with_face(running, number="4711")
        push_terminal(running, person)
        wait_text(running, person, "On 1 of 1 terminal")  # after that nothing changes by itself
        listed = f"number,first name,last name,email\n4711,Zoë,Quist,{SECRET}\n".encode()
        request = lists.ImportEmployees(data=listed, apply=True)
        started = running.client.call(lists.import_employees, request)
        running.client.finish(started)
        kept_tasks.append(started.task_id)
        yield running


@pytest.fixture(scope="module")
def clients(site: RunningSite) -> Iterator[dict[Role, Client]]:
    made = {}
    for role in Role:
        add_operator(site, f"one {role}", role, can_enrol=True)
        made[role] = signed_in(site.demo, f"one {role}")
    yield made
    for client in made.values():
        client._http.close()


@pytest.fixture(scope="module")
def ids(site: RunningSite) -> list[str]:
    """Every id of the site's own rows, and of a task whose result names people."""
    with site.store().read() as tx:
        found = [
            str(value)
            for table in Base.metadata.sorted_tables
            if "id" in table.columns and table.name not in OWN_TRACES
            for value in tx.session.scalars(sa.select(table.columns["id"]).limit(2))
        ]
    return [*found, *kept_tasks]


def filled(kind: inspect.Type, row_id: str) -> Any:
    """A value of this type, as plain as can be: texts that name rows are the id."""
    match kind:
        case inspect.StructType():
            return {
                field.encode_name: filled(field.type, row_id if _names_a_row(field.name) else "")
                for field in kind.fields
                if field.required
            }
        case inspect.StrType():
            return row_id
        case inspect.IntType() | inspect.FloatType():
            return kind.ge if kind.ge is not None else 1
        case inspect.BoolType():
            return False
        case inspect.BytesType():
            return ""
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case inspect.UnionType():
            return filled(kind.types[0], row_id)
        case inspect.TupleType():
            return [filled(one, row_id) for one in kind.item_types]
        case inspect.DateTimeType():
            return "2026-01-01T00:00:00Z"
        case inspect.DateType():
            return "2026-01-01"
        case inspect.DictType() | inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
            return {} if isinstance(kind, inspect.DictType) else []
        case _:
            return None


def _names_a_row(field: str) -> bool:
    return field == "id" or field.endswith("_id")


def request_of(operation: Operation[Any, Any], row_id: str = "nothing") -> bytes:
    return msgspec.json.encode(filled(inspect.type_info(operation.request), row_id))


def ask(client: Client, name: str, row_id: str = "nothing") -> tuple[int, bytes]:
    answer = client._http.post(f"/api/{name}", content=request_of(OPERATIONS[name], row_id))
    return answer.status_code, answer.content


def refused_by_role(status: int, answer: bytes) -> bool:
    return status == 403 and b'"Your role (' in answer


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR])
def test_every_operation_gives_each_role_what_its_declaration_says(
    clients: dict[Role, Client], role: Role
) -> None:
    for name, operation in BY_OPERATORS.items():
        if name not in ENDS_ITSELF:
            answer = ask(clients[role], name)
            assert refused_by_role(*answer) is (role not in operation.roles), name
            assert answer[0] < 500, name


def test_no_operation_was_forgotten() -> None:
    assert len(BY_OPERATORS) > 140


def test_administrators_may_call_every_operation() -> None:
    """They are not asked one by one: with made-up arguments they could do harm."""
    assert [name for name, one in BY_OPERATORS.items() if Role.ADMIN not in one.roles] == []


@pytest.mark.parametrize("role", list(Role))
def test_a_temporary_password_opens_only_what_is_declared_for_it(
    site: RunningSite, role: Role
) -> None:
    row = add_operator(site, f"temporary {role}", role)
    given = site.client.call(operators.reset_password, ById(id=row.id)).password
    with signed_in(site.demo, row.username, given) as client:
        for name, operation in BY_OPERATORS.items():
            if operation.with_temporary:
                continue
            status, answer = ask(client, name)
            assert status == 403, name
            may = role in operation.roles
            assert (b"password_change_needed" in answer) is may, name
    assert {name for name, one in BY_OPERATORS.items() if one.with_temporary} == {
        "operators.change_password",
        "operators.sign_out",
    }


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
def test_supervisors_and_auditors_change_nothing_and_see_no_addresses_and_no_pictures(
    site: RunningSite, clients: dict[Role, Client], ids: list[str], role: Role
) -> None:
    assert role not in SEE_EMAIL and role not in picture.roles
    before, seen = contents(site), 0
    for name, row_id in asked_for(role, ids):
        if name == HANDED_OUT:
            continue
        status, answer = ask(clients[role], name, row_id)
        seen += status == 200
        assert SECRET.encode() not in answer, (name, row_id)
        assert JPEG.encode() not in answer, (name, row_id)
    assert seen > len(allowed(role)), "most of them answered"
    assert contents(site) == before


def test_an_administrator_does_see_them(site: RunningSite, ids: list[str]) -> None:
    """So the test above would find them."""
    answers = [
        ask(site.client, name, row_id)[1]
        for name in ("employees.list", "employees.get", "tasks.get", "review.picture")
        for row_id in ids
    ]
    assert sum(SECRET.encode() in answer for answer in answers) >= 3
    photo = site.client._http.post("/api/person.read", content=request_of_person(site))
    row_id = msgspec.json.decode(photo.content)["photo_id"]
    assert JPEG.encode() in ask(site.client, "review.picture", row_id)[1]


def request_of_person(site: RunningSite) -> bytes:
    page = site.client._http.post("/api/employees.list", content=b'{"search": "4711"}')
    return msgspec.json.encode({"id": msgspec.json.decode(page.content)["rows"][0]["id"]})


def allowed(role: Role) -> list[str]:
    """What this role may call, without what concerns its own session."""
    return [
        name for name, one in BY_OPERATORS.items() if role in one.roles and name not in ENDS_ITSELF
    ]


def asked_for(role: Role, ids: list[str]) -> Iterator[tuple[str, str]]:
    """Operations with each id that they could be about."""
    for name in allowed(role):
        about = request_of(OPERATIONS[name], "1") != request_of(OPERATIONS[name], "2")
        yield from itertools.product([name], ids if about else ids[:1])


def contents(site: RunningSite) -> dict[str, list[tuple[object, ...]]]:
    """What the tables hold, without what the service itself notes of terminals meanwhile."""
    moving = OWN_TRACES | {"terminal", "clock_offset", "log_coverage", "placement", "outbox"}
    with site.store().read() as tx:
        return {
            table.name: sorted(
                (
                    tuple(row)
                    for row in tx.session.execute(sa.select(table))
                    if row[0] not in (CLOCK, TASKS)  # settings that go on by themselves
                ),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
            if table.name not in moving
        }


def test_what_a_list_holds_is_shown_to_those_who_may_import_it(
    site: RunningSite, clients: dict[Role, Client]
) -> None:
    for role, client in clients.items():
        shown = msgspec.json.decode(ask(client, "tasks.get", kept_tasks[-1])[1])
        assert (shown["result"]["imported"] is not None) is (role is Role.ADMIN)
