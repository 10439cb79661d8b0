"""The guard against duplicates and impostors.

It compares a submission with everybody enrolled and with the person's own face on file. It never
rejects by itself: it shows the evidence, and an approval in spite of it needs a reason. N4, N5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import undefer

from console.biometrics.faces.recognition.fmr_tables import DUPLICATE_FMR, NON_MATCH_FMR
from console.biometrics.faces.recognition.vectors import fuse
from console.domain.errors import NotFound
from console.domain.id_photos import NOT_COMPARED
from console.domain.language import tr
from console.service.enrolment.face_gallery import (
    FaceGallery,
    Vector,
    open_photo_vector,
    open_template,
)
from console.store.columns import new_id
from console.store.schema import Employee, Enrolment, IdPhoto, Invitation, KnownLookalike, Photo
from console.store.unit_of_work import ReadTx, Tx

SHOWN, COMPARED = 3, 50


@dataclass(frozen=True)
class ComparedPerson:
    """Another employee. fmr: the share of different people who look this similar to the photos."""

    employee_id: str
    fmr: float
    known_lookalike: bool

    @property
    def suspicious(self) -> bool:
        """It may be the same person; known look-alikes are two people."""
        return self.fmr <= DUPLICATE_FMR and not self.known_lookalike


@dataclass(frozen=True)
class Comparison:
    """What the guard sees.

    on_file: the last approved face of the person, or else their ID photo; own_fmr: how often
    different people are as similar as it and these photos; others: who else looks most like them.
    """

    on_file: Enrolment | IdPhoto | None
    own_fmr: float | None
    others: list[ComparedPerson]

    def alarms_more_than(self, earlier: "Comparison") -> bool:
        """Whether it sees somebody, or a non-match, that an earlier comparison did not show."""
        known = {other.employee_id for other in earlier.duplicates}
        fresh = {other.employee_id for other in self.duplicates} - known
        return bool(fresh) or (self.non_match and not earlier.non_match)

    @property
    def non_match(self) -> bool:
        """The person in the photos is probably not the one on file."""
        return self.own_fmr is not None and self.own_fmr > NON_MATCH_FMR

    @property
    def not_compared(self) -> str:
        """Why the ID photo says nothing about these photos, in words; "" otherwise."""
        on_file = self.on_file
        return tr(NOT_COMPARED.get(on_file.state, "")) if isinstance(on_file, IdPhoto) else ""

    @property
    def duplicates(self) -> list[ComparedPerson]:
        """Others who may be the same person."""
        return [other for other in self.others if other.suspicious]

    @property
    def shown(self) -> list[ComparedPerson]:
        """The nearest few, and everybody who may be the same person."""
        return [
            other for place, other in enumerate(self.others) if place < SHOWN or other.suspicious
        ]

    @property
    def alarms(self) -> bool:
        """An approval needs a reason."""
        return self.non_match or bool(self.duplicates)


class DuplicateGuard:
    """Compares submissions with the gallery."""

    def __init__(self, gallery: FaceGallery) -> None:
        self._gallery = gallery

    def compare(self, tx: ReadTx, invitation: Invitation, photos: Sequence[Photo]) -> Comparison:
        """Compares the photos of one submission, which come with their vectors.

        Rejected photos count only if no other has a face.
        """
        usable = [photo for photo in photos if photo.has_vector]
        good = [photo for photo in usable if photo.outcome != "reject"] or usable
        query = select(Enrolment).where(
            Enrolment.employee_id == invitation.employee_id,
            Enrolment.invitation_id != invitation.id,
            Enrolment.model != "",
        )
        query = query.options(undefer(Enrolment.template))
        face = tx.scalar(query.order_by(Enrolment.approved_at.desc()).limit(1))
        on_file = face if face is not None else _id_photo(tx, invitation.employee_id)
        if not good:
            return Comparison(on_file, None, [])
        probe = fuse([open_photo_vector(tx, photo) for photo in good])
        own_fmr = None
        reference = self._reference(tx, on_file)
        if reference is not None:
            made_of = on_file.photos if isinstance(on_file, Enrolment) else 1
            cosine = float(np.dot(probe, reference))
            own_fmr = self._gallery.fmr(cosine, max(len(good), made_of))
        found = self._gallery.most_similar(probe, invitation.employee_id, COMPARED)
        known = known_lookalikes_of(tx, invitation.employee_id)
        others = [
            ComparedPerson(other.employee_id, other.fmr, other.employee_id in known)
            for other in found
        ]
        return Comparison(on_file, own_fmr, others)

    def _reference(self, tx: ReadTx, on_file: Enrolment | IdPhoto | None) -> Vector | None:
        """What the photos are compared with; None where there is nothing that compares."""
        if isinstance(on_file, Enrolment):
            if on_file.model != self._gallery.model:
                return None
            return open_template(tx, on_file.employee_id, on_file.id, on_file.template)
        if on_file is None or on_file.vector is None:
            return None
        owner, row_id = on_file.employee_id, on_file.id
        return np.frombuffer(
            tx.open(owner, "id_photo", row_id, "vector", on_file.vector), np.float32
        )

    def note_alarms(self, tx: Tx, invitation: Invitation, photos: Sequence[Photo]) -> None:
        """Writes the alarms of a submission to the audit trail: the others may change later."""
        seen = self.compare(tx, invitation, photos)
        for other in seen.duplicates:
            number = tx.get_one(Employee, other.employee_id).number
            tx.audit("guard.duplicate", invitation.id, other=number, fmr=other.fmr)
        if seen.non_match:
            tx.audit("guard.non_match", invitation.id, fmr=seen.own_fmr)


def _id_photo(tx: ReadTx, employee_id: str) -> IdPhoto | None:
    query = select(IdPhoto).where(IdPhoto.employee_id == employee_id)
    return tx.scalar(query.options(undefer(IdPhoto.vector)))


def known_lookalikes_of(tx: ReadTx, employee_id: str) -> set[str]:
    """Ids of the known look-alikes of this employee."""
    rows = tx.scalars(
        select(KnownLookalike).where(
            (KnownLookalike.first_id == employee_id) | (KnownLookalike.second_id == employee_id)
        )
    )
    return {row.second_id if row.first_id == employee_id else row.first_id for row in rows}


def mark_known_lookalike(
    tx: Tx, one: str, other: str, *, known_lookalike: bool, reason: str
) -> None:
    """Notes that two employees look alike and are two people, or that this was wrong.

    Raises NotFound.
    """
    first, second = min(one, other), max(one, other)
    if first == second or tx.get(Employee, first) is None or tx.get(Employee, second) is None:
        raise NotFound(tr("One of the two people no longer exists."))
    row = tx.scalar(
        select(KnownLookalike).where(
            KnownLookalike.first_id == first, KnownLookalike.second_id == second
        )
    )
    if row is not None and not known_lookalike:
        tx.delete(row)
    elif row is None and known_lookalike:
        tx.add(
            KnownLookalike(
                id=new_id(),
                first_id=first,
                second_id=second,
                reason=reason.strip()[:200],
                noted_by=tx.actor,
                noted_at=tx.now,
            )
        )
    action = "known_lookalike.noted" if known_lookalike else "known_lookalike.removed"
    tx.audit(action, first, other=second)
    tx.changed("faces")
    tx.changed("review")
