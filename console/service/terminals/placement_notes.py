"""What is due on a terminal, read from rows; and what it has shown, written back to them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Select, delete, or_, select

from bridge.terminals.terminal import Capability, FingerTemplate
from console.domain.invitations import IN_FORCE
from console.domain.placements import STUCK_AFTER, PlacementState
from console.domain.terminals import CLOSING, retry_delay
from console.service.terminals.inventory import deleted_fingers
from console.service.terminals.placement_round import Due, DuePerson, Hindrance, Round
from console.service.terminals.registry import (
    algorithm_of,
    known_capabilities,
    learn,
    note_receipt,
    note_takes_faces,
    takes_faces,
)
from console.store.queries.fingers import has_basis
from console.store.queries.people import join_name
from console.store.queries.placements import (
    DEMAND,
    SENT,
    mark_if_everywhere,
    note_sent,
    note_written,
)
from console.store.schema import (
    Employee,
    Enrolment,
    EnrolmentPicture,
    FingerBlob,
    InventoryEntry,
    Invitation,
    Placement,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

LEAVING_AT_ONCE = 100
PEOPLE_AT_ONCE, WITH_FACES_AT_ONCE = 1000, 32
"""People of one conversation. A dialled terminal hands out all it holds at each. One with faces
takes several polls, and others may want to ask the terminal something in between."""
NOTED_AT_ONCE = 100
"""People of one transaction, so that nobody waits long for a turn."""


def due_on(tx: ReadTx, terminal_id: str) -> Due:
    """What is due on this terminal, who leaves first; some of it, if it is much."""
    row = tx.get_one(Terminal, terminal_id)
    due = select(Placement.pin, Placement.employee_id).where(
        Placement.terminal_id == terminal_id,
        Placement.state == PlacementState.WAITING,
        Placement.run_at <= tx.now,
    )
    first = due.order_by(Placement.run_at, Placement.employee_id)
    leaving = dict(tx.execute(first.where(~Placement.belongs).limit(LEAVING_AT_ONCE)).all())
    most = WITH_FACES_AT_ONCE if takes_faces(row) else PEOPLE_AT_ONCE
    staying = first.where(Placement.belongs).limit(most)
    ids = [employee_id for _, employee_id in tx.execute(staying)]
    return Due(
        leaving,
        _people(tx, row, ids),
        _doubted(tx, terminal_id, leaving.values()),
        known_capabilities(row).get(Capability.READ_FINGERS, False),
    )


def still_due(tx: Tx, terminal_id: str, due: Due) -> Due:
    """The same without those who were decided anew meanwhile; it is remembered whom that leaves.

    So nothing can be on the terminal of which nobody knows, however the conversation ends.
    """
    ids = [person.employee_id for person in due.people]
    runs = dict(
        tx.execute(
            select(Placement.employee_id, Placement.run_at).where(
                Placement.terminal_id == terminal_id,
                Placement.employee_id.in_(ids),
                Placement.belongs,
            )
        ).all()
    )
    people = [one for one in due.people if runs.get(one.employee_id) == one.run_at]
    certain = [one.pin for one in people if one.known and one.face_shown]
    note_written(tx, terminal_id, certain)  # else nobody would send a face again that was lost
    note_sent(tx, terminal_id, [one.pin for one in people])
    return replace(due, people=people)


def _doubted(tx: ReadTx, terminal_id: str, employee_ids: Collection[str]) -> dict[str, str]:
    """Number -> name of those leaving whom this site may never have put there.

    A stranger may have their number there, and is not to be removed in their place. Who still works
    here is looked at too unless a face of theirs was shown. Of who is erased no name is left.
    """
    query = (
        select(Placement.pin, Employee.first_name, Employee.last_name)
        .join(Employee, Employee.id == Placement.employee_id)
        .where(
            Placement.terminal_id == terminal_id,
            Placement.employee_id.in_(list(employee_ids)),
            Placement.face_held.is_(None),
            or_(Employee.in_force, Placement.content == ""),
            ~Employee.erased,
        )
    )
    return {pin: join_name(first, last) for pin, first, last in tx.execute(query)}


def _people(tx: ReadTx, row: Terminal, employee_ids: list[str]) -> list[DuePerson]:
    entry = (InventoryEntry.terminal_id == row.id) & (InventoryEntry.pin == Placement.pin)
    query = (
        select(Placement, Employee.first_name, Employee.last_name, InventoryEntry.digest)
        .join(Employee, Employee.id == Placement.employee_id)
        .outerjoin(InventoryEntry, entry)
        .where(Placement.terminal_id == row.id, Placement.employee_id.in_(employee_ids))
    )
    takes_fingers = known_capabilities(row).get(Capability.WRITE_FINGERS, False)
    fingers = _fingers(tx, row, employee_ids) if takes_fingers else {}
    deleted = deleted_fingers(tx, row) if takes_fingers else {}
    return [
        DuePerson(
            employee_id=place.employee_id,
            pin=place.pin,
            name=join_name(first, last),
            run_at=place.run_at,
            face_id=place.face_id,
            face_shown=place.face_id == place.face_held and bool(shown),
            face_over=place.face_held is not None and place.face_id is None,
            fingers=tuple(
                FingerTemplate(place.pin, finger, template, valid)
                for finger, template, valid in fingers.get(place.employee_id, [])
            ),
            deleted=deleted.get(place.employee_id, ()),
            known=place.confirmed_at is not None,
            shown=shown or "",
        )
        for place, first, last, shown in tx.execute(query)
    ]


def _fingers(
    tx: ReadTx, row: Terminal, employee_ids: list[str]
) -> dict[str, list[tuple[int, bytes, int]]]:
    """Employee id -> (finger, template, valid) of those that fit this terminal, unsealed."""
    query = select(FingerBlob).where(
        FingerBlob.employee_id.in_(employee_ids),
        FingerBlob.algorithm == algorithm_of(row),
        FingerBlob.removed_at.is_(None),
        has_basis(),
    )
    blobs = list(tx.scalars(query))
    tx.load_keys({blob.employee_id for blob in blobs})
    found: dict[str, list[tuple[int, bytes, int]]] = {}
    for blob in blobs:
        plain = tx.open(blob.employee_id, "finger_blob", blob.id, "template", blob.template)
        found.setdefault(blob.employee_id, []).append((blob.finger, plain, blob.valid))
    return found


def open_face(tx: ReadTx, employee_id: str, face_id: str) -> bytes | None:
    """The photo for terminals, opened only now; None if it is not in force any more."""
    query = (
        select(EnrolmentPicture.image)
        .join(Enrolment, Enrolment.id == EnrolmentPicture.enrolment_id)
        .join(Invitation, Invitation.id == Enrolment.invitation_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(
            Enrolment.id == face_id,
            Enrolment.live,
            Employee.in_force,
            Invitation.status.in_(IN_FORCE),
        )
    )
    sealed = tx.scalar(query)
    return tx.open(employee_id, "enrolment", face_id, "image", sealed) if sealed else None


# what the terminal has shown


def note_leavers(tx: Tx, terminal_id: str, leaving: dict[str, str], seen: Round) -> None:
    """Writes down who has gone. leaving: number -> employee id."""
    gone = [pin for pin, employee_id in leaving.items() if employee_id in seen.gone]
    _forget_held(tx, terminal_id, gone)
    for row in tx.scalars(_rows(terminal_id, leaving.values())):
        _note_leaver(tx, row, seen)
        tx.changed("employees", row.employee_id)
    tx.changed("terminals", terminal_id)


def note_people(tx: Tx, terminal_id: str, people: Sequence[DuePerson], seen: Round) -> None:
    """Writes down who is there as wanted. A row that was changed meanwhile stays due."""
    wanted = {person.employee_id: person for person in people}
    _forget_sent(tx, terminal_id, [one.pin for one in people if _is_doubted(one, seen)])
    held = {}
    for row in tx.scalars(_rows(terminal_id, wanted)):
        _note_person(tx, row, wanted[row.employee_id], seen)
        if row.employee_id in seen.there:
            held[row.pin] = seen.there[row.employee_id]
        tx.changed("employees", row.employee_id)
    _note_held(tx, terminal_id, held)
    tx.changed("terminals", terminal_id)
    tx.flush()
    _follow(tx, [person.face_id for person in people if person.employee_id in seen.faces])


def _rows(terminal_id: str, employee_ids: Iterable[str]) -> Select[Placement]:
    return select(Placement).where(
        Placement.terminal_id == terminal_id, Placement.employee_id.in_(list(employee_ids))
    )


def _note_leaver(tx: Tx, row: Placement, seen: Round) -> None:
    if row.employee_id in seen.gone:
        row.face_held = None
        if not row.belongs:
            row.state, row.error, row.confirmed_at = PlacementState.CONFIRMED, "", tx.now
            row.content = ""  # whoever has the number there from now on is somebody else
        else:  # they came back while they were removed: what was shown before is not so any more
            row.state, row.run_at, row.attempt = PlacementState.WAITING, tx.now, 1
            tx.demand(DEMAND)
    else:
        _fail(tx, row, seen.errors.get(row.employee_id))


def _note_person(tx: Tx, row: Placement, wanted: DuePerson, seen: Round) -> None:
    if row.employee_id in seen.absent or row.employee_id in seen.bare:
        row.face_held = None
    if row.employee_id in seen.faces:
        row.face_held = wanted.face_id
    digest = seen.there.get(row.employee_id)
    if digest is not None:
        row.confirmed_at = tx.now
    if not row.belongs or row.run_at != wanted.run_at:
        # changed in the meantime, or to be tried again: due anyway, unless it counted as there
        # by what was seen before
        wanted_digest = row.content if row.belongs else None
        same = digest in (None, wanted_digest) and row.face_id == row.face_held
        if row.state is PlacementState.CONFIRMED and not same:
            row.state, row.run_at, row.attempt = PlacementState.WAITING, tx.now, 1
            tx.demand(DEMAND)
        return
    hindrance = seen.errors.get(row.employee_id)
    if digest is None or hindrance is not None:
        _fail(tx, row, hindrance)
    elif row.face_id == row.face_held:
        row.state, row.error = PlacementState.CONFIRMED, ""


def _fail(tx: Tx, row: Placement, hindrance: Hindrance | None) -> None:
    """It is due again later, after longer and longer pauses; or never, if that does not help."""
    if hindrance is None:
        return
    row.error = hindrance.text[:300]
    if hindrance.permanent:
        row.state = PlacementState.FAILED
    else:
        row.attempt = max(row.attempt, STUCK_AFTER if hindrance.lasting else 1)
        row.run_at = tx.now + retry_delay(row.attempt)
        row.attempt += 1


def _note_held(tx: Tx, terminal_id: str, held: dict[str, str]) -> None:
    """held: number -> digest of what the terminal holds of that person."""
    _forget_held(tx, terminal_id, held)
    same = {"terminal_id": terminal_id, "seen_at": tx.now}
    rows = [{**same, "pin": pin, "digest": digest} for pin, digest in held.items()]
    tx.add_many(InventoryEntry, rows)


def _is_doubted(person: DuePerson, seen: Round) -> bool:
    hindrance = seen.errors.get(person.employee_id)
    return hindrance is not None and hindrance.doubt


def _forget_sent(tx: Tx, terminal_id: str, pins: Collection[str]) -> None:
    """Nothing was sent under these numbers after all."""
    if pins:
        tx.execute(
            delete(InventoryEntry).where(
                InventoryEntry.terminal_id == terminal_id,
                InventoryEntry.pin.in_(pins),
                InventoryEntry.digest == SENT,
            )
        )


def _forget_held(tx: Tx, terminal_id: str, pins: Collection[str]) -> None:
    if pins:
        tx.execute(
            delete(InventoryEntry).where(
                InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(pins)
            )
        )


def note_receipts(tx: Tx, terminal_id: str, seen: Round) -> None:
    """Writes down what was changed, and what the terminal turned out to be able to do."""
    if seen.learnt:
        terminal = tx.get_one(Terminal, terminal_id)
        learn(tx, terminal, seen.learnt)
        if seen.learnt.get(Capability.FACE_PHOTOS) is False:
            note_takes_faces(tx, terminal, takes=False)
    if seen.gone:
        closing = tx.get_one(Terminal, terminal_id).status in CLOSING
        kind = "emptying" if closing else "departure"
        note_receipt(tx, terminal_id, kind, {"removed": len(seen.gone)})
    detail: dict[str, object] = {
        "people": seen.people_written,
        "faces": len(seen.faces),
        "fingers": seen.fingers_written,
        "faces_removed": len(seen.bare),
        "fingers_removed": seen.fingers_removed,
    }
    if any(detail.values()):
        note_receipt(tx, terminal_id, "alignment", detail)


def _follow(tx: Tx, face_ids: Collection[str | None]) -> None:
    """The statuses of people whose face has reached a terminal."""
    for enrolment in tx.scalars(select(Enrolment).where(Enrolment.id.in_(face_ids))):
        tx.changed("invitations", enrolment.invitation_id)
        mark_if_everywhere(tx, enrolment)
