"""The first page of each role, from what the database really holds. CO19."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from console.api import invitations, site, today
from console.api.client import Client
from console.api.operation import Nothing
from console.demo.site import wait_until
from console.domain.invitations import Status
from console.domain.operators import Role
from console.domain.terminals import ONLINE_WITHIN, Dialect, TerminalStatus
from console.domain.today import KINDS, WARN_BEFORE, Concern, Source
from console.service.operations.today_lines import certificate_line, terminal_lines
from console.site_certificates import CertificateFacts
from console.store.queries.today import TerminalState
from console.store.schema import Operator
from tests.conftest import RunningSite, start_site
from tests.store.made import NOW, add_employee, add_invitation
from tests.support.operators import add_operator, signed_in


def read(client: Client) -> today.Today:
    return client.call(today.today, Nothing())


def told(client: Client) -> dict[Concern, today.Line]:
    return {line.concern: line for line in read(client).lines}


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[RunningSite]:
    """A site of this test alone: it is broken."""
    yield from start_site(tmp_path / "site")


def test_CO19_each_role_is_told_what_it_may_know_and_nothing_else(running: RunningSite) -> None:
    operator = add_operator(
        running, "own", Role.ADMIN, employee=running.add_employee(number="own1").number
    )
    with running.store().write() as tx:
        employee = tx.get_one(Operator, operator.id).employee_id
        for person, status in (
            (None, Status.PENDING_APPROVAL),
            (employee, Status.NEEDS_HELP),
            (None, Status.INVITED),
        ):
            row = add_invitation(tx, add_employee(tx), status)
            row.employee_id = person or row.employee_id
            row.email_failed = status is Status.INVITED
            row.submitted_at = tx.now - timedelta(hours=3)
            row.expires_at = tx.now + timedelta(days=1)
    mine = told(signed_in(running.demo, "own"))
    assert (mine[Concern.REVIEW].count, mine[Concern.OWN_PHOTOS].count) == (1, 1)
    assert mine[Concern.BACKUPS].detail.startswith("No recovery key")
    everybody = told(running.client)
    assert (everybody[Concern.REVIEW].count, Concern.OWN_PHOTOS in everybody) == (2, False)
    for role in (Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR):
        add_operator(running, f"today {role}", role)
        found = read(signed_in(running.demo, f"today {role}"))
        lines = {line.concern: line.count for line in found.lines}
        assert lines[Concern.EMAIL_FAILED] == 1 and found.unread == []
        assert all(role in KINDS[concern].roles for concern in lines)
        assert (Concern.NEEDS_HELP in lines) is (role is not Role.AUDITOR)
        assert (Concern.BACKUPS in lines) is (role is Role.AUDITOR)
        assert Concern.REVIEW not in lines


def test_CO19_what_cannot_be_read_is_named_and_hides_nothing_else(own_site: RunningSite) -> None:
    wait_until(lambda: read(own_site.client).unread == [])
    with own_site.store().write() as tx:
        tx.execute(sa.text("ALTER TABLE kiosk RENAME TO kiosk_away"))
    found = read(own_site.client)
    assert found.unread == [Source.KIOSKS]
    assert Concern.BACKUPS in {line.concern for line in found.lines}


def test_MA1_a_server_that_takes_no_emails_is_told_until_it_takes_them(
    running: RunningSite,
) -> None:
    good = running.client.call(site.get_settings, Nothing())
    nowhere = msgspec.structs.replace(good, email=msgspec.structs.replace(good.email, port=1))
    running.client.call(site.save_settings, nowhere)
    person = running.add_employee()
    try:
        request = invitations.Invite(employee_ids=[person.id])
        running.client.finish(running.client.call(invitations.invite, request))
        line = wait_until(lambda: told(running.client).get(Concern.EMAIL_PAUSES))
        assert line.count == 1 and "Nothing listens" in line.detail
        assert line.at is not None and line.at <= read(running.client).now
    finally:
        running.client.call(site.save_settings, good)
    assert Concern.EMAIL_PAUSES not in told(running.client)


QUIET = NOW - ONLINE_WITHIN - timedelta(minutes=1)


def terminal(name: str, **changes: Any) -> TerminalState:
    usual = TerminalState(
        id=f"id of {name}",
        name=name,
        status=TerminalStatus.APPROVED,
        dialect=Dialect.PUSH,
        address="192.0.2.1",
        first_seen=NOW - timedelta(days=9),
        last_seen=NOW,
        contact_problem="",
        clock_offset_s=1.0,
        counts={"out_of_sync": 0},
        callers={},
    )
    return usual._replace(**changes)


def of_terminals(*rows: TerminalState) -> dict[Concern, today.Line]:
    return {line.concern: line for line in terminal_lines(rows, NOW) if line.count}


def test_TE1_a_terminal_that_is_well_is_not_told() -> None:
    assert of_terminals(terminal("Gate")) == {}
    assert of_terminals() == {}


@pytest.mark.parametrize(
    ("concern", "changes"),
    [
        (Concern.NEW_TERMINAL, {"status": TerminalStatus.PENDING}),
        (Concern.CALLER, {"callers": {"192.0.2.9": {"why": ["x"], "refused": False}}}),
        (Concern.PLAN, {"counts": {"out_of_sync": 3}}),
        (Concern.TERMINAL_OFFLINE, {"last_seen": QUIET}),
        (Concern.TERMINAL_OFFLINE, {"last_seen": None}),
        (Concern.TERMINAL_PROBLEM, {"contact_problem": "The comm key is wrong."}),
        (Concern.CLOCK, {"clock_offset_s": -61.0}),
    ],
)
def test_TE1_one_terminal_is_named_with_what_is_wrong(
    concern: Concern, changes: dict[str, Any]
) -> None:
    (line,) = of_terminals(terminal("Gate", **changes), terminal("Well")).values()
    assert (line.concern, line.count, line.id) == (concern, 1, "id of Gate")
    assert line.detail.startswith("Gate")


def test_TE1_what_needs_no_attention_is_not_counted() -> None:
    refused = {"192.0.2.9": {"why": ["x"], "refused": True}}
    assert of_terminals(terminal("A", callers=refused)) == {}
    assert of_terminals(terminal("B", dialect=Dialect.ZK, address="", last_seen=None)) == {}
    silent = of_terminals(terminal("C", last_seen=QUIET, contact_problem="Nothing answers."))
    assert set(silent) == {Concern.TERMINAL_OFFLINE}, "said once"
    assert silent[Concern.TERMINAL_OFFLINE].detail == "C: Nothing answers."


def test_TE1_of_many_terminals_a_few_are_named_and_the_oldest_tells_the_time() -> None:
    rows = [terminal(f"T{n}", last_seen=QUIET - timedelta(days=n)) for n in range(5)]
    line = of_terminals(*rows)[Concern.TERMINAL_OFFLINE]
    assert (line.count, line.id, line.at) == (5, "", QUIET - timedelta(days=4))
    assert line.detail == "T0, T1, T2 and 2 more"


def test_CO19_a_certificate_is_told_before_it_ends() -> None:
    soon, later = (
        CertificateFacts("AA", NOW + WARN_BEFORE + timedelta(days=days)) for days in (-1, 1)
    )
    line = certificate_line({"Portal": soon, "Terminals": later}, NOW)
    assert (line.count, line.at, line.detail) == (1, soon.ends, "Portal")
    assert certificate_line({"Portal": later, "Terminals": None}, NOW).count == 0
