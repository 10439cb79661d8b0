"""What a new site does before the first person logs in. Each step can be skipped."""

from collections.abc import Collection
from enum import StrEnum
from urllib.parse import urlsplit

from console.domain.site_settings import THIS_COMPUTER


class FirstStep(StrEnum):
    """In the order of doing."""

    SITE = "site"
    """Its name, and the first operator: made together."""
    RECOVERY_KEY = "recovery_key"
    EMAIL = "email"
    PORTAL = "portal"
    TERMINAL = "terminal"
    EMPLOYEES = "employees"
    INVITATION = "invitation"
    ENROLMENT = "enrolment"
    LOGIN = "login"


class StepState(StrEnum):
    """How far a step is."""

    OPEN = "open"
    SKIPPED = "skipped"
    DONE = "done"


def states(
    done: Collection[FirstStep], skipped: Collection[FirstStep]
) -> dict[FirstStep, StepState]:
    """The state of every step, in order. What is done is done, even after it was skipped."""

    def state(step: FirstStep) -> StepState:
        if step in done:
            return StepState.DONE
        return StepState.SKIPPED if step in skipped else StepState.OPEN

    return {step: state(step) for step in FirstStep}


def is_untouched(found: dict[FirstStep, StepState]) -> bool:
    """Whether nothing has been done since the site was set up, and nothing skipped."""
    return all(
        state is StepState.OPEN for step, state in found.items() if step is not FirstStep.SITE
    )


def opens_on_phones(portal_url: str) -> bool:
    """Whether links that begin like this can be opened on other computers, with a camera."""
    parts = urlsplit(portal_url)
    host = parts.hostname or ""
    return parts.scheme == "https" and not (host in THIS_COMPUTER or host.startswith("127."))
