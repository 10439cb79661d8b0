"""The guard against duplicates and impostors: a submission beside everybody enrolled and beside the person's own face on file. N4, N5.

It never rejects by itself; it shows the evidence, and an approval in spite of it needs a reason.
"""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.biometrics.faces.recognition.calibration import DUPLICATE_FMR, UNLIKE_FMR
from console.biometrics.faces.recognition.vectors import fuse
from console.service.enrolment.face_gallery import Alike
from console.service.tools import Service
from console.store import audit
from console.store.schema import Employee, Enrolment, Invitation, Photo

SHOWN, LOOKED_AT = 3, 50


@dataclass(frozen=True)
class Likeness:
    """on_file: the last approved face of the person; match_chance: how often different people are as alike as it and these photos;
    others: who else looks most like them."""

    on_file: Enrolment | None
    match_chance: float | None
    others: list[Alike]

    @property
    def unlike(self) -> bool:
        """The person in the photos is probably not the one on file."""
        return self.match_chance is not None and self.match_chance > UNLIKE_FMR

    @property
    def duplicates(self) -> list[Alike]:
        """Others who may be the same person; known twins are not."""
        return [
            other
            for other in self.others
            if other.chance <= DUPLICATE_FMR and not other.known_lookalike
        ]

    @property
    def shown(self) -> list[Alike]:
        """The nearest few, and everybody who may be the same person."""
        return [
            other
            for place, other in enumerate(self.others)
            if place < SHOWN or other in self.duplicates
        ]

    @property
    def alarms(self) -> bool:
        return self.unlike or bool(self.duplicates)


def compare(
    service: Service, session: Session, invitation: Invitation, photos: list[Photo]
) -> Likeness:
    """Of the photos of one submission; those that were turned away count only when no other has a face."""
    usable = [photo for photo in photos if photo.vector is not None]
    good = [photo for photo in usable if photo.outcome != "reject"] or usable
    on_file = session.scalars(
        select(Enrolment)
        .where(
            Enrolment.employee_id == invitation.employee_id,
            Enrolment.invitation_id != invitation.id,
        )
        .order_by(Enrolment.approved_at.desc())
    ).first()
    if not good:
        return Likeness(on_file, None, [])
    probe = fuse([service.faces.of_photo(session, photo) for photo in good])
    chance = None
    if on_file is not None and on_file.model == service.faces.model:
        cosine = float(np.dot(probe, service.faces.template(session, on_file)))
        chance = service.faces.chance(cosine, max(len(good), on_file.photos))
    return Likeness(
        on_file, chance, service.faces.nearest(session, probe, invitation.employee_id, LOOKED_AT)
    )


def note_alarms(
    service: Service, session: Session, invitation: Invitation, photos: list[Photo]
) -> None:
    """At the submission: writes down what the guard saw, so that it stands there even if the others change meanwhile."""
    seen = compare(service, session, invitation, photos)
    for other in seen.duplicates:
        number = session.get_one(Employee, other.employee_id).number
        audit.record(
            session,
            service.clock(),
            "muster",
            "guard.duplicate",
            invitation.id,
            other=number,
            chance=other.chance,
        )
    if seen.unlike:
        audit.record(
            session,
            service.clock(),
            "muster",
            "guard.unlike",
            invitation.id,
            chance=seen.match_chance,
        )
