"""How the service hands an update to the account that may install it, and hears what came of it.

Both meet in one folder of the data. The service writes there, so nothing in it is believed: the
installing account verifies everything again.
"""

from pathlib import Path

FOLDER = "updates"
"""In the data folder."""
METADATA = "metadata"
SET_UP = "muster-setup.exe"
ORDER, RESULT = "order", "result.txt"
REFUSED = 7
"""Beside what the set-up itself ends with: it was not even started."""
MOST_RESULT = 16
"""Characters of an exit status."""


def order(folder: Path) -> None:
    """Asks for the update that lies there to be installed."""
    (folder / RESULT).unlink(missing_ok=True)
    (folder / ORDER).touch()


def is_ordered(folder: Path) -> bool:
    """Whether it was asked for, and nobody has taken the order."""
    return (folder / ORDER).exists()


def take_order(folder: Path) -> None:
    """From now on, nobody else installs it. A service cannot keep this from the account."""
    (folder / ORDER).unlink(missing_ok=True)


def refuse(folder: Path) -> None:
    """Tells the service that the set-up was not started."""
    (folder / RESULT).write_text(str(REFUSED), "ascii")


def result(folder: Path) -> int | None:
    """The exit status of the set-up; None while it is not known."""
    try:
        with (folder / RESULT).open("rb") as file:
            return int(file.read(MOST_RESULT))
    except (OSError, ValueError):
        return None


def clear(folder: Path) -> None:
    """Nothing is downloaded or ordered any more; what is trusted stays."""
    for name in (ORDER, RESULT, SET_UP):
        (folder / name).unlink(missing_ok=True)
