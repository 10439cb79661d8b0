"""A folder of data is private to the account that runs the program. AC7."""

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
MARKS = (
    *("muster.db", "site.key", "service.lock", "service.err", "service.out"),
    *("kiosk.db", "kiosk.key"),
)
"""What shows that a folder is Muster's: a service's or a kiosk's."""


class NotPrivate(Exception):
    """Other accounts can get at a folder of data; the message says what to do."""


def make_new_files_private() -> None:
    """From now on, nobody but this account can get at what this process makes."""
    if os.name == "posix":
        os.umask(OTHERS)


def make_private(folder: Path) -> list[Path]:
    """Makes the folder if there is none, and takes it and all in it from other accounts.

    Returns the files that others could get at until now: they may have copied them. On Windows
    nothing is changed: a user's own folder is private there, and the set-up guards the folder of
    all users. Raises NotPrivate, also for a folder with other things in it: nobody else is to lose
    their files by a slip in its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = {path.name for path in folder.iterdir()}
    if inside and inside.isdisjoint(MARKS):
        raise NotPrivate(
            f"{folder} holds other things than data of Muster. Name an empty or a new folder with "
            "--data, or the one that Muster used before."
        )
    return _close(folder.resolve()) if os.name == "posix" else []


def _close(folder: Path) -> list[Path]:
    was_open = _is_exposed(folder)
    inside = [path for path in folder.rglob("*") if _is_exposed(path)]
    for path in (folder, *inside):
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
        except FileNotFoundError:
            continue  # journals of databases come and go
        except OSError as problem:
            raise NotPrivate(
                f"{path} belongs to another account. Give {folder} to the account that runs "
                "Muster (chown -R), or start Muster as the account that it belongs to."
            ) from problem
    if any(_is_exposed(path) for path in (folder, *inside)):
        raise NotPrivate(
            f"The disk of {folder} keeps nothing private: every account of this computer could "
            "read it. Choose a folder on another disk with --data."
        )
    return [path for path in inside if was_open and path.is_file()]


def _is_exposed(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
