"""How one step of an examination ended; shared by the doctors of terminals and readers."""

from enum import StrEnum


class CheckOutcome(StrEnum):
    """skipped: an earlier failure, or the situation, left nothing to examine."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"
