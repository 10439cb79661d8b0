"""The site at a glance, and its settings."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from console.api import site as api
from console.api.audit import READERS
from console.api.operation import Nothing
from console.domain.backups import problem_in_words
from console.domain.employees import EMAIL
from console.domain.errors import Invalid
from console.domain.invitations import OPEN
from console.domain.kept_texts import said
from console.domain.language import LANGUAGES, tr
from console.domain.set_aside import DAYS_KEPT
from console.domain.site_settings import (
    checked_host,
    checked_portal_address,
    checked_site_name,
)
from console.domain.terminal_identity import checked_subnets
from console.domain.terminals import ONLINE_WITHIN, Dialect, TerminalStatus
from console.domain.today import WARN_BEFORE
from console.domain.zones import zone_of
from console.service.backups.checkpoints import Checkpoints
from console.service.email_server import EmailFailed, ascii_address
from console.service.enrolment.profiles import all_profiles
from console.service.jobs import Jobs
from console.service.operations.dispatch import Call, handles
from console.service.operations.login_repeats import checked_window
from console.service.outbox import Envelope, Mailer, compose, send_again
from console.service.people.recovery_proofs import CONSOLE, unread_recoveries
from console.service.pools import Pool
from console.service.settings import (
    EmailServer,
    Settings,
    load_settings,
    mark_of,
    open_password,
    save_first_steps,
    save_settings,
    seal_password,
)
from console.service.support import support_report
from console.service.tasks import Tasks
from console.service.tools import Tools
from console.store.backup.book import load_book
from console.store.columns import Base, new_id
from console.store.queries.enrolments import to_review
from console.store.recovery import load_recovery
from console.store.schema import Employee, Invitation, Login, Outbox, Terminal
from console.store.unit_of_work import ReadTx


class SiteOperations:
    """What everybody sees of the site, and what administrators set."""

    def __init__(
        self,
        *,
        tools: Tools,
        jobs: Jobs,
        mailer: Mailer,
        checkpoints: Checkpoints,
        zone_changed: Callable[[], object],
        tasks: Tasks,
    ) -> None:
        """zone_changed: called after the commit of another time zone."""
        self._tools, self._jobs, self._mailer = tools, jobs, mailer
        self._checkpoints, self._zone_changed = checkpoints, zone_changed
        self._tasks = tasks

    @handles(api.overview, Pool.READ)
    def overview(self, call: Call, request: Nothing) -> api.Overview:
        """The figures of the status bar and the navigation."""
        reads_audit = call.operator.role in READERS
        with call.read() as tx:
            settings = load_settings(tx)
            approved = and_(Terminal.status == TerminalStatus.APPROVED, _has_network())
            online = Terminal.last_seen >= call.now - ONLINE_WITHIN
            return api.Overview(
                site=settings.site,
                employees=_count(tx, Employee, ~Employee.erased),
                invitations_open=_count(tx, Invitation, Invitation.status.in_(OPEN)),
                review_waiting=_count(tx, Invitation, to_review()),
                terminals_online=_count(tx, Terminal, approved, online),
                terminals_approved=_count(tx, Terminal, approved),
                terminals_pending=_count(tx, Terminal, Terminal.status == TerminalStatus.PENDING),
                email_waiting=_count(tx, Outbox, Outbox.state == "queued"),
                email_problem=_email_problem(tx),
                jobs_running=self._jobs.running(),
                tasks_running=self._tasks.running_of(call.operator.id),
                logins_today=_count(tx, Login, Login.at >= call.now - timedelta(hours=24)),
                portal_url=settings.portal_url or self._tools.addresses.portal,
                push_address=self._tools.addresses.push,
                push_tls=self._push_tls(call.now),
                key_in_file=self._tools.key_in_file,
                backup_problem=backup_problem(tx),
                audit_problem=self._checkpoints.problem if reads_audit else "",
                recoveries=_unread_recoveries(tx, call.operator.id),
            )

    def _push_tls(self, now: datetime) -> api.PushTls | None:
        facts = self._tools.push_certificate
        if facts is None:
            return None
        return api.PushTls(
            address=self._tools.addresses.push_tls,
            fingerprint=facts.fingerprint,
            ends=facts.ends,
            ends_soon=facts.ends - now < WARN_BEFORE,
        )

    @handles(api.support_report, Pool.DEVICE)
    def support_report(self, call: Call, request: Nothing) -> api.SupportReport:
        """Reads it for an administrator, who decides what becomes of it."""
        with call.write() as tx:
            tx.audit("support.report_read")
        return api.SupportReport(text=support_report(self._tools.data_dir))

    @handles(api.get_settings, Pool.READ)
    def get_settings(self, call: Call, request: Nothing) -> api.SiteSettings:
        """All settings; the password never leaves the service again."""
        with call.read() as tx:
            return _struct(load_settings(tx))

    @handles(api.save_settings, Pool.WRITE)
    def save(self, call: Call, request: api.SiteSettings) -> api.SiteSettings:
        """Saves the settings. Emails that wait for a retry are sent at once. Raises Invalid."""
        _check(request)
        if request.push_tls_only and self._tools.push_certificate is None:
            text = tr(
                "Start the service with a certificate for terminals first. "
                "Without one, terminals that connect to the service could not "
                "reach it. “muster certificate” makes one."
            )
            raise Invalid("push_tls_only", text)
        with call.write() as tx:
            if request.screening_profile not in all_profiles(tx):
                text = tr("There is no profile named {name}.", name=request.screening_profile)
                raise Invalid("screening_profile", text)
            before = load_settings(tx)
            sealed = before.email.password_sealed
            if request.email.password:
                sealed = seal_password(self._tools.vault, request.email.password)
            settings = _settings(before, request, sealed)
            save_settings(tx, settings)
            if settings.zone != before.zone:
                tx.changed("terminals")
                tx.after_commit(self._zone_changed)
            self._mailer.settings_change()
            tx.after_commit(self._mailer.settings_change)
            send_again(tx)
            tx.changed("invitations")
            tx.changed("logins")
            tx.audit("settings.saved")
            return _struct(settings)

    @handles(api.test_email, Pool.DEVICE)
    def test_email(self, call: Call, request: api.TestEmail) -> api.TestEmailResult:
        """Sends one email and tells what the server said. Raises Invalid."""
        to = request.to.strip()
        if not EMAIL.fullmatch(to):
            raise Invalid("to", tr("Enter the address for the test email."))
        era = self._mailer.era
        with call.read() as tx:
            settings = load_settings(tx)
        envelope = Envelope(to=to, message_id=f"<test-{new_id()}@muster.invalid>", at=call.now)
        try:
            message = compose("test", envelope, settings, {"first_name": call.operator.name})
            password = open_password(self._tools.vault, settings)
            self._mailer.send(message, to, settings, password, era=era)
        except EmailFailed as failure:
            return api.TestEmailResult(ok=False, message=said(str(failure)))
        with call.write() as tx:
            save_first_steps(tx, email_tested=mark_of(settings.email))
        text = tr("Test email accepted by the server. Check the inbox.")
        return api.TestEmailResult(ok=True, message=text)


def _unread_recoveries(tx: ReadTx, operator_id: str) -> list[api.Recovery]:
    return [
        api.Recovery(
            entry=entry.seq,
            at=entry.at,
            name=name,
            at_console=entry.detail["where"] == CONSOLE,
        )
        for entry, name in unread_recoveries(tx, operator_id)
    ]


def backup_problem(tx: ReadTx) -> str:
    """What is wrong with the backups as a whole, in words; "" if nothing is."""
    book = load_book(tx)
    return problem_in_words(
        has_key=load_recovery(tx) is not None,
        newest=book.newest,
        problem=said(book.problem),
        now=tx.now,
    )


def _email_problem(tx: ReadTx) -> str:
    """Why the newest email did not leave; "" once the person was written to again."""
    later = aliased(Outbox)
    again = select(later.id).where(
        later.employee_id == Outbox.employee_id, later.created_at > Outbox.created_at
    )
    problem = select(Outbox.error).where(
        Outbox.error != "", Outbox.state.in_(("queued", "failed")), ~again.exists()
    )
    return said(tx.scalar(problem.order_by(Outbox.run_at.desc()).limit(1)) or "")


def _has_network() -> ColumnElement[bool]:
    """Terminals that this site can hear of."""
    return or_(Terminal.dialect != Dialect.ZK, Terminal.address != "")


def _count(tx: ReadTx, table: type[Base], *conditions: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _struct(settings: Settings) -> api.SiteSettings:
    email = settings.email
    return api.SiteSettings(
        site=settings.site,
        portal_url=settings.portal_url,
        email=api.EmailSettings(
            host=email.host,
            port=email.port,
            security=email.security,
            username=email.username,
            password="",
            sender=email.sender,
        ),
        screening_profile=settings.screening_profile,
        second_check=settings.second_check,
        zone=settings.zone,
        lines_kept_days=settings.lines_kept_days,
        repeat_s=settings.repeat_s,
        moving_subnets=settings.moving_subnets,
        push_tls_only=settings.push_tls_only,
        language=settings.language,
    )


def _settings(before: Settings, request: api.SiteSettings, password_sealed: bytes) -> Settings:
    """What is set elsewhere, such as the lawful basis, stays."""
    email = msgspec.to_builtins(request.email)
    del email["password"]
    stripped = {name: value.strip() for name, value in email.items() if name in ("host", "sender")}
    return msgspec.structs.replace(
        before,
        site=request.site.strip(),
        portal_url=request.portal_url.strip(),
        email=EmailServer(**{**email, **stripped, "password_sealed": password_sealed}),
        screening_profile=request.screening_profile,
        second_check=request.second_check,
        zone=request.zone or before.zone,
        lines_kept_days=request.lines_kept_days,
        repeat_s=request.repeat_s,
        moving_subnets=checked_subnets(request.moving_subnets),
        push_tls_only=request.push_tls_only,
        language=request.language,
    )


def _check(request: api.SiteSettings) -> None:
    """Raises Invalid for the first value that cannot be taken."""
    checked_site_name(request.site)
    if request.language not in LANGUAGES:
        raise Invalid("language", tr("This language is not available."))
    checked_portal_address(request.portal_url)
    checked_host("email.host", request.email.host)
    if request.zone:
        zone_of(request.zone)
    if request.lines_kept_days not in DAYS_KEPT:
        text = tr(
            "Unreadable lines can be kept for {least} to {most:,} days.",
            least=DAYS_KEPT[0],
            most=DAYS_KEPT[-1],
        )
        raise Invalid("lines_kept_days", text)
    checked_window(request.repeat_s)
    if request.email.security not in ("none", "starttls", "tls"):
        raise Invalid("email.security", tr("Choose none, STARTTLS or TLS."))
    if not 1 <= request.email.port <= 65535:
        text = tr("A port is a number from 1 to 65535. Email servers use 587, 465 or 25.")
        raise Invalid("email.port", text)
    if request.email.host and not _is_sender(request.email.sender.strip()):
        text = tr("Enter the sender address of emails, for example muster@example.com.")
        raise Invalid("email.sender", text)


def _is_sender(text: str) -> bool:
    if not EMAIL.fullmatch(text):
        return False
    try:
        return ascii_address(text).isascii()
    except EmailFailed:
        return False
