"""P19: the check list of a new site reads its state from what the site has. On both databases."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from console.api import first_steps as api
from console.api import site
from console.api.operation import Nothing
from console.domain.first_steps import FirstStep, StepState
from console.domain.invitations import Status
from console.domain.terminals import TerminalStatus
from console.service.operations.dispatch import Call
from console.service.operations.first_steps import FirstStepOperations
from console.service.settings import (
    EmailServer,
    Settings,
    load_settings,
    mark_of,
    save_first_steps,
    save_settings,
)
from console.service.tools import Tools
from console.store.recovery import set_recovery_key
from console.store.schema import Login
from console.store.unit_of_work import Tx
from tests.conftest import RunningSite
from tests.store.made import (
    NOW,
    add_employee,
    add_enrolment,
    add_finger,
    add_invitation,
    add_terminal,
)

OWN_PORTAL = "http://127.0.0.1:8443"
SERVER = EmailServer(host="mail.example.com", sender="muster@example.com")


@pytest.fixture
def operations(tools: Tools) -> FirstStepOperations:
    addresses = replace(tools.addresses, portal=OWN_PORTAL)
    return FirstStepOperations(replace(tools, addresses=addresses))


def steps(tools: Tools, operations: FirstStepOperations) -> api.FirstSteps:
    return operations.get(Call(tools.store, NOW, None), Nothing())


def name_the_site(tx: Tx) -> None:
    save_settings(tx, Settings(site="Werk"))


def make_the_key(tx: Tx) -> None:
    set_recovery_key(tx, bytes(range(32)))


def set_email(tx: Tx) -> None:
    save_settings(tx, msgspec.structs.replace(load_settings(tx), email=SERVER))


def take_a_test_email(tx: Tx) -> None:
    set_email(tx)
    save_first_steps(tx, email_tested=mark_of(SERVER))


def give_the_portal_an_address(tx: Tx) -> None:
    save_settings(tx, Settings(portal_url="https://enrol.example.com"))


def approve_a_terminal(tx: Tx) -> None:
    add_terminal(tx, "Gate")


def add_somebody(tx: Tx) -> None:
    add_employee(tx)


def send_a_link(tx: Tx) -> None:
    add_invitation(tx, add_employee(tx), Status.INVITED).told_at = NOW


def enrol_a_face(tx: Tx) -> None:
    add_enrolment(tx, add_invitation(tx, add_employee(tx), Status.APPROVED))


def enrol_a_finger(tx: Tx) -> None:
    add_finger(tx, add_employee(tx), 6, b"sealed")


def log_somebody_in(tx: Tx, outcome: str = "accepted", known: bool = True) -> None:
    login = Login(
        terminal_id=add_terminal(tx, "Gate").id,
        employee_id=add_employee(tx).id if known else None,
        pin="7",
        at=NOW,
        local_time="2026-11-22 08:30:00",
        verify=15,
        direction=0,
        outcome=outcome,
        content_key="0" * 64,
        received_at=NOW,
    )
    tx.add(login)


@pytest.mark.parametrize(
    ("step", "act"),
    [
        (FirstStep.SITE, name_the_site),
        (FirstStep.RECOVERY_KEY, make_the_key),
        (FirstStep.EMAIL, take_a_test_email),
        (FirstStep.PORTAL, give_the_portal_an_address),
        (FirstStep.TERMINAL, approve_a_terminal),
        (FirstStep.EMPLOYEES, add_somebody),
        (FirstStep.INVITATION, send_a_link),
        (FirstStep.ENROLMENT, enrol_a_face),
        (FirstStep.ENROLMENT, enrol_a_finger),
        (FirstStep.LOGIN, log_somebody_in),
    ],
)
def test_P19_a_step_is_done_once_the_site_has_what_it_leads_to(
    tools: Tools, operations: FirstStepOperations, step: FirstStep, act: Callable[[Tx], None]
) -> None:
    before = steps(tools, operations)
    assert set(before.states.values()) == {StepState.OPEN}
    assert before.untouched
    with tools.store.write() as tx:
        act(tx)
    after = steps(tools, operations)
    assert after.states[step] is StepState.DONE
    assert after.untouched is (step is FirstStep.SITE)


def wait_for_approval(tx: Tx) -> None:
    add_terminal(tx, "Gate").status = TerminalStatus.PENDING


def erase_somebody(tx: Tx) -> None:
    add_employee(tx).erased = True


def prepare_a_link(tx: Tx) -> None:
    add_invitation(tx, add_employee(tx), Status.INVITED)


def enrol_at_the_desk(tx: Tx) -> None:
    invitation = add_invitation(tx, add_employee(tx), Status.INVITED)
    invitation.channel, invitation.told_at = "desk", NOW


def refuse_a_login(tx: Tx) -> None:
    log_somebody_in(tx, outcome="refused")


def let_a_stranger_in(tx: Tx) -> None:
    log_somebody_in(tx, known=False)


@pytest.mark.parametrize(
    ("step", "act"),
    [
        (FirstStep.EMAIL, set_email),
        (FirstStep.TERMINAL, wait_for_approval),
        (FirstStep.EMPLOYEES, erase_somebody),
        (FirstStep.INVITATION, prepare_a_link),
        (FirstStep.INVITATION, enrol_at_the_desk),
        (FirstStep.LOGIN, refuse_a_login),
        (FirstStep.LOGIN, let_a_stranger_in),
    ],
)
def test_P19_what_only_looks_like_a_step_leaves_it_open(
    tools: Tools, operations: FirstStepOperations, step: FirstStep, act: Callable[[Tx], None]
) -> None:
    with tools.store.write() as tx:
        act(tx)
    assert steps(tools, operations).states[step] is StepState.OPEN


def test_P19_another_email_server_has_to_be_tested_again(
    tools: Tools, operations: FirstStepOperations
) -> None:
    with tools.store.write() as tx:
        take_a_test_email(tx)
        other = msgspec.structs.replace(SERVER, port=465)
        save_settings(tx, msgspec.structs.replace(load_settings(tx), email=other))
    assert steps(tools, operations).states[FirstStep.EMAIL] is StepState.OPEN
    with tools.store.write() as tx:
        send_a_link(tx)
    found = steps(tools, operations).states[FirstStep.EMAIL]
    assert found is StepState.DONE, "a link that left shows as much as a test"


def test_P19_skipped_steps_are_remembered_for_the_site_and_taken_up_again(
    tools: Tools, operations: FirstStepOperations
) -> None:
    call = Call(tools.store, NOW, None)
    chosen = [FirstStep.PORTAL, FirstStep.TERMINAL]
    answer = operations.skip(call, api.SkipSteps(steps=chosen, skip=True))
    assert answer == steps(tools, operations)
    assert not answer.untouched
    assert [one for one, state in answer.states.items() if state is StepState.SKIPPED] == chosen
    answer = operations.skip(call, api.SkipSteps(steps=[FirstStep.PORTAL], skip=False))
    assert answer.states[FirstStep.PORTAL] is StepState.OPEN
    assert answer.states[FirstStep.TERMINAL] is StepState.SKIPPED


def test_P19_only_a_test_email_that_was_taken_counts(running_both: RunningSite) -> None:
    client = running_both.client

    def state() -> StepState:
        return client.call(api.get_steps, Nothing()).states[FirstStep.EMAIL]

    running_both.demo.mailbox.broken = True
    try:
        refused = client.call(site.test_email, site.TestEmail(to="mei@example.com"))
    finally:
        running_both.demo.mailbox.broken = False
    assert (refused.ok, state()) == (False, StepState.OPEN)
    taken = client.call(site.test_email, site.TestEmail(to="mei@example.com"))
    assert (taken.ok, state()) == (True, StepState.DONE)
