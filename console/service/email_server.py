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
    """The email did not leave. The message is for the administrator, and says what to do."""

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
            f"“{domain[:60]}” is no domain that email can be sent to.", Concerns.RECIPIENT
        ) from error


async def deliver(message: EmailMessage, to: str, settings: Settings, password: str) -> None:
    """Hands one email to the site's server. Raises EmailFailed."""
    server = settings.email
    if not server.host:
        raise EmailFailed("No email server is set. Enter one under Settings.", Concerns.SERVER)
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
        raise EmailFailed(f"The sender’s address: {failure}", Concerns.SERVER) from failure


def _failure(error: Exception, place: str) -> EmailFailed:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return _refused_recipient(error.recipients[0])
        case aiosmtplib.SMTPAuthenticationError():
            said = "The email server did not accept user name and password."
        case aiosmtplib.SMTPSenderRefused():
            said = f"The email server refused the sender ({error.code} {_short(error.message)})."
        case aiosmtplib.SMTPDataError():
            said = f"The email server refused the email ({error.code} {_short(error.message)})."
            return EmailFailed(said, Concerns.EMAIL)
        case aiosmtplib.SMTPNotSupported():
            return _not_supported()
        case aiosmtplib.SMTPResponseException() if error.code > 0:
            said = f"The email server answered {error.code} {_short(error.message)}."
        case _:
            said = _why_not_reached(error, place)
    return EmailFailed(said, Concerns.SERVER)


def _refused_recipient(refused: aiosmtplib.SMTPRecipientRefused) -> EmailFailed:
    code, text = refused.code, _short(refused.message)
    if code < 500:
        said = f"The email server does not take the address yet ({code} {text})."
        return EmailFailed(said, Concerns.EMAIL)
    if code in (530, 535) or _OF_THE_SENDER.search(refused.message):
        said = (
            f"The email server takes no emails from Muster ({code} {text}). Check user name, "
            "password and encryption."
        )
        return EmailFailed(said, Concerns.SERVER)
    return EmailFailed(f"The email server refused the address ({code}).", Concerns.RECIPIENT)


def _not_supported() -> EmailFailed:
    return EmailFailed(
        "The email server takes no address with letters beyond English before the @.",
        Concerns.RECIPIENT,
    )


def _why_not_reached(error: BaseException, place: str) -> str:
    """What stands behind an error of the connection, and what to do about it."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return (
                    f"The certificate of {place} is not trusted ({cause.verify_message}). "
                    "Use the name in its certificate, or have its authority trusted here."
                )
            case ssl.SSLError():
                return f"{place} does not speak TLS at once. Choose STARTTLS, or another port."
            case socket.gaierror():
                return f"There is no email server named {place.rpartition(':')[0]}."
            case ConnectionRefusedError():
                return f"Nothing listens at {place}. Check host and port."
            case TimeoutError():
                return f"The email server {place} does not answer."
    text = str(error)
    if "AUTH" in text:
        return (
            f"{place} lets nobody sign in this way. Choose STARTTLS or TLS, or leave the user "
            "name empty."
        )
    if "STARTTLS" in text:
        return f"{place} offers no STARTTLS. Choose TLS, or no encryption in a network of your own."
    return f"The email server {place} cannot be reached, or is none."


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
