"""MA1, MA2: what a failed email means, and what is said of it, against real SMTP servers."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from console.domain.invitations import FaceReach
from console.service.email_server import Concerns, EmailFailed, ascii_address, deliver
from console.service.outbox import PAUSES, SUBJECTS, Envelope, Mailer, compose
from console.service.settings import EmailServer, Settings
from console.site_certificates import make_certificate

RECIPIENT, EMAIL, SERVER = Concerns.RECIPIENT, Concerns.EMAIL, Concerns.SERVER
VALUES = {"first_name": "Jörg"}


class Taker:
    """Takes emails, or answers a step as it is told."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_MAIL(
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get("rcpt", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if "data" in self.answers:
            return self.answers["data"]
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


class Speaks(asyncio.Protocol):
    """Something else that listens."""

    def __init__(self, banner: bytes) -> None:
        self._banner = banner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self._banner)


def settings(port: int, **changes: Any) -> Settings:
    values = {"host": "127.0.0.1", "security": "none", "sender": "muster@example.com", **changes}
    return Settings(site="Werk Süd", email=EmailServer(port=port, **values))


async def send(port: int, to: str = "nur@example.com", password: str = "", **changes: Any) -> None:
    site = settings(port, **changes)
    envelope = Envelope(to=to, message_id="<1@example.com>", at=datetime.now(UTC))
    await deliver(compose("test", envelope, site, VALUES), to, site, password)


Exchange = Callable[[int], Awaitable[None]]


def against(taker: Any, exchange: Exchange, **options: Any) -> None:
    """Runs an exchange with a server; taker: its handler, or the bytes that it says first."""

    async def story() -> None:
        def speaker() -> asyncio.Protocol:
            if isinstance(taker, bytes):
                return Speaks(taker)
            return SMTP(taker, hostname="mx.example", **options)

        server = await asyncio.get_running_loop().create_server(speaker, "127.0.0.1", 0)
        try:
            await exchange(server.sockets[0].getsockname()[1])
        finally:
            server.close()

    asyncio.run(story())


def refused(taker: Any, options: dict[str, Any] | None = None, **how: Any) -> EmailFailed:
    """The failure of an email to a server."""
    found: list[EmailFailed] = []

    async def exchange(port: int) -> None:
        with pytest.raises(EmailFailed) as failed:
            await send(port, **how)
        found.append(failed.value)

    against(taker, exchange, **(options or {}))
    return found[0]


@pytest.mark.parametrize(
    ("answers", "concerns", "said"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, RECIPIENT, "refused the address (550)"),
        ({"rcpt": "552 5.2.2 quota exceeded"}, RECIPIENT, "refused the address (552)"),
        ({"rcpt": "450 4.2.0 greylisted"}, EMAIL, "does not accept the address yet (450"),
        ({"rcpt": "550 5.7.1 relaying denied"}, SERVER, "does not accept emails from Muster (550"),
        ({"rcpt": "554 Relay access denied"}, SERVER, "Check the user name"),
        (
            {"rcpt": "530 5.7.0 authentication required"},
            SERVER,
            "does not accept emails from Muster",
        ),
        ({"mail": "530 5.7.0 Must issue a STARTTLS command first"}, SERVER, "refused the sender"),
        ({"mail": "550 sender rejected"}, SERVER, "refused the sender (550"),
        ({"data": "554 5.7.1 looks like spam"}, EMAIL, "refused the email (554"),
        ({"data": "451 4.7.1 greylisting"}, EMAIL, "refused the email (451"),
    ],
)
def test_MA1_a_refusal_of_the_sender_is_none_of_the_recipient(
    answers: dict[str, str], concerns: Concerns, said: str
) -> None:
    failure = refused(Taker(**answers))
    assert failure.concerns is concerns
    assert said in str(failure)


def test_MA2_each_cause_has_its_sentence_and_what_to_do(tmp_path: Path) -> None:
    plain = Taker()
    assert "does not offer STARTTLS" in str(refused(plain, security="starttls"))
    assert "does not use TLS from the start" in str(refused(plain, security="tls"))
    nobody = refused(plain, username="muster", password="x")
    assert "does not allow signing in this way" in str(nobody)
    assert "is not an email server" in str(refused(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert "answered 554 5.3.2 no service" in str(refused(b"554 5.3.2 no service\r\n"))
    assert "no email server named" in str(refused(plain, host="no-such-host.invalid"))
    files = make_certificate(tmp_path, ["mail.internal"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    untrusted = refused(plain, {"tls_context": context}, security="starttls")
    assert "is not trusted" in str(untrusted)
    for failure in (nobody, untrusted):
        assert failure.concerns is SERVER


@pytest.mark.windows
def test_MA2_nothing_listens_and_wrong_passwords_are_told_apart() -> None:
    async def nothing() -> None:
        with pytest.raises(EmailFailed, match="Nothing listens at"):
            await send(1)

    asyncio.run(nothing())

    def wrong(*_given: Any) -> AuthResult:
        return AuthResult(success=False, handled=False, message="535 5.7.8 wrong")

    options = {"authenticator": wrong, "auth_require_tls": False}
    failure = refused(Taker(), options, username="muster", password="x")
    assert "did not accept the user name and password" in str(failure)
    assert failure.concerns is SERVER


def test_no_server_is_set() -> None:
    async def story() -> None:
        with pytest.raises(EmailFailed, match="No email server is set"):
            await send(25, host="")

    asyncio.run(story())


def test_MA2_domains_of_all_languages_are_reached_by_their_ascii_names() -> None:
    taker = Taker()

    async def exchange(port: int) -> None:
        await send(port, to="tan@müller.example", sender="muster@süd.example")

    against(taker, exchange)
    sender, recipients, content = taker.taken[0]
    assert (sender, recipients) == ("muster@xn--sd-xka.example", ["tan@xn--mller-kva.example"])
    assert b"To: tan@xn--mller-kva.example" in content


@pytest.mark.windows
def test_MA2_letters_before_the_at_need_a_server_that_takes_them() -> None:
    failure = refused(Taker(), to="jörg@example.com")
    assert failure.concerns is RECIPIENT
    assert "accepts only English letters" in str(failure)
    taker = Taker()

    async def exchange(port: int) -> None:
        await send(port, to="jörg@example.com")

    against(taker, exchange, enable_SMTPUTF8=True)
    assert taker.taken[0][1] == ["jörg@example.com"]


@pytest.mark.parametrize("address", ["a@" + "x" * 70 + ".example", "a@xn--zz.example"])
def test_a_domain_that_is_none_concerns_its_recipient(address: str) -> None:
    with pytest.raises(EmailFailed, match="Email cannot be sent to the domain") as failed:
        ascii_address(address)
    assert failed.value.concerns is RECIPIENT


def test_MA1_one_trouble_of_the_server_pauses_all_emails_and_heals_by_itself() -> None:
    now = [datetime(2026, 11, 26, 8, tzinfo=UTC)]
    taker = Taker(mail="421 4.7.0 too busy")

    async def exchange(port: int) -> None:
        mailer = Mailer(asyncio.get_running_loop(), lambda: now[0])
        site = settings(port)
        envelope = Envelope(to="nur@example.com", message_id="<1@example.com>", at=now[0])
        message = compose("test", envelope, site, VALUES)

        async def try_once(era: int) -> None:
            await asyncio.to_thread(mailer.send, message, "nur@example.com", site, "", era=era)

        for pause in PAUSES:
            assert not mailer.pausing
            with pytest.raises(EmailFailed):
                await try_once(mailer.era)
            assert mailer.pausing
            now[0] += pause - timedelta(seconds=1)
            assert mailer.pausing, "each pause is longer than the one before"
            now[0] += timedelta(seconds=1)
        with pytest.raises(EmailFailed):
            await try_once(mailer.era)
        mailer.settings_change()
        assert not mailer.pausing, "somebody has mended the settings"
        with pytest.raises(EmailFailed):
            await try_once(mailer.era - 1)
        assert not mailer.pausing, "that was the server of the earlier settings"
        taker.answers.clear()
        await try_once(mailer.era)
        assert not mailer.pausing

    against(taker, exchange)
    assert len(taker.taken) == 1


def test_a_refused_address_pauses_nothing() -> None:
    taker = Taker(rcpt="550 5.1.1 no such user")

    async def exchange(port: int) -> None:
        mailer = Mailer(asyncio.get_running_loop(), lambda: datetime.now(UTC))
        site = settings(port)
        envelope = Envelope(to="n@example.com", message_id="<1@example.com>", at=datetime.now(UTC))
        message = compose("test", envelope, site, VALUES)
        with pytest.raises(EmailFailed):
            await asyncio.to_thread(mailer.send, message, "n@example.com", site, "", era=0)
        assert not mailer.pausing

    against(taker, exchange)


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        (FaceReach.SOON, "In a few minutes the terminals of Werk Süd will know your face."),
        (FaceReach.KIOSKS, "You can log in with your face at the kiosks of Werk Süd now."),
        (FaceReach.NOWHERE, "You will be told where you can log in with it."),
    ],
)
def test_EN4_the_approval_says_where_the_face_opens(reach: FaceReach, words: str) -> None:
    envelope = Envelope(to="nur@example.com", message_id="<1@example.com>", at=datetime.now(UTC))
    values = {"first_name": "Nur", "reach": reach.value}
    message = compose("approved", envelope, settings(25), values)
    for part in message.iter_parts():
        assert isinstance(part, EmailMessage)
        said = " ".join(part.get_content().split())
        assert words in said
        assert ("terminals" in said) is (reach is FaceReach.SOON)


VALUES_OF: dict[str, dict[str, Any]] = {
    "invitation": {"sender": "H. Farid", "link": "https://x.example/e/1", "button": "Enroll Now"},
    "unsuccessful": {"findings": ["Photo 1: dark."], "which": "try 1 of 3", "needs_help": True},
    "approved": {"reach": "soon"},
    "reminder": {
        "sent": "26 November 2026",
        "link": "https://x.example/e/1",
        "button": "Enroll Now",
        "photos": "one photo",
    },
    "rejected": {"remark": ""},
    "consent": {
        "intro": "We would like to.",
        "paragraphs": [["How long", "30 days."]],
        "version": 2,
        "digest": "0" * 64,
        "given": "26 November 2026",
    },
    "asked_again": {"until": "26 December 2026"},
    "asked_again_finger": {"until": "26 December 2026"},
}


@pytest.mark.parametrize("kind", [kind for kind in SUBJECTS if kind != "test"])
def test_A8_every_email_to_an_employee_ends_with_the_link_by_which_they_withdraw(kind: str) -> None:
    envelope = Envelope(to="nur@example.com", message_id="<1@example.com>", at=datetime.now(UTC))
    own = "https://x.example/me/own"
    values = {"first_name": "Nur", "expires": "soon", "own_link": own, **VALUES_OF[kind]}
    message = compose(kind, envelope, settings(25), values)
    parts = list(message.iter_parts())
    assert len(parts) == 2
    for part in parts:
        assert isinstance(part, EmailMessage)
        said = part.get_content()
        assert "withdraw your consent" in said
        assert own in said
