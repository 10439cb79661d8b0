"""`muster serve` that kills itself (SIGKILL) at a named point: `python crashing_service.py POINT [arguments of muster]`.

A point is `Class.method:before|after[:n]` or `function:before|after[:n]`; n: at the n-th call (default the first).
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from console.biometrics.workers.pipeline import PhotoPipeline
from console.cli import main
from console.service.enrolment import emails as email
from console.service.enrolment import screening
from console.service.jobs import Jobs
from console.service.operations import invitations, review
from console.service.terminals import provisioning
from console.service.terminals import push_site as links

OWNERS: dict[str, list[Any]] = {
    "MailJob": [email.EmailJob],
    "PhotoJob": [screening.PhotoJob],
    "SettleJob": [screening.SettleJob],
    "ProvisionJob": [provisioning.ProvisionJob],
    "PhotoPipeline": [PhotoPipeline],
    "Jobs": [Jobs],
    "deliver": [email],
    "queue_mail": [invitations, review, screening],
    "make_enrolment": [review],
    "commands_for": [links],
    "take_result": [links],
    "take_user": [links],
    "_confirm_if_complete": [provisioning],
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

    async_name = owner_name == "deliver"
    for owner in OWNERS[owner_name]:
        attribute = method or owner_name
        original = getattr(owner, attribute)
        setattr(owner, attribute, wrap_async(original, moment) if async_name else wrap(original))


def wrap_async(original: Callable[..., Any], moment: str) -> Callable[..., Any]:
    async def crashing(*args: Any, **kwargs: Any) -> Any:
        if moment == "before":
            die()
        await original(*args, **kwargs)
        die()

    return crashing


if __name__ == "__main__":
    arm(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
