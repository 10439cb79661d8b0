"""What the site has set, kept in the store. The email password is sealed."""

import hashlib
from collections.abc import Iterable

import msgspec

from console.api.fingers import ReaderSettings
from console.biometrics.faces.quality.profiles import DEFAULT_PROFILE
from console.computer_zone import computer_zone
from console.domain.consent import ANSWER_DAYS, LawfulBasis
from console.domain.first_steps import FirstStep
from console.domain.language import ENGLISH
from console.domain.retention import Kept, kept_days
from console.domain.work_hours import WorkHours
from console.store.schema import Setting
from console.store.site_seals import EMAIL_KIND
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import Vault

KEY, READERS, ROTATION, BADGE_KEY = "site", "readers", "face_rotation", "badge_key"
LINKS, FIRST_STEPS = "links", "first_steps"


class EmailServer(msgspec.Struct, frozen=True, kw_only=True):
    """password_sealed: base64 by msgspec; opened only to sign in to the server."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password_sealed: bytes = b""
    sender: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator sets for the site.

    zone: its time zone, empty only before the first start; lines_kept_days: how long lines of
    terminals that nobody could read are kept; repeat_s: the window of repeats in the login log;
    moving_subnets: where terminals may change their address without a question; push_tls_only:
    terminals that dial in without TLS are refused; kept_days: kind of data -> days, where they are
    not those that ship; lawful_basis: on what the use of faces and fingers is based; answer_days:
    how long people have to answer when the text of the consent changes; language: in which people
    are spoken to whose own is not known.
    """

    site: str = ""
    portal_url: str = ""
    email: EmailServer = EmailServer()
    screening_profile: str = DEFAULT_PROFILE
    second_check: bool = True
    zone: str = ""
    lines_kept_days: int = 90
    repeat_s: int = 0
    moving_subnets: list[str] = []
    push_tls_only: bool = False
    kept_days: dict[str, int] = {}
    lawful_basis: LawfulBasis = LawfulBasis.CONSENT
    answer_days: int = ANSWER_DAYS
    language: str = ENGLISH


class LinkRules(msgspec.Struct, frozen=True, kw_only=True):
    """Of all links of the site. by_link: people may enrol by link at all; hours: of reminders."""

    by_link: bool = True
    hours: WorkHours = WorkHours()


class KeptFirstSteps(msgspec.Struct, frozen=True, kw_only=True):
    """What no other row tells of the first steps.

    email_tested: `mark_of` the server that took a test email.
    """

    skipped: list[FirstStep] = []
    email_tested: str = ""


def load_settings(tx: ReadTx) -> Settings:
    """What was saved last, or the settings that ship."""
    row = tx.get(Setting, KEY)
    return Settings() if row is None else msgspec.convert(row.value, Settings)


def kept_for(settings: Settings) -> dict[Kept, int]:
    """How many days each kind of data is kept here."""
    return kept_days(settings.kept_days) | {Kept.LINES: settings.lines_kept_days}


def site_zone(tx: ReadTx) -> str:
    """The time zone of the site by its name."""
    return load_settings(tx).zone or computer_zone()


def fix_zone(tx: Tx) -> None:
    """Gives a site that has no time zone yet that of this computer, once and for all."""
    settings = load_settings(tx)
    if not settings.zone:
        save_settings(tx, msgspec.structs.replace(settings, zone=computer_zone()))


def save_settings(tx: Tx, settings: Settings) -> None:
    """Replaces all settings of the site."""
    keep_setting(tx, KEY, settings)
    tx.changed("site")


def load_link_rules(tx: ReadTx) -> LinkRules:
    """What was saved last, or the rules that ship."""
    row = tx.get(Setting, LINKS)
    return LinkRules() if row is None else msgspec.convert(row.value, LinkRules)


def save_link_rules(tx: Tx, rules: LinkRules) -> None:
    """Replaces the rules of all links."""
    keep_setting(tx, LINKS, rules)
    tx.changed("site")


def load_first_steps(tx: ReadTx) -> KeptFirstSteps:
    """What was skipped, and which email server was tested."""
    row = tx.get(Setting, FIRST_STEPS)
    return KeptFirstSteps() if row is None else msgspec.convert(row.value, KeptFirstSteps)


def save_first_steps(
    tx: Tx, *, skipped: Iterable[FirstStep] | None = None, email_tested: str | None = None
) -> None:
    """Replaces what is given."""
    kept = load_first_steps(tx)
    new = KeptFirstSteps(
        skipped=kept.skipped if skipped is None else sorted(skipped),
        email_tested=kept.email_tested if email_tested is None else email_tested,
    )
    keep_setting(tx, FIRST_STEPS, new)
    tx.changed("first_steps")


def mark_of(server: EmailServer) -> str:
    """Tells these settings of an email server from any others, and gives none of them away."""
    return hashlib.sha256(msgspec.json.encode(server)).hexdigest()


def load_readers(tx: ReadTx) -> ReaderSettings:
    """How fingerprint readers of this site are known."""
    row = tx.get(Setting, READERS)
    return ReaderSettings(aliases=[]) if row is None else msgspec.convert(row.value, ReaderSettings)


def save_readers(tx: Tx, settings: ReaderSettings) -> None:
    """Replaces how readers are known."""
    keep_setting(tx, READERS, settings)
    tx.changed("readers")


def keep_setting(tx: Tx, key: str, value: msgspec.Struct) -> None:
    """Writes one value under its key, in place of what was there."""
    tx.session.merge(Setting(key=key, value=msgspec.to_builtins(value)))


def load_rotation(tx: ReadTx) -> bytes:
    """The seed of the site's rotation of face vectors; empty before there is one."""
    row = tx.get(Setting, ROTATION)
    return b"" if row is None else tx.vault.open_site(ROTATION, bytes.fromhex(row.value["sealed"]))


def save_rotation(tx: Tx, seed: bytes) -> None:
    """Replaces the seed, sealed."""
    sealed = tx.vault.seal_site(ROTATION, seed).hex()
    tx.session.merge(Setting(key=ROTATION, value={"sealed": sealed}))


def load_badge_key(tx: ReadTx) -> bytes:
    """What marks of badges are made with; empty before there is a badge."""
    row = tx.get(Setting, BADGE_KEY)
    return b"" if row is None else tx.vault.open_site(BADGE_KEY, bytes.fromhex(row.value["sealed"]))


def seal_password(vault: Vault, password: str) -> bytes:
    """The password of the email server, as it is kept."""
    return vault.seal_site(EMAIL_KIND, password.encode())


def open_password(vault: Vault, settings: Settings) -> str:
    """The password of the email server; empty when there is none."""
    sealed = settings.email.password_sealed
    return vault.open_site(EMAIL_KIND, sealed).decode() if sealed else ""
