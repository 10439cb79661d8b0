"""Email: rows in the outbox first, sending second.

An email that may have left already is sent again under the same Message-ID.
"""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

import aiosmtplib
import msgspec
import structlog
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import Select, select, update

from console.domain.texts import ENROL_DONE, ENROL_STEP_EMAIL
from console.resources import RESOURCES
from console.service.jobs import Pace, one_by_one
from console.service.settings import Settings, load_settings, open_password
from console.store.database import Store
from console.store.schema import Employee, Outbox
from console.store.unit_of_work import Tx
from console.waiting import refuse_inside_transaction

log = structlog.get_logger()
TIMEOUT_S = 20.0
"""For each step of the exchange with the email server."""
SEND_WITHIN_S = 90.0
"""For a whole email, so that a slow server cannot hold a thread for ever."""
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
_TEMPLATES = FileSystemLoader(RESOURCES / "email")
_HTML = SandboxedEnvironment(loader=_TEMPLATES, autoescape=True, undefined=StrictUndefined)
_TEXT = SandboxedEnvironment(loader=_TEMPLATES, autoescape=False, undefined=StrictUndefined)


class EmailFailed(Exception):
    """The email did not leave. permanent: trying again cannot help.

    The message is for the administrator.
    """

    def __init__(self, message: str, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The recipient, the Message-ID and the date of an email."""

    to: str
    message_id: str
    at: datetime


def compose(
    kind: str, envelope: Envelope, settings: Settings, values: dict[str, Any]
) -> EmailMessage:
    """Text and HTML, one link at most, no images, nothing that identifies but the first name."""
    message = EmailMessage()
    message["Subject"] = SUBJECTS[kind]
    message["From"] = formataddr((settings.site, settings.email.sender))
    message["To"] = envelope.to
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    filled = {"site": settings.site, "title": SUBJECTS[kind], **values}
    message.set_content(_TEXT.get_template(f"{kind}.txt").render(filled))
    message.add_alternative(_HTML.get_template(f"{kind}.html").render(filled), subtype="html")
    return message


def message_id(row_id: str, settings: Settings) -> str:
    """The same for every attempt, so that mailboxes can tell a repeated email from a second one."""
    return f"<inv-{row_id}@{settings.email.sender.rpartition('@')[2] or 'muster.invalid'}>"


async def deliver(message: EmailMessage, settings: Settings, password: str) -> None:
    """Hands one email to the site's server. Raises EmailFailed."""
    server = settings.email
    if not server.host:
        raise EmailFailed("No email server is set. Enter one under Settings.", permanent=False)
    try:
        async with asyncio.timeout(SEND_WITHIN_S):
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


class Mailer:
    """Sends emails on the service's loop, for callers on other threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def send(self, message: EmailMessage, settings: Settings, password: str) -> None:
        """Waits until the server has the email. Raises EmailFailed. Never called on the loop."""
        refuse_inside_transaction("an email")
        sending = asyncio.run_coroutine_threadsafe(deliver(message, settings, password), self._loop)
        sending.result()


@dataclass(frozen=True)
class _Letter:
    """A row that is ready to be sent."""

    kind: str
    message: EmailMessage
    settings: Settings
    password: str


class EmailJob:
    """Sends rows of the outbox."""

    subjects: frozenset[str] = frozenset()

    def __init__(
        self, store: Store, mailer: Mailer, clock: Callable[[], datetime], per_minute: int
    ) -> None:
        """per_minute: emails that the site's server takes, 0 for any number."""
        self._store, self._mailer, self._clock = store, mailer, clock
        self.pace = Pace(batch=5, parallel=4, per_minute=per_minute)

    def pending(self) -> Select[str, int]:
        """Emails that are due, the oldest first."""
        query = select(Outbox.id, Outbox.attempt)
        query = query.where(Outbox.state == "queued", Outbox.run_at <= self._clock())
        return query.order_by(Outbox.run_at)

    def run(self, row_ids: Sequence[str]) -> None:
        """Sends these emails, each by itself."""
        one_by_one("email", self._send, row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """After a defect of ours."""
        row = tx.get_one(Outbox, row_id)
        _note_failure(tx, row, "Sending failed unexpectedly; see the log.", given_up)

    def _send(self, row_id: str) -> None:
        letter = self._read(row_id)
        if letter is None:
            return
        try:
            self._mailer.send(letter.message, letter.settings, letter.password)
        except EmailFailed as failure:
            with self._store.write() as tx:
                row = tx.get(Outbox, row_id)
                if row is not None:
                    _note_failure(tx, row, str(failure), failure.permanent)
            log.warning("email_failed", row=row_id, kind=letter.kind, permanent=failure.permanent)
            return
        with self._store.write() as tx:
            row = tx.get(Outbox, row_id)
            if row is not None:
                row.state, row.sent_at, row.sealed, row.error = "sent", tx.now, None, ""
                tx.changed("invitations", row.invitation_id)
        log.info("email_sent", row=row_id, kind=letter.kind)

    def _read(self, row_id: str) -> _Letter | None:
        with self._store.read() as tx:
            row = tx.get(Outbox, row_id)
            if row is None or row.state != "queued" or row.sealed is None:
                return None
            settings = load_settings(tx)
            plain = tx.open(row.employee_id, "outbox", row.id, "values", row.sealed)
            address = tx.get_one(Employee, row.employee_id).email
            password = open_password(tx.vault, settings)
            now = tx.now
        envelope = Envelope(to=address, message_id=message_id(row_id, settings), at=now)
        message = compose(row.kind, envelope, settings, msgspec.json.decode(plain))
        return _Letter(row.kind, message, settings, password)


def _note_failure(tx: Tx, row: Outbox, error: str, permanent: bool) -> None:
    row.error = error
    if permanent or row.attempt > len(RETRY_DELAYS):
        row.state = "failed"
    else:
        row.run_at = tx.now + RETRY_DELAYS[row.attempt - 1]
        row.attempt += 1
    tx.changed("invitations", row.invitation_id)
    tx.changed("site")


def send_again(tx: Tx) -> None:
    """Sends emails that wait for a retry at once: the settings have just changed."""
    waiting = update(Outbox).where(Outbox.state == "queued", Outbox.attempt > 1)
    tx.execute(waiting.values(run_at=tx.now))
    tx.demand("email")
