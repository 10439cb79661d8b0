"""Whatever happens to people and terminals: at rest every unit holds what it should. P10, TE1, TE2.

Random changes to people (names, leaving, coming back) and to units of all three dialects (off, on,
restored from an old backup, emptied by hand, logins) against a running service. At rest each unit
holds exactly who belongs on it, nothing else was touched, and each login is in the log once.
"""

import copy
import itertools
from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bridge.simulator.push import SimulatedTerminal
from bridge.simulator.unit import SimPerson, Unit
from console.api import employees, tasks
from console.demo.site import wait_until
from tests.conftest import RunningSite
from tests.service.gates import (
    dialled_terminal,
    names,
    push_terminal,
    with_face,
)
from tests.service.test_access import approved_door
from tests.service.test_dialled import finish
from tests.service.test_terminals import all_logins

ENROLLED, BARE = 2, 2
"""People with a face, and without one."""
EXAMPLES, STEPS = 3, 14
AT_REST_S = 150.0
"""A command whose answer was lost is waited for, and then tried again after a pause."""
STRANGER = SimPerson(name="Visitor", privilege=2, password="4321", card=0x1F2E3D, group="2")
_strangers = itertools.count(88_001)


@dataclass
class Member:
    """An employee as the model knows them. bare: without a face; name: in full."""

    row: employees.EmployeeRow
    bare: bool
    active: bool = True
    name: str = ""

    @property
    def number(self) -> str:
        return self.row.number


@dataclass
class Place:
    """A unit as the model knows it. kept: copies of all it held at some time; logins: by number.

    changed: its memory was changed behind the service's back; kept_bare: people without a face
    whom it must hold if they are active; open: of whom both is right, as they left meanwhile.
    """

    device: SimulatedTerminal | Unit
    takes_faces: bool
    strangers: dict[str, SimPerson]
    known: dict[str, SimPerson]
    kept: list[dict[str, SimPerson]] = field(default_factory=list)
    logins: Counter[str] = field(default_factory=Counter)
    changed: bool = False
    open: set[str] = field(default_factory=set)

    @property
    def unit(self) -> Unit:
        return self.device if isinstance(self.device, Unit) else self.device.unit

    @property
    def serial(self) -> str:
        return self.unit.serial

    def switch(self, *, on: bool) -> None:
        name = "silent" if isinstance(self.device, Unit) else "offline"
        setattr(self.unit.faults, name, not on)

    @property
    def is_on(self) -> bool:
        return not (self.unit.faults.silent or self.unit.faults.offline)


class Truth(RuleBasedStateMachine):
    """site, members: shared by all examples; the units are new in each."""

    site: RunningSite
    members: list[Member]
    places: list[Place]

    @initialize()
    def begin(self) -> None:
        for member in self.members:
            self._save(member, active=True, last_name=f"Aisyah {member.number}")
        wait_until(self._nobody_counts_as_gone)
        bare = [member for member in self.members if member.bare]
        held = {m.number: replace(STRANGER, name=f"Nur {m.number}", card=77) for m in bare}
        gate = push_terminal(self.site)
        door = approved_door(self.site)
        dialled = dialled_terminal(self.site, 0, 1)
        self.places = [
            self._place(device, takes_faces, held)
            for device, takes_faces in ((gate, True), (door, True), (dialled, False))
        ]
        for place in self.places:
            self._plan(place)

    def _nobody_counts_as_gone(self) -> bool:
        texts = [self.site.reload(member.row).status_text for member in self.members]
        return not any("Left" in text for text in texts)

    def _place(
        self, device: SimulatedTerminal | Unit, takes_faces: bool, held: dict[str, SimPerson]
    ) -> Place:
        unit = device if isinstance(device, Unit) else device.unit
        strangers = {str(next(_strangers)): replace(STRANGER) for _ in range(2)}
        everybody = copy.deepcopy({**strangers, **held})
        for uid, (number, person) in enumerate(everybody.items(), 1001):
            unit.people[number] = replace(person, uid=uid)
        strangers = {number: copy.deepcopy(unit.people[number]) for number in strangers}
        return Place(device, takes_faces, strangers, held, changed=True)

    def _plan(self, place: Place) -> None:
        """From now on the unit gets by itself whatever changes."""
        make = tasks.MakePlan(terminal_id=names(self.site)[place.serial].id)
        made = finish(self.site.client, self.site.client.call(tasks.make_plan, make))
        assert made.result.plan is not None, made.error
        apply = tasks.ApplyPlan(plan_id=made.result.plan.id, confirm="")
        done = finish(self.site.client, self.site.client.call(tasks.apply_plan, apply))
        assert done.state == "done", done.error

    # what happens to people

    @rule(which=st.integers(0, ENROLLED + BARE - 1), version=st.integers(1, 9))
    def rename(self, which: int, version: int) -> None:
        member = self.members[which]
        self._save(member, last_name=f"Aisyah {member.number} v{version}")

    @rule(which=st.integers(0, ENROLLED + BARE - 1))
    def leave_or_return(self, which: int) -> None:
        member = self.members[which]
        if member.bare:  # whether a unit has lost them in the meantime is up to its pace
            for place in self.places:
                place.open.add(member.number)
        self._save(member, active=not member.active)

    def _save(self, member: Member, *, last_name: str = "", active: bool | None = None) -> None:
        now = self.site.reload(member.row)
        member.active = member.active if active is None else active
        request = employees.SaveEmployee(
            id=now.id,
            number=now.number,
            first_name=now.first_name,
            last_name=last_name or now.last_name,
            email=now.email,
            department=now.department,
            active=member.active,
        )
        self.site.client.call(employees.save_employee, request)
        member.name = f"{now.first_name} {last_name or now.last_name}"

    # what happens to units

    @rule(which=st.integers(0, 2))
    def switch(self, which: int) -> None:
        place = self.places[which]
        place.switch(on=not place.is_on)

    @rule(which=st.integers(0, 2))
    def keep_a_backup(self, which: int) -> None:
        self.places[which].kept.append(copy.deepcopy(self.places[which].unit.people))

    @precondition(lambda self: any(place.kept for place in self.places))
    @rule(which=st.integers(0, 2), data=st.data())
    def restore_a_backup(self, which: int, data: st.DataObject) -> None:
        place = self.places[which]
        if place.kept:
            backup = data.draw(st.sampled_from(range(len(place.kept))))
            restored = copy.deepcopy(place.kept[backup])
            place.unit.people.clear()
            place.unit.people.update(restored)
            place.open |= {member.number for member in self.members if member.bare}
            place.changed = True

    @rule(which=st.integers(0, 2), who=st.integers(0, ENROLLED - 1))
    def delete_by_hand(self, which: int, who: int) -> None:
        self.places[which].unit.people.pop(self.members[who].number, None)
        self.places[which].changed = True

    @rule(which=st.integers(0, 2), who=st.integers(0, 1))
    def a_stranger_logs_in(self, which: int, who: int) -> None:
        place = self.places[which]
        number = sorted(place.strangers)[who]
        if isinstance(place.device, Unit):
            came_in = self.site.demo.present_at(place.device, number)
        else:
            came_in = self.site.demo.present(place.device, number)
        place.logins[number] += came_in

    # at rest

    def teardown(self) -> None:
        for place in getattr(self, "places", []):
            place.switch(on=True)
        for place in getattr(self, "places", []):
            self._let_it_be_read(place)
            self._check(place)
        for place in getattr(self, "places", []):
            place.switch(on=False)

    def _let_it_be_read(self, place: Place) -> None:
        """The service reads each unit once in a while, or when somebody asks for it."""
        wait_until(lambda: names(self.site)[place.serial].online)
        if place.changed:
            request = tasks.OnUnit(terminal_id=names(self.site)[place.serial].id, action="refresh")
            self.site.client.finish(self.site.client.call(tasks.on_unit, request))

    def _check(self, place: Place) -> None:
        problems: list[str] = []

        def right() -> bool:
            problems[:] = self._wrong(place)
            return not problems

        try:
            wait_until(right, AT_REST_S)
        except TimeoutError:
            raise AssertionError(f"{place.serial}: {problems}") from None
        assert {n: place.unit.people.get(n) for n in place.strangers} == place.strangers

    def _wrong(self, place: Place) -> list[str]:
        found = [self._wrong_with(place, member) for member in self.members]
        logged = Counter(
            row.number for row in all_logins(self.site) if row.terminal == place.serial
        )
        if logged != place.logins:
            found.append(f"logins {logged}, not {place.logins}")
        return [text for text in found if text]

    def _wrong_with(self, place: Place, member: Member) -> str:
        held = place.unit.people.get(member.number)
        if not member.active:
            return f"{member.number} left and is there" if held else ""
        if held is None:
            belongs = place.takes_faces if not member.bare else member.number not in place.open
            if not member.bare and not place.takes_faces:
                return ""
            return f"{member.number} is missing" if belongs else ""
        if held.name != member.name:
            return f"{member.number} is called {held.name}"
        if place.takes_faces and bool(held.photo) == member.bare:
            return f"{member.number} has {'a' if held.photo else 'no'} face"
        return ""


def test_at_rest_every_unit_holds_what_it_should(running: RunningSite) -> None:
    people = [with_face(running) for _ in range(ENROLLED)]
    people += [running.add_employee() for _ in range(BARE)]

    class OnThisSite(Truth):
        site = running

    OnThisSite.members = [Member(row, bare=place >= ENROLLED) for place, row in enumerate(people)]

    run_state_machine_as_test(
        OnThisSite,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
