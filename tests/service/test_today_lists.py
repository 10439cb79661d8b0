"""Each figure of the first page opens a list of exactly what it counts. CO19."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console.api import consents, employees, erasure, invitations, kiosks, review, terminals, today
from console.api.client import Client
from console.api.operation import Nothing, ServiceError
from console.desktop.places import REASONS
from console.domain.erasure import ErasureState
from console.domain.funnel import Why
from console.domain.invitations import SECOND_CHECK_TRIES, Status
from console.domain.operators import Role
from console.domain.placements import PlacementState
from console.domain.terminals import TerminalStatus
from console.domain.today import LISTED, Concern
from console.service.operations.concerns import PHOTO_JOB, SETTLE_JOB, Concerned
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.schema import AskedAgain, Employee, Erasure, IdPhoto, Invitation, Kiosk, Photo
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases, RunningSite
from tests.store.made import NOW, add_employee, add_invitation, add_placement, add_terminal
from tests.support.operators import add_operator, signed_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JOBS = {Concern.SCREENING_FAILS, Concern.ID_PHOTO_FAILS, Concern.ERASING_FAILS}
"""What jobs fail at cannot be put into the database."""


def listed_invitations(client: Client, concern: Concern) -> int:
    those = invitations.Those(why=REASONS[concern]) if concern in REASONS else None
    asked = invitations.ListInvitations(those=those, concern=None if those else concern)
    page = client.call(invitations.list_invitations, asked)
    assert len(page.rows) == page.total
    return page.total


def listed_employees(client: Client, concern: Concern) -> int:
    return client.call(employees.list_employees, employees.ListEmployees(concern=concern)).total


def listed_terminals(client: Client, concern: Concern) -> int:
    rows = client.call(terminals.list_terminals, Nothing()).rows
    return sum(concern in one.concerns for one in rows)


def listed_kiosks(client: Client, _concern: Concern) -> int:
    return sum(one.silent for one in client.call(kiosks.list_kiosks, Nothing()).kiosks)


def listed_erasures(client: Client, concern: Concern) -> int:
    found = client.call(erasure.list_erasures, erasure.ListErasures(concern=concern))
    assert len(found.rows) == found.total
    return found.total


def listed_answers(client: Client, _concern: Concern) -> int:
    found = client.call(consents.get_consents, consents.AskConsents(due=True))
    assert len(found.asked) == found.total
    return found.total


def listed_submissions(client: Client, concern: Concern) -> int:
    items = client.call(review.queue, Nothing()).items
    return sum(one.own is (concern is Concern.OWN_PHOTOS) for one in items)


C = Concern
LISTS: dict[Concern, Callable[[Client, Concern], int]] = {
    **dict.fromkeys((C.REVIEW, C.OWN_PHOTOS), listed_submissions),
    C.ERASURE: listed_erasures,
    **dict.fromkeys(
        (
            C.NEW_TERMINAL,
            C.CALLER,
            C.PLAN,
            C.TERMINAL_OFFLINE,
            C.TERMINAL_PROBLEM,
            C.NOT_BROUGHT,
            C.CLOCK,
        ),
        listed_terminals,
    ),
    **dict.fromkeys((*REASONS, C.LINKS), listed_invitations),
    C.KIOSK_OFFLINE: listed_kiosks,
    C.LAST_DAYS: listed_employees,
    C.ANSWERS: listed_answers,
}


def make_invitations(tx: Tx, own: str) -> None:
    for status, changes in (
        (Status.PENDING_APPROVAL, {}),
        (Status.NEEDS_HELP, {}),
        (Status.NEEDS_HELP, {}),
        (Status.PENDING_APPROVAL, {"employee_id": own}),
        (Status.INVITED, {"email_failed": True}),
        (Status.OPENED, {"check_misses": SECOND_CHECK_TRIES}),
        (Status.OPENED, {"expires_at": tx.now + DAY}),
        (Status.OPENED, {"expires_at": tx.now + 9 * DAY}),
        (Status.REJECTED, {"expires_at": tx.now + 2 * HOUR}),
        (Status.OPENED, {"expires_at": tx.now + DAY, "channel": "desk"}),
    ):
        row = add_invitation(tx, add_employee(tx), status)
        row.submitted_at, row.expires_at = tx.now, tx.now + 5 * DAY
        for name, value in changes.items():
            setattr(row, name, value)


def make_terminals(tx: Tx) -> None:
    caller = {"192.0.2.9": {"why": ["Another address."], "refused": False}}
    changes: tuple[dict[str, Any], ...] = (
        {"status": TerminalStatus.PENDING},
        {"status": TerminalStatus.PENDING},
        {"callers": caller},
        {"counts": {"out_of_sync": 3}},
        {"last_seen": NOW - DAY},
        {"contact_problem": "The comm key is wrong."},
        {"clock_offset_s": 700.0},
        {"status": TerminalStatus.BLOCKED, "clock_offset_s": 700.0},
        {"status": TerminalStatus.RETIRED, "clock_offset_s": 700.0},
    )
    for number, one in enumerate(changes):
        row = add_terminal(tx, f"T{number}")
        row.last_seen = tx.now
        for name, value in one.items():
            setattr(row, name, value)
        for _ in range(2 if number in (3, 7, 8) else 0):
            add_placement(tx, add_employee(tx), row, PlacementState.FAILED)


def make_others(tx: Tx, me: str, other: str) -> None:
    for days in (0, 6, 8):
        add_employee(tx).valid_until = tx.now.date() + days * DAY
    for until in (tx.now + DAY, tx.now + 9 * DAY, None):
        asked = {"modality": "face", "version": 2, "asked_at": tx.now, "answer_days": 14}
        tx.add(AskedAgain(employee_id=add_employee(tx).id, answer_by=until, **asked))
    for by, state in ((me, "proposed"), (other, "proposed"), (other, "emptying")):
        tx.add(an_erasure(by, ErasureState(state)))
    for name, token, seen in (("a", "1", NOW - DAY), ("b", "2", tx.now), ("c", "", NOW - DAY)):
        added = {"added_by": "a", "added_at": NOW - 2 * DAY}
        tx.add(Kiosk(id=new_id(), name=name, token_hash=token, last_seen=seen, **added))


def an_erasure(by: str, state: ErasureState) -> Erasure:
    return Erasure(
        id=new_id(),
        employee_id=new_id(),
        batch="1",
        state=state,
        asked_by=by,
        asked_at=NOW,
        here_since=NOW,
        pseudonym="erased-1",
    )


@pytest.mark.parametrize("role", [Role.ADMIN, Role.TECHNICIAN, Role.SUPERVISOR, Role.AUDITOR])
def test_CO19_the_count_of_each_line_is_the_length_of_the_list_that_it_opens(
    everything: RunningSite, role: Role
) -> None:
    client = signed_in(everything.demo, f"figures {role}")
    lines = {one.concern: one.count for one in client.call(today.today, Nothing()).lines}
    counted = {concern: count for concern, count in lines.items() if concern in LISTED}
    if role is Role.ADMIN:
        helped = {Concern.NEEDS_HELP}  # administrators see them in the review
        assert counted.keys() == LISTED.keys() - JOBS - helped
    assert {concern: LISTS[concern](client, concern) for concern in counted} == counted
    if role is Role.ADMIN:
        assert (counted[Concern.LINKS], counted[Concern.LAST_DAYS]) == (2, 2)
        assert (counted[Concern.REVIEW], counted[Concern.OWN_PHOTOS]) == (3, 1)
        assert (counted[Concern.NOT_BROUGHT], counted[Concern.NEW_TERMINAL]) == (2, 2)


@pytest.fixture(scope="module")
def everything(running: RunningSite) -> RunningSite:
    """A site where every line that rows alone can make is told."""
    person = running.add_employee(number="ownfigures")
    for role in Role:
        number = person.number if role is Role.ADMIN else ""
        add_operator(running, f"figures {role}", role, employee=number)
    me = signed_in(running.demo, f"figures {Role.ADMIN}")
    with running.store().write() as tx:
        make_invitations(tx, person.id)
        make_terminals(tx)
        make_others(tx, "nobody", "somebody else")
    assert me.call(today.today, Nothing()).unread == []
    return running


def test_CO19_a_list_refuses_the_line_of_another_one(running: RunningSite) -> None:
    for listed in (listed_invitations, listed_employees, listed_erasures):
        with pytest.raises(ServiceError, match="cannot be filtered by"):
            listed(running.client, Concern.CLOCK)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))), clock=lambda: NOW)
    yield made
    made.close()


def test_CO19_what_a_job_fails_at_is_the_person_or_the_erasure_that_the_list_shows(
    store: Store,
) -> None:
    with store.write() as tx:
        invited = [add_invitation(tx, add_employee(tx), Status.SCREENING) for _ in range(3)]
        photos = [a_photo(invited[number]) for number in (0, 0, 1)]
        gone = add_employee(tx)
        gone.erased = True
        id_photos = [an_id_photo(add_employee(tx)), an_id_photo(gone)]
        failed, well = (an_erasure("a", ErasureState.EMPTYING) for _ in range(2))
        for row in (*photos, *id_photos, failed, well):
            tx.add(row)
        ids = {
            PHOTO_JOB: {photos[0].id, photos[1].id, "gone since"},
            SETTLE_JOB: {invited[0].id, invited[2].id},
            "id_photo": {one.id for one in id_photos},
            "erasure": {failed.id},
        }
    concerned = Concerned(lambda kind: ids[kind])
    with store.read() as tx:
        checks = concerned.invitations(tx, Concern.SCREENING_FAILS)
        found = set(tx.scalars(select(Invitation.id).where(checks)))
        assert found == {invited[0].id, invited[2].id}, "each person once"
        people = concerned.employees(tx, Concern.ID_PHOTO_FAILS)
        assert list(tx.scalars(select(Employee.id).where(people))) == [id_photos[0].employee_id]
        erasures = concerned.erasures(Concern.ERASING_FAILS, "a")
        assert list(tx.scalars(select(Erasure.id).where(erasures))) == [failed.id]


def a_photo(of: Invitation) -> Photo:
    usual = {"slot": 1, "try_no": 1, "state": "received", "created_at": NOW}
    return Photo(id=new_id(), invitation_id=of.id, employee_id=of.employee_id, **usual)


def an_id_photo(of: Employee) -> IdPhoto:
    return IdPhoto(id=new_id(), employee_id=of.id, state="waiting", added_by="", added_at=NOW)


def test_CO19_every_line_that_counts_rows_has_a_list() -> None:
    assert LISTS.keys() | JOBS == LISTED.keys()
    assert {concern for concern, why in REASONS.items() if why is Why.CHECKING} == set()
