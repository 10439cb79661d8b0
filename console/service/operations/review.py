"""Review: the queue, one submission with all that a decision needs, and the decision."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.api import review as api
from console.api.operation import ById, Nothing
from console.biometrics.faces.recognition.calibration import DUPLICATE_FMR
from console.domain.errors import Conflict, Forbidden, NeedsReason, NotFound
from console.domain.invitations import REVIEWABLE, Event, advance
from console.domain.screening import WHY_BEST
from console.domain.terminals import TerminalStatus
from console.service.enrolment.duplicate_guard import Likeness, compare
from console.service.enrolment.emails import queue_email
from console.service.enrolment.face_gallery import Alike
from console.service.enrolment.screening import current_photos, findings, photo_summary
from console.service.operations.dispatch import Call, handles
from console.service.operations.faces import mark_known_lookalike
from console.service.terminals.provisioning import make_enrolment
from console.store import audit
from console.store.database import changed
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Enrolment, Invitation, Operator, Photo, Terminal

EXTRA_TIME = timedelta(days=2)
"""A rejected person has at least this long to send new photos."""


@handles(api.queue)
def queue(call: Call, request: Nothing) -> api.Queue:
    with call.service.store.read() as session:
        query = select(Invitation, Employee).join(Employee, Employee.id == Invitation.employee_id)
        rows = session.execute(
            query.where(Invitation.status.in_(REVIEWABLE)).order_by(Invitation.submitted_at)
        ).tuples()
        return api.Queue(
            items=[_item(session, invitation, employee) for invitation, employee in rows]
        )


def _item(session: Session, invitation: Invitation, employee: Employee) -> api.QueueItem:
    photos = current_photos(session, invitation)
    chosen = next(
        (p for p in photos if p.chosen and p.image is not None),
        next((p for p in photos if p.image is not None), None),
    )
    return api.QueueItem(
        id=invitation.id,
        employee=_name(employee),
        number=employee.number,
        department=employee.department,
        status=invitation.status,
        passed=sum(p.outcome != "reject" for p in photos),
        photos=len(photos),
        photo_id=chosen.id if chosen else "",
        submitted_at=invitation.submitted_at or invitation.changed_at,
    )


def _name(employee: Employee) -> str:
    return f"{employee.first_name} {employee.last_name}".strip()


@handles(api.submission)
def submission(call: Call, request: ById) -> api.Submission:
    with call.service.store.read() as session:
        return _submission(call, session, _invitation(session, request.id))


def _invitation(session: Session, row_id: str) -> Invitation:
    row = session.get(Invitation, row_id)
    if row is None:
        raise NotFound("This submission does not exist any more.")
    return row


def _submission(call: Call, session: Session, invitation: Invitation) -> api.Submission:
    employee = session.get_one(Employee, invitation.employee_id)
    photos = current_photos(session, invitation)
    seen = compare(call.service, session, invitation, photos)
    terminals = (
        session.scalar(
            select(func.count())
            .select_from(Terminal)
            .where(Terminal.status == TerminalStatus.APPROVED)
        )
        or 0
    )
    return api.Submission(
        id=invitation.id,
        employee=_name(employee),
        number=employee.number,
        department=employee.department,
        status=invitation.status,
        status_text=status_texts(session, [invitation])[invitation.id],
        opened_how=_opened_how(invitation),
        profile=next(
            (
                f"{p.verdict['profile']} v{p.verdict['profile_version']}"
                for p in photos
                if p.verdict
            ),
            "",
        ),
        photos=[_photo(photo) for photo in photos],
        on_file=seen.on_file.id if seen.on_file else "",
        on_file_at=seen.on_file.approved_at if seen.on_file else None,
        match_chance=seen.match_chance,
        unlike=seen.unlike,
        lookalikes=[_lookalike(session, other) for other in seen.shown],
        alarms=seen.alarms,
        after_approval=_after_approval(terminals),
    )


def _opened_how(invitation: Invitation) -> str:
    if invitation.channel == "desk":
        return f"taken at the desk · try {max(1, invitation.tries)} of 3"
    check = "second check passed" if invitation.check_passed else "no second check"
    return f"opened from email, {check} · try {max(1, invitation.tries)} of 3"


def _after_approval(terminals: int) -> str:
    if not terminals:
        return "No terminal is approved yet. The face goes to terminals as they are approved."
    return f"Goes to {terminals} terminal{'s' if terminals > 1 else ''}. The chosen photo is kept for 30 days."


def _photo(photo: Photo) -> api.ReviewPhoto:
    verdict = photo.verdict or {}
    words = findings(verdict)
    regions = [gate.get("region") for gate in verdict.get("gates", [])]
    eyes = verdict.get("eyes")
    return api.ReviewPhoto(
        id=photo.id,
        slot=photo.slot,
        chosen=photo.chosen,
        outcome=photo.outcome,
        quality=photo.quality,
        summary=photo_summary(photo),
        findings=[
            api.Finding(
                gate=f.gate,
                outcome=f.outcome,
                label=f.label,
                measured=f.measured,
                limit=f.limit,
                hint=f.hint,
                region=api.Region(**region) if region else None,
            )
            for f, region in zip(words, regions, strict=True)
        ],
        face=api.Region(**verdict["face"]) if verdict.get("face") else None,
        eyes=((eyes[0][0], eyes[0][1]), (eyes[1][0], eyes[1][1])) if eyes else None,
        has_image=photo.image is not None,
        best_because=WHY_BEST.get(photo.best_because, ""),
    )


def _lookalike(session: Session, other: Alike) -> api.Lookalike:
    employee = session.get_one(Employee, other.employee_id)
    enrolment = session.scalars(
        select(Enrolment.id).where(Enrolment.employee_id == employee.id, Enrolment.live)
    ).first()
    alert = other.chance <= DUPLICATE_FMR and not other.known_lookalike
    return api.Lookalike(
        employee_id=employee.id,
        employee=_name(employee),
        number=employee.number,
        chance=other.chance,
        alert=alert,
        known_lookalike=other.known_lookalike,
        enrolment_id=enrolment or "",
    )


@handles(api.picture)
def picture(call: Call, request: ById) -> api.Picture:
    """A photo of a submission, or the one on file. Looking at it is an audited act."""
    with call.service.store.write() as session:
        photo = session.get(Photo, request.id)
        enrolment = session.get(Enrolment, request.id) if photo is None else None
        if photo is not None and photo.image is not None:
            jpeg = call.service.vault.open(
                session, photo.employee_id, "photo", photo.id, "image", photo.image
            )
        elif enrolment is not None:
            jpeg = call.service.vault.open(
                session, enrolment.employee_id, "enrolment", enrolment.id, "image", enrolment.image
            )
        else:
            raise NotFound("This photo is not kept any more.")
        audit.record(session, call.now, call.operator.id, "photo.viewed", request.id)
        return api.Picture(jpeg=jpeg)


@handles(api.decide)
def decide(call: Call, request: api.Decide) -> api.Submission:
    with call.service.store.write() as session:
        invitation = _invitation(session, request.id)
        if invitation.status not in REVIEWABLE:
            raise Conflict(_decided_by(session, invitation))
        employee = session.get_one(Employee, invitation.employee_id)
        if (
            request.approve
            and employee.email
            and employee.email.lower() == call.operator.username.lower()
        ):
            raise Forbidden("Nobody may approve their own enrolment. Ask another admin.")
        if request.approve:
            _heed_guard(call, session, invitation, request)
            make_enrolment(call.service, session, invitation, call.operator.id)
        _record(call, session, invitation, employee, request)
        changed(session, "invitations", invitation.id)
        changed(session, "review", invitation.id)
        changed(session, "employees", employee.id)
        session.flush()
        return _submission(call, session, invitation)


def _heed_guard(call: Call, session: Session, invitation: Invitation, request: api.Decide) -> None:
    """Raises NeedsReason when the guard has something to say and no reason is given."""
    seen = compare(call.service, session, invitation, current_photos(session, invitation))
    if not seen.alarms:
        return
    if not request.in_spite.strip():
        raise NeedsReason(_what_the_guard_says(session, seen))
    chances = [other.chance for other in seen.duplicates]
    audit.record(
        session,
        call.now,
        call.operator.id,
        "guard.overruled",
        invitation.id,
        reason=request.in_spite.strip()[:200],
        unlike=seen.unlike,
        duplicates=len(chances),
    )
    for other in seen.duplicates if request.known_lookalike else []:
        mark_known_lookalike(
            call, session, invitation.employee_id, other.employee_id, True, request.in_spite
        )


def _what_the_guard_says(session: Session, seen: Likeness) -> str:
    parts = []
    for other in seen.duplicates:
        employee = session.get_one(Employee, other.employee_id)
        parts.append(f"This looks like {_name(employee)} ({employee.number}).")
    if seen.unlike:
        parts.append("This does not look like the face on file.")
    return f"{' '.join(parts)} Say why it is right all the same, or reject it."


def _decided_by(session: Session, invitation: Invitation) -> str:
    other = session.get(Operator, invitation.decided_by) if invitation.decided_by else None
    return (
        f"{other.name} has decided this already."
        if other
        else "This submission does not wait for a decision any more."
    )


def _record(
    call: Call, session: Session, invitation: Invitation, employee: Employee, request: api.Decide
) -> None:
    invitation.status = advance(
        invitation.status, Event.APPROVE if request.approve else Event.REJECT
    )
    invitation.decided_by, invitation.decided_at, invitation.changed_at = (
        call.operator.id,
        call.now,
        call.now,
    )
    invitation.remark = "" if request.approve else request.remark.strip()[:500]
    values = {"first_name": employee.first_name or employee.last_name}
    if request.approve:
        queue_email(call.service, session, invitation, "approved", values)
    else:
        invitation.expires_at = max(invitation.expires_at, call.now + EXTRA_TIME)
        expires = f"{invitation.expires_at:%d %B %Y, %H:%M} UTC"
        queue_email(
            call.service,
            session,
            invitation,
            "rejected",
            {**values, "remark": invitation.remark, "expires": expires},
        )
    audit.record(
        session,
        call.now,
        call.operator.id,
        "review.approved" if request.approve else "review.rejected",
        invitation.id,
    )
