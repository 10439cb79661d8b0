"""A mail server that keeps what it gets: the demo's mailbox, and the tests' counterpart over real SMTP."""

import email
import email.policy
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

LINK = re.compile(r"https?://\S+/e/[A-Za-z0-9_-]{43}")


class Mailbox:
    """refuse: what to answer to which recipient instead of taking the mail; broken: answers every mail with 451."""

    def __init__(self, on_mail: Callable[[EmailMessage], None] = lambda mail: None) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.broken = False
        self.port = 0
        self._on_mail = on_mail
        self._server: Any = None

    async def start(self, loop: Any) -> None:
        self._server = await loop.create_server(lambda: SMTP(self, hostname="localhost"), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if self.broken:
            return "451 4.3.0 try again later"
        mail = email.message_from_bytes(envelope.content or b"", _class=EmailMessage, policy=email.policy.default)  # type: ignore[arg-type]
        self.mails.append(mail)
        self._on_mail(mail)
        return "250 OK"


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def link_in(mail: EmailMessage) -> str:
    """The enrolment link of a mail, or an empty text."""
    found = LINK.search(text_of(mail))
    return found[0] if found else ""
