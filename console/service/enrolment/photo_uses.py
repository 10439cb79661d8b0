"""What becomes of photos by file name: an enrolment at the desk, or an ID photo. PE4, N5."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import ColumnExpressionArgument, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from console.api.photo_files import PhotoFile
from console.api.tasks import PhotoOutcome
from console.domain.consent import FACE
from console.domain.id_photos import NOT_COMPARED, IdPhotoState
from console.domain.invitations import IN_FORCE, PHOTOS_KEPT, WITH_US, Event, Status
from console.domain.language import msgid, tr, tr_count
from console.domain.photo_names import PhotoUse
from console.service.enrolment import submissions
from console.service.enrolment.consent import has_agreed
from console.service.enrolment.id_photos import set_id_photo
from console.service.enrolment.invitations import close_open
from console.service.enrolment.photo_sets import photos_of_try
from console.service.enrolment.verdicts import summarise_photo
from console.service.portions import in_batches
from console.store.columns import new_id
from console.store.queries.enrolments import advance_invitation, who_agreed
from console.store.queries.people import full_name
from console.store.schema import Employee, Enrolment, IdPhoto, Invitation, Photo
from console.store.unit_of_work import ReadTx, Tx

PEOPLE_AT_ONCE = 500
"""People of one query; databases bound the parameters of a statement."""
NOT_ACTIVE = msgid("Not active")
NOT_AGREED = msgid("Has not agreed to the use of their face")
WAITS = msgid("Has submitted photos that are awaiting screening or review")
ENROLLED = msgid("Is already enrolled")
SAID_NO = msgid("Has refused the use of their face")
HAS_ONE = msgid("Already has an ID photo")
TAKEN_BACK = msgid("Withdrawn, because the task was cancelled")
REMOVED = msgid("Removed in the meantime")
NOT_GOOD = msgid("Rejected")


class Use(Protocol):
    """What photos by file name are taken for. most: photos of one person."""

    most: int

    def reasons(self, tx: ReadTx, employee_ids: Sequence[str], *, again: bool) -> dict[str, str]:
        """Why each of these people gets no photo by file; "" for those who do."""
        ...

    def begin(self, tx: Tx, person: Employee, files: Sequence[PhotoFile]) -> str | None:
        """Takes them. Returns the id of what is screened now, if anything is. Raises Invalid."""
        ...

    def unscreened(self, ids: Sequence[str]) -> Select[str]:
        """Those of what was begun that are not screened yet."""
        ...

    def conclude(self, tx: Tx, row_id: str, names: Mapping[int, str]) -> list[PhotoOutcome]:
        """What became of the files, by slot, once they are screened."""
        ...

    def cancel(self, tx: Tx, row_id: str, names: Mapping[int, str]) -> list[PhotoOutcome]:
        """The same if the task ends before that."""
        ...

    def in_words(self, taken: int) -> str:
        """How many were taken, in a sentence."""
        ...


class EnrolmentPhotos:
    """Screened as photos of the desk are, under the consent that the person has given before."""

    most = PHOTOS_KEPT

    def reasons(self, tx: ReadTx, employee_ids: Sequence[str], *, again: bool) -> dict[str, str]:
        """again: also of people who are enrolled already."""
        reasons: dict[str, str] = {}
        for some in in_batches(employee_ids, PEOPLE_AT_ONCE):
            active, agreed = _active(tx, some), who_agreed(tx, some, FACE)
            statuses: dict[str, set[str]] = defaultdict(set)
            query = select(Invitation.employee_id, Invitation.status)
            for one, status in tx.execute(query.where(Invitation.employee_id.in_(some))):
                statuses[one].add(status)
            for one in some:
                if one not in active:
                    reasons[one] = NOT_ACTIVE
                elif one not in agreed:
                    reasons[one] = NOT_AGREED
                elif statuses[one] & WITH_US:
                    reasons[one] = WAITS
                else:
                    reasons[one] = ENROLLED if statuses[one] & IN_FORCE and not again else ""
        return reasons

    def begin(self, tx: Tx, person: Employee, files: Sequence[PhotoFile]) -> str | None:
        """An enrolment at the desk, under the consent that is in force."""
        close_open(tx, [person.id])
        row = submissions.open_at_desk(tx, person.id)
        advance_invitation(tx, row, Event.CONSENT)
        for slot, one in enumerate(files, start=1):
            photo_id = new_id()
            sealed = tx.seal(person.id, "photo", photo_id, "upload", one.data)
            submissions.add_photo(tx, row, slot, photo_id=photo_id, sealed=sealed)
        return row.id

    def unscreened(self, ids: Sequence[str]) -> Select[str]:
        """ids: of invitations."""
        waiting = Photo.invitation_id.in_(ids), Photo.state == "received"
        return select(Photo.invitation_id).where(*waiting)

    def conclude(self, tx: Tx, row_id: str, names: Mapping[int, str]) -> list[PhotoOutcome]:
        """Hands in the photos of a person if one of them passed, else takes them back."""
        row = tx.get_one(Invitation, row_id)
        person = tx.get_one(Employee, row.employee_id)
        photos = photos_of_try(tx, row.id, row.tries + 1)
        good = [photo for photo in photos if photo.outcome != "reject"]
        if row.status is Status.CONSENTED and good:
            best = max(good, key=lambda photo: (bool(photo.best_because), photo.quality))
            submissions.submit(tx, row, best.slot, least=1)
        elif row.status is Status.CONSENTED:
            advance_invitation(tx, row, Event.REVOKE)
        return [
            outcome(
                person,
                names[photo.slot],
                "" if photo in good else summarise_photo(photo) or NOT_GOOD,
            )
            for photo in photos
        ]

    def cancel(self, tx: Tx, row_id: str, names: Mapping[int, str]) -> list[PhotoOutcome]:
        """Revokes what was not handed in; its photos are deleted as drafts are."""
        row = tx.get_one(Invitation, row_id)
        if row.status is Status.CONSENTED:
            advance_invitation(tx, row, Event.REVOKE)
        person = tx.get_one(Employee, row.employee_id)
        return [outcome(person, name, TAKEN_BACK) for name in names.values()]

    def in_words(self, taken: int) -> str:
        """They wait for review."""
        return tr_count(
            "{count:,} photo is awaiting review.", "{count:,} photos are awaiting review.", taken
        )


class IdPhotos:
    """Kept sealed, and screened once their people have agreed; of some they have already."""

    most = 1

    def reasons(self, tx: ReadTx, employee_ids: Sequence[str], *, again: bool) -> dict[str, str]:
        """again: also in place of an ID photo that is there."""
        reasons: dict[str, str] = {}
        for some in in_batches(employee_ids, PEOPLE_AT_ONCE):
            active = _active(tx, some)
            no = set(tx.scalars(_of(some, Employee.id, Employee.opted_out_at.is_not(None))))
            live = set(tx.scalars(_of(some, Enrolment.employee_id, Enrolment.live)))
            has_one = set(tx.scalars(_of(some, IdPhoto.employee_id)))
            for one in some:
                if one not in active:
                    reasons[one] = NOT_ACTIVE
                elif one in no:
                    reasons[one] = SAID_NO
                elif one in live:
                    reasons[one] = ENROLLED
                else:
                    reasons[one] = HAS_ONE if one in has_one and not again else ""
        return reasons

    def begin(self, tx: Tx, person: Employee, files: Sequence[PhotoFile]) -> str | None:
        """Nothing is screened now unless the person has agreed."""
        set_id_photo(tx, person, files[0].data)
        if not has_agreed(tx, person.id):
            return None
        return tx.scalar(select(IdPhoto.id).where(IdPhoto.employee_id == person.id))

    def unscreened(self, ids: Sequence[str]) -> Select[str]:
        """ids: of ID photos."""
        waiting = IdPhoto.id.in_(ids), IdPhoto.state == IdPhotoState.WAITING
        return select(IdPhoto.id).where(*waiting)

    def conclude(self, tx: Tx, row_id: str, names: Mapping[int, str]) -> list[PhotoOutcome]:
        """One that compares with nothing is kept, so that whoever decides is told."""
        row = tx.get(IdPhoto, row_id)
        if row is None:
            return [
                PhotoOutcome(name=one, number="", employee="", reason=tr(REMOVED))
                for one in names.values()
            ]
        person = tx.get_one(Employee, row.employee_id)
        return [outcome(person, one, NOT_COMPARED.get(row.state, "")) for one in names.values()]

    def cancel(self, tx: Tx, row_id: str, names: Mapping[int, str]) -> list[PhotoOutcome]:
        """Those that came are kept."""
        return self.conclude(tx, row_id, names)

    def in_words(self, taken: int) -> str:
        """They are kept."""
        return tr_count("{count:,} ID photo was saved.", "{count:,} ID photos were saved.", taken)


USES: Mapping[PhotoUse, Use] = {
    PhotoUse.ENROLMENT: EnrolmentPhotos(),
    PhotoUse.ID_PHOTO: IdPhotos(),
}


def outcome(person: Employee, name: str, reason: str) -> PhotoOutcome:
    """What became of a file. reason: "" if it was taken, else a key of the catalogue, or said."""
    return PhotoOutcome(
        name=name, number=person.number, employee=full_name(person), reason=tr(reason)
    )


def _active(tx: ReadTx, employee_ids: Sequence[str]) -> set[str]:
    return set(tx.scalars(_of(employee_ids, Employee.id, Employee.active)))


def _of(
    employee_ids: Sequence[str],
    owner: InstrumentedAttribute[str],
    *such: ColumnExpressionArgument[bool],
) -> Select[str]:
    """Those of these people who have such a row. owner: its column with the employee's id."""
    return select(owner).where(owner.in_(employee_ids), *such)
