"""The site: its state at a glance, and its settings."""

from datetime import datetime

import msgspec

from console.api.operation import ADMIN, ANYONE, Nothing, operation
from console.domain.language import ENGLISH


class PushTls(msgspec.Struct, frozen=True, kw_only=True):
    """How terminals dial in with TLS.

    fingerprint: SHA-256 of the certificate; ends_soon: it has to be made anew now.
    """

    address: str
    fingerprint: str
    ends: datetime
    ends_soon: bool


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody gave an administrator a new password with the recovery key.

    entry: of the audit log; name: of the administrator; at_console: at the sign-in of a console,
    not by the command.
    """

    entry: int
    at: datetime
    name: str
    at_console: bool


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the status bar and the navigation show.

    email_problem: the newest failure in words, empty if there is none. push_address: where
    terminals dial in without TLS; empty where the service takes none. push_tls: None without a
    certificate. backup_problem: what is wrong with the backups, empty if nothing is. audit_problem:
    what is wrong with the checkpoints of the audit log, for those who may read it. tasks_running:
    of the caller; recoveries: those that the caller has not read.
    """

    site: str
    employees: int
    invitations_open: int
    review_waiting: int
    terminals_online: int
    terminals_approved: int
    terminals_pending: int
    email_waiting: int
    email_problem: str
    jobs_running: int
    logins_today: int
    portal_url: str
    push_address: str
    push_tls: PushTls | None
    key_in_file: bool
    backup_problem: str
    audit_problem: str = ""
    tasks_running: int = 0
    recoveries: list[Recovery] = []


class EmailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The email server. security: none, starttls or tls. An empty password keeps the stored one."""

    host: str
    port: int
    security: str
    username: str
    password: str
    sender: str


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings.

    portal_url: how links in emails begin; empty for the portal's own address; zone: the site's time
    zone, empty keeps the current one; lines_kept_days: how long lines of terminals that could not
    be read are kept; repeat_s: see `logins.ListLogins`; moving_subnets: where a terminal that tells
    its known MAC address may change its address without a question, for example 192.168.1.0/24;
    push_tls_only: terminals that dial in without TLS are refused; language: in which people are
    spoken to whose own is not known, by its tag.
    """

    site: str
    portal_url: str
    email: EmailSettings
    screening_profile: str
    second_check: bool
    zone: str = ""
    lines_kept_days: int = 90
    repeat_s: int = 0
    moving_subnets: list[str] = []
    push_tls_only: bool = False
    language: str = ENGLISH


class TestEmail(msgspec.Struct, frozen=True, kw_only=True):
    """Sends a test email to this address."""

    to: str


class TestEmailResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the email server said."""

    ok: bool
    message: str


class SupportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a supporter has to know of the service. It may name people."""

    text: str


overview = operation("site.overview", Nothing, Overview, ANYONE)
get_settings = operation("site.settings", Nothing, SiteSettings, ADMIN)
save_settings = operation("site.save_settings", SiteSettings, SiteSettings, ADMIN)
test_email = operation("site.test_email", TestEmail, TestEmailResult, ADMIN)
support_report = operation("site.support_report", Nothing, SupportReport, ADMIN)
