"""Groups, zones and rules: who goes to which terminal, and who is taken off."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPerson
from console.api import access_rules as api
from console.api import employee_lists, employees, tasks
from console.api.operation import ById, Nothing, ServiceError
from console.demo.site import wait_until
from console.domain.access_rules import RuleKind
from console.domain.validity import Standing
from tests.conftest import RunningSite
from tests.service.gates import detail, names, push_terminal, wait_text, with_face

STRANGER = "77001"


def rule(kind: RuleKind, named: str) -> api.Rule:
    return api.Rule(kind=kind, names=named)


def department(name: str) -> api.Rule:
    return rule(RuleKind.DEPARTMENT, name)


def terminal_id(site: RunningSite, gate: SimulatedTerminal) -> str:
    return names(site)[gate.serial].id


def rules_on(
    site: RunningSite, gate: SimulatedTerminal, *rules: api.Rule, zone_id: str = ""
) -> api.SaveTerminalRules:
    return api.SaveTerminalRules(
        terminal_id=terminal_id(site, gate), zone_id=zone_id, rules=list(rules)
    )


def preview(site: RunningSite, change: api.AccessChange) -> api.Impact:
    return site.client.call(api.preview_change, api.PreviewChange(change=change))


def apply(site: RunningSite, change: api.AccessChange) -> str:
    """As an operator does it: whatever the preview says is confirmed, also if it has changed."""
    while True:
        confirmed = preview(site, change).removals
        request = api.ApplyChange(change=change, confirmed=confirmed)
        try:
            return site.client.call(api.apply_change, request).id
        except ServiceError as refused:
            if "This change now means" not in refused.error.message:
                raise


def group_of(site: RunningSite, name: str, *people: employees.EmployeeRow) -> str:
    ids = [person.id for person in people]
    return apply(site, api.SaveGroup(id="", name=name, add=ids))


def save(site: RunningSite, person: employees.EmployeeRow, **changes: object) -> None:
    fields = {name: getattr(person, name) for name in employees.SaveEmployee.__struct_fields__}
    site.client.call(employees.save_employee, employees.SaveEmployee(**{**fields, **changes}))


def planned_gate(site: RunningSite, *held: employees.EmployeeRow) -> SimulatedTerminal:
    """A terminal that holds these people and a stranger, and whose people were planned once."""
    gate = push_terminal(site, *held)
    request = tasks.MakePlan(terminal_id=terminal_id(site, gate))
    plan = site.client.finish(site.client.call(tasks.make_plan, request)).plan
    assert plan is not None
    site.client.finish(site.client.call(tasks.apply_plan, tasks.ApplyPlan(plan_id=plan.id)))
    return gate


def wait_held(gate: SimulatedTerminal, people: Iterable[employees.EmployeeRow]) -> None:
    """Until the terminal holds these people and the stranger, and nobody else."""
    wanted = {STRANGER, *(person.number for person in people)}
    wait_until(lambda: set(gate.people) == wanted)


def test_a_terminal_with_a_rule_takes_only_its_people(running_both: RunningSite) -> None:
    site = running_both
    seller, packer, loader = (
        site.add_employee(department=name) for name in ("Sales", "Store", "Store")
    )
    gate = planned_gate(site, seller, packer, loader)
    change = rules_on(site, gate, department("Sales"))
    found = preview(site, change)
    assert (found.removals, [row.people for row in found.terminals]) == (2, [2])
    assert set(found.terminals[0].names) == {packer.full_name, loader.full_name}
    for confirmed in (0, 1, 3):
        with pytest.raises(ServiceError, match="Nothing was changed") as refused:
            site.client.call(api.apply_change, api.ApplyChange(change=change, confirmed=confirmed))
        assert refused.value.error.code == "conflict"
    assert {packer.number, loader.number} <= set(gate.people)
    apply(site, change)
    wait_held(gate, [seller])
    wait_until(lambda: names(site)[gate.serial].problem == "")
    assert "People removed: removed 2" in [row.text for row in detail(site, gate.serial).receipts]
    shown = site.client.call(api.of_terminal, ById(id=change.terminal_id))
    assert [(row.who, row.label) for row in shown.own] == [("Sales", "Department: Sales")]
    assert (shown.everybody, shown.people) == (False, 1)


def test_who_leaves_the_department_leaves_the_terminal(running_both: RunningSite) -> None:
    site = running_both
    first, second = (site.add_employee(department="Kitchen") for _ in range(2))
    gate = planned_gate(site, first, second)
    change = rules_on(site, gate, department("Kitchen"))
    assert preview(site, change).removals == 0
    apply(site, change)
    save(site, first, department="Archive")
    wait_held(gate, [second])


def test_a_terminal_without_a_rule_takes_everybody_and_who_is_let_in_again_gets_there(
    running_both: RunningSite,
) -> None:
    """Also by a zone, and by a group that somebody joins."""
    site = running_both
    gate = push_terminal(site)
    person = with_face(site)
    held = gate.people

    def has_face() -> bool:
        return bool(held.get(person.number, SimPerson()).photo)

    wait_until(has_face)
    apply(site, rules_on(site, gate, rule(RuleKind.NEVER, person.id)))
    wait_until(lambda: person.number not in held)
    shown = site.client.call(api.of_employee, ById(id=person.id))
    by_name = {row.terminal: row for row in shown.destinations}
    assert (by_name[gate.serial].allowed, by_name[gate.serial].why) == (
        False,
        "Never on this terminal",
    )
    apply(site, rules_on(site, gate))
    wait_until(has_face)
    night = group_of(site, "Night shift")
    zone = api.SaveZone(
        id="",
        name="Ground floor",
        terminal_ids=[terminal_id(site, gate)],
        rules=[rule(RuleKind.GROUP, night)],
    )
    apply(site, zone)
    wait_until(lambda: person.number not in held)
    assert names(site)[gate.serial].access_zone == "Ground floor"
    apply(site, api.SaveGroup(id=night, name="Night shift", add=[person.id]))
    wait_until(has_face)
    shown = site.client.call(api.of_employee, ById(id=person.id))
    assert shown.group_ids == [night]
    assert {row.terminal: row.why for row in shown.destinations}[
        gate.serial
    ] == "Group: Night shift"
    wait_until(lambda: "On " in site.reload(person).status_text)
    leaving = api.SaveGroup(id=night, name="Night shift", remove=[person.id])
    assert preview(site, leaving).removals == 1
    apply(site, leaving)
    wait_until(lambda: person.number not in held)
    save(site, person, active=False)  # they would go to the terminals of other tests


def test_a_stranger_with_the_number_of_somebody_who_must_not_be_there_is_not_touched(
    running_both: RunningSite,
) -> None:
    site = running_both
    person = site.add_employee()
    gate = push_terminal(site)
    gate.unit.person(person.number).name = "Bob Stone"
    refresh = tasks.OnUnit(terminal_id=terminal_id(site, gate), action="refresh")
    site.client.finish(site.client.call(tasks.on_unit, refresh))
    change = rules_on(site, gate, department("Sales"))
    assert preview(site, change).removals == 1, "somebody with the number is there"
    apply(site, change)
    wait_until(lambda: "1 person who must go may" in names(site)[gate.serial].problem)
    wait_until(
        lambda: any(
            "“Bob Stone” under the number" in text and "Plan its changes" in text
            for _, text in detail(site, gate.serial).facts
        )
    )
    assert gate.people[person.number].name == "Bob Stone"
    assert "still on 1 terminal" in site.reload(person).status_text.lower()


def test_nobody_is_adopted_where_the_rules_would_remove_them(running_both: RunningSite) -> None:
    site = running_both
    gate = push_terminal(site)
    apply(site, rules_on(site, gate, department("Nobody is in it")))
    adopt = tasks.AdoptPeople(terminal_id=terminal_id(site, gate), pairs=[(STRANGER, "")])
    with pytest.raises(ServiceError, match=f"rules of {gate.serial} do not take Person 77001"):
        site.client.finish(site.client.call(tasks.adopt_people, adopt))
    assert STRANGER in gate.people


def test_groups_and_zones_that_are_in_use_stay(running_both: RunningSite) -> None:
    site = running_both
    gate, person = push_terminal(site), site.add_employee()
    group = group_of(site, "First aid", person)
    page = site.client.call(api.list_members, api.ListMembers(group_id=group))
    assert [row.id for row in page.rows] == [person.id]
    zone = api.SaveZone(
        id="",
        name="Lab",
        terminal_ids=[terminal_id(site, gate)],
        rules=[rule(RuleKind.GROUP, group)],
    )
    zone_id = apply(site, zone)
    with pytest.raises(ServiceError, match="Take the terminals out of this zone first"):
        site.client.call(api.delete_zone, ById(id=zone_id))
    with pytest.raises(ServiceError, match="Rules name this group"):
        site.client.call(api.delete_group, ById(id=group))
    apply(site, msgspec.structs.replace(zone, id=zone_id, terminal_ids=[], rules=[]))
    site.client.call(api.delete_zone, ById(id=zone_id))
    site.client.call(api.delete_group, ById(id=group))
    shown = site.client.call(api.overview, Nothing())
    assert zone_id not in {row.id for row in shown.zones}
    assert group not in {row.id for row in shown.groups}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (api.SaveTerminalRules(terminal_id="404", zone_id="", rules=[]), "does not exist any more"),
        (api.SaveZone(id="404", name="A", terminal_ids=[], rules=[]), "does not exist any more"),
        (api.SaveZone(id="", name="A", terminal_ids=["404"], rules=[]), "Choose again"),
        (api.SaveGroup(id="404", name="A"), "does not exist any more"),
        (api.SaveGroup(id="", name="A", add=["404"]), "Choose again"),
        (api.SaveGroup(id="", name="A", add=["1"], remove=["1"]), "join and leave a group at once"),
        (api.SaveGroup(id="", name=" "), "Enter a name"),
        (
            api.SaveZone(id="", name="A", terminal_ids=[], rules=[rule(RuleKind.GROUP, "404")]),
            "Choose again",
        ),
        (
            api.SaveZone(id="", name="A", terminal_ids=[], rules=[rule(RuleKind.NEVER, "404")]),
            "Choose again",
        ),
    ],
)
def test_a_change_that_names_what_does_not_exist_is_refused(
    running_both: RunningSite, change: api.AccessChange, error: str
) -> None:
    with pytest.raises(ServiceError, match=error):
        preview(running_both, change)
    with pytest.raises(ServiceError, match=error):
        running_both.client.call(api.apply_change, api.ApplyChange(change=change))


def test_two_groups_have_no_name_in_common(running_both: RunningSite) -> None:
    group_of(running_both, "Drivers")
    with pytest.raises(ServiceError, match="Another one has the name “Drivers”"):
        group_of(running_both, " Drivers")


def test_who_is_valid_no_longer_goes_and_who_is_not_yet_valid_waits(
    running_both: RunningSite,
) -> None:
    site = running_both
    goes, stays = site.add_employee(), site.add_employee()
    gate = planned_gate(site, goes, stays)
    today = datetime.now(UTC).date()
    save(site, goes, valid_until=today - timedelta(days=2))
    wait_held(gate, [stays])
    wait_text(site, goes, "No longer valid")
    save(site, stays, valid_from=today + timedelta(days=2))
    wait_held(gate, [])
    wait_text(site, stays, "Not valid yet")
    csv = f"number,last name,department\n{stays.number},{stays.last_name},Store\n"
    request = employee_lists.ImportEmployees(data=csv.encode(), apply=True)
    site.client.finish(site.client.call(employee_lists.import_employees, request))
    again = site.reload(stays)
    assert (again.department, again.valid_from) == ("Store", today + timedelta(days=2))
    assert again.standing is Standing.NOT_YET, "a file that says nothing of days changes none"
    with pytest.raises(ServiceError, match="before the first day"):
        save(site, stays, valid_from=today, valid_until=date(2020, 1, 1))
