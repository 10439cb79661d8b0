"""Terminals over real HTTP: faces only after approval, and each login exactly once. T4, P2, P6."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bridge.simulator.unit import SimPerson, SimPunch
from console.api import employees, logins, review, terminals
from console.api.operation import ById, Nothing
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.terminals import TerminalStatus
from tests.conftest import ONE_FACE, Databases, RunningSite, start_site


def rows(site: RunningSite) -> dict[str, terminals.TerminalRow]:
    return {row.serial: row for row in site.client.call(terminals.list_terminals, Nothing()).rows}


def approve(site: RunningSite, serial: str) -> None:
    wait_until(lambda: serial in rows(site))
    site.client.call(
        terminals.approve_terminal, terminals.ApproveTerminal(id=rows(site)[serial].id, name=serial)
    )


def dial(
    site: RunningSite, method: str, path: str, body: str = "", **params: str
) -> httpx.Response:
    return httpx.request(
        method, site.demo.running.push + path, params=params, content=body.encode()
    )


def all_logins(site: RunningSite) -> list[logins.LoginRow]:
    return site.client.call(logins.list_logins, logins.ListLogins(limit=500)).rows


def test_an_unknown_terminal_learns_nothing_and_waits_for_approval(
    running_both: RunningSite,
) -> None:
    assert dial(running_both, "GET", "/iclock/cdata", SN="STRANGER", options="all").text == "OK"
    assert dial(running_both, "GET", "/iclock/getrequest", SN="STRANGER").text == "OK"
    row = "1\t2026-11-22 08:00:00\t0\t1\n"
    refused = dial(running_both, "POST", "/iclock/cdata", row, SN="STRANGER", table="ATTLOG")
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert rows(running_both)["STRANGER"].status is TerminalStatus.PENDING
    assert not [login for login in all_logins(running_both) if login.number == "1"]


@pytest.mark.parametrize("serial", ["", "a b", "x" * 65, "../etc"])
def test_a_serial_that_cannot_be_one_is_refused(running_both: RunningSite, serial: str) -> None:
    assert dial(running_both, "GET", "/iclock/cdata", SN=serial).status_code == 400


def test_an_oversized_upload_is_refused_and_the_listener_lives(running_both: RunningSite) -> None:
    answer = dial(
        running_both, "POST", "/iclock/cdata", "x" * (9 * 1024 * 1024), SN="BIG", table="ATTLOG"
    )
    assert answer.status_code == 413
    assert dial(running_both, "GET", "/iclock/ping", SN="BIG").text == "OK"


def test_P6_logins_sent_again_are_kept_once_and_bad_lines_do_no_harm(
    running_both: RunningSite,
) -> None:
    dial(running_both, "GET", "/iclock/cdata", SN="GATE1")
    approve(running_both, "GATE1")
    person = running_both.add_employee()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    body = f"{person.number}\t{stamp}\t0\t15\t0\nrubbish\n99999\t{stamp}\t0\t1\t0\n"
    for _ in range(3):
        assert (
            dial(running_both, "POST", "/iclock/cdata", body, SN="GATE1", table="ATTLOG").text
            == "OK:3"
        )
    mine = [login for login in all_logins(running_both) if login.terminal == "GATE1"]
    assert sorted((login.number, login.employee) for login in mine) == sorted(
        [(person.number, person.full_name), ("99999", "")]
    )
    assert all(login.remark == "" for login in mine)


def test_clocks_that_are_wrong_are_remarked(running_both: RunningSite) -> None:
    dial(running_both, "GET", "/iclock/cdata", SN="GATE2")
    approve(running_both, "GATE2")
    dial(
        running_both,
        "POST",
        "/iclock/cdata",
        "5\t2099-01-01 00:00:00\t0\t1\n6\t2020-01-01 00:00:00\t0\t1\n",
        SN="GATE2",
        table="ATTLOG",
    )
    remarks = {
        login.number: login.remark
        for login in all_logins(running_both)
        if login.terminal == "GATE2"
    }
    assert remarks == {"5": "The terminal's clock is ahead.", "6": "Reported late."}


@pytest.mark.parametrize("goes_on", [True, False])
def test_TE5_the_whole_log_of_before_the_approval_is_here_after_it(
    running: RunningSite, goes_on: bool
) -> None:
    """Some units upload and poll after a bare OK, and never shake hands again."""
    serial = f"BEFORE{goes_on:d}"
    unit = running.demo.add_unit(serial, poll_s=0.2)
    unit.unit.faults.trusts_bare_ok = goes_on
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(hours=3)
    unit.unit.punches = [SimPunch("5", start + timedelta(minutes=n), 0, 15) for n in range(3)]
    assert running.demo.present(unit, "5") is False
    unit.people["5"] = SimPerson(name="Early", photo=b"x")
    assert running.demo.present(unit, "5")
    wait_until(lambda: serial in rows(running))
    assert unit.unsent == 1, "nothing that was refused is forgotten"
    approve(running, serial)
    wait_until(lambda: "Whole log read" in log_coverage(running, serial))
    mine = [login for login in all_logins(running) if login.terminal == serial]
    assert [login.number for login in mine] == ["5"] * 4
    assert "the terminal says 4, received 4" in log_coverage(running, serial)


def log_coverage(site: RunningSite, serial: str) -> str:
    shown = site.client.call(terminals.get_terminal, ById(id=rows(site)[serial].id))
    return " ".join(span.text for span in shown.log_coverage)


def enrolled(site: RunningSite) -> employees.EmployeeRow:
    person = site.add_employee()
    site.visit(person).enrol(person.number, good_photos())
    site.wait_status(person, "pending_approval")
    item = next(
        item
        for item in site.client.call(review.queue, Nothing()).items
        if item.number == person.number
    )
    site.client.call(review.decide, review.Decide(id=item.id, approve=True, in_spite=ONE_FACE))
    return person


def test_TE9_a_terminal_that_answers_errors_is_explained_and_tried_again(
    tmp_path: Path, databases: Databases
) -> None:
    for site in start_site(tmp_path, databases):
        good, busy, full, picky = (
            site.demo.add_unit(serial, poll_s=0.2) for serial in ("GOOD", "BUSY", "FULL", "PICKY")
        )
        good.unit.faults.query_counts = True
        busy.unit.faults.returns["DATA UPDATE BIOPHOTO"] = [-1005]
        full.unit.faults.returns["DATA UPDATE USERINFO"] = [-1001]
        picky.unit.faults.face_error = "D01E0003"
        for serial in ("GOOD", "BUSY", "FULL", "PICKY"):
            approve(site, serial)
        person = enrolled(site)
        wait_until(lambda: good.people.get(person.number) and good.people[person.number].photo)
        wait_until(lambda: rows(site)["FULL"].problem)
        assert rows(site)["FULL"].problem.startswith("The terminal is full. Remove people from it.")
        wait_until(lambda: rows(site)["BUSY"].confirmed == 1)
        wait_until(lambda: rows(site)["PICKY"].problem)
        status, *reasons = site.reload(person).status_text.split(" · ")
        assert status == "Approved, on 2 of 4 terminals"
        full_says, picky_says = (
            "FULL: The terminal is full. Remove people from it. The code is -1001.",
            "PICKY: The terminal says that the photo is not sharp.",
        )
        assert sorted(reasons) == [full_says, picky_says]


def test_TE28_ids_are_whole_numbers_and_answers_of_others_change_nothing(tmp_path: Path) -> None:
    for site in start_site(tmp_path):
        for serial in ("MINE", "OTHER"):
            dial(site, "GET", "/iclock/cdata", SN=serial)
            approve(site, serial)
        enrolled(site)

        def fetched() -> list[str]:
            return dial(site, "GET", "/iclock/getrequest", SN="MINE").text.splitlines()

        lines = wait_until(lambda: [line for line in fetched() if line.endswith(":INFO")])
        number = lines[0].split(":")[1]
        assert 0 < int(number) < 2**31

        def refuse(serial: str, command_id: str) -> None:
            body = f"ID={command_id}&Return=-1001&CMD=DATA\n"
            assert dial(site, "POST", "/iclock/devicecmd", body, SN=serial).text == "OK"
            dial(site, "GET", "/iclock/ping", SN=serial)

        for serial, foreign in (("OTHER", number), ("MINE", f"m{number}"), ("MINE", "999999999")):
            refuse(serial, foreign)
        assert not rows(site)["MINE"].problem
        refuse("MINE", number)
        wait_until(lambda: "full" in rows(site)["MINE"].problem)


def test_a_success_that_the_terminal_cannot_show_is_not_believed(tmp_path: Path) -> None:
    for site in start_site(tmp_path):
        liar = site.demo.add_unit("LIAR", poll_s=0.2)
        liar.unit.faults.forget_users = True
        approve(site, "LIAR")
        person = enrolled(site)
        wait_until(lambda: rows(site)["LIAR"].problem)
        assert rows(site)["LIAR"].confirmed == 0
        assert "not on the terminal as they were sent" in rows(site)["LIAR"].problem
        liar.unit.faults.forget_users = False
        site.wait_status(person, "pushed")


def test_TE3_a_terminal_that_takes_no_faces_is_not_waited_for(
    tmp_path: Path, databases: Databases
) -> None:
    """P4: what a terminal cannot take is known, and nobody is sent there for it."""
    without = {"FaceFunOn": "0", "MultiBioPhotoSupport": "0:0:0:0:0:0:0:0:0:0"}
    for site in start_site(tmp_path, databases):
        takes, early = (site.demo.add_unit(serial, poll_s=0.2) for serial in ("TAKES", "EARLY"))
        early.unit.options.update(without)
        for serial in ("TAKES", "EARLY"):
            approve(site, serial)
        wait_until(lambda: not rows(site)["EARLY"].takes_faces)
        person = enrolled(site)
        site.wait_status(person, "pushed")
        assert site.reload(person).status_text == "On 1 of 1 terminal"
        late = site.demo.add_unit("LATE", poll_s=0.2)
        late.unit.options.update(without)
        approve(site, "LATE")
        wait_until(lambda: not rows(site)["LATE"].takes_faces)
        wait_until(lambda: rows(site)["LATE"].expected == 0)
        assert site.reload(person).status_text == "On 1 of 1 terminal"
        assert takes.people[person.number].photo
        assert person.number not in early.people
        claims = site.demo.add_unit("CLAIMS", poll_s=0.2)
        claims.unit.faults.returns["DATA UPDATE BIOPHOTO"] = [-1002, -1002]
        approve(site, "CLAIMS")
        wait_until(lambda: rows(site).get("CLAIMS") and not rows(site)["CLAIMS"].takes_faces)
        wait_until(lambda: site.reload(person).status_text == "On 1 of 1 terminal")
