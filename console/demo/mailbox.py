"""An email server that keeps what it receives over real SMTP."""

import email
import email.policy
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

LINK = re.compile(r"https?://\S+/e/[A-Za-z0-9_-]{43}")
OWN_LINK = re.compile(r"https?://\S+/me/[A-Za-z0-9_-]{43}")


class Mailbox:
    """Keeps every email that it accepts.

    refuse: the answer for a recipient whose email is not accepted; broken: every email is
    answered with 451.
    """

    def __init__(self, on_email: Callable[[EmailMessage], None] = lambda _message: None) -> None:
        self.emails: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.broken = False
        self.port = 0
        self._on_email = on_email
        self._server: Any = None

    async def start(self, loop: Any) -> None:
        """Listens on a free port of loopback."""
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost"), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening."""
        self._server.close()

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers a recipient; called by aiosmtpd."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        """Keeps an email; called by aiosmtpd."""
        if self.broken:
            return "451 4.3.0 try again later"
        message = email.message_from_bytes(
            envelope.content or b"",  # type: ignore[arg-type]
            _class=EmailMessage,
            policy=email.policy.default,
        )
        self.emails.append(message)
        self._on_email(message)
        return "250 OK"


def text_of(message: EmailMessage) -> str:
    """The plain text of an email."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def own_link_in(message: EmailMessage) -> str:
    """The link of the person's own at the foot of an email, or an empty text."""
    found = OWN_LINK.search(text_of(message))
    return found[0] if found else ""


def link_in(message: EmailMessage) -> str:
    """The enrolment link of an email, or an empty text."""
    found = LINK.search(text_of(message))
    return found[0] if found else ""
