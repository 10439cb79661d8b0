"""The site at a glance, and its settings."""

import asyncio
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from console.api import site as api
from console.api.operation import Nothing
from console.domain.employees import MAIL
from console.domain.errors import Invalid
from console.domain.invitations import CLOSED, IN_FORCE, REVIEWABLE, Status
from console.domain.terminals import ONLINE_WITHIN, TerminalStatus
from console.service.enrolment.emails import MailFailed, compose, deliver, send_again
from console.service.enrolment.profiles import all_profiles
from console.service.operations.dispatch import Call, handles
from console.service.settings import MailServer, Settings, load_settings, open_password, save_settings, seal_password
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
            select(Outbox.error).where(Outbox.error != "", Outbox.state != "sent").order_by(Outbox.run_at.desc()).limit(1)
        ).first()
        return api.Overview(
            site=settings.site,
            employees=_count(session, Employee.id),
            invitations_open=_count(session, Invitation.id, Invitation.status.in_(_OPEN)),
            review_waiting=_count(session, Invitation.id, Invitation.status.in_(REVIEWABLE)),
            terminals_online=_count(session, Terminal.id, approved, Terminal.last_seen >= call.now - ONLINE_WITHIN),
            terminals_approved=_count(session, Terminal.id, approved),
            terminals_pending=_count(session, Terminal.id, Terminal.status == TerminalStatus.PENDING),
            mail_waiting=_count(session, Outbox.id, Outbox.state == "queued"),
            mail_problem=problem or "",
            jobs_running=service.jobs.running(),
            logins_today=_count(session, Login.id, Login.at >= call.now - timedelta(hours=24)),
            portal_url=settings.portal_url or service.addresses.portal,
            push_address=service.addresses.push,
            key_in_file=service.key_in_file,
        )


def _count(session: Session, column: "ColumnElement[object] | object", *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]


@handles(api.get_settings)
def get_settings(call: Call, request: Nothing) -> api.SiteSettings:
    with call.service.store.read() as session:
        return _struct(load_settings(session))


def _struct(settings: Settings) -> api.SiteSettings:
    """The password never leaves the service again."""
    mail = settings.mail
    shown = api.MailSettings(mail.host, mail.port, mail.security, mail.username, "", mail.sender)
    return api.SiteSettings(settings.site, settings.portal_url, shown, settings.screening_profile, settings.second_check)


@handles(api.save_settings)
def save(call: Call, request: api.SiteSettings) -> api.SiteSettings:
    _check(request)
    with call.service.store.write() as session:
        if request.screening_profile not in all_profiles(session):
            raise Invalid("screening_profile", f"There is no profile named {request.screening_profile}.")
        sealed = load_settings(session).mail.password_sealed
        if request.mail.password:
            sealed = seal_password(call.service.vault, request.mail.password)
        mail = MailServer(
            request.mail.host.strip(), request.mail.port, request.mail.security, request.mail.username, sealed, request.mail.sender.strip()
        )
        settings = Settings(request.site.strip(), request.portal_url.strip(), mail, request.screening_profile, request.second_check)
        save_settings(session, settings)
        send_again(call.service, session)
        changed(session, "invitations")
        audit.record(session, call.now, call.operator.id, "settings.saved")
        return _struct(settings)


def _check(request: api.SiteSettings) -> None:
    if not request.site.strip():
        raise Invalid("site", "Give the site a name; employees see it in their mails.")
    if request.portal_url and not request.portal_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise Invalid("portal_url", "Links must begin with https://. Plain http works on this computer only.")
    if request.mail.security not in ("none", "starttls", "tls"):
        raise Invalid("mail.security", "Choose none, STARTTLS or TLS.")
    if not 1 <= request.mail.port <= 65535:
        raise Invalid("mail.port", "A port is a number from 1 to 65535; mail servers use 587, 465 or 25.")
    if request.mail.host and not MAIL.fullmatch(request.mail.sender.strip()):
        raise Invalid("mail.sender", "Give the address that mails come from, for example muster@example.com.")


@handles(api.test_mail)
def test_mail(call: Call, request: api.TestMail) -> api.TestMailResult:
    if not MAIL.fullmatch(request.to.strip()):
        raise Invalid("to", "Give the address that the test mail goes to.")
    with call.service.store.read() as session:
        settings = load_settings(session)
    message = compose(
        "test", request.to.strip(), settings, f"<test-{new_id()}@muster.invalid>", call.now, {"first_name": call.operator.name}
    )
    try:
        asyncio.run(deliver(message, settings, open_password(call.service.vault, settings)))
    except MailFailed as failure:
        return api.TestMailResult(False, str(failure))
    return api.TestMailResult(True, "The mail server took the mail. Look into the mailbox.")
