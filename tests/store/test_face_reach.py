"""Where an enrolled face opens, by what terminals have shown and what is on its way. EN4."""

from sqlalchemy import select

from console.domain.access_rules import RuleKind
from console.domain.invitations import FaceReach, Status
from console.domain.placements import PlacementState
from console.store.database import Store
from console.store.queries.face_reach import face_reach
from console.store.schema import AccessRuleRow, Employee, Kiosk, Terminal
from tests.store.made import (
    NOW,
    add_employee,
    add_enrolment,
    add_invitation,
    add_placement,
    add_terminal,
)


def reach(store: Store, employee_id: str) -> FaceReach:
    with store.read() as tx:
        return face_reach(tx, tx.get_one(Employee, employee_id))


def test_EN4_where_a_face_opens_follows_from_the_terminals_and_kiosks(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        face = add_enrolment(tx, add_invitation(tx, person, Status.APPROVED))
        owner, face_id = person.id, face.id
        tx.add(Kiosk(id="k1", name="Lobby", token_hash="", added_by="Mei", added_at=NOW))
    assert reach(shared_store, owner) is FaceReach.NOWHERE, "the kiosk is not paired"
    with shared_store.write() as tx:
        tx.get_one(Kiosk, "k1").token_hash = "h"
    assert reach(shared_store, owner) is FaceReach.KIOSKS
    with shared_store.write() as tx:
        door = add_terminal(tx, "Door")
        door.takes_faces = True
        rule = {"scope_id": door.id, "kind": RuleKind.NEVER, "names": owner}
        tx.add(AccessRuleRow(**rule))
        door_id = door.id
    assert reach(shared_store, owner) is FaceReach.KIOSKS, "a rule keeps them from the terminal"
    with shared_store.write() as tx:
        for row in tx.scalars(select(AccessRuleRow).where(AccessRuleRow.scope_id == door_id)):
            tx.delete(row)
    assert reach(shared_store, owner) is FaceReach.SOON
    with shared_store.write() as tx:
        person, door = tx.get_one(Employee, owner), tx.get_one(Terminal, door_id)
        place = add_placement(tx, person, door, face_id=face_id)
        assert face_reach(tx, person) is FaceReach.SOON
        place.state, place.face_held = PlacementState.CONFIRMED, face_id
    assert reach(shared_store, owner) is FaceReach.TERMINALS
