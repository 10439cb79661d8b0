"""Consent in force, and the two steps of an enrolment that logins and terminals cause."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from console.domain.invitations import REVIEWABLE, Status
from console.store.database import Store
from console.store.queries.enrolments import (
    consent_in_force,
    mark_in_use,
    mark_on_terminals,
    to_review,
    who_agreed,
)
from console.store.schema import Enrolment, Invitation
from console.store.unit_of_work import Change, Commit
from tests.store.made import (
    NOW,
    add_consent,
    add_employee,
    add_enrolment,
    add_invitation,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def announced(shared_store: Store) -> Iterator[list[Change]]:
    """The changes that transactions announce."""
    changes: list[Change] = []

    def hear(commit: Commit) -> None:
        changes.extend(commit.changes)

    shared_store.subscribe(hear)
    yield changes


def enrolled(store: Store, status: Status, live: bool = True) -> Enrolment:
    """Somebody's enrolment at this status."""
    with store.write(now=NOW) as tx:
        return add_enrolment(tx, add_invitation(tx, add_employee(tx), status), live)


def invitation_of(store: Store, enrolment: Enrolment) -> Invitation:
    with store.read() as tx:
        return tx.get_one(Invitation, enrolment.invitation_id)


def test_the_newest_consent_counts_that_was_not_withdrawn(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        add_consent(tx, person, "face", NOW)
        newest = add_consent(tx, person, "face", NOW + DAY)
        add_consent(tx, person, "face", NOW + 2 * DAY, withdrawn_at=NOW + 3 * DAY)
    with shared_store.read() as seen:
        found = consent_in_force(seen, person.id, "face")
        assert found is not None and found.id == newest.id


def test_consent_to_the_face_is_none_to_the_finger(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        add_consent(tx, person, "face", NOW)
    with shared_store.read() as seen:
        assert consent_in_force(seen, person.id, "finger") is None


def test_consent_that_was_withdrawn_or_is_somebody_elses_counts_for_nothing(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        person, other = add_employee(tx), add_employee(tx)
        add_consent(tx, person, "face", NOW, withdrawn_at=NOW)
        add_consent(tx, other, "face", NOW)
    with shared_store.read() as seen:
        assert consent_in_force(seen, person.id, "face") is None


def test_EN1_who_agreed_is_asked_for_many_at_once(shared_store: Store) -> None:
    with shared_store.write() as tx:
        agreed, withdrawn, finger, unasked = (add_employee(tx) for _ in range(4))
        for person in (agreed, unasked):
            add_consent(tx, person, "face", NOW)
        add_consent(tx, withdrawn, "face", NOW, withdrawn_at=NOW)
        add_consent(tx, finger, "finger", NOW)
    with shared_store.read() as seen:
        asked = [agreed.id, withdrawn.id, finger.id]
        assert who_agreed(seen, asked, "face") == {agreed.id}


@pytest.mark.parametrize("status", [Status.APPROVED, Status.PUSHED])
def test_the_first_login_by_face_puts_the_enrolment_in_use(
    shared_store: Store, announced: list[Change], status: Status
) -> None:
    enrolment = enrolled(shared_store, status)
    with shared_store.write(now=NOW + DAY) as tx:
        mark_in_use(tx, enrolment.employee_id)
    invitation = invitation_of(shared_store, enrolment)
    assert (invitation.status, invitation.changed_at) == (Status.IN_USE, NOW + DAY)
    assert announced[-2:] == [
        ("invitations", enrolment.invitation_id),
        ("employees", enrolment.employee_id),
    ]


@pytest.mark.parametrize("status", [Status.IN_USE, Status.WITHDRAWN])
def test_a_later_login_changes_and_announces_nothing(
    shared_store: Store, announced: list[Change], status: Status
) -> None:
    enrolment = enrolled(shared_store, status)
    before = list(announced)
    with shared_store.write(now=NOW + DAY) as tx:
        mark_in_use(tx, enrolment.employee_id)
    invitation = invitation_of(shared_store, enrolment)
    assert (invitation.status, invitation.changed_at) == (status, NOW)
    assert announced == before


def test_a_login_puts_the_live_enrolment_in_use_and_not_one_that_it_replaced(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        person = add_employee(tx)
        replaced = add_enrolment(tx, add_invitation(tx, person, Status.PUSHED), live=False)
        live = add_enrolment(tx, add_invitation(tx, person, Status.PUSHED))
    with shared_store.write() as tx:
        mark_in_use(tx, person.id)
    assert invitation_of(shared_store, live).status is Status.IN_USE
    assert invitation_of(shared_store, replaced).status is Status.PUSHED


def test_a_login_of_somebody_without_a_face_changes_nothing(
    shared_store: Store, announced: list[Change]
) -> None:
    other = enrolled(shared_store, Status.APPROVED)
    with shared_store.write() as tx:
        person = add_employee(tx)
        add_invitation(tx, person, Status.INVITED)
    before = list(announced)
    with shared_store.write() as tx:
        mark_in_use(tx, person.id)
    assert announced == before
    assert invitation_of(shared_store, other).status is Status.APPROVED


def test_an_approved_face_that_every_terminal_has_is_on_terminals(
    shared_store: Store, announced: list[Change]
) -> None:
    enrolment = enrolled(shared_store, Status.APPROVED)
    with shared_store.write(now=NOW + DAY) as tx:
        mark_on_terminals(tx, tx.get_one(Enrolment, enrolment.id))
    invitation = invitation_of(shared_store, enrolment)
    assert (invitation.status, invitation.changed_at) == (Status.PUSHED, NOW + DAY)
    assert ("employees", enrolment.employee_id) in announced


def test_a_face_that_is_in_use_already_stays_so_when_the_last_terminal_confirms(
    shared_store: Store,
) -> None:
    enrolment = enrolled(shared_store, Status.IN_USE)
    with shared_store.write(now=NOW + DAY) as tx:
        mark_on_terminals(tx, tx.get_one(Enrolment, enrolment.id))
    invitation = invitation_of(shared_store, enrolment)
    assert (invitation.status, invitation.changed_at) == (Status.IN_USE, NOW)


def test_CO5_what_is_decided_waits_for_nobody_while_the_decision_is_held(
    shared_store: Store,
) -> None:
    with shared_store.write(now=NOW) as tx:
        made = {status: add_invitation(tx, add_employee(tx), status).id for status in Status}
        held = add_invitation(tx, add_employee(tx), Status.PENDING_APPROVAL)
        held.held_until = NOW + DAY
    with shared_store.read() as seen:
        found = set(seen.scalars(sa.select(Invitation.id).where(to_review())))
    assert found & {*made.values(), held.id} == {made[status] for status in REVIEWABLE}
