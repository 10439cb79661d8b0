"""Updates: where they come from, which release may be installed, and when. P19.

Pure. Whoever asks gives the time; what is signed is checked in `console/updates`.
"""

import ipaddress
import re
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from console.domain.errors import DomainError, Invalid
from console.domain.language import msgid, tr

EVERY, AFTER_FAILURE = timedelta(days=1), timedelta(hours=1)
"""Between two looks for an update: usually, and after one that failed."""
NIGHT_BEGINS, NIGHT_ENDS = 22, 5
"""Hours at the site. "When nobody uses it" is between them."""
QUIET = timedelta(minutes=30)
"""So long no operator has done anything."""
TAKEN_WITHIN = timedelta(minutes=30)
"""An update that was ordered is installed by then, or it was not installed."""
FILE_ENDING = ".mstrup"
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}")
_REVISION = re.compile(r"\d{4}")


class UpdateProblem(DomainError):
    """An update is not there, or is refused; the message says why."""

    code = "update"


class When(StrEnum):
    """When an update is installed."""

    NOW = "now"
    IDLE = "idle"
    """When nobody uses Muster."""


class Stage(StrEnum):
    """How far an update has come."""

    NONE = "none"
    FOUND = "found"
    READY = "ready"
    """Its set-up lies on this computer and was verified."""
    PLANNED = "planned"
    """It is installed when nobody uses Muster."""
    ORDERED = "ordered"
    """It is being installed; the consoles close."""


NOT_INSTALLED = msgid("The update was not installed. {reason}")
NO_WORD = msgid("The update was not installed, and its set-up left no message.")
ENDED_WITH = msgid("Its set-up ended with status {status}.")
SET_UP_SAID = {
    2: msgid(
        "A Muster window, such as a kiosk, was open on the service’s computer. Close it there and "
        "install the update again."
    ),
    4: msgid("The databases could not be copied. Check that the disk has space for a second copy."),
    5: msgid("The installed version could not be moved. Restart the computer and try again."),
    6: msgid(
        "The service of the new version did not start, so the previous version and its data have "
        "been restored."
    ),
    7: msgid(
        "The account that installs the update could not verify it. See the Windows event log."
    ),
}
"""By the exit status of the set-up, where it tells the reason."""


def check_address(typed: str) -> str:
    """The address of a folder with updates; empty switches the look for them off. Raises Invalid.

    Only https, besides http inside this computer: who sees what is asked for knows what is missing.
    """
    address = typed.strip().rstrip("/")
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        inside = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    except ValueError:
        raise Invalid("address", tr("This is not an address.")) from None
    if not parts.hostname or not (parts.scheme == "https" or inside):
        raise Invalid("address", tr("Enter an address that begins with https://."))
    if parts.query or parts.fragment or parts.username or parts.password:
        raise Invalid(
            "address", tr("Enter only the address of a folder, without ?, # or a password.")
        )
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def version_key(version: str) -> tuple[int, ...]:
    """Orders versions: 1.10 is newer than 1.9, and 1.4 is 1.4.0. Raises UpdateProblem."""
    if not _VERSION.fullmatch(version):
        raise UpdateProblem(
            msgid("“{version}” is not a version of Muster.").format(version=version[:40])
        )
    numbers = [int(part) for part in version.split(".")]
    while numbers[-1:] == [0]:
        numbers.pop()
    return tuple(numbers)


def is_newer(version: str, installed: str) -> bool:
    """Whether a release is newer than what is installed. Raises UpdateProblem."""
    return version_key(version) > version_key(installed)


def check_release(version: str, revision: str, *, installed: str, data_at: str) -> None:
    """Raises UpdateProblem for a release that would take program or data back.

    revision: the newest of the database that the release knows; data_at: the one the data have.
    """
    if not is_newer(version, installed):
        raise UpdateProblem(
            msgid(
                "This is Muster {version}, and Muster {installed} is installed. An "
                "older version is never installed over a newer one."
            ).format(version=version, installed=installed)
        )
    if not _REVISION.fullmatch(revision) or revision < data_at:
        raise UpdateProblem(
            msgid(
                "Muster {version} can open databases up to revision {revision}, "
                "but the data of this site is at {data_at}."
            ).format(version=version, revision=revision[:10], data_at=data_at)
        )


def is_due(looked_at: datetime | None, *, failed: bool, now: datetime) -> bool:
    """Whether it is time to look for an update. A clock that was set back makes it time, too."""
    if looked_at is None:
        return True
    passed = now - looked_at
    return passed < timedelta() or passed >= (AFTER_FAILURE if failed else EVERY)


def nobody_uses_it(now: datetime, last_use: datetime | None, tasks: int) -> bool:
    """Whether an update disturbs nobody. now: in the zone of the site; tasks: that are running."""
    night = now.hour >= NIGHT_BEGINS or now.hour < NIGHT_ENDS
    return night and not tasks and (last_use is None or now - last_use >= QUIET)


def why_not_installed(status: int | None) -> str:
    """Of an update that was ordered. status: of the set-up, None if it is not known."""
    if status is None:
        return NO_WORD
    reason = SET_UP_SAID.get(status, ENDED_WITH.format(status=status))
    return NOT_INSTALLED.format(reason=reason)
