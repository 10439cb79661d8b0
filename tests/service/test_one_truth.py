"""Whatever happens to people and terminals: at rest every unit holds what it should. P10, TE1, TE2.

Random changes to people (names, departments, leaving, coming back), consents to faces and to
fingers, rules, groups and zones, and to units of all three dialects (off, on, restored from an old
backup, changed by hand, logins) against a running service. At rest each unit holds exactly who
belongs on it, nothing else was touched, and each login is in the log once; no kiosk gets the face
of somebody without a live consent, and no search finds it (EN1).

MUSTER_TRUTH_MINUTES=10 lets it run for so long, with other changes each time.
"""

import copy
import itertools
import os
import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bridge.simulator.push import FirmwareProfile, SimulatedTerminal
from bridge.simulator.unit import SimPerson, Unit, made_up_template
from console.api import access_rules, employees, faces, kiosk_link, tasks
from console.api.operation import ById, Nothing
from console.demo.site import wait_until
from console.domain.access_rules import RuleKind
from tests.conftest import RunningSite
from tests.service.desk import agree
from tests.service.gates import (
    detail,
    dialled_terminal,
    enrol_face,
    names,
    push_terminal,
    with_face,
)
from tests.service.test_access import approved_door
from tests.service.test_access_rules import apply, group_of
from tests.service.test_access_rules import rule as rule_of
from tests.service.test_dialled import finish
from tests.service.test_kiosks import as_kiosk, paired
from tests.service.test_personal_links import own_page
from tests.service.test_terminals import all_logins
from tests.service.truth_model import Member, Place
from tests.support.profiles import shaped

ENROLLED, BARE = 2, 2
"""People with a face, and without one."""
EXAMPLES, STEPS = 3, 14
AT_REST_S = 300.0
"""An answer that is lost is waited for a minute, and the next try comes after a pause: three of
them one after the other, by chance, take as long."""
STRANGER = SimPerson(name="Visitor", privilege=2, password="4321", card=0x1F2E3D, group="2")
_strangers = itertools.count(88_001)
MINUTES = float(os.environ.get("MUSTER_TRUTH_MINUTES", "0"))
"""How long random changes are tried, beyond the same few of every run."""
TIMEOUT_S = 900
DIALLED = 2
SALES = "Sales"
HELD_BACK, IN_USE, WITHDRAWN = "held back", "in use", "withdrawn"
"""What may be done with a finger that a unit had already: see `adoption.py`."""


class Truth(RuleBasedStateMachine):
    """site, members, group_id: shared by all examples; the units, and whose finger is on one of
    them, are new in each.
    """

    site: RunningSite
    kiosk_token: str
    members: list[Member]
    group_id: str
    places: list[Place]
    guest: employees.EmployeeRow
    finger: str
    guest_went: bool
    zone_id = ""

    @initialize()
    def begin(self) -> None:
        for member in self.members:
            self._save(member, active=True, last_name=f"Aisyah {member.number}", sold=True)
            self._set_group(member, joins=True)
            if not (member.bare or member.has_face):
                self._agree_to_face(member)
        wait_until(self._nobody_counts_as_gone)
        bare = [member for member in self.members if member.bare]
        held = {m.number: replace(STRANGER, name=f"Nur {m.number}", card=77) for m in bare}
        gate = push_terminal(self.site)
        door = approved_door(self.site)
        shaped(door.unit, "access")
        dialled = dialled_terminal(self.site, 0, 1)
        self.places = [
            self._place(device, takes_faces, held)
            for device, takes_faces in ((gate, True), (door, True), (dialled, False))
        ]
        self._bring_a_guest()
        for place in self.places:
            self._plan(place)
        zone = access_rules.SaveZone(
            id="",
            name=f"Zone of {gate.serial}",
            terminal_ids=[],
            rules=[rule_of(RuleKind.GROUP, self.group_id)],
        )
        self.zone_id = apply(self.site, zone)

    def _bring_a_guest(self) -> None:
        """Somebody whose finger is on the dialled unit, and who has not agreed to its use."""
        self.guest = self.site.add_employee(department=SALES)
        self.finger, self.guest_went = HELD_BACK, False
        place, number = self.places[DIALLED], self.guest.number
        own = place.unit.person(number)
        own.name, own.fingers = self.guest.full_name, {5: made_up_template(number)}
        request = tasks.AdoptPeople(
            terminal_id=names(self.site)[place.serial].id, pairs=[(number, self.guest.id)]
        )
        done = finish(self.site.client, self.site.client.call(tasks.adopt_people, request))
        assert "are not used" in done.result.text, done

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
        takes_fingers = isinstance(device, Unit) or device.profile is not FirmwareProfile.QF_MASTER
        return Place(device, takes_faces, takes_fingers, strangers, held, changed=True)

    def _plan(self, place: Place) -> None:
        """From now on the unit gets by itself whatever changes."""
        make = tasks.MakePlan(terminal_id=names(self.site)[place.serial].id)
        made = finish(self.site.client, self.site.client.call(tasks.make_plan, make))
        assert made.result.plan is not None, made.error
        applied = tasks.ApplyPlan(plan_id=made.result.plan.id, confirm="")
        done = finish(self.site.client, self.site.client.call(tasks.apply_plan, applied))
        assert done.state == "done", done.error

    # what happens to people

    @rule(which=st.integers(0, ENROLLED + BARE - 1), version=st.integers(1, 9))
    def rename(self, which: int, version: int) -> None:
        member = self.members[which]
        self._save(member, last_name=f"Aisyah {member.number} v{version}")

    @rule(which=st.integers(0, ENROLLED + BARE - 1))
    def leave_or_return(self, which: int) -> None:
        member = self.members[which]
        self._may_go(member, self.places)
        self._save(member, active=not member.active)

    def _may_go(self, member: Member, places: list[Place]) -> None:
        """Whether a unit has lost them in the meantime is up to its pace."""
        for place in places:
            place.rights.pop(member.number, None)
            if not member.has_face:
                place.open.add(member.number)

    def _save(
        self,
        member: Member,
        *,
        last_name: str = "",
        active: bool | None = None,
        sold: bool | None = None,
    ) -> None:
        now = self.site.reload(member.row)
        member.active = member.active if active is None else active
        member.sold = member.sold if sold is None else sold
        request = employees.SaveEmployee(
            id=now.id,
            number=now.number,
            first_name=now.first_name,
            last_name=last_name or now.last_name,
            email=now.email,
            department=SALES if member.sold else "Stores",
            active=member.active,
        )
        self.site.client.call(employees.save_employee, request)
        member.name = f"{now.first_name} {last_name or now.last_name}"

    @rule(which=st.integers(0, ENROLLED + BARE - 1))
    def change_the_department(self, which: int) -> None:
        member = self.members[which]
        self._may_go(member, [place for place in self.places if place.for_sales])
        self._save(member, sold=not member.sold)

    @precondition(lambda self: any(one.has_face and one.active for one in self.members))
    @rule()
    def withdraw_the_face(self) -> None:
        """One at a time: to agree again, somebody enrols anew, which takes a while."""
        member = next(one for one in self.members if one.has_face and one.active)
        self.site.client.call(employees.withdraw_face, ById(id=member.row.id))
        member.has_face = False
        for place in self.places:
            place.open.add(member.number)

    @precondition(lambda self: any(one.has_face is one.bare is False for one in self.members))
    @rule()
    def agree_to_the_face_again(self) -> None:
        for member in self.members:
            if member.active and not (member.bare or member.has_face):
                self._agree_to_face(member)
                return

    def _agree_to_face(self, member: Member) -> None:
        enrol_face(self.site, member.row)
        member.has_face = True

    @rule()
    def agree_or_withdraw(self) -> None:
        """By their own link: no operator asks the units. They have no finger left to agree to."""
        if self.finger == HELD_BACK:
            agree(self.site.client, self.guest)
            self.finger = IN_USE
        elif self.finger == IN_USE:
            own_page(self.site, self.guest).withdraw_fingers()
            self.finger = WITHDRAWN

    # who may be where

    @rule(which=st.integers(0, 2), who=st.integers(0, ENROLLED + BARE - 1))
    def shut_out_or_take(self, which: int, who: int) -> None:
        place, member = self.places[which], self.members[who]
        self._may_go(member, [place])
        place.never ^= {member.number}
        self._save_rules(place)

    @rule(which=st.integers(0, 2))
    def into_or_out_of_the_zone(self, which: int) -> None:
        place = self.places[which]
        place.in_zone = not place.in_zone
        self._note_who_may_go(place)
        self._save_rules(place)

    @rule(which=st.integers(0, 2))
    def for_the_department_or_not(self, which: int) -> None:
        place = self.places[which]
        place.for_sales = not place.for_sales
        self._note_who_may_go(place)
        self._save_rules(place)

    def _note_who_may_go(self, place: Place) -> None:
        """Its rules have changed."""
        own = place is self.places[DIALLED]
        self.guest_went = self.guest_went or (own and not place.takes_the_guest)
        for member in self.members:
            if not place.takes(member):
                self._may_go(member, [place])

    @rule(who=st.integers(0, ENROLLED + BARE - 1))
    def join_or_leave_the_group(self, who: int) -> None:
        member = self.members[who]
        self._may_go(member, [place for place in self.places if place.in_zone])
        self._set_group(member, joins=not member.in_group)

    def _save_rules(self, place: Place) -> None:
        ids = {member.number: member.row.id for member in self.members}
        rules = [rule_of(RuleKind.NEVER, ids[number]) for number in sorted(place.never)]
        if place.for_sales:
            rules.append(rule_of(RuleKind.DEPARTMENT, SALES))
        request = access_rules.SaveTerminalRules(
            terminal_id=names(self.site)[place.serial].id,
            zone_id=self.zone_id if place.in_zone else "",
            rules=rules,
        )
        apply(self.site, request)

    def _set_group(self, member: Member, *, joins: bool) -> None:
        member.in_group, ids = joins, [member.row.id]
        add, remove = (ids, []) if joins else ([], ids)
        group = access_rules.SaveGroup(id=self.group_id, name="Crew", add=add, remove=remove)
        apply(self.site, group)

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
            place.open |= {one.number for one in self.members if not one.has_face}
            place.rights = {
                number: (person.privilege, person.card, person.password)
                for number, person in restored.items()
                if number in place.rights
            }
            place.strangers = {
                number: copy.deepcopy(restored[number]) for number in place.strangers
            }
            place.changed = True

    @rule(which=st.integers(0, 2), who=st.integers(0, ENROLLED - 1))
    def delete_by_hand(self, which: int, who: int) -> None:
        place, number = self.places[which], self.members[who].number
        place.unit.people.pop(number, None)
        place.rights.pop(number, None)
        place.changed = True

    @rule(which=st.integers(0, 2), who=st.integers(0, ENROLLED + BARE - 1))
    def rename_by_hand(self, which: int, who: int) -> None:
        """A nickname of the same person: the name here comes back."""
        place, member = self.places[which], self.members[who]
        if member.number in place.unit.people:
            place.unit.people[member.number].name = f"Aisyah {member.number} x"
            place.changed = True

    @rule(
        which=st.integers(0, 2),
        who=st.integers(0, ENROLLED + BARE - 1),
        privilege=st.sampled_from([0, 2, 14]),
        card=st.integers(0, 2**32 - 1),
        password=st.sampled_from(["", "7", "90210"]),
    )
    def change_rights_by_hand(
        self, which: int, who: int, privilege: int, card: int, password: str
    ) -> None:
        place, number = self.places[which], self.members[who].number
        held = place.unit.people.get(number)
        if held is not None:
            held.privilege, held.card, held.password = privilege, card, password
            place.rights[number] = privilege, card, password
            place.changed = True

    @rule(which=st.integers(0, 2), who=st.integers(0, 1), card=st.integers(0, 2**32 - 1))
    def change_a_stranger_by_hand(self, which: int, who: int, card: int) -> None:
        place = self.places[which]
        number = sorted(place.strangers)[who]
        place.unit.people[number].card = place.strangers[number].card = card

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
        places = self.places if self.zone_id else []  # what went wrong before says more
        for place in places:
            place.switch(on=True)
        for place in places:
            self._let_it_be_read(place)
            self._check(place)
        if places:
            self._check_faces_in_use()
        for place in places:
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
            shown = detail(self.site, place.serial)
            told = [one.text for one in shown.receipts[:6]]
            known = names(self.site)[place.serial]
            raise AssertionError(
                f"{place.serial}: {problems} {known} {shown.facts} {told}"
            ) from None
        assert {n: place.unit.people.get(n) for n in place.strangers} == place.strangers

    def _check_faces_in_use(self) -> None:
        """A kiosk gets the faces of who may log in by them, and searches find who has agreed."""
        agreed = {member.row.id for member in self.members if member.has_face}
        active = {member.row.id for member in self.members if member.active}
        request = kiosk_link.References(employee_ids=[member.row.id for member in self.members])
        answer = as_kiosk(self.site, self.kiosk_token, kiosk_link.references, request)
        got = {one.employee_id for one in answer.references if one.face}
        assert got == agreed & active
        found = self.site.client.call(faces.most_similar, Nothing()).pairs
        assert {one.id for pair in found for one in (pair.first, pair.second)} <= agreed

    def _wrong(self, place: Place) -> list[str]:
        found = [self._wrong_with(place, member) for member in self.members]
        found.append(self._wrong_finger(place))
        logged = Counter(
            row.number for row in all_logins(self.site) if row.terminal == place.serial
        )
        if logged != place.logins:
            found.append(f"logins {logged}, not {place.logins}")
        return [text for text in found if text]

    def _wrong_with(self, place: Place, member: Member) -> str:
        held = place.unit.people.get(member.number)
        if not member.active or not place.takes(member):
            return f"{member.number} must go and is there" if held else ""
        if held is None:
            belongs = place.takes_faces if member.has_face else member.number not in place.open
            if not member.bare and not place.takes_faces:
                return ""
            return f"{member.number} is missing" if belongs else ""
        if held.name != member.name:
            return f"{member.number} is called {held.name}"
        if place.takes_faces and bool(held.photo) != member.has_face:
            return f"{member.number} has {'a' if held.photo else 'no'} face"
        rights = (held.privilege, held.card, held.password)
        if place.rights.get(member.number, rights) != rights:
            return f"{member.number} has other rights: {rights}"
        return ""

    def _wrong_finger(self, place: Place) -> str:
        """A finger that is in use is on every unit that takes fingers, and people of no group."""
        held = place.unit.people.get(self.guest.number)
        has, own = bool(held and held.fingers), place is self.places[DIALLED]
        if self.finger == IN_USE and place.takes_the_guest and place.takes_fingers:
            return "" if has else f"the finger of {self.guest.number} is missing"
        if self.finger == HELD_BACK and own and place.takes_the_guest:
            lost = not has and not self.guest_went
            return f"the finger of {self.guest.number} was taken" if lost else ""
        return f"there is a finger of {self.guest.number}" if has else ""


@pytest.mark.timeout(TIMEOUT_S + 120 * MINUTES)
def test_at_rest_every_unit_holds_what_it_should(running: RunningSite) -> None:
    people = [with_face(running, department=SALES) for _ in range(ENROLLED)]
    people += [running.add_employee(department=SALES) for _ in range(BARE)]

    class OnThisSite(Truth):
        site = running
        kiosk_token = paired(running)[1]

    OnThisSite.members = [Member(row, bare=place >= ENROLLED) for place, row in enumerate(people)]
    OnThisSite.group_id = group_of(running, "Crew")
    same_each_time = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(OnThisSite, settings=same_each_time)
    end = time.monotonic() + MINUTES * 60
    while time.monotonic() < end:
        run_state_machine_as_test(OnThisSite, settings=settings(same_each_time, derandomize=False))
