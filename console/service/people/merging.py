"""Merging two rows of employees that are one person: what it would do, and then that. PE4.

One transaction moves everything that the one row owns to the other. The row stays with its number
alone, as somebody who left: so terminals lose the number, and late logins find the person.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from console.domain.consent import FACE
from console.domain.employees import EmployeeFields
from console.domain.erasure import ErasureState
from console.domain.errors import Conflict, Forbidden, Invalid
from console.domain.fingers import FingerPosition
from console.domain.invitations import IN_FORCE, OPEN, Event, Status, advance
from console.domain.language import msgid, tr, tr_short_day
from console.domain.validity import ValidDays
from console.service.people.badges import move_badge
from console.service.people.employees import find_employee, save_employee
from console.service.people.merged_rows import move_rows
from console.store.queries.enrolments import advance_invitation, who_agreed
from console.store.queries.id_photos import remove_id_photo
from console.store.queries.placements import unsettle
from console.store.schema import (
    Consent,
    Employee,
    Enrolment,
    Erasure,
    Finger,
    FingerBlob,
    GroupMember,
    Invitation,
    Login,
    Outbox,
    Photo,
    Placement,
)
from console.store.unit_of_work import ReadTx, Tx

CANNOT_UNDO = msgid("This cannot be undone, because the data of the two is mixed afterwards.")
_OWNED: dict[str, Any] = {
    msgid("Faces"): Enrolment,
    msgid("Fingers"): Finger,
    msgid("Fingers of terminals"): FingerBlob,
    msgid("Consents"): Consent,
    msgid("Invitations"): Invitation,
    msgid("Groups"): GroupMember,
    msgid("Terminals"): Placement,
    msgid("Logins"): Login,
}
_NOT_AGREED = frozenset({Status.INVITED, Status.OPENED})


@dataclass(frozen=True)
class MovedFingers:
    """What the finger worker must learn. gone: positions of the old row; kept: of the one left."""

    gone: list[int]
    kept: list[tuple[int, list[bytes]]]


def owned(tx: ReadTx, employee_id: str) -> dict[str, int]:
    """What somebody owns, in words -> how many."""
    counts = {}
    for words, table in _OWNED.items():
        query = select(func.count()).where(table.employee_id == employee_id)
        counts[words] = tx.scalar(query) or 0
    return counts


def notes(tx: ReadTx, keep: Employee, gone: Employee) -> list[str]:
    """What a merge would do with what both have, in sentences."""
    said = []
    faces = {row.employee_id: row for row in _live_faces(tx, keep, gone)}
    if len(faces) == 2:
        newer = max(faces.values(), key=lambda row: row.approved_at)
        day = tr_short_day(newer.approved_at)
        said.append(tr("Both have a face. The newer one, of {day}, is kept.", day=day))
    for position in sorted(_positions(tx, keep) & _positions(tx, gone)):
        finger = tr(FingerPosition(position).words)
        said.append(
            tr(
                "Both have the {finger}. The one of {number} is kept.",
                finger=finger,
                number=keep.number,
            )
        )
    if len(_open(tx, keep, gone)) > 1:
        said.append(tr("Both have an open invitation. The newer one is kept."))
    if (keep.opted_out_at or gone.opted_out_at) and not who_agreed(tx, [keep.id, gone.id], FACE):
        said.append(tr("The person is on the opt-out list and stays on it."))
    removed = tr("Number {number} will be removed from all terminals.", number=gone.number)
    return [*said, removed, tr(CANNOT_UNDO)]


_WITHDRAWN = {
    "face": msgid(
        "The consent to the face was withdrawn under {withdrawn} after it was given under {given}. "
        "Withdraw it there too, then merge."
    ),
    "finger": msgid(
        "The consent to fingers was withdrawn under {withdrawn} after it was given under {given}. "
        "Withdraw it there too, then merge."
    ),
}


def refusal(tx: ReadTx, keep: Employee, gone: Employee, operator_employee: str) -> str:
    """Why the two cannot be merged now, "" if they can."""
    if keep.id == gone.id:
        return tr("Choose two different rows.")
    if operator_employee in (keep.id, gone.id):
        return tr("Another administrator must merge your own rows.")
    erased = select(Erasure.id).where(
        Erasure.employee_id.in_((keep.id, gone.id)), Erasure.state != ErasureState.DONE
    )
    if tx.scalar(erased.limit(1)) is not None:
        return tr("One of the two is to be erased.")
    waiting = select(Photo.id).where(
        Photo.employee_id.in_((keep.id, gone.id)), Photo.state == "received"
    )
    if tx.scalar(waiting.limit(1)) is not None:
        return tr("Photos are being checked. Try again in a moment.")
    for one, other in ((keep, gone), (gone, keep)):
        for modality, words in _WITHDRAWN.items():
            if _withdrawn_since(tx, one.id, other.id, modality):
                return tr(words, withdrawn=one.number, given=other.number)
    return ""


def _withdrawn_since(tx: ReadTx, withdrawer: str, giver: str, modality: str) -> bool:
    mine = Consent.modality == modality
    withdrawn = select(func.max(Consent.withdrawn_at)).where(
        mine, Consent.employee_id == withdrawer
    )
    given = select(func.min(Consent.given_at)).where(
        mine, Consent.employee_id == giver, Consent.withdrawn_at.is_(None)
    )
    end, begin = tx.scalar(withdrawn), tx.scalar(given)
    return end is not None and begin is not None and end >= begin


def merge(
    tx: Tx, gone_id: str, keep_id: str, fields: EmployeeFields, days: ValidDays, own_employee: str
) -> tuple[Employee, MovedFingers]:
    """Merges. Raises Invalid, NotFound, Conflict, Forbidden."""
    keep, gone = find_employee(tx, keep_id), find_employee(tx, gone_id)
    why = refusal(tx, keep, gone, own_employee)
    if why:
        raise Forbidden(why) if own_employee in (keep.id, gone.id) else Conflict(why)
    if fields.number != keep.number:
        raise Invalid(
            "number",
            tr(
                "Number {number} is kept. Swap the two rows to keep the other number.",
                number=keep.number,
            ),
        )
    gone_positions = sorted(_positions(tx, gone))
    _settle_faces(tx, keep, gone)
    _settle_invitations(tx, keep, gone)
    tx.flush()
    move_badge(tx, gone, keep)
    keep.language = keep.language or gone.language
    kept = move_rows(tx, gone.id, keep.id)
    keep, gone = tx.get_one(Employee, keep_id), tx.get_one(Employee, gone_id)
    _take_over_opt_out(tx, keep, gone)
    gone.merged_into, gone.active, gone.in_force = keep_id, False, False
    gone.email, gone.department = "", ""
    gone.valid_from = gone.valid_until = None
    gone.updated_at = tx.now
    tx.flush()
    unsettle(tx, [keep_id, gone_id])
    tx.audit("employee.merged", keep_id, gone=gone_id)
    for subject in ("employees", "enrolments", "fingers", "faces", "invitations", "review"):
        tx.changed(subject)
    tx.changed("logins")
    return save_employee(tx, keep_id, fields, days), MovedFingers(gone_positions, kept)


def _live_faces(tx: ReadTx, keep: Employee, gone: Employee) -> list[Enrolment]:
    both = Enrolment.employee_id.in_((keep.id, gone.id))
    return list(tx.scalars(select(Enrolment).where(Enrolment.live, both)))


def _settle_faces(tx: Tx, keep: Employee, gone: Employee) -> None:
    """Of two faces in force the older one steps back, as after a new enrolment."""
    faces = sorted(_live_faces(tx, keep, gone), key=lambda row: row.approved_at)
    for older in faces[:-1]:
        older.live = False
        invitation = tx.get_one(Invitation, older.invitation_id)
        if invitation.status in IN_FORCE:
            invitation.status = advance(invitation.status, Event.SUPERSEDE)


def _open(tx: ReadTx, keep: Employee, gone: Employee) -> list[Invitation]:
    both = Invitation.employee_id.in_((keep.id, gone.id)), Invitation.status.in_(OPEN)
    return list(tx.scalars(select(Invitation).where(*both).order_by(Invitation.created_at)))


def _settle_invitations(tx: Tx, keep: Employee, gone: Employee) -> None:
    """A person has one enrolment under way at a time."""
    for older in _open(tx, keep, gone)[:-1]:
        advance_invitation(tx, older, Event.REVOKE)


def _take_over_opt_out(tx: Tx, keep: Employee, gone: Employee) -> None:
    """A no under either number is a no, unless the person has agreed. Links not agreed by end."""
    at, by = gone.opted_out_at, gone.opted_out_by
    gone.opted_out_at, gone.opted_out_by = None, ""
    if at is None or keep.opted_out_at is not None or who_agreed(tx, [keep.id], FACE):
        return
    keep.opted_out_at, keep.opted_out_by = at, by
    for invitation in _open(tx, keep, gone):
        if invitation.status in _NOT_AGREED:
            advance_invitation(tx, invitation, Event.REVOKE)
            unsent = Outbox.invitation_id == invitation.id, Outbox.state == "queued"
            tx.execute(delete(Outbox).where(*unsent))
    remove_id_photo(tx, keep.id)


def _positions(tx: ReadTx, row: Employee) -> set[int]:
    return set(tx.scalars(select(Finger.position).where(Finger.employee_id == row.id)))
