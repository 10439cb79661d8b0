"""Figures in words, for pages, dialogs and widgets."""

from datetime import datetime
from typing import NamedTuple

from console.domain.first_steps import FirstStep
from console.domain.language import tr, tr_short_minute
from console.domain.list_headings import Field

LEAST_LOG10_FMR = -6.0
"""Rarer false matches are not told in figures: nothing was measured there."""


LIST_FIELDS = {
    Field.IGNORED: tr("Not read"),
    Field.NUMBER: tr("Employee number"),
    Field.FIRST_NAME: tr("First name"),
    Field.LAST_NAME: tr("Last name"),
    Field.FULL_NAME: tr("Full name"),
    Field.EMAIL: tr("Email address"),
    Field.DEPARTMENT: tr("Department"),
    Field.ACTIVE: tr("Active or left"),
    Field.MAY_LOG_IN: tr("May log in"),
    Field.VALID_FROM: tr("First day"),
    Field.VALID_UNTIL: tr("Last day"),
    Field.BADGE: tr("Badge"),
}
"""What a column of a list holds, in the words of the console."""


class StepWords(NamedTuple):
    """One of the first steps: what it is, and what it takes."""

    title: str
    hint: str


FIRST_STEPS = {
    FirstStep.SITE: StepWords(tr("Site and first operator"), tr("You have an account here.")),
    FirstStep.RECOVERY_KEY: StepWords(
        tr("Recovery key"),
        tr("Printed on paper, it opens the backups and lets you in without a password."),
    ),
    FirstStep.EMAIL: StepWords(
        tr("Email"), tr("Enter the email server, save it, and send yourself a test email.")
    ),
    FirstStep.PORTAL: StepWords(
        tr("Portal address"), tr("Employees open it on their phones. It needs a certificate.")
    ),
    FirstStep.TERMINAL: StepWords(
        tr("First terminal"),
        tr("Approve one that connects to Muster, or search your network for one."),
    ),
    FirstStep.EMPLOYEES: StepWords(
        tr("Employees"), tr("Import a list (CSV or Excel) with number, name and email address.")
    ),
    FirstStep.INVITATION: StepWords(
        tr("First invitation"), tr("Send someone, or yourself, an enrolment link.")
    ),
    FirstStep.ENROLMENT: StepWords(
        tr("First enrolment"), tr("Once the photos have arrived, approve them under Review.")
    ),
    FirstStep.LOGIN: StepWords(
        tr("First login"),
        tr("Stand in front of the terminal. The login appears in the login log."),
    ),
}
"""What administrators of a new site read."""


MOMENT_PX = 178
"""Of a column that shows `local_text`: fits every date and time in every language."""


def local_text(at: datetime | None) -> str:
    """A time in this computer's time zone; "" for none."""
    return tr_short_minute(at.astimezone()) if at is not None else ""


def face_match_text(fmr: float) -> str:
    """How often two different people look this similar; fmr: a share (0 to 1)."""
    if fmr >= 0.2:
        return tr("no closer than two random people")
    return tr("1 in {count:,} strangers is this similar", count=round(1 / fmr))


def finger_search_text(log10_fmr: float) -> str:
    """How often a search finds a stranger's finger this similar; log10 of the share."""
    if log10_fmr >= -1:
        return tr("No closer than two random fingers.")
    if log10_fmr < LEAST_LOG10_FMR:
        return tr("Chance match: fewer than 1 in 1,000,000 searches.")
    return tr("Chance match: 1 in {count:,} searches.", count=round(10**-log10_fmr))
