"""The statuses of enrolments in words, with what their terminals say."""

import pytest

from console.domain.invitations import Status
from console.domain.placements import PlacementState
from console.store.database import Store
from console.store.queries.statuses import status_texts
from console.store.schema import Invitation
from tests.store.made import (
    add_employee,
    add_enrolment,
    add_invitation,
    add_placement,
    add_terminal,
)

CONFIRMED, WAITING = PlacementState.CONFIRMED, PlacementState.WAITING
FAILED = PlacementState.FAILED


def enrolled(
    store: Store, status: Status, *states: PlacementState, live: bool = True
) -> Invitation:
    """An enrolment that is on its way to as many terminals; each refusal is called blurred."""
    with store.write() as tx:
        person = add_employee(tx)
        invitation = add_invitation(tx, person, status)
        face = add_enrolment(tx, invitation, live).id
        for place, state in enumerate(states):
            held = {"face_id": face, "face_held": face if state is CONFIRMED else None}
            error = "blurred" if state is FAILED else "not read"
            add_placement(tx, person, add_terminal(tx, f"Gate {place}"), state, error=error, **held)
    return invitation


def texts(store: Store, *invitations: Invitation) -> list[str]:
    """Their texts, in the order asked for."""
    with store.read() as seen:
        found = status_texts(seen, list(invitations))
    assert found.keys() == {row.id for row in invitations}
    return [found[row.id] for row in invitations]


@pytest.mark.parametrize(
    ("status", "states", "text"),
    [
        (Status.APPROVED, (), "Approved"),
        (Status.APPROVED, (WAITING,), "Approved, on 0 of 1 terminal"),
        (Status.APPROVED, (CONFIRMED, WAITING, WAITING), "Approved, on 1 of 3 terminals"),
        (Status.PUSHED, (CONFIRMED, CONFIRMED), "On 2 of 2 terminals"),
        (Status.IN_USE, (CONFIRMED, CONFIRMED), "In use"),
    ],
)
def test_terminals_that_have_the_face_are_counted(
    shared_store: Store, status: Status, states: tuple[PlacementState, ...], text: str
) -> None:
    assert texts(shared_store, enrolled(shared_store, status, *states)) == [text]


def test_one_call_answers_for_all_rows_and_mixes_none_up(shared_store: Store) -> None:
    one = enrolled(shared_store, Status.APPROVED, CONFIRMED, WAITING)
    other = enrolled(shared_store, Status.APPROVED, CONFIRMED, FAILED, CONFIRMED)
    with shared_store.write() as tx:
        failed = add_invitation(tx, add_employee(tx), Status.REJECTED_AUTO, tries=2)
        rejected = add_invitation(tx, add_employee(tx), Status.REJECTED, remark="Hat")
        invited = add_invitation(tx, add_employee(tx), Status.INVITED)
    assert texts(shared_store, rejected, one, invited, other, failed) == [
        "Rejected: Hat",
        "Approved, on 1 of 2 terminals",
        "Pending Submission",
        "Approved, on 2 of 3 terminals · Gate 1: blurred",
        "Unsuccessful (try 2 of 3)",
    ]


def test_terminals_that_refuse_the_photo_are_named_in_the_order_of_their_names(
    shared_store: Store,
) -> None:
    """In the order of the rows, the text would jump about while somebody reads it."""
    with shared_store.write() as tx:
        person = add_employee(tx)
        invitation = add_invitation(tx, person, Status.APPROVED)
        face = add_enrolment(tx, invitation).id
        for name in ("Yard", "Gate", "Office"):
            refused = {"face_id": face, "error": f"refused at {name}"}
            add_placement(tx, person, add_terminal(tx, name), FAILED, **refused)
    assert texts(shared_store, invitation) == [
        "Approved, on 0 of 3 terminals · Gate: refused at Gate · Office: refused at Office"
        " · Yard: refused at Yard"
    ]


def test_what_terminals_said_of_a_face_that_was_replaced_is_told_no_more(
    shared_store: Store,
) -> None:
    replaced = enrolled(shared_store, Status.SUPERSEDED, CONFIRMED, FAILED, live=False)
    assert texts(shared_store, replaced) == ["Replaced by a newer enrolment"]


@pytest.mark.parametrize(
    ("held", "settled", "text"),
    [
        (0, True, "Consent withdrawn"),
        (2, True, "Consent withdrawn, face still on 2 terminals"),
        (2, False, "Consent withdrawn, terminals are updated next"),
    ],
)
def test_EN1_a_withdrawn_consent_tells_of_terminals_that_hold_the_face(
    shared_store: Store, held: int, settled: bool, text: str
) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        person.settled = settled
        invitation = add_invitation(tx, person, Status.WITHDRAWN)
        face = add_enrolment(tx, invitation, live=False).id
        for place in range(held):
            add_placement(tx, person, add_terminal(tx, f"Gate {place}"), face_held=face)
        add_placement(tx, person, add_terminal(tx, "Door"), CONFIRMED)
    assert texts(shared_store, invitation) == [text]


def test_an_empty_page_has_no_texts(shared_store: Store) -> None:
    assert texts(shared_store) == []
