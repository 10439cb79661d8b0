"""Invitations: send, list, send again, revoke."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from console.api import invitations as api
from console.api.operation import ById
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.invitations import (
    CLOSED,
    IN_FORCE,
    LINK_LIFETIME,
    Event,
    Status,
    advance,
    new_token,
    token_hash,
)
from console.domain.texts import ENROL_NOW
from console.service.enrolment.emails import queue_email
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import after, checked_limit, contains, encode_cursor
from console.service.settings import load_settings
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.queries.statuses import status_texts
from console.store.schema import Employee, Invitation, Outbox

MAX_AT_ONCE = 5000
_OPEN = [status for status in Status if status not in CLOSED | IN_FORCE]
_EMAIL_WORDS = {"queued": "Waiting to be sent", "sent": "Sent", "failed": "Not sent"}


@handles(api.invite)
def invite(call: Call, request: api.Invite) -> api.Invited:
    if len(request.employee_ids) > MAX_AT_ONCE:
        raise Invalid("employee_ids", f"Invite at most {MAX_AT_ONCE:,} people at once.")
    skipped, sent = [], 0
    with call.service.store.write() as session:
        for employee_id in dict.fromkeys(request.employee_ids):
            employee = session.get(Employee, employee_id)
            reason = _why_not(employee)
            if employee is None or reason:
                name = f"{employee.first_name} {employee.last_name}" if employee else ""
                skipped.append(api.NotInvited(employee_id=employee_id, name=name, reason=reason))
                continue
            _invite(call, session, employee)
            sent += 1
        audit.record(
            session, call.now, call.operator.id, "invitations.sent", sent=sent, skipped=len(skipped)
        )
    return api.Invited(sent=sent, skipped=skipped)


def _why_not(employee: Employee | None) -> str:
    if employee is None:
        return "This employee does not exist any more."
    if not employee.active:
        return "Not active."
    return "" if employee.email else "No email address. Enter one first."


def _invite(call: Call, session: Session, employee: Employee) -> None:
    """A new link; those that still wait are revoked by it."""
    for earlier in session.scalars(
        select(Invitation).where(
            Invitation.employee_id == employee.id, Invitation.status.in_(_OPEN)
        )
    ):
        _close(session, earlier, call)
    settings = load_settings(session)
    token = new_token()
    invitation = Invitation(
        id=new_id(),
        employee_id=employee.id,
        token_hash=token_hash(token),
        status=Status.INVITED,
        created_by=call.operator.id,
        created_at=call.now,
        expires_at=call.now + LINK_LIFETIME,
        changed_at=call.now,
    )
    session.add(invitation)
    session.flush()
    base = (settings.portal_url or call.service.addresses.portal).rstrip("/")
    values = {
        "first_name": employee.first_name or employee.last_name,
        "sender": call.operator.name,
        "link": f"{base}/e/{token}",
        "button": ENROL_NOW,
        "expires": f"{invitation.expires_at:%d %B %Y, %H:%M} UTC",
    }
    queue_email(call.service, session, invitation, "invitation", values)
    changed(session, "invitations", invitation.id)
    changed(session, "employees", employee.id)


def _close(session: Session, invitation: Invitation, call: Call) -> None:
    invitation.status = advance(invitation.status, Event.REVOKE)
    invitation.changed_at = call.now
    changed(session, "invitations", invitation.id)
    changed(session, "employees", invitation.employee_id)


@handles(api.list_invitations)
def list_invitations(call: Call, request: api.ListInvitations) -> api.InvitationPage:
    query = select(Invitation, Employee).join(Employee, Employee.id == Invitation.employee_id)
    if request.open_only:
        query = query.where(Invitation.status.in_(_OPEN))
    for word in request.search.split()[:8]:
        pattern = contains(word)
        query = query.where(
            or_(
                Employee.sort_name.like(pattern, escape="\\"),
                func.lower(Employee.number).like(pattern, escape="\\"),
            )
        )
    limit = checked_limit(request.limit)
    with call.service.store.read() as session:
        total = (
            -1
            if request.cursor
            else session.scalar(
                select(func.count()).select_from(query.with_only_columns(Invitation.id).subquery())
            )
            or 0
        )
        if request.cursor:
            query = query.where(after(request.cursor, Invitation.created_at, Invitation.id, True))
        rows = list(
            session.execute(
                query.order_by(Invitation.created_at.desc(), Invitation.id.desc()).limit(limit)
            ).tuples()
        )
        cursor = encode_cursor(rows[-1][0].created_at, rows[-1][0].id) if len(rows) == limit else ""
        return api.InvitationPage(rows=_structs(session, rows), cursor=cursor, total=total)


def _structs(session: Session, rows: list[tuple[Invitation, Employee]]) -> list[api.Invitation]:
    invitations = [invitation for invitation, _ in rows]
    texts = status_texts(session, invitations)
    emails: dict[str, str] = {}
    for email in session.scalars(
        select(Outbox)
        .where(Outbox.invitation_id.in_([i.id for i in invitations]))
        .order_by(Outbox.created_at)
    ):
        words = _EMAIL_WORDS[email.state]
        emails[email.invitation_id] = f"{words}: {email.error}" if email.error else words
    return [
        api.Invitation(
            id=row.id,
            employee_id=employee.id,
            employee=f"{employee.first_name} {employee.last_name}".strip(),
            number=employee.number,
            status=row.status,
            status_text=texts[row.id],
            email=emails.get(row.id, "No email"),
            created_at=row.created_at,
            expires_at=row.expires_at,
            changed_at=row.changed_at,
        )
        for row, employee in rows
    ]


@handles(api.revoke)
def revoke(call: Call, request: ById) -> api.Invitation:
    with call.service.store.write() as session:
        invitation = session.get(Invitation, request.id)
        if invitation is None:
            raise NotFound("This invitation does not exist any more.")
        if invitation.status not in _OPEN:
            raise Conflict("This invitation is not open any more.")
        _close(session, invitation, call)
        audit.record(session, call.now, call.operator.id, "invitation.revoked", invitation.id)
        return _structs(session, [(invitation, session.get_one(Employee, invitation.employee_id))])[
            0
        ]
