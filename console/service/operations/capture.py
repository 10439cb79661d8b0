"""Photos of a person taken at the desk, for people without a phone.

They go through the same consent, screening and review as photos that come by a link.
"""

from sqlalchemy import select

from console.api import faces as api
from console.api import review
from console.api.operation import ById
from console.domain.consent import FACE
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import PHOTOS_ASKED, UPLOADABLE, Status, describe
from console.domain.language import tr
from console.domain.screening import WHY_BEST
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.service.consents import shown_texts
from console.service.enrolment import submissions
from console.service.enrolment.consent import answers_again, has_agreed, withdraw_consent
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.photo_sets import photos_of_try
from console.service.enrolment.profiles import profile_in_use
from console.service.enrolment.verdicts import describe_findings, summarise_photo, verdict_of
from console.service.operations.dispatch import Call, handles
from console.service.operations.faces import profile_struct
from console.service.people.employees import find_employee
from console.service.pools import Pool
from console.service.settings import load_settings
from console.store.columns import new_id
from console.store.queries.people import full_name
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Invitation, Photo
from console.store.unit_of_work import ReadTx


class CaptureOperations:
    """What an operator at the desk does for one person. Changes need the right to enrol."""

    def __init__(self, gallery: FaceGallery) -> None:
        self._gallery = gallery

    @handles(api.capture, Pool.READ)
    def get(self, call: Call, request: ById) -> api.Capture:
        """The enrolment that is open at the desk, by the employee's id. Raises NotFound."""
        with call.read() as tx:
            employee = find_employee(tx, request.id)
            return _struct(tx, employee, submissions.desk_capture(tx, employee.id))

    @handles(api.begin_capture, Pool.WRITE)
    def begin(self, call: Call, request: api.BeginCapture) -> api.Capture:
        """Notes the consent, or that the person says no, whatever they have said before.

        Whoever is enrolled and agrees to another text than before needs no new photos for that.

        Raises NotFound, Conflict, Forbidden.
        """
        desk = call.enroller.name
        with call.write() as tx:
            employee = find_employee(tx, request.employee_id)
            if not request.agreed and has_agreed(tx, employee.id):
                withdraw_consent(tx, employee.id, self._gallery, channel=submissions.DESK)
                row = None
            elif request.agreed and answers_again(tx, employee.id):
                submissions.note_consent(
                    tx,
                    employee.id,
                    None,
                    submissions.text_read(tx, request.digest),
                    channel=submissions.DESK,
                    user_agent=f"desk of {desk}",
                )
                row = None
            else:
                if not employee.active:
                    raise Conflict(tr("Employee is not active"))
                text = submissions.text_read(tx, request.digest)
                said = text if request.agreed else None
                row = submissions.begin_at_desk(tx, employee.id, said, desk=desk)
            tx.flush()
            return _struct(tx, employee, row)

    @handles(api.add_photo, Pool.WRITE)
    def add_photo(self, call: Call, request: api.AddPhoto) -> api.Capture:
        """Stores a photo and has it screened. Raises NotFound, Conflict, Invalid, Forbidden."""
        if len(request.jpeg) > MAX_PHOTO:
            raise Invalid(
                "jpeg",
                tr("This picture is larger than {size}. Send a smaller one.", size=MAX_PHOTO_WORDS),
            )
        with call.write() as tx:
            row, employee = _capture(call, tx, request.capture_id)
            photo_id = new_id()
            sealed = tx.seal(employee.id, "photo", photo_id, "upload", request.jpeg)
            submissions.add_photo(tx, row, request.slot, photo_id=photo_id, sealed=sealed)
            tx.flush()
            return _struct(tx, employee, row)

    @handles(api.remove_photo, Pool.WRITE)
    def remove_photo(self, call: Call, request: api.RemovePhoto) -> api.Capture:
        """Deletes a photo. Raises NotFound, Conflict, Forbidden."""
        with call.write() as tx:
            row, employee = _capture(call, tx, request.capture_id)
            submissions.remove_photo(tx, row, request.slot)
            return _struct(tx, employee, row)

    @handles(api.submit_capture, Pool.WRITE)
    def submit(self, call: Call, request: api.SubmitCapture) -> api.Capture:
        """Hands the photos in. Raises NotFound, Conflict, Invalid, Forbidden."""
        with call.write() as tx:
            row, employee = _capture(call, tx, request.capture_id)
            submissions.submit(tx, row, request.best)
            return _struct(tx, employee, row)


def _capture(call: Call, tx: ReadTx, capture_id: str) -> tuple[Invitation, Employee]:
    """An enrolment at the desk and its person. Raises NotFound, Forbidden."""
    _ = call.enroller  # raises Forbidden
    row = tx.get(Invitation, capture_id)
    if row is None or row.channel != submissions.DESK:
        raise NotFound(tr("This enrolment no longer exists. Start again."))
    return row, tx.get_one(Employee, row.employee_id)


def _struct(tx: ReadTx, employee: Employee, row: Invitation | None) -> api.Capture:
    photos: list[Photo] = []
    if row is not None:
        taking = row.status in UPLOADABLE
        photos = photos_of_try(tx, row.id, row.tries + 1 if taking else row.tries or 1)
    return api.Capture(
        id=row.id if row else "",
        employee_id=employee.id,
        employee=full_name(employee),
        number=employee.number,
        status=row.status if row else Status.OPENED,
        status_text=_status_text(tx, employee, row),
        agreed=has_agreed(tx, employee.id),
        texts=shown_texts(load_settings(tx), FACE),
        photos_asked=PHOTOS_ASKED,
        photos=[_photo(photo) for photo in photos],
        profile=profile_struct(tx, profile_in_use(tx)),
    )


def _status_text(tx: ReadTx, employee: Employee, row: Invitation | None) -> str:
    """Of what goes on at the desk, or else of the newest enrolment."""
    if row is not None:
        return describe(row.status, row.tries, row.remark)
    query = select(Invitation).where(Invitation.employee_id == employee.id)
    newest = tx.scalar(query.order_by(Invitation.created_at.desc()).limit(1))
    return status_texts(tx, [newest])[newest.id] if newest else ""


def _photo(photo: Photo) -> api.CapturePhoto:
    words = [
        review.GateRow(
            gate=finding.gate,
            outcome=finding.outcome,
            label=finding.label,
            measured=finding.measured,
            limit=finding.limit,
            hint=finding.hint,
        )
        for finding in describe_findings(verdict_of(photo))
    ]
    return api.CapturePhoto(
        slot=photo.slot,
        state=photo.state,
        outcome=photo.outcome,
        quality=photo.quality,
        summary=summarise_photo(photo) if photo.state == "screened" else "",
        findings=words,
        best_because=WHY_BEST.get(photo.best_because, ""),
    )
