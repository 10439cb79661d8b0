"""Where the data of a site lies: in a user's own folder, or in the computer's.

The set-up of Windows and the package of Debian register the service for the whole computer. Its
data lie in a folder that only the service and administrators can open; its address lies beside
them, for every user.
"""

import os
import sys
from pathlib import Path

import platformdirs

DATA = "data"
ANNOUNCED = "announced"
SERVE_OPTIONS = "serve-options.txt"
"""In the computer's folder: how the installed service is started, one option a line."""


def user_folder() -> Path:
    """The user's own site, which a console serves by itself."""
    return Path(platformdirs.user_data_dir("Muster", appauthor=False))


def computer_folder() -> Path:
    """The computer's site: C:/ProgramData/Muster on Windows, the service's home on Linux."""
    if sys.platform == "linux":
        return Path("/var/lib/muster")
    return Path(platformdirs.site_data_dir("Muster", appauthor=False))


def announced_by(data_dir: Path) -> Path:
    """The folder in which the service of this data announces itself."""
    computer = computer_folder()
    return computer / ANNOUNCED if data_dir == computer / DATA else data_dir


def installed_service_for(data_dir: Path) -> Path | None:
    """Where the computer's installed service announces itself, if that is the one to use.

    It is, unless the user named a folder of data.
    """
    announced = computer_folder() / ANNOUNCED
    return announced if data_dir == user_folder() and announced.is_dir() else None


def is_installed(data_dir: Path) -> bool:
    """Whether the set-up has installed the service of these data where updates install themselves.

    Windows' own account starts them from the program's folder, so only administrators may be able
    to change it: that is so below C:/Program Files.
    """
    if sys.platform != "win32" or data_dir != computer_folder() / DATA:
        return False
    return Path(sys.prefix).is_relative_to(os.environ.get("PROGRAMFILES", ""))
