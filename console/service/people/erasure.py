"""Erasing people: asked, agreed, done as a durable job, and finished when every place has shown it.

N7, N17, PE4. `store/queries/purge.py` takes the rows out; terminals and kiosks empty themselves by
what is left for them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import Select, func, select, update

from console.domain.erasure import (
    MOST_AT_ONCE,
    ErasureState,
    check_confirmed,
    needs_second,
)
from console.domain.errors import Conflict, Forbidden, Invalid, NotFound
from console.domain.fingers import FingerPosition
from console.domain.language import tr
from console.service.jobs import Pace
from console.service.portions import in_batches
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.erasure import (
    Place,
    ask_erasure,
    due_erasures,
    going_numbers,
    places_of,
)
from console.store.queries.people import count_admins, full_name
from console.store.queries.purge import forget_stub, purge
from console.store.schema import Employee, Erasure, Finger, LegalHold, PinMap
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
JOB = "erasure"
"""What a transaction demands that has asked for an erasure."""
AT_ONCE = 20
"""People of one transaction."""
BATCH = 200
"""People of one job: what terminals told is looked through once for all of them."""


def ask_to_erase(tx: Tx, employee_ids: Sequence[str], confirm: str) -> str:
    """Asks to erase people, and returns the id of the act.

    confirm: the number that was typed. From now on nobody of them is let in, unless a second
    administrator has to agree first. Raises NotFound, Invalid, Conflict.
    """
    people = people_to_erase(tx, employee_ids)
    check_confirmed(confirm, len(people), people[0].number)
    _check_not_held(tx, [one.id for one in people])
    batch = new_id()
    alone = not needs_second(len(people), count_admins(tx))
    for person in [*people, *_merged(tx, people)]:
        ask_erasure(tx, person, batch, ErasureState.PROPOSED)
    tx.flush()
    tx.audit("erasure.asked", batch, people=len(people), second=not alone)
    if alone:
        _begin(tx, batch)
    tx.changed("erasures")
    return batch


def people_to_erase(tx: ReadTx, employee_ids: Sequence[str]) -> list[Employee]:
    """Who is meant. Raises Invalid for none or too many, NotFound, Conflict."""
    wanted = list(dict.fromkeys(employee_ids))
    if not wanted:
        raise Invalid("employee_ids", tr("Choose who to erase."))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(
            "employee_ids", tr("Choose at most {most:,} people at once.", most=MOST_AT_ONCE)
        )
    going = going_numbers(tx)
    here = Employee.id.in_(wanted), ~Employee.erased, Employee.merged_into.is_(None)
    people = [one for one in tx.scalars(select(Employee).where(*here)) if one.id not in going]
    if len(people) < len(wanted):
        raise NotFound(tr("One of the employees no longer exists."))
    open_ones = select(func.count()).where(
        Erasure.employee_id.in_(wanted), Erasure.state == ErasureState.PROPOSED
    )
    if tx.scalar(open_ones):
        raise Conflict(
            tr("The erasure of one of these people is already waiting for a second administrator.")
        )
    return people


def _merged(tx: ReadTx, people: Sequence[Employee]) -> list[Employee]:
    """The rows that were merged into theirs: each stands for an earlier number."""
    into = Employee.merged_into.in_([one.id for one in people])
    return list(tx.scalars(select(Employee).where(into, ~Employee.erased)))


def _check_not_held(tx: ReadTx, employee_ids: Sequence[str]) -> None:
    query = (
        select(Employee)
        .join(LegalHold, LegalHold.employee_id == Employee.id)
        .where(Employee.id.in_(employee_ids))
    )
    held = [full_name(one) for one in tx.scalars(query.limit(4))]
    if held:
        names = ", ".join(held[:3])
        if len(held) > 3:
            names = tr("{names} and others", names=names)
        raise Conflict(
            tr("On legal hold: {names}. End the hold first, or leave them out.", names=names)
        )


def _begin(tx: Tx, batch: str) -> None:
    mine = select(Erasure.employee_id).where(Erasure.batch == batch)
    out = {"active": False, "in_force": False, "settled": False, "updated_at": tx.now}
    tx.execute(update(Employee).where(Employee.id.in_(mine)).values(out))
    tx.execute(update(Erasure).where(Erasure.batch == batch).values(state=ErasureState.ASKED))
    tx.demand(JOB)
    tx.changed("employees")


def agree(tx: Tx, batch: str, confirm: str) -> None:
    """A second administrator agrees. Raises NotFound, Forbidden for the first one, Conflict."""
    erasures = _proposed(tx, batch)
    if erasures[0].asked_by == tx.actor:
        raise Forbidden(tr("Another administrator must agree to this."))
    check_confirmed(confirm, len(erasures), "")
    _check_not_held(tx, [one.employee_id for one in erasures])
    for one in erasures:
        one.agreed_by = tx.actor
    tx.flush()
    tx.audit("erasure.agreed", batch, people=len(erasures))
    _begin(tx, batch)
    tx.changed("erasures")


def drop(tx: Tx, batch: str) -> None:
    """What was proposed is not done. Raises NotFound."""
    erasures = _proposed(tx, batch)
    for one in erasures:
        tx.delete(one)
    tx.audit("erasure.dropped", batch, people=len(erasures))
    tx.changed("erasures")


def _proposed(tx: ReadTx, batch: str) -> list[Erasure]:
    query = select(Erasure).where(Erasure.batch == batch, Erasure.state == ErasureState.PROPOSED)
    found = list(tx.scalars(query))
    if not found:
        raise NotFound(tr("Nothing is waiting for agreement here any more."))
    return found


class ErasureJob:
    """Does what was asked, and what a place that shows the person gone leaves to do."""

    subjects: frozenset[str] = frozenset()

    def __init__(
        self,
        store: Store,
        *,
        forget_lines: Callable[[Mapping[str, str], Sequence[str]], int],
        forget_face: Callable[[str], object],
        forget_finger: Callable[[str, FingerPosition], object],
    ) -> None:
        """forget_lines: of what terminals told, by (number -> pseudonym) and names.

        The others follow a commit.
        """
        self._store = store
        self._forget_lines = forget_lines
        self._forget_face, self._forget_finger = forget_face, forget_finger
        self.pace = Pace(batch=BATCH)

    def pending(self) -> Select[str, int]:
        """What was asked; and erasures whose places are all done."""
        return due_erasures()

    def run(self, row_ids: Sequence[str]) -> None:
        """What is left undone is found again, also after a crash."""
        self._forget_traces(row_ids)
        for some in in_batches(row_ids, AT_ONCE):
            self._purge(some)
            self._note_purged(some)
            self._conclude(some)
        self._clean(row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """It is never given up: the journal may have to wait for somebody who reads for long."""
        row = tx.get(Erasure, row_id)
        if row is not None:
            row.attempt += 1
        if given_up:
            log.error("erasure_hindered", erasure=row_id)

    def _forget_traces(self, row_ids: Sequence[str]) -> None:
        """Before the rows go, by which it is known whose traces they are."""
        with self._store.read() as tx:
            asked = self._in_state(tx, row_ids, ErasureState.ASKED)
            pseudonyms, names = _traces(tx, asked)
        if asked and (lines := self._forget_lines(pseudonyms, names)):
            with self._store.write() as tx:
                tx.audit("erasure.lines", asked[0].batch, count=lines)

    def _purge(self, row_ids: Sequence[str]) -> None:
        with self._store.write() as tx:
            asked = self._in_state(tx, row_ids, ErasureState.ASKED)
            ids = [one.employee_id for one in asked]
            fingers = select(Finger.employee_id, Finger.position).where(Finger.employee_id.in_(ids))
            places = tx.execute(fingers).all()
            if asked:
                purge(tx, asked)
        for employee_id in ids:
            self._forget_face(employee_id)
        for employee_id, position in places:
            self._forget_finger(employee_id, FingerPosition(position))

    def _note_purged(self, row_ids: Sequence[str]) -> None:
        """In a transaction of its own: whoever reads the database after it sees nobody of them."""
        with self._store.write() as tx:
            for row in self._in_state(tx, row_ids, ErasureState.EMPTYING):
                row.purged_at = row.purged_at or tx.now

    def _conclude(self, row_ids: Sequence[str]) -> None:
        """Where all places are done, what was kept for their sake goes as well."""
        with self._store.write() as tx:
            due = due_erasures().where(Erasure.id.in_(row_ids))
            ids = [row_id for row_id, _ in tx.execute(due)]
            earlier = select(Employee.merged_into).where(Employee.merged_into.is_not(None))
            waited_for = set(tx.scalars(earlier))
            for row in self._in_state(tx, ids, ErasureState.EMPTYING):
                if row.employee_id in waited_for:
                    continue  # an earlier number of theirs is not erased yet
                row.places = kept_places(row, places_of(tx, row))
                row.state, row.attempt = ErasureState.CLEANING, 1
                forget_stub(tx, row.employee_id)
                tx.changed("erasures", row.id)

    def _clean(self, row_ids: Sequence[str]) -> None:
        with self._store.read() as tx:
            ids = [one.id for one in self._in_state(tx, row_ids, ErasureState.CLEANING)]
        if not ids or not self._store.empty_journal():
            return
        with self._store.write() as tx:
            for row in self._in_state(tx, ids, ErasureState.CLEANING):
                row.state, row.done_at = ErasureState.DONE, tx.now
                tx.audit("erasure.done", row.employee_id, erasure=row.id)
                tx.changed("erasures", row.id)

    def _in_state(self, tx: ReadTx, row_ids: Sequence[str], state: ErasureState) -> list[Erasure]:
        query = select(Erasure).where(Erasure.id.in_(row_ids), Erasure.state == state)
        return list(tx.scalars(query.order_by(Erasure.id)))


def kept_places(erasure: Erasure, now: Sequence[Place]) -> list[dict[str, Any]]:
    """The places as they were when all was done last, overwritten by what is known now."""
    before = {place["id"]: place for place in erasure.places}
    return [*(before | {one.id: msgspec.to_builtins(one) for one in now}).values()]


def _traces(tx: ReadTx, asked: Sequence[Erasure]) -> tuple[dict[str, str], list[str]]:
    """Their numbers, here and on terminals, with the pseudonyms; and their names and addresses."""
    of = {one.employee_id: one.pseudonym for one in asked}
    people = list(tx.scalars(select(Employee).where(Employee.id.in_(of))))
    own = select(PinMap.pin, PinMap.employee_id).where(PinMap.employee_id.in_(of))
    pseudonyms = {pin: of[owner] for pin, owner in tx.execute(own)}
    pseudonyms |= {one.number: of[one.id] for one in people}
    names = [full_name(one) for one in people] + [one.email for one in people if one.email]
    return pseudonyms, names
