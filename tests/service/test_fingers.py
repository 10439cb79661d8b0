"""Fingers at the desk, through the real client and the real worker. P13 to P15."""

import os
import signal
from pathlib import Path

import pytest

from bridge.simulator.fingers import Condition
from console.api import employees, operators, tasks
from console.api import fingers as api
from console.api.client import Client
from console.api.operation import ById, Nothing, ServiceError
from console.biometrics.fingers.records import Standard, read_record
from console.domain.fingers import FingerPosition
from console.domain.operators import Role
from tests.conftest import PASSWORD, RunningSite
from tests.service.desk import agree, begin, enrol, picture, scan_thrice
from tests.support.operators import add_operator, signed_in

INDEX, MIDDLE = FingerPosition.RIGHT_INDEX, FingerPosition.RIGHT_MIDDLE


def hands(site: RunningSite, person: employees.EmployeeRow) -> api.Hands:
    return site.client.call(api.hands, ById(id=person.id))


def test(
    site: RunningSite, person: employees.EmployeeRow, finger: int, number: int = 7
) -> api.Tested:
    return site.client.call(
        api.test, api.Test(employee_id=person.id, picture=picture(finger, number))
    )


test.__test__ = False  # type: ignore[attr-defined]


def operator(site: RunningSite, username: str, role: Role, can_enrol: bool = True) -> Client:
    """Another operator, signed in."""
    add_operator(site, username, role, can_enrol=can_enrol)
    return signed_in(site.demo, username)


def test_three_scans_make_a_finger_and_the_test_finds_it(running_both: RunningSite) -> None:
    person = running_both.add_employee()
    done = enrol(running_both.client, person, finger=1)
    assert done.outcome == "saved"
    assert [mark.chosen for mark in done.scans] == [True, True, True]
    shown = hands(running_both, person)
    assert [
        (row.position, [form.kind for form in row.representations]) for row in shown.fingers
    ] == [(INDEX, ["muster", "iso"])]
    assert "second finger" in shown.advice
    found = test(running_both, person, finger=1)
    assert (found.match, found.own, found.finger) == (True, True, "right index finger")
    assert found.log10_fmr <= -6
    assert found.seconds < 1
    stranger = test(running_both, person, finger=2)
    assert (stranger.match, stranger.employee) == (False, "")


def test_nothing_is_scanned_before_the_person_has_agreed_to_the_text_as_it_is(
    running_both: RunningSite,
) -> None:
    person = running_both.add_employee()
    with pytest.raises(ServiceError, match="has not agreed"):
        begin(running_both.client, person)
    with pytest.raises(ServiceError, match="text has changed"):
        running_both.client.call(
            api.give_consent,
            api.GiveConsent(employee_id=person.id, given=True, digest="of another text"),
        )
    assert agree(running_both.client, person).consent_at is not None
    assert begin(running_both.client, person)


def test_withdrawing_the_consent_deletes_the_fingers(running_both: RunningSite) -> None:
    person = running_both.add_employee()
    enrol(running_both.client, person, finger=3)
    shown = running_both.client.call(
        api.give_consent, api.GiveConsent(employee_id=person.id, given=False)
    )
    assert (shown.consent_at, shown.fingers) == (None, [])
    assert not test(running_both, person, finger=3).match


def test_an_inactive_employee_is_not_enrolled(running_both: RunningSite) -> None:
    person = running_both.add_employee()
    agree(running_both.client, person)
    fields = {
        name: getattr(person, name)
        for name in ("number", "first_name", "last_name", "email", "department")
    }
    running_both.client.call(
        employees.save_employee, employees.SaveEmployee(id=person.id, active=False, **fields)
    )
    with pytest.raises(ServiceError, match="Employee is not active"):
        begin(running_both.client, person)


def test_P13_a_poor_scan_says_why_and_does_not_count(running: RunningSite) -> None:
    person = running.add_employee()
    agree(running.client, person)
    sitting = begin(running.client, person)
    poor = running.client.call(
        api.scan, api.Scan(id=sitting, picture=picture(10, 1, Condition.PARTIAL))
    )
    assert (poor.outcome, poor.taken, poor.tries_left) == ("poor", 0, 5)
    assert "flat" in poor.hint
    assert running.client.call(api.scan, api.Scan(id=sitting, picture=picture(10))).taken == 1


def test_the_live_picture_is_judged_before_it_is_a_scan(running: RunningSite) -> None:
    good, dry = (
        running.client.call(api.assess_scan, picture(11, 1, condition))
        for condition in (Condition.GOOD, Condition.DRY)
    )
    assert good.quality >= good.needs > dry.quality
    assert "dry" in dry.hint
    empty = running.client.call(
        api.assess_scan,
        api.ScanPicture(pixels=b"\xf5" * (290 * 384), width=384, height=290, dpi=500),
    )
    assert not empty.finger


@pytest.mark.parametrize(
    "bad",
    [
        api.ScanPicture(pixels=b"", width=0, height=0, dpi=500),
        api.ScanPicture(pixels=b"x" * 100, width=384, height=290, dpi=500),
        api.ScanPicture(pixels=b"x" * (4000 * 100), width=4000, height=100, dpi=500),
        api.ScanPicture(pixels=b"x" * (290 * 384), width=384, height=290, dpi=7),
        api.ScanPicture(pixels=b"x", width=-1, height=-1, dpi=500),
    ],
    ids=["empty", "cut", "too-wide", "dpi", "negative"],
)
def test_what_is_no_picture_of_a_finger_is_refused_in_words(
    running: RunningSite, bad: api.ScanPicture
) -> None:
    for send in (
        lambda: running.client.call(api.assess_scan, bad),
        lambda: running.client.call(api.test, api.Test(employee_id="", picture=bad)),
    ):
        with pytest.raises(ServiceError) as refused:
            send()
        assert refused.value.error.field == "picture"
    assert running.client.call(api.assess_scan, picture(11)).finger


def test_a_scan_can_be_taken_back_and_another_finger_in_between_is_found(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    agree(running.client, person)
    sitting = begin(running.client, person)
    running.client.call(api.scan, api.Scan(id=sitting, picture=picture(12, 1)))
    wrong = running.client.call(api.scan, api.Scan(id=sitting, picture=picture(13, 1)))
    assert [mark.agrees for mark in wrong.scans] == [False, False]
    assert len(running.client.call(api.take_back, ById(id=sitting)).scans) == 1
    outcomes = [
        running.client.call(api.scan, api.Scan(id=sitting, picture=picture(12, number))).outcome
        for number in (2, 3)
    ]
    assert outcomes == ["taken", "saved"]


def test_the_same_picture_twice_is_no_second_scan(running: RunningSite) -> None:
    person = running.add_employee()
    agree(running.client, person)
    sitting = begin(running.client, person)
    running.client.call(api.scan, api.Scan(id=sitting, picture=picture(15)))
    with pytest.raises(ServiceError, match="same picture"):
        running.client.call(api.scan, api.Scan(id=sitting, picture=picture(15)))
    assert running.client.call(api.scan, api.Scan(id=sitting, picture=picture(15, 2))).taken == 2


def test_six_tries_that_do_not_fit_are_the_end(running: RunningSite) -> None:
    person = running.add_employee()
    agree(running.client, person)
    sitting = begin(running.client, person)
    last = [
        running.client.call(api.scan, api.Scan(id=sitting, picture=picture(20 + n)))
        for n in range(6)
    ][-1]
    assert (last.outcome, last.tries_left) == ("failed", 0)
    with pytest.raises(ServiceError, match="has ended"):
        running.client.call(api.scan, api.Scan(id=sitting, picture=picture(20)))
    assert not hands(running, person).fingers


def test_an_enrolment_that_was_ended_or_belongs_to_somebody_else_is_gone(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    agree(running.client, person)
    sitting = begin(running.client, person)
    technician = operator(running, "tom", Role.TECHNICIAN)
    with pytest.raises(ServiceError, match="has ended"):
        technician.call(api.scan, api.Scan(id=sitting, picture=picture(14)))
    running.client.call(api.end, ById(id=sitting))
    with pytest.raises(ServiceError, match="has ended"):
        running.client.call(api.scan, api.Scan(id=sitting, picture=picture(14)))


def test_the_same_finger_of_the_same_person_cannot_be_two_fingers(running: RunningSite) -> None:
    person = running.add_employee()
    enrol(running.client, person, finger=30)
    again = scan_thrice(running.client, person, finger=30, position=MIDDLE, first=4)
    assert again.outcome == "duplicate"
    assert again.duplicate is not None
    assert (again.duplicate.own, again.duplicate.finger) == (True, "right index finger")
    assert [row.position for row in hands(running, person).fingers] == [INDEX]
    enrol(running.client, person, finger=30, first=4)  # anew, which is no duplicate


def test_somebody_elses_finger_needs_a_supervisors_password_and_a_reason(
    running: RunningSite,
) -> None:
    first, second = running.add_employee(), running.add_employee()
    enrol(running.client, first, finger=31)
    operator(running, "sue", Role.SUPERVISOR)
    operator(running, "tim", Role.TECHNICIAN)
    agree(running.client, second)
    sitting = begin(running.client, second)
    last = [
        running.client.call(api.scan, api.Scan(id=sitting, picture=picture(31, 4 + n)))
        for n in range(3)
    ][-1]
    assert last.outcome == "duplicate"
    assert last.duplicate is not None
    assert (last.duplicate.number, last.duplicate.own) == (first.number, False)
    assert last.duplicate.log10_fmr <= -3
    refusals = [
        ("sue", PASSWORD, ""),
        ("sue", "wrong password here", "twins"),
        ("tim", PASSWORD, "twins"),
    ]
    codes = []
    for username, password, reason in refusals:
        with pytest.raises(ServiceError) as refused:
            running.client.call(
                api.allow,
                api.Allow(id=sitting, username=username, password=password, reason=reason),
            )
        codes.append(refused.value.error.code)
    assert codes == ["invalid", "sign_in_failed", "forbidden"]
    assert not hands(running, second).fingers
    assert (
        running.client.call(
            api.allow,
            api.Allow(
                id=sitting, username="sue", password=PASSWORD, reason="twins, passports checked"
            ),
        ).outcome
        == "saved"
    )
    assert [row.position for row in hands(running, second).fingers] == [INDEX]


def test_who_may_not_enrol_others_may_not_and_an_admin_gives_and_takes_the_right(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    agree(running.client, person)
    technician = operator(running, "terry", Role.TECHNICIAN, can_enrol=False)
    assert technician.call(api.hands, ById(id=person.id)).may_enrol is False
    with pytest.raises(ServiceError, match="Can Enroll Others"):
        begin(technician, person)
    row = next(
        row
        for row in running.client.call(operators.list_operators, Nothing()).rows
        if row.username == "terry"
    )
    running.client.call(
        operators.save_operator,
        operators.SaveOperator(
            id=row.id, username="terry", name="Terry", role=Role.TECHNICIAN, can_enrol=True
        ),
    )
    with pytest.raises(ServiceError, match="Sign in"):
        technician.call(api.hands, ById(id=person.id))
    technician.sign_in("terry", PASSWORD)
    assert begin(technician, person)


def test_deleting_a_finger_takes_it_out_of_the_search(running: RunningSite) -> None:
    person = running.add_employee()
    enrol(running.client, person, finger=40)
    deleted = running.client.call(api.delete, api.OneFinger(employee_id=person.id, position=INDEX))
    assert (deleted.hands.fingers, deleted.task_id) == ([], "")
    assert not test(running, person, finger=40).match
    with pytest.raises(ServiceError, match="finger is not enrolled"):
        running.client.call(api.delete, api.OneFinger(employee_id=person.id, position=INDEX))


def test_fingers_are_exported_as_records_of_the_standards(running: RunningSite) -> None:
    person = running.add_employee()
    enrol(running.client, person, finger=41)
    for name, standard in (("iso", Standard.ISO_2005), ("ansi", Standard.ANSI_2004)):
        record = read_record(
            running.client.call(api.export, api.Export(employee_id=person.id, standard=name)).data
        )
        assert (record.standard, len(record.views)) == (standard, 3)
        assert {view.position for view in record.views} == {INDEX}
        assert all(len(view.minutiae) > 20 and view.quality >= 45 for view in record.views)
    with pytest.raises(ServiceError, match="no finger"):
        running.client.call(api.export, api.Export(employee_id=running.add_employee().id))


def worker_of(site: RunningSite) -> int:
    """The process id of the finger worker."""
    assert site.demo._process is not None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent, args = (
                process.joinpath("stat").read_text().rpartition(")")[2].split()[1],
                process.joinpath("cmdline").read_bytes(),
            )
        except OSError:  # it ended meanwhile
            continue
        if parent == str(site.demo._process.pid) and b"workers.finger_worker" in args:
            return int(process.name)
    raise AssertionError("there is no finger worker")


def test_a_killed_worker_and_a_killed_service_still_know_everybody(running: RunningSite) -> None:
    person = running.add_employee()
    enrol(running.client, person, finger=42)
    os.kill(worker_of(running), signal.SIGKILL)
    assert test(running, person, finger=42).match
    session = running.client.sign_in("h.farid", PASSWORD)
    running.demo.kill_service()
    running.demo.start_service()
    again = running.demo.client()
    again.resume(session)
    assert again.call(api.test, api.Test(employee_id=person.id, picture=picture(42, 8))).own
    running.client = again


def test_no_template_lies_in_the_clear(running: RunningSite) -> None:
    person = running.add_employee()
    enrol(running.client, person, finger=43)
    raw = picture(43, 1).pixels[10_000:10_400]
    for path in Path(running.demo.data_dir).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"MFT\x01leader-1" not in content, path
            assert raw not in content, path


def test_readers_sold_under_other_numbers_are_kept_for_the_site(running: RunningSite) -> None:
    alias = api.Alias(
        vendor_id=0x1B55, product_id=0x0841, driver="zk4500", name="OFIS-Y", dpi=500, inverted=True
    )
    running.client.call(api.save_readers, api.ReaderSettings(aliases=[alias]))
    assert running.client.call(api.get_readers, Nothing()).aliases == [alias]
    with pytest.raises(ServiceError, match="hexadecimal"):
        running.client.call(
            api.save_readers,
            api.ReaderSettings(
                aliases=[api.Alias(vendor_id=0, product_id=1, driver="zk4500", name="bad")]
            ),
        )


def test_a_finger_enrolled_at_a_terminal_needs_consent_too(running: RunningSite) -> None:
    person = running.add_employee()
    with pytest.raises(ServiceError) as refused:
        running.client.call(
            tasks.enrol_finger,
            tasks.EnrolFinger(terminal_id="nowhere", employee_id=person.id, position=INDEX),
        )
    assert refused.value.error.code == "not_found"
