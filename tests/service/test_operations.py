"""Operations over the wire: roles, errors, employees, email. On both databases."""

import itertools
import threading
from typing import Any

import httpx
import msgspec
import pytest

from console.api import employee_lists as lists
from console.api import employees, invitations, operators, review, site, terminals
from console.api.client import trusting
from console.api.operation import (
    OPERATIONS,
    SESSION_HEADER,
    ApiError,
    Nothing,
    Principal,
    ServiceError,
)
from console.demo.people import OPERATOR
from console.demo.site import wait_until
from console.domain.employee_lists import Effect
from console.domain.operators import FREE_MISSES, Role
from tests.conftest import PASSWORD, RunningSite
from tests.support.operators import add_operator, signed_in

MOST_MISSES = 15
"""The wait doubles with each miss: by then it is longer than any computer takes to ask again."""


def test_every_operation_is_named_after_its_subject_and_says_who_may_call() -> None:
    import console.service.app  # noqa: F401  # imports every declaration

    subjects = {
        "access_rules",
        "audit",
        "backups",
        "campaigns",
        "consents",
        "departments",
        "operators",
        "employees",
        "person",
        "photo_files",
        "privacy",
        "erasures",
        "first_steps",
        "invitations",
        "retention",
        "review",
        "terminals",
        "usb_stick",
        "tasks",
        "logins",
        "site",
        "site_key",
        "fingers",
        "faces",
        "kiosks",
        "kiosk_link",
        "updates",
    }
    assert {name.partition(".")[0] for name in OPERATIONS} == subjects

    def of(principal: Principal) -> set[str]:
        return {name for name, one in OPERATIONS.items() if one.principal is principal}

    assert of(Principal.ANYBODY) == {
        "kiosk_link.pair",
        "operators.ask_recovery",
        "operators.recover",
        "operators.set_up",
        "operators.sign_in",
    }
    kiosks = {name for name in OPERATIONS if name.startswith("kiosk_link.")}
    assert of(Principal.KIOSK) == kiosks - {"kiosk_link.pair"}


def test_only_the_first_run_may_set_up(running_both: RunningSite) -> None:
    with pytest.raises(ServiceError) as refused:
        running_both.demo.client().set_up("thief", "Thief", PASSWORD, "Mine")
    assert refused.value.error.code == "conflict"


@pytest.mark.parametrize(
    "name", [name for name, one in OPERATIONS.items() if one.principal is not Principal.ANYBODY]
)
def test_nothing_is_done_without_a_session(running_both: RunningSite, name: str) -> None:
    for headers in ({}, {SESSION_HEADER: "made-up"}):
        answer = httpx.post(
            f"{running_both.demo.running.api}/api/{name}",
            content=b"{}",
            headers=headers,
            verify=trusting(running_both.demo.running.certificate),
        )
        assert answer.status_code == 401
        assert msgspec.json.decode(answer.content, type=ApiError).code == "not_signed_in"


def test_browsers_may_not_call_the_service(running: RunningSite) -> None:
    answer = httpx.post(
        f"{running.demo.running.api}/api/site.overview",
        content=b"{}",
        headers={"Origin": "http://evil.example"},
        verify=trusting(running.demo.running.certificate),
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("no.such", b"{}", 404),
        ("employees.list", b"{", 400),
        ("employees.list", b'{"limit": "x"}', 422),
        ("employees.list", b'{"sort": "secret"}', 422),
        ("employees.list", b'{"cursor": "rubbish"}', 422),
        ("logins.gaps", b'{"since": "2026-11-22T08:00:00"}', 422),
    ],
)
def test_calls_that_do_not_fit_get_a_typed_error_with_a_sentence(
    running_both: RunningSite, name: str, body: bytes, status: int
) -> None:
    answer = running_both.client._http.post(f"/api/{name}", content=body)
    assert answer.status_code == status
    assert msgspec.json.decode(answer.content, type=ApiError).message.endswith(".") or status == 422


def test_wrong_passwords_slow_down_and_tell_nothing(tmp_path) -> None:
    from tests.conftest import start_site

    for running in start_site(tmp_path):
        names = itertools.chain(["nobody"], itertools.repeat(OPERATOR, MOST_MISSES))
        messages: list[str] = []
        while not messages or messages[-1] == "The user name or password is wrong.":
            with pytest.raises(ServiceError) as refused:
                running.demo.client().sign_in(next(names), "wrong password here")
            messages.append(refused.value.error.message)
        assert len(messages) > 1 + FREE_MISSES
        assert messages[-1].startswith("Too many failed attempts. Try again in")


def test_signing_out_ends_the_session(running_both: RunningSite) -> None:
    client = running_both.demo.client()
    client.sign_in(OPERATOR, PASSWORD)
    client.call(operators.sign_out, Nothing())
    with pytest.raises(ServiceError) as ended:
        client.call(site.overview, Nothing())
    assert ended.value.error.code == "not_signed_in"


# --- employees


def names(page: employees.EmployeePage) -> list[str]:
    return [row.number for row in page.rows]


def import_csv(site_: RunningSite, text: str, **how: Any) -> lists.ImportReport:
    """Reads a list as a task; its report."""
    request = lists.ImportEmployees(data=text.encode(), **{"apply": True, **how})
    result = site_.client.finish(site_.client.call(lists.import_employees, request))
    assert result.imported is not None
    return result.imported


CSV_HEADER = "number,first name,last name,email,department\n"


@pytest.fixture(scope="module")
def imported(running_both: RunningSite) -> RunningSite:
    """A site with 250 imported people: numbers from 7000 on, addresses at example.org."""
    rows = (
        f"7{n:03},First{n},Last{n:03},p{n}@example.org,{'Crane' if n % 2 else 'Dock'}\n"
        for n in range(250)
    )
    import_csv(running_both, CSV_HEADER + "".join(rows), apply=True)
    return running_both


def test_a_csv_is_previewed_row_by_row_and_then_imported(running_both: RunningSite) -> None:
    rows = (f"8{n:03},Given{n},Name{n:03},p{n}@example.net,Hoist\n" for n in range(250))
    text = CSV_HEADER + "".join(rows) + "bad number!,X,Y,,\n8001,Twice,There,,\n"

    def found() -> int:
        request = employees.ListEmployees(search="hoist")
        return running_both.client.call(employees.list_employees, request).total

    preview = import_csv(running_both, text, apply=False)
    assert preview.counts == {Effect.NEW: 250, Effect.ERROR: 2}
    assert not preview.applied
    assert [line.line for line in preview.lines if line.note] == [252, 253]
    assert found() == 0
    assert import_csv(running_both, text).written == 250
    assert found() == 250
    again = import_csv(running_both, text)
    assert again.counts == {Effect.SAME: 250, Effect.ERROR: 2}
    assert again.written == 0


@pytest.mark.parametrize("sort", ["name", "number", "department", "email"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_join_without_gap_or_repeat_in_every_order(
    imported: RunningSite, sort: str, descending: bool
) -> None:
    request = employees.ListEmployees(
        search="example.org", sort=sort, descending=descending, limit=37
    )
    page = imported.client.call(employees.list_employees, request)
    assert page.total == 250
    seen = list(page.rows)
    while page.cursor:
        page = imported.client.call(
            employees.list_employees, msgspec.structs.replace(request, cursor=page.cursor)
        )
        seen += page.rows
    assert len({row.id for row in seen}) == len(seen) == 250
    values = [getattr(row, sort) if sort != "name" else row.last_name.lower() for row in seen]
    assert values == sorted(values, reverse=descending)


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("crane", 125),
        ("last007", 1),
        ("LAST007 first7", 1),
        ("7249", 1),
        ("100%", 0),
        ("_", 0),
        ("'; drop table", 0),
    ],
)
def test_search_finds_by_every_column_and_takes_no_orders(
    imported: RunningSite, search: str, count: int
) -> None:
    request = employees.ListEmployees(search=search)
    assert imported.client.call(employees.list_employees, request).total == count


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_PE4_an_export_of_what_is_searched_can_be_imported_again(
    imported: RunningSite, kind: str
) -> None:
    imported.add_employee(number=f"76{kind}", first_name="=1+1", last_name="-Formula")
    asked = lists.ExportEmployees(search="formula", kind=kind)
    for request in (asked, lists.ExportEmployees(kind=kind)):
        file = imported.client.call(lists.export_employees, request)
        again = lists.ImportEmployees(data=file.data, apply=False, clear_empty=True)
        result = imported.client.finish(imported.client.call(lists.import_employees, again))
        assert result.imported is not None
        assert result.imported.counts == {Effect.SAME: file.rows}
    assert imported.client.call(lists.export_employees, asked).rows < file.rows
    with pytest.raises(ServiceError, match="CSV or XLSX"):
        imported.client.call(lists.export_employees, lists.ExportEmployees(kind="pdf"))


def test_a_number_that_is_taken_is_named_with_its_owner(imported: RunningSite) -> None:
    with pytest.raises(ServiceError) as taken:
        imported.add_employee(number="7001")
    assert taken.value.error.field == "number"
    assert "belongs to First1 Last001" in taken.value.error.message


# --- email


def invite(site_: RunningSite, *employee_ids: str) -> invitations.Invited:
    """Invites as a task; what came of it."""
    request = invitations.Invite(employee_ids=list(employee_ids))
    result = site_.client.finish(site_.client.call(invitations.invite, request))
    assert result.invited is not None
    return result.invited


def test_people_without_address_or_inactive_are_left_out_with_the_reason(
    running_both: RunningSite,
) -> None:
    silent = running_both.add_employee(email="")
    left = running_both.add_employee()
    running_both.client.call(
        employees.save_employee,
        employees.SaveEmployee(
            id=left.id,
            number=left.number,
            first_name="A",
            last_name="B",
            email=left.email,
            department="",
            active=False,
        ),
    )
    result = invite(running_both, silent.id, left.id, "nobody")
    assert result.sent == 0
    assert [skipped.reason for skipped in result.skipped] == [
        "No email address. Enter one first.",
        "Not active.",
        "This employee no longer exists.",
    ]


def email_of(running: RunningSite, person: employees.EmployeeRow) -> str:
    page = running.client.call(
        invitations.list_invitations, invitations.ListInvitations(search=person.number)
    )
    return page.rows[0].email


def test_an_address_that_the_server_refuses_is_said_to_the_admin_and_not_tried_again(
    running_both: RunningSite,
) -> None:
    person = running_both.add_employee()
    running_both.demo.mailbox.refuse[person.email] = "550 5.1.1 no such user"
    invite(running_both, person.id)
    wait_until(lambda: email_of(running_both, person).startswith("Not sent"))
    assert email_of(running_both, person) == "Not sent: The email server refused the address (550)."
    assert running_both.client.call(site.overview, Nothing()).email_problem
    running_both.demo.mailbox.refuse.clear()
    invite(running_both, person.id)
    wait_until(lambda: email_of(running_both, person) == "Sent")
    problem = running_both.client.call(site.overview, Nothing()).email_problem
    assert problem == "", "EN4: what was mended is no problem any more"


def test_a_server_that_is_away_keeps_the_mail_until_it_is_back(running_both: RunningSite) -> None:
    person = running_both.add_employee()
    running_both.demo.mailbox.broken = True
    try:
        invite(running_both, person.id)
        wait_until(lambda: "451" in email_of(running_both, person))
        assert email_of(running_both, person).startswith(
            "Waiting to be sent: The email server refused the email (451"
        )
    finally:
        running_both.demo.mailbox.broken = False
    running_both.client.call(
        site.save_settings, running_both.client.call(site.get_settings, Nothing())
    )
    wait_until(lambda: email_of(running_both, person) == "Sent")
    assert len(running_both.links_to(person)) == 1


def test_a_test_mail_says_what_is_wrong_with_the_settings(running_both: RunningSite) -> None:
    good = running_both.client.call(site.get_settings, Nothing())
    nowhere = msgspec.structs.replace(good, email=msgspec.structs.replace(good.email, port=1))
    running_both.client.call(site.save_settings, nowhere)
    try:
        answer = running_both.client.call(site.test_email, site.TestEmail(to="x@example.com"))
    finally:
        running_both.client.call(site.save_settings, good)
    said = "Nothing listens at 127.0.0.1:1. Check the host and the port."
    assert (answer.ok, answer.message) == (False, said)


def test_MA1_emails_wait_while_the_settings_are_wrong_and_leave_when_they_are_right(
    running_both: RunningSite,
) -> None:
    good = running_both.client.call(site.get_settings, Nothing())
    nowhere = msgspec.structs.replace(good, email=msgspec.structs.replace(good.email, port=1))
    running_both.client.call(site.save_settings, nowhere)
    people = [running_both.add_employee() for _ in range(3)]
    try:
        invite(running_both, *(person.id for person in people))
        wait_until(
            lambda: (
                "Nothing listens"
                in running_both.client.call(site.overview, Nothing()).email_problem
            )
        )
        assert all("Not sent" not in email_of(running_both, person) for person in people)
    finally:
        running_both.client.call(site.save_settings, good)
    wait_until(lambda: all(email_of(running_both, one) == "Sent" for one in people))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"site": " "}, "site"),
        ({"site": "Werk\r\nBcc: x@example.net"}, "site"),
        ({"portal_url": "http://console.lan"}, "portal_url"),
        ({"portal_url": "https://console.lan\nX: y"}, "portal_url"),
        ({"screening_profile": "Lax"}, "screening_profile"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    running_both: RunningSite, change: dict[str, str], field: str
) -> None:
    good = running_both.client.call(site.get_settings, Nothing())
    with pytest.raises(ServiceError) as refused:
        running_both.client.call(site.save_settings, msgspec.structs.replace(good, **change))
    assert refused.value.error.field == field


def test_the_mail_password_never_comes_back(running_both: RunningSite) -> None:
    good = running_both.client.call(site.get_settings, Nothing())
    with_password = msgspec.structs.replace(
        good, email=msgspec.structs.replace(good.email, password="hunter2 hunter2")
    )
    try:
        assert running_both.client.call(site.save_settings, with_password).email.password == ""
    finally:
        running_both.client.call(site.save_settings, good)


def test_live_changes_reach_every_listener(running_both: RunningSite) -> None:
    stream = running_both.client.events()
    added: set[str] = set()
    heard: list[str] = []

    def listen() -> None:
        heard.append(next(change.subject for change in stream if change.id in added))

    threading.Thread(target=listen, daemon=True).start()

    def add_until_heard() -> list[str]:
        """Adds somebody; the listener may not have been there for the first ones."""
        added.add(running_both.add_employee().id)
        return heard

    assert wait_until(add_until_heard) == ["employees"]


def test_a_photo_that_is_not_kept_is_said_so(running_both: RunningSite) -> None:
    from console.api.operation import ById

    with pytest.raises(ServiceError) as gone:
        running_both.client.call(review.picture, ById(id="nothing"))
    assert gone.value.error.code == "not_found"
    with pytest.raises(ServiceError):
        running_both.client.call(
            terminals.approve_terminal, terminals.ApproveTerminal(id="nothing", name="Gate")
        )


def test_an_operator_who_was_put_out_of_service_is_out_at_once(running: RunningSite) -> None:
    row = add_operator(running, "olga", Role.TECHNICIAN, can_enrol=True)
    olga = signed_in(running.demo, "olga")
    running.client.call(
        operators.save_operator,
        operators.SaveOperator(
            id=row.id,
            username="olga",
            name="Olga",
            role=Role.TECHNICIAN,
            can_enrol=True,
            active=False,
        ),
    )
    with pytest.raises(ServiceError, match="Sign in"):
        olga.call(employees.list_employees, employees.ListEmployees())
    with pytest.raises(ServiceError, match="wrong"):
        olga.sign_in("olga", PASSWORD)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": " "}, "username"),
        ({"username": OPERATOR}, "username"),
    ],
    ids=["empty", "taken"],
)
def test_an_operator_that_cannot_be_saved_says_which_field(
    running: RunningSite, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        running.client.call(
            operators.save_operator,
            operators.SaveOperator(
                id="",
                username=changes["username"],
                name="N",
                role=Role.AUDITOR,
                can_enrol=False,
            ),
        )
    assert refused.value.error.field == field
