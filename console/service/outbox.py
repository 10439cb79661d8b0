"""Email: rows in the outbox first, sending second.

An email that may have left already is sent again under the same Message-ID.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

import msgspec
import structlog
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import Select, false, select, update

from console.catalogue import catalogue_of
from console.domain.consent import FACE, FINGER
from console.domain.language import ENGLISH, LANGUAGES, msgid, speaking, tr, tr_moment
from console.domain.texts import ENROL_DONE, ENROL_STEP_EMAIL
from console.resources import RESOURCES
from console.service.email_server import Concerns, EmailFailed, ascii_address, deliver
from console.service.jobs import Pace, one_by_one
from console.service.settings import Settings, load_settings, open_password
from console.service.tools import Tools
from console.store.queries.asked_again import MODALITY_OF, QUESTIONS, note_told, time_to_answer
from console.store.queries.emails import note_left, note_lost
from console.store.queries.person_links import made_token, own_token
from console.store.schema import Employee, Outbox
from console.store.unit_of_work import Tx
from console.waiting import refuse_inside_transaction

log = structlog.get_logger()
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""How long nothing is sent after a failure that concerns every email; the last one is repeated."""
RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=4),
)
SUBJECTS = {
    "invitation": ENROL_STEP_EMAIL,
    "reminder": "Reminder: please enrol your face",
    "unsuccessful": "Your photos could not be used",
    "approved": ENROL_DONE,
    "rejected": "Please take new photos",
    "consent": "What you have agreed to",
    QUESTIONS[FACE]: "Please answer: the text that you agreed to has changed",
    QUESTIONS[FINGER]: "Please answer: the text about your fingerprints has changed",
    "test": "Test email from Muster",
}
_TEMPLATES = FileSystemLoader(RESOURCES / "email")
_HTML = SandboxedEnvironment(loader=_TEMPLATES, autoescape=True, undefined=StrictUndefined)
_TEXT = SandboxedEnvironment(loader=_TEMPLATES, autoescape=False, undefined=StrictUndefined)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The recipient, the Message-ID and the date of an email."""

    to: str
    message_id: str
    at: datetime


def compose(
    kind: str, envelope: Envelope, settings: Settings, values: dict[str, Any]
) -> EmailMessage:
    """Text and HTML, no images, nothing that identifies but the first name.

    Emails to employees carry `own_link`, by which the person withdraws, and `answer_by`, if they
    ask for an answer. They are in the `language` of the values: English, if it was queued before
    there were others. Raises EmailFailed for an address that nothing can be sent to.
    """
    language = LANGUAGES[values.get("language", ENGLISH)]
    with speaking(catalogue_of(language.tag)):
        title = tr(SUBJECTS[kind])
        filled = {"site": settings.site, "title": title, **values, "language": language}
        if "answer_by" in values:
            filled["until"] = tr_moment(values["answer_by"])
        text = _TEXT.get_template(f"{kind}.txt").render(filled, tr=tr)
        html = _HTML.get_template(f"{kind}.html").render(filled, tr=tr)
    message = EmailMessage()
    message["Subject"] = title
    message["From"] = formataddr((settings.site, ascii_address(settings.email.sender)))
    message["To"] = ascii_address(envelope.to)
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def message_id(row_id: str, settings: Settings) -> str:
    """The same for every attempt, so that mailboxes can tell a repeated email from a second one."""
    return f"<inv-{row_id}@{settings.email.sender.rpartition('@')[2] or 'muster.invalid'}>"


@dataclass(frozen=True)
class Trouble:
    """What the email server said, and since when it takes no emails."""

    text: str
    since: datetime


class Mailer:
    """Sends emails on the service's loop, for callers on other threads.

    While the server takes none at all, it pauses: one trouble is not tried again by each of a
    thousand emails. A pause ends by time, by an email that leaves, or by other settings.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], datetime]) -> None:
        self._loop, self._clock = loop, clock
        self._pauses = 0
        self._until: datetime | None = None
        self.trouble: Trouble | None = None
        """Why the server takes no emails; None while it takes them, as far as is known."""
        self.era = 0
        """Grows before and after other settings are saved: what was read before is then stale."""

    @property
    def pausing(self) -> bool:
        """Whether nothing should be sent now."""
        return self._until is not None and self._clock() < self._until

    def settings_change(self) -> None:
        """Emails are sent again at once. Called before and after the settings are durable.

        Twice, as emails are read and fail at any time between the two.
        """
        self.era += 1
        self._go_on()

    def send(
        self, message: EmailMessage, to: str, settings: Settings, password: str, *, era: int
    ) -> None:
        """Waits until the server has the email. Raises EmailFailed. Never called on the loop.

        era: the one before the settings were read. A failure of settings that are replaced by now
        pauses nothing: it says nothing of those in force.
        """
        refuse_inside_transaction("an email")
        sending = asyncio.run_coroutine_threadsafe(
            deliver(message, to, settings, password), self._loop
        )
        try:
            sending.result()
        except EmailFailed as failure:
            if failure.concerns is Concerns.SERVER and era == self.era:
                self._until = self._clock() + PAUSES[min(self._pauses, len(PAUSES) - 1)]
                self._pauses += 1
                since = self.trouble.since if self.trouble else self._clock()
                self.trouble = Trouble(str(failure), since)
            raise
        self._go_on()

    def _go_on(self) -> None:
        self._pauses, self._until, self.trouble = 0, None, None


UNEXPECTED = msgid("Sending failed unexpectedly; see the service log.")


@dataclass(frozen=True)
class _Letter:
    """A row that is ready to be sent. answer_by: until when it asks for an answer."""

    kind: str
    to: str
    message: EmailMessage
    settings: Settings
    password: str
    answer_by: datetime | None


class EmailJob:
    """Sends rows of the outbox."""

    subjects: frozenset[str] = frozenset()

    def __init__(self, tools: Tools, mailer: Mailer, per_minute: int) -> None:
        """per_minute: emails that the site's server takes, 0 for any number."""
        self._store, self._mailer, self._clock = tools.store, mailer, tools.clock
        self._portal_address = tools.addresses.portal
        self.pace = Pace(batch=5, parallel=4, per_minute=per_minute)

    def pending(self) -> Select[str, int]:
        """Emails that are due, the oldest first."""
        query = select(Outbox.id, Outbox.attempt)
        query = query.where(Outbox.state == "queued", Outbox.run_at <= self._clock())
        if self._mailer.pausing:
            query = query.where(false())
        return query.order_by(Outbox.run_at)

    def run(self, row_ids: Sequence[str]) -> None:
        """Sends these emails, each by itself."""
        one_by_one("email", self._send, row_ids)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """After a defect of ours."""
        row = tx.get_one(Outbox, row_id)
        concerns = Concerns.RECIPIENT if given_up else Concerns.EMAIL
        _note_failure(tx, row, UNEXPECTED, concerns)

    def _send(self, row_id: str) -> None:
        kind, era = "", self._mailer.era
        try:
            letter = self._read(row_id)
            if letter is None:
                return
            kind = letter.kind
            self._mailer.send(letter.message, letter.to, letter.settings, letter.password, era=era)
        except EmailFailed as failure:
            if failure.concerns is Concerns.SERVER and era != self._mailer.era:
                self._send(row_id)  # with the settings that were saved in the meantime
                return
            with self._store.write() as tx:
                row = tx.get(Outbox, row_id)
                if row is not None:
                    _note_failure(tx, row, str(failure), failure.concerns)
            log.warning("email_failed", row=row_id, kind=kind, concerns=failure.concerns)
            return
        with self._store.write() as tx:
            row = tx.get(Outbox, row_id)
            if row is not None:
                row.state, row.sent_at, row.sealed, row.error = "sent", tx.now, None, ""
                if letter.answer_by is not None:
                    note_told(tx, row.employee_id, MODALITY_OF[kind], letter.answer_by)
                note_left(tx, row)
                _announce(tx, row)
        log.info("email_sent", row=row_id, kind=kind)

    def _read(self, row_id: str) -> _Letter | None:
        with self._store.read() as tx:
            row = tx.get(Outbox, row_id)
            if row is None or row.state != "queued" or row.sealed is None:
                return None
            settings = load_settings(tx)
            own = own_token(tx, row.employee_id)
            plain = tx.open(row.employee_id, "outbox", row.id, "values", row.sealed)
            address = tx.get_one(Employee, row.employee_id).email
            password = open_password(tx.vault, settings)
            now = tx.now
            about = MODALITY_OF.get(row.kind)
            answer_by = time_to_answer(tx, row.employee_id, about) if about else None
        if about and answer_by is None:
            raise EmailFailed(
                msgid("Not sent, because this question is no longer open."), Concerns.RECIPIENT
            )
        if own is None:
            with self._store.write() as tx:
                own = made_token(tx, row.employee_id)
        base = (settings.portal_url or self._portal_address).rstrip("/")
        values = msgspec.json.decode(plain) | {"own_link": f"{base}/me/{own}"}
        if answer_by is not None:
            values["answer_by"] = answer_by
        envelope = Envelope(to=address, message_id=message_id(row_id, settings), at=now)
        message = compose(row.kind, envelope, settings, values)
        return _Letter(row.kind, address, message, settings, password, answer_by)


def _note_failure(tx: Tx, row: Outbox, error: str, concerns: Concerns) -> None:
    row.error = error
    if concerns is Concerns.SERVER:
        row.run_at = tx.now + PAUSES[0]  # none of its own tries is spent on it
    elif concerns is Concerns.RECIPIENT or row.attempt > len(RETRY_DELAYS):
        row.state = "failed"
        note_lost(tx, row)
    else:
        row.run_at = tx.now + RETRY_DELAYS[row.attempt - 1]
        row.attempt += 1
    _announce(tx, row)
    tx.changed("site")


def _announce(tx: Tx, row: Outbox) -> None:
    """Lists of enrolments show what became of their emails."""
    if row.invitation_id is not None:
        tx.changed("invitations", row.invitation_id)


def send_again(tx: Tx) -> None:
    """Sends emails that wait for a retry at once: the settings have just changed."""
    waiting = update(Outbox).where(Outbox.state == "queued", Outbox.error != "")
    tx.execute(waiting.values(run_at=tx.now))
    tx.demand("email")
