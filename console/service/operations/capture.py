"""Photos of a person taken at the desk, for people without a phone: consent, photos, and the same way through screening and review."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api import faces as api
from console.api import review
from console.api.operation import ById
from console.domain.consent import CONSENT
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import (
    CLOSED,
    IN_FORCE,
    PHOTOS_ASKED,
    PHOTOS_KEPT,
    UPLOADABLE,
    Event,
    Status,
    advance,
    describe,
    new_token,
    token_hash,
)
from console.domain.screening import WHY_BEST
from console.service.enrolment.photo_sets import judge_set
from console.service.enrolment.profiles import profile_in_use
from console.service.enrolment.screening import findings, photo_summary, photos_of_try
from console.service.operations.dispatch import Call, handles
from console.service.operations.faces import shown_profile
from console.service.settings import load_settings
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Consent, Employee, Invitation, Photo

LASTS = timedelta(hours=8)
"""So long may the person come back to the desk to go on."""
MAX_PHOTO = 40 * 1024 * 1024
DESK = "desk"


@handles(api.capture)
def capture(call: Call, request: ById) -> api.Capture:
    """By the employee's id."""
    with call.service.store.read() as session:
        employee = _employee(session, request.id)
        return _struct(call, session, employee, _open_capture(call, session, employee.id))


def _employee(session: Session, employee_id: str) -> Employee:
    employee = session.get(Employee, employee_id)
    if employee is None:
        raise NotFound("This employee does not exist any more.")
    return employee


def _open_capture(call: Call, session: Session, employee_id: str) -> Invitation | None:
    """The person's newest one at a desk, while it can still be looked at."""
    query = select(Invitation).where(
        Invitation.employee_id == employee_id, Invitation.channel == DESK
    )
    row = session.scalars(query.order_by(Invitation.created_at.desc()).limit(1)).first()
    gone = (
        row is None
        or row.status in CLOSED | IN_FORCE
        or (row.status in UPLOADABLE and row.expires_at <= call.now)
    )
    return None if gone else row


@handles(api.begin_capture)
def begin(call: Call, request: api.BeginCapture) -> api.Capture:
    actor = call.enroller.id
    with call.service.store.write() as session:
        employee = _employee(session, request.employee_id)
        if not employee.active:
            raise Conflict("Employee is not active")
        if request.digest != CONSENT.digest:
            raise Conflict("The text has changed meanwhile. Please read it again.")
        row = _open_capture(call, session, employee.id)
        if row is not None and not request.agreed:
            _take_back(call, session, row)
        elif row is None or row.status not in UPLOADABLE:
            row = _new(call, session, employee, actor)
            _agree(call, session, row, request.agreed)
        session.flush()
        return _struct(call, session, employee, row if request.agreed else None)


def _new(call: Call, session: Session, employee: Employee, actor: str) -> Invitation:
    """Links that still wait are revoked by it: one enrolment at a time."""
    busy = [status for status in Status if status not in CLOSED | IN_FORCE]
    for earlier in session.scalars(
        select(Invitation).where(Invitation.employee_id == employee.id, Invitation.status.in_(busy))
    ):
        earlier.status, earlier.changed_at = advance(earlier.status, Event.REVOKE), call.now
        changed(session, "invitations", earlier.id)
    row = Invitation(
        id=new_id(),
        employee_id=employee.id,
        token_hash=token_hash(new_token()),
        channel=DESK,
        status=Status.OPENED,
        check_passed=True,
        created_by=actor,
        created_at=call.now,
        expires_at=call.now + LASTS,
        changed_at=call.now,
    )
    session.add(row)
    session.flush()
    return row


def _take_back(call: Call, session: Session, row: Invitation) -> None:
    """They had agreed, and say no after all: what was taken is deleted."""
    for consent in session.scalars(select(Consent).where(Consent.invitation_id == row.id)):
        consent.withdrawn_at = call.now
    for photo in session.scalars(select(Photo).where(Photo.invitation_id == row.id)):
        session.delete(photo)
    row.status, row.changed_at = advance(row.status, Event.WITHDRAW), call.now
    audit.record(session, call.now, call.operator.id, "consent.withdrawn", row.id, channel=DESK)
    changed(session, "invitations", row.id)
    changed(session, "employees", row.employee_id)


def _agree(call: Call, session: Session, row: Invitation, agreed: bool) -> None:
    row.status = advance(row.status, Event.CONSENT if agreed else Event.DECLINE)
    if agreed:
        session.add(
            Consent(
                id=new_id(),
                employee_id=row.employee_id,
                invitation_id=row.id,
                text_digest=CONSENT.digest,
                text_version=CONSENT.version,
                language=CONSENT.language,
                channel=DESK,
                user_agent=f"desk of {call.operator.name}"[:300],
                given_at=call.now,
            )
        )
    audit.record(
        session,
        call.now,
        call.operator.id,
        "consent.given" if agreed else "consent.declined",
        row.id,
        channel=DESK,
    )
    changed(session, "invitations", row.id)
    changed(session, "employees", row.employee_id)


def _capture(call: Call, session: Session, capture_id: str) -> Invitation:
    """One that takes photos. Raises NotFound, Conflict, Forbidden."""
    call.check_enroller()
    row = session.get(Invitation, capture_id)
    if row is None or row.channel != DESK:
        raise NotFound("This enrolment does not exist any more. Begin again.")
    if row.status not in UPLOADABLE or row.expires_at <= call.now:
        raise Conflict("No photos can be added to this enrolment any more.")
    return row


@handles(api.add_photo)
def add_photo(call: Call, request: api.AddPhoto) -> api.Capture:
    if not 1 <= request.slot <= PHOTOS_KEPT:
        raise Invalid("slot", f"At most {PHOTOS_KEPT} photos can be kept.")
    if len(request.jpeg) > MAX_PHOTO:
        raise Invalid("jpeg", "This picture is larger than 40 MB. Send a smaller one.")
    with call.service.store.write() as session:
        row = _capture(call, session, request.capture_id)
        for photo in photos_of_try(session, row.id, row.tries + 1):
            if photo.slot == request.slot:
                session.delete(photo)
        photo_id = new_id()
        sealed = call.service.vault.seal(
            session, row.employee_id, "photo", photo_id, "upload", request.jpeg
        )
        session.add(
            Photo(
                id=photo_id,
                invitation_id=row.id,
                employee_id=row.employee_id,
                slot=request.slot,
                try_no=row.tries + 1,
                state="received",
                attempt=1,
                sealed=sealed,
                outcome="",
                quality=0.0,
                created_at=call.now,
            )
        )
        call.service.jobs.demand(session, "photo", photo_id, 1)
        session.flush()
        return _struct(call, session, session.get_one(Employee, row.employee_id), row)


@handles(api.remove_photo)
def remove_photo(call: Call, request: api.RemovePhoto) -> api.Capture:
    with call.service.store.write() as session:
        row = _capture(call, session, request.capture_id)
        for photo in photos_of_try(session, row.id, row.tries + 1):
            if photo.slot == request.slot:
                session.delete(photo)
        session.flush()
        judge_set(call.service, session, photos_of_try(session, row.id, row.tries + 1))
        return _struct(call, session, session.get_one(Employee, row.employee_id), row)


@handles(api.submit_capture)
def submit(call: Call, request: api.SubmitCapture) -> api.Capture:
    with call.service.store.write() as session:
        row = _capture(call, session, request.capture_id)
        photos = photos_of_try(session, row.id, row.tries + 1)
        if len(photos) < PHOTOS_ASKED:
            raise Invalid(
                "photos", f"Please add {PHOTOS_ASKED} photos first; there are {len(photos)}."
            )
        if request.best not in [photo.slot for photo in photos]:
            raise Invalid("best", "Choose the best photo first.")
        for photo in photos:
            photo.chosen = photo.slot == request.best
        row.submitted_at = row.changed_at = call.now
        row.attempt += 1
        row.status = advance(row.status, Event.SUBMIT)
        audit.record(
            session,
            call.now,
            call.operator.id,
            "submission.received",
            row.id,
            photos=len(photos),
            channel=DESK,
        )
        call.service.jobs.demand(session, "settle", row.id, row.attempt)
        changed(session, "invitations", row.id)
        changed(session, "employees", row.employee_id)
        return _struct(call, session, session.get_one(Employee, row.employee_id), row)


def _struct(
    call: Call, session: Session, employee: Employee, row: Invitation | None
) -> api.Capture:
    site = load_settings(session).site
    text = [(heading, body.replace("{site}", site)) for heading, body in CONSENT.paragraphs]
    taking = row is not None and row.status in UPLOADABLE
    try_no = 0 if row is None else row.tries + 1 if taking else row.tries or 1
    return api.Capture(
        id=row.id if row else "",
        employee_id=employee.id,
        employee=f"{employee.first_name} {employee.last_name}".strip(),
        number=employee.number,
        status=row.status if row else Status.OPENED,
        status_text=describe(row.status, row.tries, row.remark) if row else "",
        consent=api.Consent(
            digest=CONSENT.digest, intro=CONSENT.intro.replace("{site}", site), paragraphs=text
        ),
        photos_asked=PHOTOS_ASKED,
        photos=[_photo(photo) for photo in photos_of_try(session, row.id, try_no)] if row else [],
        profile=shown_profile(session, profile_in_use(session)),
    )


def _photo(photo: Photo) -> api.CapturePhoto:
    words = [
        review.Finding(
            gate=f.gate,
            outcome=f.outcome,
            label=f.label,
            measured=f.measured,
            limit=f.limit,
            hint=f.hint,
        )
        for f in findings(photo.verdict)
    ]
    summary = photo_summary(photo) if photo.state == "screened" else ""
    why = WHY_BEST.get(photo.best_because, "")
    return api.CapturePhoto(
        slot=photo.slot,
        state=photo.state,
        outcome=photo.outcome,
        quality=photo.quality,
        summary=summary,
        findings=words,
        best_because=why,
    )
