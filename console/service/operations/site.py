"""The site at a glance, and its settings."""

import asyncio
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from console.api import site as api
from console.api.operation import Nothing
from console.domain.employees import EMAIL
from console.domain.errors import Invalid
from console.domain.invitations import CLOSED, IN_FORCE, REVIEWABLE, Status
from console.domain.terminals import ONLINE_WITHIN, TerminalStatus
from console.service.enrolment.emails import EmailFailed, compose, deliver, send_again
from console.service.enrolment.profiles import all_profiles
from console.service.operations.dispatch import Call, handles
from console.service.settings import (
    EmailServer,
    Settings,
    load_settings,
    open_password,
    save_settings,
    seal_password,
)
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Employee, Invitation, Login, Outbox, Terminal

_OPEN = [status for status in Status if status not in CLOSED | IN_FORCE]


@handles(api.overview)
def overview(call: Call, request: Nothing) -> api.Overview:
    service = call.service
    with service.store.read() as session:
        settings = load_settings(session)
        approved = Terminal.status == TerminalStatus.APPROVED
        problem = session.scalars(
            select(Outbox.error)
            .where(Outbox.error != "", Outbox.state != "sent")
            .order_by(Outbox.run_at.desc())
            .limit(1)
        ).first()
        return api.Overview(
            site=settings.site,
            employees=_count(session, Employee.id),
            invitations_open=_count(session, Invitation.id, Invitation.status.in_(_OPEN)),
            review_waiting=_count(session, Invitation.id, Invitation.status.in_(REVIEWABLE)),
            terminals_online=_count(
                session, Terminal.id, approved, Terminal.last_seen >= call.now - ONLINE_WITHIN
            ),
            terminals_approved=_count(session, Terminal.id, approved),
            terminals_pending=_count(
                session, Terminal.id, Terminal.status == TerminalStatus.PENDING
            ),
            email_waiting=_count(session, Outbox.id, Outbox.state == "queued"),
            email_problem=problem or "",
            jobs_running=service.jobs.running(),
            logins_today=_count(session, Login.id, Login.at >= call.now - timedelta(hours=24)),
            portal_url=settings.portal_url or service.addresses.portal,
            push_address=service.addresses.push,
            key_in_file=service.key_in_file,
        )


def _count(
    session: Session, column: "ColumnElement[object] | object", *conditions: ColumnElement[bool]
) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]


@handles(api.get_settings)
def get_settings(call: Call, request: Nothing) -> api.SiteSettings:
    with call.service.store.read() as session:
        return _struct(load_settings(session))


def _struct(settings: Settings) -> api.SiteSettings:
    """The password never leaves the service again."""
    email = settings.email
    shown = api.EmailSettings(
        host=email.host,
        port=email.port,
        security=email.security,
        username=email.username,
        password="",
        sender=email.sender,
    )
    return api.SiteSettings(
        site=settings.site,
        portal_url=settings.portal_url,
        email=shown,
        screening_profile=settings.screening_profile,
        second_check=settings.second_check,
    )


@handles(api.save_settings)
def save(call: Call, request: api.SiteSettings) -> api.SiteSettings:
    _check(request)
    with call.service.store.write() as session:
        if request.screening_profile not in all_profiles(session):
            raise Invalid(
                "screening_profile", f"There is no profile named {request.screening_profile}."
            )
        sealed = load_settings(session).email.password_sealed
        if request.email.password:
            sealed = seal_password(call.service.vault, request.email.password)
        email = EmailServer(
            host=request.email.host.strip(),
            port=request.email.port,
            security=request.email.security,
            username=request.email.username,
            password_sealed=sealed,
            sender=request.email.sender.strip(),
        )
        settings = Settings(
            site=request.site.strip(),
            portal_url=request.portal_url.strip(),
            email=email,
            screening_profile=request.screening_profile,
            second_check=request.second_check,
        )
        save_settings(session, settings)
        send_again(call.service, session)
        changed(session, "invitations")
        audit.record(session, call.now, call.operator.id, "settings.saved")
        return _struct(settings)


def _check(request: api.SiteSettings) -> None:
    if not request.site.strip():
        raise Invalid("site", "Give the site a name; employees see it in their emails.")
    if request.portal_url and not request.portal_url.startswith(
        ("https://", "http://127.0.0.1", "http://localhost")
    ):
        raise Invalid(
            "portal_url", "Links must begin with https://. Plain http works on this computer only."
        )
    if request.email.security not in ("none", "starttls", "tls"):
        raise Invalid("email.security", "Choose none, STARTTLS or TLS.")
    if not 1 <= request.email.port <= 65535:
        raise Invalid(
            "email.port", "A port is a number from 1 to 65535; email servers use 587, 465 or 25."
        )
    if request.email.host and not EMAIL.fullmatch(request.email.sender.strip()):
        raise Invalid(
            "email.sender",
            "Give the address that emails come from, for example muster@example.com.",
        )


@handles(api.test_email)
def test_email(call: Call, request: api.TestEmail) -> api.TestEmailResult:
    if not EMAIL.fullmatch(request.to.strip()):
        raise Invalid("to", "Give the address that the test email goes to.")
    with call.service.store.read() as session:
        settings = load_settings(session)
    message = compose(
        "test",
        request.to.strip(),
        settings,
        f"<test-{new_id()}@muster.invalid>",
        call.now,
        {"first_name": call.operator.name},
    )
    try:
        asyncio.run(deliver(message, settings, open_password(call.service.vault, settings)))
    except EmailFailed as failure:
        return api.TestEmailResult(ok=False, message=str(failure))
    return api.TestEmailResult(
        ok=True, message="The email server took the email. Look into the mailbox."
    )
