"""How long each kind of data is kept: the one place that says it. EN2.

Settings, deletion, the privacy page, the consent texts and the review are all made from it, so that
they cannot contradict each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from console.domain.errors import Invalid
from console.domain.language import tr, tr_count


class Kept(StrEnum):
    """A kind of data that is kept for a time."""

    DRAFTS = "drafts"
    WAITING = "waiting"
    REJECTED = "rejected"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    LEFT = "left"
    UNUSED = "unused"
    LINKS = "links"
    EMAILS = "emails"
    LOGINS = "logins"
    LINES = "lines"
    TERMINAL_RECORDS = "terminal_records"
    AUDIT = "audit"


@dataclass(frozen=True)
class RetentionRule:
    """One kind. what: in words; after: from when the days count; least, most: of its setting."""

    what: str
    after: str
    days: int
    least: int
    most: int

    @property
    def since(self) -> str:
        """From when the days count, as a key of the catalogue."""
        return f"after {self.after}"

    @property
    def sentence(self) -> str:
        """How long it is kept, as a key of the catalogue."""
        return f"{self.what}: {{span}} {self.since}."


YEAR = 365
RULES: dict[Kept, RetentionRule] = {
    Kept.DRAFTS: RetentionRule("Photos that were never handed in", "they were uploaded", 1, 1, 30),
    Kept.WAITING: RetentionRule(
        "Submissions that nobody decided about", "they were handed in", 30, 1, YEAR
    ),
    Kept.REJECTED: RetentionRule(
        "Photos that were rejected, or whose link has ended", "that", 7, 1, YEAR
    ),
    Kept.APPROVED: RetentionRule("Photos of an approved submission", "the approval", 30, 1, YEAR),
    Kept.SUPERSEDED: RetentionRule("Templates that a newer one replaced", "that", 1, 1, YEAR),
    Kept.LEFT: RetentionRule(
        "Photos, templates and fingers of people who left", "they left", 30, 1, 3 * YEAR
    ),
    Kept.UNUSED: RetentionRule(
        "Templates and fingers of people who do not log in",
        "the last login",
        3 * YEAR,
        30,
        3 * YEAR,
    ),
    Kept.LINKS: RetentionRule("Links and submissions without a face", "they ended", 90, 1, YEAR),
    Kept.EMAILS: RetentionRule("That an email was sent", "it was sent", 90, 1, YEAR),
    Kept.LOGINS: RetentionRule("Logins", "the login", 2 * YEAR, 30, 10 * YEAR),
    Kept.LINES: RetentionRule("Lines of terminals that nobody could read", "they came", 90, 1, 730),
    Kept.TERMINAL_RECORDS: RetentionRule(
        "What was done to terminals", "that", 2 * YEAR, 30, 10 * YEAR
    ),
    Kept.AUDIT: RetentionRule("The audit log", "the entry", 7 * YEAR, YEAR, 20 * YEAR),
}
KeptDays = Mapping[Kept, int]
"""How many days each kind is kept here."""
SHIPPED: KeptDays = {kind: rule.days for kind, rule in RULES.items()}


def kept_days(chosen: Mapping[str, int]) -> dict[Kept, int]:
    """The days of every kind: those that were chosen, or those that ship."""
    return {kind: chosen.get(kind.value, rule.days) for kind, rule in RULES.items()}


def check_days(chosen: Mapping[str, int]) -> None:
    """Raises Invalid for a kind that there is not, or days out of its bounds."""
    for name, days in chosen.items():
        rule = RULES.get(Kept(name)) if name in set(Kept) else None
        if rule is None:
            raise Invalid("kept_days", tr("There is no kind of data named {name}.", name=name))
        if not rule.least <= days <= rule.most:
            raise Invalid(
                "kept_days",
                tr(
                    "{what}: from {least:,} to {most:,} days.",
                    what=tr(rule.what),
                    least=rule.least,
                    most=rule.most,
                ),
            )


def span_in_words(days: int) -> str:
    """A span in the language that is spoken now: 24 hours, 30 days, 3 years."""
    if days == 1:
        return tr("24 hours")
    if days % YEAR == 0:
        return tr_count("{count} year", "{count} years", days // YEAR)
    return tr_count("{count:,} day", "{count:,} days", days)


@dataclass(frozen=True, kw_only=True)
class SpanWords:
    """How a language says spans. {} stands for the number."""

    one_day: str
    days: str
    one_year: str
    years: str


ENGLISH_SPANS = SpanWords(one_day="24 hours", days="{} days", one_year="1 year", years="{} years")


def in_words(days: int, words: SpanWords = ENGLISH_SPANS) -> str:
    """A span as texts say it: 24 hours, 30 days, 3 years."""
    if days == 1:
        return words.one_day
    if days == YEAR:
        return words.one_year
    if days % YEAR == 0:
        return words.years.format(days // YEAR)
    return words.days.format(f"{days:,}")


def told(kept: KeptDays, words: SpanWords = ENGLISH_SPANS) -> list[str]:
    """One sentence for each kind, as the privacy page lists them. words: of the language spoken."""
    return [tr(rule.sentence, span=in_words(kept[kind], words)) for kind, rule in RULES.items()]


TABLES: dict[str, Kept | str] = {
    "access_rule": "the site's own: names of departments, and ids",
    "access_zone": "the site's own: no person is in it",
    "asked_again": "until the person has answered, or the time for it is over",
    "audit": Kept.AUDIT,
    "campaign": "the site's own: no employee is in it",
    "clock_offset": "the site's own: no person is in it",
    "consent": "until the person is erased, as proof that they agreed",
    "department": "the site's own: no person is in it",
    "employee": "until the person is erased",
    "employee_group": "the site's own: no person is in it",
    "employee_import": "7 days, so that an import can be undone",
    "enrolment": Kept.LEFT,
    "enrolment_picture": Kept.LEFT,
    "erased_number": "a mark that brings nobody back; nobody can read it",
    "erasure": "proof of an erasure, without the person",
    "finger": Kept.LEFT,
    "finger_blob": Kept.LEFT,
    "group_member": "until the person is erased, or leaves the group",
    "id_photo": Kept.LEFT,
    "imported_employee": "7 days, so that an import can be undone",
    "invitation": Kept.LINKS,
    "kiosk": "the site's own: no person is in it",
    "known_lookalike": "until one of the two is erased",
    "legal_hold": "until an administrator ends it",
    "log_coverage": "the site's own: no person is in it",
    "login": Kept.LOGINS,
    "operator": "until an administrator closes the account",
    "operator_session": "12 hours",
    "outbox": Kept.EMAILS,
    "person_key": "until the person is erased",
    "person_link": "until the person is erased",
    "photo": Kept.APPROVED,
    "photo_picture": Kept.APPROVED,
    "pin_map": "until the person is erased",
    "placement": "until the terminal has shown that the person is gone, or they are erased",
    "portal_session": Kept.LINKS,
    "quarantine": Kept.LINES,
    "receipt": Kept.TERMINAL_RECORDS,
    "second_factor": "until it is replaced or an administrator takes it away",
    "setting": "the site's own: no person is in it",
    "site_key": "the site's own: no person is in it",
    "terminal": "the site's own; some names to tell an encoding by are sealed, and read anew",
    "terminal_inventory": "until the terminal is read again: numbers, and digests",
    "unknown_name": "until 10,000 other names that nobody has were tried",
}
"""Every table of the database: the kind that it is kept by (some have several), or until when."""
