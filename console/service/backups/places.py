"""Folders that backups go to: added once they can be written to, and removed."""

import tempfile
from pathlib import Path

import msgspec

from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import msgid, tr
from console.store.backup.book import load_book, save_book
from console.store.unit_of_work import Tx

MOST_PLACES = 8
"""Each backup is written to all of them, one after the other."""
INSIDE = msgid(
    "This folder is inside the data folder and would be lost together with it. Choose one on "
    "another disk or a network share."
)


def place_problem(folder: Path) -> str:
    """Why the service cannot write there, in words; "" if it can. May wait for a network."""
    try:
        if not folder.is_dir():
            return tr("{folder} does not exist, or is not a folder.", folder=folder)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as problem:
        return tr(
            "The service cannot write in {folder}: {problem}.",
            folder=folder,
            problem=problem.strerror or problem,
        )


def check_place(folder: str, data: Path) -> Path:
    """The folder as it is kept. Raises Invalid."""
    path = Path(folder.strip())
    if not path.is_absolute() or "\0" in folder:
        raise Invalid("folder", tr("Enter the full path of a folder on the service’s computer."))
    try:
        path = path.resolve()
    except (OSError, RuntimeError):  # links that run in a circle
        raise Invalid("folder", tr("{path} cannot be reached.", path=path)) from None
    outside(path, data)
    if problem := place_problem(path):
        raise Invalid("folder", problem)
    return path


def outside(path: Path, data: Path) -> Path:
    """The folder, if it lies outside the data folder. Raises Invalid."""
    if path.is_relative_to(data.resolve()):
        raise Invalid("folder", tr(INSIDE))
    return path


def add_place(tx: Tx, folder: Path) -> None:
    """Backups go there, too, from now on. Audited. Raises Conflict."""
    book = load_book(tx)
    if str(folder) in book.places:
        raise Conflict(tr("Backups already go to this folder."))
    if len(book.places) >= MOST_PLACES:
        raise Conflict(tr("There are already {most} places. Remove one first.", most=MOST_PLACES))
    _keep(tx, [*book.places, str(folder)])


def remove_place(tx: Tx, folder: str) -> None:
    """No backup goes there any more. Audited. Raises NotFound."""
    places = load_book(tx).places
    if folder not in places:
        raise NotFound(tr("Backups no longer go to this folder."))
    _keep(tx, [one for one in places if one != folder])


def _keep(tx: Tx, places: list[str]) -> None:
    save_book(tx, msgspec.structs.replace(load_book(tx), places=places))
    tx.audit("backup.places", places=len(places))
