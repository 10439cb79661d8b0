"""Email: rows in the outbox first, sending second. An email that may have left is sent again under the same Message-ID."""

import asyncio
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

import aiosmtplib
import msgspec
import structlog
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.domain.texts import ENROL_DONE, ENROL_STEP_EMAIL
from console.resources import RESOURCES
from console.service.jobs import Demand
from console.service.settings import Settings, load_settings, open_password
from console.service.tools import Service
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import Employee, Invitation, Outbox

log = structlog.get_logger()
TIMEOUT_S = 20.0
RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=4),
)
SUBJECTS = {
    "invitation": ENROL_STEP_EMAIL,
    "unsuccessful": "Your photos could not be used",
    "approved": ENROL_DONE,
    "rejected": "Please take new photos",
    "test": "Test email from Muster",
}
_HTML = SandboxedEnvironment(
    loader=FileSystemLoader(RESOURCES / "email"), autoescape=True, undefined=StrictUndefined
)
_TEXT = SandboxedEnvironment(
    loader=FileSystemLoader(RESOURCES / "email"), autoescape=False, undefined=StrictUndefined
)


class EmailFailed(Exception):
    """The email did not leave. permanent: trying again cannot help; the message is for the admin."""

    def __init__(self, message: str, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


_OF_LINKS = frozenset({"unsuccessful", "rejected"})
"""They ask to open the link again; who stood at the desk is called there again."""


def queue_email(
    service: Service, session: Session, invitation: Invitation, kind: str, values: dict[str, Any]
) -> None:
    """Writes the outbox row in the caller's transaction; the job starts after the commit. Without an email address: no email."""
    employee = session.get_one(Employee, invitation.employee_id)
    if not employee.email or (invitation.channel == "desk" and kind in _OF_LINKS):
        return
    row_id = new_id()
    sealed = service.vault.seal(
        session, employee.id, "outbox", row_id, "values", msgspec.json.encode(values)
    )
    now = service.clock()
    row = Outbox(
        id=row_id,
        kind=kind,
        employee_id=employee.id,
        invitation_id=invitation.id,
        sealed=sealed,
        state="queued",
        attempt=1,
        run_at=now,
        created_at=now,
    )
    session.add(row)
    changed(session, "invitations", invitation.id)
    service.jobs.demand(session, "mail", row_id, 1)


def compose(
    kind: str, to: str, settings: Settings, message_id: str, at: datetime, values: dict[str, Any]
) -> EmailMessage:
    """Text and HTML, one link at most, no images, nothing that identifies but the first name."""
    message = EmailMessage()
    message["Subject"] = SUBJECTS[kind]
    message["From"] = formataddr((settings.site, settings.email.sender))
    message["To"] = to
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    filled = {"site": settings.site, "title": SUBJECTS[kind], **values}
    message.set_content(_TEXT.get_template(f"{kind}.txt").render(filled))
    message.add_alternative(_HTML.get_template(f"{kind}.html").render(filled), subtype="html")
    return message


def message_id(row_id: str, settings: Settings) -> str:
    """The same for every attempt, so that an email server or mailbox can tell a repeated email from a second one."""
    return f"<inv-{row_id}@{settings.email.sender.rpartition('@')[2] or 'muster.invalid'}>"


async def deliver(message: EmailMessage, settings: Settings, password: str) -> None:
    """Hands one email to the site's server. Raises MailFailed."""
    server = settings.email
    if not server.host:
        raise EmailFailed("No email server is set. Enter one under Settings.", permanent=False)
    try:
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.username or None,
            password=password or None,
            timeout=TIMEOUT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        raise EmailFailed(
            f"The email server refused the address ({refused.code}).", permanent=refused.code >= 500
        ) from error
    except aiosmtplib.SMTPAuthenticationError as error:
        raise EmailFailed(
            "The email server did not accept user name and password.", permanent=False
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        raise EmailFailed(
            f"The email server refused the email ({error.code}).", permanent=error.code >= 500
        ) from error
    except ssl.SSLError as error:
        raise EmailFailed(
            "The email server's certificate is not trusted.", permanent=False
        ) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise EmailFailed(
            f"The email server {server.host}:{server.port} cannot be reached.", permanent=False
        ) from error


class EmailJob:
    """Sends one row of the outbox."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def run(self, row_id: str) -> None:
        service = self._service
        with service.store.read() as session:
            row = session.get(Outbox, row_id)
            if row is None or row.state != "queued" or row.sealed is None:
                return
            settings = load_settings(session)
            plain = service.vault.open(
                session, row.employee_id, "outbox", row.id, "values", row.sealed
            )
            employee = session.get_one(Employee, row.employee_id)
        message = compose(
            row.kind,
            employee.email,
            settings,
            message_id(row.id, settings),
            service.clock(),
            msgspec.json.decode(plain),
        )
        try:
            asyncio.run(deliver(message, settings, open_password(service.vault, settings)))
        except EmailFailed as failure:
            with service.store.write() as session:
                self._failed(
                    session, session.get_one(Outbox, row_id), str(failure), failure.permanent
                )
            log.warning(
                "mail_failed",
                row=row_id,
                kind=row.kind,
                attempt=row.attempt,
                permanent=failure.permanent,
            )
            return
        with service.store.write() as session:
            row = session.get_one(Outbox, row_id)
            row.state, row.sent_at, row.sealed, row.error = "sent", service.clock(), None, ""
            changed(session, "invitations", row.invitation_id)
        log.info("mail_sent", row=row_id, kind=row.kind, attempt=row.attempt)

    def _failed(self, session: Session, row: Outbox, error: str, permanent: bool) -> None:
        row.error = error
        if permanent or row.attempt > len(RETRY_DELAYS):
            row.state = "failed"
        else:
            row.run_at = self._service.clock() + RETRY_DELAYS[row.attempt - 1]
            row.attempt += 1
        changed(session, "invitations", row.invitation_id)
        changed(session, "site")

    def pending(self, session: Session) -> list[Demand]:
        rows = session.scalars(
            select(Outbox).where(Outbox.state == "queued", Outbox.run_at <= self._service.clock())
        )
        return [Demand(row.id, row.attempt) for row in rows]

    def retry(self, session: Session, row_id: str, given_up: bool) -> None:
        self._failed(
            session,
            session.get_one(Outbox, row_id),
            "Sending failed unexpectedly; see the log.",
            given_up,
        )


def send_again(service: Service, session: Session) -> None:
    """Queues what waits for a retry at once: the settings have just changed."""
    for row in session.scalars(select(Outbox).where(Outbox.state == "queued", Outbox.attempt > 1)):
        row.run_at = service.clock()
        service.jobs.demand(session, "mail", row.id, row.attempt)
