"""A login in words, on the screen and in lists: its result, its reason, what is odd about it."""

from datetime import UTC, datetime

from console.api import logins as api
from console.domain.language import labelled, paragraph, tr
from console.domain.login_events import Stamp

RESULTS = {"accepted": tr("Accepted"), "refused": tr("Refused"), "abandoned": tr("Abandoned")}
WITHOUT_MATCH = Stamp.WITHOUT_MATCH.value
STAMPS = {
    "offline": tr("Database unavailable"),
    "number_only": tr("Number only, database unavailable"),
    "unverified": tr("Not verified, database unavailable"),
    "no_match_possible": tr("No match possible"),
    WITHOUT_MATCH: tr("Declined face and fingers"),
}
LIST_HEADINGS = (
    tr("Time"),
    tr("Employee"),
    tr("Number"),
    tr("Place"),
    tr("Method"),
    tr("Direction"),
    tr("Result"),
    tr("Reason"),
    tr("Repeats"),
    tr("Note"),
    tr("Reported time"),
    tr("Corrected time"),
    tr("Time (UTC)"),
)
"""Of a list in a file: as on the screen, and the times in full."""


PAPER_HEADINGS = (*LIST_HEADINGS[:7], tr("Reason and notes"))
PAPER_WIDTHS = (15, 20, 9, 14, 12, 9, 10, 30)
"""Of a list on paper, as shares of the page."""


def result_tone(login: api.LoginRow) -> str:
    """The tone of the result's chip."""
    if login.outcome == "accepted":
        return "pass" if login.stamp in ("", WITHOUT_MATCH) else "warn"
    return "bad" if login.outcome == "refused" else "mut"


def reason_and_remarks(login: api.LoginRow) -> str:
    """Why a login was refused, what an accepted one lacks, and what is odd about it."""
    repeats = labelled(tr("Repeats"), f"{login.repeats:,}") if login.repeats else ""
    return _joined(_reason(login), repeats, _remark(login))


def list_cells(login: api.LoginRow) -> list[str]:
    """The cells below LIST_HEADINGS. Times are those of this computer, unless they say UTC."""
    return [
        _local(login.at),
        login.employee or tr("unknown"),
        login.number,
        login.terminal,
        login.method,
        login.direction,
        RESULTS.get(login.outcome, login.outcome),
        _reason(login),
        str(login.repeats or ""),
        login.remark,
        login.local_time,
        _local(login.corrected_at) if login.corrected_at is not None else "",
        login.at.astimezone(UTC).isoformat(" ", "seconds")[:19],
    ]


def paper_cells(login: api.LoginRow) -> list[str]:
    """The cells below PAPER_HEADINGS."""
    return [*list_cells(login)[:7], reason_and_remarks(login)]


def _reason(login: api.LoginRow) -> str:
    return _joined(tr(login.reason), STAMPS.get(login.stamp, ""))


def _remark(login: api.LoginRow) -> str:
    """What is odd about a login; the right time stands beside the reported one."""
    right = (
        tr(
            "Actual time {time} (clock was wrong)",
            time=f"{login.corrected_at.astimezone():%H:%M:%S}",
        )
        if login.corrected_at
        else ""
    )
    return paragraph(login.remark, right)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _local(moment: datetime) -> str:
    return moment.astimezone().isoformat(" ", "seconds")[:19]
