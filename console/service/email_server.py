"""Handing one email to the site's server, and what it means when that fails. MA1, MA2.

Whatever a server refuses before it has seen a recipient concerns every email: it is no refusal of
that recipient, whatever its code.
"""

import asyncio
import re
import socket
import ssl
from email.message import EmailMessage
from enum import StrEnum

import aiosmtplib
import idna

from console.domain.language import msgid
from console.service.settings import Settings

TIMEOUT_S = 20.0
"""For each step of the exchange with the email server."""
SEND_WITHIN_S = 90.0
"""For a whole email, so that a slow server cannot hold a thread for ever."""
_OF_THE_SENDER = re.compile(r"\b5\.7\.\d+\b|relay|authentic|sign in|log ?in|tls", re.IGNORECASE)
"""In a refusal of a recipient (RFC 3463, 5.7: policy): it would meet every recipient."""


class Concerns(StrEnum):
    """Whom a failure concerns."""

    RECIPIENT = "recipient"
    """This address, for good: trying again cannot help."""
    EMAIL = "email"
    """This email, for now."""
    SERVER = "server"
    """Every email, until somebody mends it or the server comes back."""


class EmailFailed(Exception):
    """The email did not leave. The message is for the administrator, and says what to do.

    It is English, as it is kept; `kept_texts.said` says it in the language of whoever asks.
    """

    def __init__(self, message: str, concerns: Concerns) -> None:
        super().__init__(message)
        self.concerns = concerns


def ascii_address(address: str) -> str:
    """The address with its domain as name servers know it. Raises EmailFailed."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise EmailFailed(
            msgid("Email cannot be sent to the domain “{domain}”.").format(domain=domain[:60]),
            Concerns.RECIPIENT,
        ) from error


async def deliver(message: EmailMessage, to: str, settings: Settings, password: str) -> None:
    """Hands one email to the site's server. Raises EmailFailed."""
    server = settings.email
    if not server.host:
        raise EmailFailed(
            msgid("No email server is set. Enter one under Settings."), Concerns.SERVER
        )
    recipient = ascii_address(to)
    try:
        async with asyncio.timeout(SEND_WITHIN_S):
            await aiosmtplib.send(
                message,
                sender=_sender(server.sender),
                recipients=[recipient],
                hostname=server.host,
                port=server.port,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                username=server.username or None,
                password=password or None,
                timeout=TIMEOUT_S,
            )
    except (aiosmtplib.SMTPException, OSError, TimeoutError, UnicodeError) as error:
        raise _failure(error, f"{server.host}:{server.port}") from error


def _sender(address: str) -> str:
    try:
        return ascii_address(address)
    except EmailFailed as failure:
        raise EmailFailed(
            msgid("Sender address: {failure}").format(failure=failure), Concerns.SERVER
        ) from failure


def _failure(error: Exception, place: str) -> EmailFailed:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return _refused_recipient(error.recipients[0])
        case aiosmtplib.SMTPAuthenticationError():
            said = msgid("The email server did not accept the user name and password.")
        case aiosmtplib.SMTPSenderRefused():
            said = msgid("The email server refused the sender ({code} {answer}).").format(
                code=error.code, answer=_short(error.message)
            )
        case aiosmtplib.SMTPDataError():
            said = msgid("The email server refused the email ({code} {answer}).").format(
                code=error.code, answer=_short(error.message)
            )
            return EmailFailed(said, Concerns.EMAIL)
        case aiosmtplib.SMTPNotSupported():
            return _not_supported()
        case aiosmtplib.SMTPResponseException() if error.code > 0:
            said = msgid("The email server answered {code} {answer}.").format(
                code=error.code, answer=_short(error.message)
            )
        case _:
            said = _why_not_reached(error, place)
    return EmailFailed(said, Concerns.SERVER)


def _refused_recipient(refused: aiosmtplib.SMTPRecipientRefused) -> EmailFailed:
    code, text = refused.code, _short(refused.message)
    if code < 500:
        said = msgid("The email server does not accept the address yet ({code} {text}).").format(
            code=code, text=text
        )
        return EmailFailed(said, Concerns.EMAIL)
    if code in (530, 535) or _OF_THE_SENDER.search(refused.message):
        said = msgid(
            "The email server does not accept emails from Muster ({code} "
            "{text}). Check the user name, password and encryption."
        ).format(code=code, text=text)
        return EmailFailed(said, Concerns.SERVER)
    return EmailFailed(
        msgid("The email server refused the address ({code}).").format(code=code),
        Concerns.RECIPIENT,
    )


def _not_supported() -> EmailFailed:
    return EmailFailed(
        msgid("The email server accepts only English letters before the @ of an address."),
        Concerns.RECIPIENT,
    )


def _why_not_reached(error: BaseException, place: str) -> str:
    """What stands behind an error of the connection, and what to do about it."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return msgid(
                    "The certificate of {place} is not trusted ({problem}). Use the name in its "
                    "certificate, or make this computer trust its authority."
                ).format(place=place, problem=cause.verify_message)
            case ssl.SSLError():
                return msgid(
                    "{place} does not use TLS from the start. Choose STARTTLS, or another port."
                ).format(place=place)
            case socket.gaierror():
                host = place.rpartition(":")[0]
                return msgid("There is no email server named {host}.").format(host=host)
            case ConnectionRefusedError():
                return msgid("Nothing listens at {place}. Check the host and the port.").format(
                    place=place
                )
            case TimeoutError():
                return msgid("The email server {place} does not answer.").format(place=place)
    text = str(error)
    if "AUTH" in text:
        return msgid(
            "{place} does not allow signing in this way. Choose STARTTLS or TLS, or leave the user "
            "name empty."
        ).format(place=place)
    if "STARTTLS" in text:
        return msgid(
            "{place} does not offer STARTTLS. Choose TLS, or no encryption on a network of your "
            "own."
        ).format(place=place)
    return msgid("The email server {place} cannot be reached, or is not an email server.").format(
        place=place
    )


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it came from."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and len(found) < 5:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


def _short(text: str) -> str:
    """What a server said, in one line without its dot."""
    return " ".join(text.split())[:80].rstrip(".")
