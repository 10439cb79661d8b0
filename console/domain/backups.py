"""Backups: their names, which are kept, when one is due, and what can be wrong with one."""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta

from console.domain.errors import DomainError
from console.domain.language import msgid, tr, tr_count

DAILY, WEEKLY, MONTHLY = 14, 8, 12
"""The newest backup of each of so many days, weeks and months is kept."""
KEYS_KEPT = timedelta(days=35)
"""People's keys lie in files of their own: once these are gone, nobody can read the face and the
fingers of whoever was erased in an older backup. Names, numbers, email addresses and logins are not
sealed to these keys: they are in it for as long as the backup is kept."""
EVERY, AFTER_FAILURE = timedelta(days=1), timedelta(hours=1)
WARN_AFTER = timedelta(days=2)
DRILL_EVERY = timedelta(days=30)
SITE, KEYS, UNFINISHED = ".backup", ".keys", ".part"
_NAME = re.compile(r"muster-(?P<site>[0-9a-f]{8})-(?P<at>\d{8}T\d{6}Z)\.(backup|keys)")
_STAMP = "%Y%m%dT%H%M%SZ"


class BackupProblem(DomainError):
    """A backup cannot be made or used; the message says why."""

    code = "backup"


class NotABackup(BackupProblem):
    """The file is something else, or of a newer version of Muster."""


class Damaged(BackupProblem):
    """The file was cut, altered or put together from several."""

    def __init__(self, name: str) -> None:
        super().__init__(
            msgid(
                "{name} is damaged. It was cut or altered after it was made, so nothing of it is "
                "used. Use another backup, or a copy of this one from another place."
            ).format(name=name)
        )


class OtherKey(BackupProblem):
    """The file was sealed to another recovery key."""

    def __init__(self, name: str, sealed_to: str) -> None:
        super().__init__(
            msgid(
                "This recovery key does not open {name}. It was sealed with the recovery key "
                "whose fingerprint is {fingerprint}."
            ).format(name=name, fingerprint=sealed_to)
        )


class CannotWrite(BackupProblem):
    """The place cannot take a backup: its disk is full, or it is away."""


def file_name(site: str, made_at: datetime, kind: str) -> str:
    """The name of a backup's file. kind: SITE or KEYS."""
    return f"muster-{site}-{made_at.astimezone(UTC):{_STAMP}}{kind}"


def made_at_of(name: str, site: str) -> datetime | None:
    """When a file of this site was made, by its name; None for other files."""
    found = _NAME.fullmatch(name)
    if found is None or found["site"] != site:
        return None
    try:
        return datetime.strptime(found["at"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def kept(made: Collection[datetime]) -> set[datetime]:
    """Which of these backups are kept: the newest of each of the last days, weeks and months."""
    newest_first = sorted(made, reverse=True)
    return {
        *_newest_of_each(newest_first, lambda at: at.date(), DAILY),
        *_newest_of_each(newest_first, lambda at: at.isocalendar()[:2], WEEKLY),
        *_newest_of_each(newest_first, lambda at: (at.year, at.month), MONTHLY),
    }


def _newest_of_each(
    newest_first: Iterable[datetime], span: Callable[[datetime], object], count: int
) -> list[datetime]:
    found: dict[object, datetime] = {}
    for at in newest_first:
        found.setdefault(span(at.astimezone(UTC)), at)
    return list(found.values())[:count]


def keys_kept(made: Collection[datetime], now: datetime, *, newest: bool = True) -> set[datetime]:
    """Which files with keys are kept: those of the last weeks, and always the newest.

    newest: False for a place that no backup goes to any more.
    """
    recent = {at for at in made if now - at < KEYS_KEPT}
    last = newest_made(made, now) or max(made, default=None)
    return recent | {last} if newest and last is not None else recent


def newest_made(made: Collection[datetime], now: datetime) -> datetime | None:
    """The newest of these backups; those of a clock that was ahead say nothing."""
    return max((at for at in made if at <= now), default=None)


def made_ahead(made: Collection[datetime], now: datetime) -> set[datetime]:
    """Which of these a clock made that was ahead, as others show.

    As long as most are of days to come, it may as well be the clock of today that is wrong.
    """
    ahead = {at for at in made if at > now}
    return ahead if 2 * len(ahead) <= len(set(made)) else set()


def is_due(newest: datetime | None, tried: datetime | None, now: datetime) -> bool:
    """Whether a backup is to be made now. A clock that was set back delays none for long."""
    if tried is not None and timedelta() <= now - tried < AFTER_FAILURE:
        return False
    return newest is None or not timedelta() <= now - newest < EVERY


def drill_in_words(*, good: bool, restored: bool) -> str:
    """What came of trying out a restore. restored: False if the backup was only read back."""
    if not good:
        return tr("Test restore: FAILED")
    return tr("Test restore: successful") if restored else tr("Read back, but not restored")


def problem_in_words(*, has_key: bool, newest: datetime | None, problem: str, now: datetime) -> str:
    """What is wrong with the backups of a site as a whole; "" if nothing is."""
    if not has_key:
        return tr("No recovery key: this site cannot be restored")
    if newest is None:
        return tr("No backup: {problem}", problem=problem) if problem else tr("No backup yet")
    if newest - now > EVERY:
        return tr("The newest backup has a date in the future. Check the clock of the service")
    if now - newest > WARN_AFTER:
        days = (now - newest).days
        return tr_count(
            "The newest backup is {count:,} day old",
            "The newest backup is {count:,} days old",
            days,
        )
    return problem


def place_in_words(away: Iterable[str]) -> str:
    """What is wrong with these places, which cannot take a backup; "" if there are none."""
    folders = list(away)
    return tr("Cannot be written to: {folders}", folders=", ".join(folders)) if folders else ""
