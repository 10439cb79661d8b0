"""What the first page counts, each by an index. CO19."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from console.domain.erasure import ErasureState
from console.domain.funnel import Stage, Why
from console.domain.invitations import SECOND_CHECK_TRIES, Status
from console.domain.placements import PlacementState
from console.domain.terminals import TerminalStatus
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries import today
from console.store.queries.today import Tally
from console.store.schema import AskedAgain, Erasure, Kiosk, Outbox
from console.store.unit_of_work import ReadTx
from console.store.vault import Vault
from tests.conftest import Databases
from tests.service.test_audit_search import Selects
from tests.store.made import (
    NOW,
    add_employee,
    add_invitation,
    add_placement,
    add_terminal,
)
from tests.support.clock import FakeClock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    """A database of this test alone: it counts everybody."""
    clock = FakeClock()
    clock.now = NOW
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))), clock=clock)
    yield made
    made.close()


def test_CO19_own_photos_are_counted_apart_from_those_that_the_operator_may_judge(
    store: Store,
) -> None:
    with store.write() as tx:
        me = add_employee(tx)
        for ago, person, status in (
            (2, add_employee(tx), Status.PENDING_APPROVAL),
            (5, add_employee(tx), Status.NEEDS_HELP),
            (9, me, Status.PENDING_APPROVAL),
            (99, add_employee(tx), Status.APPROVED),
        ):
            add_invitation(tx, person, status).submitted_at = NOW - ago * HOUR
    with store.read() as tx:
        mine, nobody = today.review_tally(tx, me.id), today.review_tally(tx, "")
    assert mine == (Tally(2, NOW - 5 * HOUR), Tally(1, NOW - 9 * HOUR))
    assert nobody == (Tally(3, NOW - 9 * HOUR), Tally())


def test_CO19_whoever_is_stuck_is_counted_as_the_board_counts_them(store: Store) -> None:
    with store.write() as tx:
        failed = add_invitation(tx, add_employee(tx), Status.INVITED)
        failed.email_failed, failed.changed_at = True, NOW - DAY
        locked = add_invitation(tx, add_employee(tx), Status.OPENED)
        locked.check_misses = SECOND_CHECK_TRIES
        at_desk = add_invitation(tx, add_employee(tx), Status.NEEDS_HELP)
        at_desk.channel = "desk"
        waiting = add_invitation(tx, add_employee(tx), Status.INVITED)
        waiting.stage = Stage.SENT
    with store.read() as tx:
        assert today.stuck_tally(tx, Why.EMAIL_FAILED) == Tally(1, NOW - DAY)
        assert today.stuck_tally(tx, Why.LOCKED) == Tally(1, NOW)
        assert today.stuck_tally(tx, Why.NEEDS_HELP) == Tally(), "not a link"


def test_CO19_links_that_run_out_soon_can_still_be_used(store: Store) -> None:
    with store.write() as tx:
        for hours, status in (
            (-1, Status.INVITED),
            (3, Status.OPENED),
            (48, Status.REJECTED),
            (49, Status.INVITED),
            (5, Status.APPROVED),
        ):
            add_invitation(tx, add_employee(tx), status).expires_at = NOW + hours * HOUR
    with store.read() as tx:
        assert today.ending_links(tx, NOW + 48 * HOUR) == Tally(2, NOW + 3 * HOUR)


def test_CO19_last_days_are_those_of_people_in_force(store: Store) -> None:
    first = NOW.date()
    with store.write() as tx:
        for days, active in ((-1, True), (0, True), (7, True), (8, True), (1, False)):
            add_employee(tx, active=active).valid_until = first + days * DAY
    with store.read() as tx:
        assert today.last_days(tx, first, first + 7 * DAY) == (2, first)
        assert today.last_days(tx, first + 2 * DAY, first + 3 * DAY) == (0, None)


def test_N8_answers_count_from_when_the_person_was_told(store: Store) -> None:
    with store.write() as tx:
        for until in (NOW + DAY, NOW + 9 * DAY, None):
            tx.add(
                AskedAgain(
                    employee_id=add_employee(tx).id,
                    modality="face",
                    version=2,
                    asked_at=NOW,
                    answer_days=14,
                    answer_by=until,
                )
            )
    with store.read() as tx:
        assert today.due_answers(tx, NOW + 7 * DAY) == Tally(1, NOW + DAY)
        due = today.answer_is_due(NOW + 7 * DAY)
        assert today.how_many(tx, AskedAgain.employee_id, due) == Tally(1)


def test_N17_an_erasure_waits_for_those_who_did_not_ask_for_it(store: Store) -> None:
    with store.write() as tx:
        for by, state in (("a", "proposed"), ("b", "proposed"), ("b", "done")):
            tx.add(
                Erasure(
                    id=new_id(),
                    employee_id=new_id(),
                    batch="1",
                    state=ErasureState(state),
                    asked_by=by,
                    asked_at=NOW,
                    here_since=NOW,
                    pseudonym="erased-1",
                )
            )
    with store.read() as tx:
        assert today.proposed_erasures(tx, "a") == Tally(1, NOW)
        assert today.proposed_erasures(tx, "c") == Tally(2, NOW)


def test_CO19_what_terminals_and_kiosks_hide_is_counted(store: Store) -> None:
    with store.write() as tx:
        person, terminal = add_employee(tx), add_terminal(tx, "Gate")
        add_placement(tx, person, terminal, PlacementState.FAILED, run_at=NOW - HOUR)
        add_placement(tx, add_employee(tx), terminal, PlacementState.FAILED)
        retired = add_terminal(tx, "Retired")
        retired.status = TerminalStatus.RETIRED
        add_placement(tx, person, retired, PlacementState.FAILED)
        add_placement(tx, add_employee(tx), terminal, PlacementState.WAITING)
        for name, token, seen, gone in (
            ("silent", "1", NOW - HOUR, None),
            ("heard", "2", NOW, None),
            ("never", "3", None, None),
            ("unpaired", "", NOW - DAY, None),
            ("gone", "4", NOW - DAY, NOW),
        ):
            tx.add(
                Kiosk(
                    id=new_id(),
                    name=name,
                    token_hash=token,
                    last_seen=seen,
                    gone_at=gone,
                    added_by="a",
                    added_at=NOW - 2 * HOUR,
                )
            )
        for state in ("queued", "sent", "held"):
            tx.add(
                Outbox(
                    id=new_id(),
                    kind="reminder",
                    employee_id=person.id,
                    state=state,
                    run_at=NOW,
                    created_at=NOW,
                )
            )
    with store.read() as tx:
        assert today.failing_terminals(tx) == Tally(1, NOW - HOUR)
        assert today.silent_kiosks(tx, NOW - timedelta(minutes=1)) == Tally(2, NOW - 2 * HOUR)
        assert today.queued_emails(tx) == 1


def test_CO19_terminals_that_wait_or_are_used_are_read_in_the_order_of_their_names(
    store: Store,
) -> None:
    with store.write() as tx:
        for name, status in (("C", "approved"), ("A", "pending"), ("B", "retired")):
            add_terminal(tx, name).status = TerminalStatus(status)
    with store.read() as tx:
        rows = today.terminal_states(tx)
    assert [(row.name, row.status) for row in rows] == [
        ("A", TerminalStatus.PENDING),
        ("C", TerminalStatus.APPROVED),
    ]
    assert rows[0].first_seen == NOW and rows[0].callers == {}


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda tx: today.stuck_tally(tx, Why.EMAIL_FAILED), "status_email_failed"),
        (lambda tx: today.stuck_tally(tx, Why.LOCKED), "status_check_misses"),
        (lambda tx: today.ending_links(tx, NOW), "status_expires_at_channel"),
        (lambda tx: today.review_tally(tx, ""), "ix_invitation_"),
        (lambda tx: today.last_days(tx, NOW.date(), NOW.date()), "employee_valid_until"),
        (lambda tx: today.due_answers(tx, NOW), "asked_again_answer_by"),
        (lambda tx: today.proposed_erasures(tx, ""), "erasure_state"),
        (today.failing_terminals, "placement_state_run_at"),
        (today.queued_emails, "outbox_state_run_at"),
    ],
)
def test_CO19_each_count_is_found_by_its_index(
    store: Store, read: Callable[[ReadTx], object], index: str
) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the size of its tables, which are empty here")
    with store.read() as tx:
        with Selects(store) as said:
            read(tx)
        for text, values in said:
            plan = tx.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            steps = [str(row[-1]) for row in plan]
            assert index in " ".join(steps)
            assert not any(step.startswith("SCAN") for step in steps), steps
