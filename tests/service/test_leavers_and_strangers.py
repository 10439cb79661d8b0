"""TE1, TE2: who left goes from every terminal, and nobody who only has their number there."""

from sqlalchemy import select

from bridge.simulator.unit import SimPerson
from console.api import tasks
from console.demo.site import wait_until
from console.store.schema import Placement
from tests.conftest import RunningSite
from tests.service.gates import detail, names, push_terminal, wait_text
from tests.service.test_alignment import change


def refresh(site: RunningSite, serial: str) -> None:
    request = tasks.OnUnit(terminal_id=names(site)[serial].id, action="refresh")
    site.client.finish(site.client.call(tasks.on_unit, request))


def apply_plan(site: RunningSite, serial: str) -> None:
    make = tasks.MakePlan(terminal_id=names(site)[serial].id)
    plan = site.client.finish(site.client.call(tasks.make_plan, make)).plan
    assert plan is not None
    apply = tasks.ApplyPlan(plan_id=plan.id, confirm=plan.confirm)
    site.client.finish(site.client.call(tasks.apply_plan, apply))


def has_shown(site: RunningSite, employee_id: str) -> bool:
    with site.store().read() as tx:
        shown = Placement.employee_id == employee_id, Placement.confirmed_at.is_not(None)
        return tx.scalar(select(Placement.terminal_id).where(*shown)) is not None


def test_a_stranger_with_a_leavers_number_stays_until_somebody_decides(
    running_both: RunningSite,
) -> None:
    site = running_both
    leaver = site.add_employee()
    gate = push_terminal(site, leaver)
    gate.unit.people[leaver.number] = SimPerson(name="Bob Stone", privilege=14, card=4711)
    refresh(site, gate.serial)
    change(site, leaver, active=False)
    wait_until(
        lambda: any(
            "“Bob Stone” under the number" in text and "Plan its changes" in text
            for _, text in detail(site, gate.serial).facts
        )
    )
    assert gate.people[leaver.number].card == 4711
    assert "still on 1 terminal" in site.reload(leaver).status_text.lower()
    apply_plan(site, gate.serial)
    wait_text(site, leaver, "Left")
    assert leaver.number not in gate.people


def test_a_leaver_whom_the_terminal_had_shown_goes_whatever_name_it_has_by_now(
    running: RunningSite,
) -> None:
    site = running
    leaver = site.add_employee()
    gate = push_terminal(site, leaver)
    apply_plan(site, gate.serial)
    wait_until(lambda: gate.people[leaver.number].name == leaver.full_name)
    wait_until(lambda: has_shown(site, leaver.id))
    gate.unit.people[leaver.number].name = "Changed by hand"
    change(site, leaver, active=False)
    wait_text(site, leaver, "Left")
    assert leaver.number not in gate.people


def test_who_gets_the_number_of_a_leaver_who_has_gone_is_a_stranger(
    running_both: RunningSite,
) -> None:
    site = running_both
    leaver = site.add_employee()
    gate = push_terminal(site, leaver)
    apply_plan(site, gate.serial)
    change(site, leaver, active=False)
    wait_text(site, leaver, "Left")
    gate.unit.people[leaver.number] = SimPerson(name="Bob Stone")
    refresh(site, gate.serial)
    wait_until(lambda: "“Bob Stone”" in str(detail(site, gate.serial).facts))
    assert gate.people[leaver.number].name == "Bob Stone"
