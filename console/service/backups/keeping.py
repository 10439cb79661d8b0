"""Keeps backups by the rule: what lies at the places, what stays of it, and what is deleted."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from console.domain.backups import KEYS, SITE, kept, keys_kept, made_ahead
from console.store.backup.book import Book, Copy
from console.store.backup.files import files_of, hash_file
from console.store.unit_of_work import SYSTEM

log = structlog.get_logger()


def all_places(book: Book, data: Path) -> list[Path]:
    """Where backups go, and where earlier ones still lie."""
    former = (Path(copy.place) for copy in book.copies)
    return list(dict.fromkeys([*book.folders(data), *former]))


def is_there(folder: Path) -> bool:
    """Whether a place can be reached now."""
    try:
        return folder.is_dir()
    except OSError:  # a share whose server is gone
        return False


def keep_by_rule(
    book: Book, data: Path, site: str, made: list[Copy], now: datetime
) -> tuple[list[Copy], int]:
    """Deletes what the rule keeps no longer. Returns the copies left, and how many files went.

    made: verified just now. Blocking, for as long as it takes to read what nobody wrote down.
    """
    names = {(copy.place, copy.name) for copy in made}
    known = [copy for copy in book.copies if (copy.place, copy.name) not in names]
    copies = [*known, *_found(book, data, site, [*known, *made]), *made]
    left: list[Copy] = []
    files = _Files()
    for folder in all_places(book, data):
        here = [copy for copy in copies if copy.place == str(folder)]
        left += _keep_at(folder, site, here, now, files, in_use=folder in book.folders(data))
    return left, files.deleted


def _found(book: Book, data: Path, site: str, known: list[Copy]) -> Iterator[Copy]:
    """Whole files that nobody wrote down, because the program ended just then."""
    names = {(copy.place, copy.name) for copy in known}
    for folder in all_places(book, data):
        keys = files_of(folder, site, KEYS)
        for made_at, file in files_of(folder, site, SITE).items():
            if (str(folder), file.name) in names:
                continue
            try:
                copy = _unknown(file, made_at, keys.get(made_at))
            except OSError as problem:
                log.warning("backup_unreadable", file=str(file), error=str(problem))
                continue
            yield copy


def _unknown(file: Path, made_at: datetime, keys: Path | None) -> Copy:
    return Copy(
        made_at=made_at,
        place=str(file.parent),
        name=file.name,
        bytes=file.stat().st_size,
        sha256=hash_file(file),
        keys=keys.name if keys is not None else "",
        keys_sha256=hash_file(keys) if keys is not None else "",
        by=SYSTEM,
        verified_at=made_at,
    )


def _keep_at(
    folder: Path, site: str, here: list[Copy], now: datetime, files: "_Files", *, in_use: bool
) -> list[Copy]:
    """What is left at one place. Of files with keys, the list of the place itself is the truth."""
    made = {copy.made_at for copy in here}
    doubtful = {copy.made_at for copy in here if copy.problem}  # they replace none that is whole
    sound = made - doubtful
    leaving = made - kept(sound - made_ahead(sound, now)) - kept(doubtful)
    keys = {copy.made_at: folder / copy.keys for copy in here if copy.keys}
    keys |= files_of(folder, site, KEYS)
    whole = made | files_of(folder, site, SITE).keys()
    with_keys = keys_kept((keys.keys() & whole) - doubtful, now, newest=in_use)
    with_keys |= keys_kept(doubtful, now, newest=False)
    with_keys -= leaving
    without = {at for at, file in keys.items() if at not in with_keys and files.delete(file)}
    left = []
    for copy in here:
        if copy.made_at in without:
            copy = msgspec.structs.replace(copy, keys="", keys_sha256="")  # noqa: PLW2901
        if copy.made_at in leaving and files.delete(folder / copy.name) and not copy.keys:
            continue
        left.append(copy)
    return left


class _Files:
    """Deletes files, and counts those that it has deleted."""

    def __init__(self) -> None:
        self.deleted = 0

    def delete(self, file: Path) -> bool:
        """Whether the file is gone. Of a place that is away, nobody knows."""
        try:
            file.unlink()
        except FileNotFoundError:
            return is_there(file.parent)
        except OSError as problem:
            log.warning("backup_not_deleted", file=str(file), error=str(problem))
            return False
        self.deleted += 1
        return True
