"""Figures in words, for pages, dialogs and widgets."""

from datetime import datetime
from typing import NamedTuple

from console.domain.first_steps import FirstStep
from console.domain.language import tr
from console.domain.list_headings import Field

LEAST_LOG10_FMR = -6.0
"""Rarer false matches are not told in figures: nothing was measured there."""


LIST_FIELDS = {
    Field.IGNORED: "Not read",
    Field.NUMBER: "Employee number",
    Field.FIRST_NAME: "First name",
    Field.LAST_NAME: "Last name",
    Field.FULL_NAME: "Full name",
    Field.EMAIL: "Email address",
    Field.DEPARTMENT: "Department",
    Field.ACTIVE: "Active or left",
    Field.MAY_LOG_IN: "May log in",
    Field.VALID_FROM: "First day",
    Field.VALID_UNTIL: "Last day",
    Field.BADGE: "Badge",
}
"""What a column of a list holds, in the words of the console."""


class StepWords(NamedTuple):
    """One of the first steps: what it is, and what it takes."""

    title: str
    hint: str


FIRST_STEPS = {
    FirstStep.SITE: StepWords("Site and first operator", "You have an account here."),
    FirstStep.RECOVERY_KEY: StepWords(
        "Recovery key", "On paper it opens the backups, and lets you in without a password."
    ),
    FirstStep.EMAIL: StepWords(
        "Email", "Enter the email server, save it, and send yourself a test email."
    ),
    FirstStep.PORTAL: StepWords(
        "Address of the portal", "Employees open it on their phones. It needs a certificate."
    ),
    FirstStep.TERMINAL: StepWords(
        "First terminal", "Approve one that dials in, or look for one in your network."
    ),
    FirstStep.EMPLOYEES: StepWords(
        "Employees", "Import a list (CSV or Excel) with number, name and email address."
    ),
    FirstStep.INVITATION: StepWords(
        "First invitation", "Send somebody, or yourself, a link to enrol by."
    ),
    FirstStep.ENROLMENT: StepWords(
        "First enrolment", "When the photos have come, approve them under Review."
    ),
    FirstStep.LOGIN: StepWords(
        "First login", "Step in front of the terminal. The login appears in the login log."
    ),
}
"""What administrators of a new site read."""


MOMENT_PX = 164
"""Of a column that shows `local_text`: fits every date and time."""


def local_text(at: datetime | None) -> str:
    """A time in this computer's time zone; "" for none."""
    return f"{at.astimezone():%d %b %Y, %H:%M}" if at is not None else ""


def face_match_text(fmr: float) -> str:
    """How often two different people look this similar; fmr: a share (0 to 1)."""
    if fmr >= 0.2:
        return tr("no more alike than any two people")
    return f"{tr('as alike as 1 in')} {round(1 / fmr):,} {tr('by chance')}"


def finger_search_text(log10_fmr: float) -> str:
    """How often a search finds a stranger's finger this similar; log10 of the share."""
    if log10_fmr >= -1:
        return tr("No more alike than any two fingers.")
    if log10_fmr < LEAST_LOG10_FMR:
        return tr("So alike by chance in fewer than 1 of 1,000,000 searches.")
    return f"{tr('So alike by chance in 1 of')} {round(10**-log10_fmr):,} {tr('searches.')}"
