"""The site: its state at a glance, and its settings."""

import msgspec

from console.api.operation import ADMIN, ANYONE, Nothing, operation


class Overview(msgspec.Struct, frozen=True):
    """What the status bar and the navigation show. mail_problem: the newest failure in words, empty when mail flows."""

    site: str
    employees: int
    invitations_open: int
    review_waiting: int
    terminals_online: int
    terminals_approved: int
    terminals_pending: int
    mail_waiting: int
    mail_problem: str
    jobs_running: int
    logins_today: int
    portal_url: str
    push_address: str
    key_in_file: bool


class MailSettings(msgspec.Struct, frozen=True):
    """security: none, starttls or tls. An empty password keeps the stored one."""

    host: str
    port: int
    security: str
    username: str
    password: str
    sender: str


class SiteSettings(msgspec.Struct, frozen=True):
    """portal_url: what the links in mails begin with; empty means the portal's own address."""

    site: str
    portal_url: str
    mail: MailSettings
    screening_profile: str
    second_check: bool


class TestMail(msgspec.Struct, frozen=True):
    to: str


class TestMailResult(msgspec.Struct, frozen=True):
    """What the mail server said."""

    ok: bool
    message: str


overview = operation("site.overview", Nothing, Overview, ANYONE)
get_settings = operation("site.settings", Nothing, SiteSettings, ADMIN)
save_settings = operation("site.save_settings", SiteSettings, SiteSettings, ADMIN)
test_mail = operation("site.test_mail", TestMail, TestMailResult, ADMIN)
