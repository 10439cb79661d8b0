"""`muster serve` that kills itself (SIGKILL) at a named point.

Usage: `python -m tests.service.crashing_service POINT [arguments of muster]`. A point is
`Class.method:before|after[:n]` or `function:before|after[:n]`; n: at the n-th call (default: 1).
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.cli import main
from console.service import outbox
from console.service.enrolment import review, screening
from console.service.jobs import Jobs
from console.service.people import erasure
from console.service.terminals import alignment, placement_notes, placements

OWNERS: dict[str, list[Any]] = {
    "Mailer": [outbox.Mailer],
    "EmailJob": [outbox.EmailJob],
    "PhotoJob": [screening.PhotoJob],
    "SettleJob": [screening.SettleJob],
    "PhotoPipeline": [PhotoPipeline],
    "Reviews": [review.Reviews],
    "Jobs": [Jobs],
    "ErasureJob": [erasure.ErasureJob],
    "purge": [erasure],
    "note_leavers": [alignment],
    "_end": [screening],
    "unsettle": [review],
    "due_on": [alignment],
    "open_face": [alignment],
    "note_people": [alignment],
    "mark_if_everywhere": [placements, placement_notes],
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Wraps the function so that the process ends there."""
    name, moment, count = [*point.split(":"), "1"][:3]
    owner_name, _, method = name.partition(".")
    left = int(count)

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def crashing(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            this_one = left == 0  # calls run side by side
            if moment == "before" and this_one:
                die()
            result = original(*args, **kwargs)
            if moment == "after" and this_one:
                die()
            return result

        return crashing

    for owner in OWNERS[owner_name]:
        attribute = method or owner_name
        original = getattr(owner, attribute)
        setattr(owner, attribute, wrap(original))


if __name__ == "__main__":
    arm(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
