"""`muster backup`: makes a backup now, beside the service or without it."""

import argparse
import sys
from pathlib import Path

import msgspec

from console.domain.backups import drill_in_words
from console.domain.errors import DomainError
from console.open_site import NoSite, open_site
from console.service.backups.making import BackupMaker, MadeBackup
from console.service.backups.places import outside
from console.store.backup.book import load_book, save_book
from console.store.database import Store


class PrintedSteps:
    """Says each step on a line of its own."""

    def say(self, step: str) -> None:
        """Prints it."""
        print(step, flush=True)

    def progress(self, done: int, total: int) -> None:
        """Nothing: the lines are enough."""


def run_backup(args: argparse.Namespace) -> int:
    """Returns 0 if it was made at every place, 2 if at some, 1 if at none or its drill failed."""
    try:
        with open_site(args.data, args.database, key_file=args.key_file) as store:
            if args.to:
                _keep_at(store, args.to, args.data)
            made = BackupMaker(store, args.data).make(PrintedSteps(), drill=args.drill)
    except (NoSite, DomainError, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    _tell(made)
    if made.drill is not None and not made.drill.good:
        return 1
    return 2 if made.problems else 0


def _keep_at(store: Store, folders: list[Path], data: Path) -> None:
    """Backups go to these folders from now on. Raises Invalid for one inside the data folder."""
    places = [str(outside(folder.resolve(), data)) for folder in folders]
    with store.write() as tx:
        save_book(tx, msgspec.structs.replace(load_book(tx), places=places))
        tx.audit("backup.places", places=len(places))


def _tell(made: MadeBackup) -> None:
    for copy in made.copies:
        print(f"{Path(copy.place) / copy.name}: {copy.bytes:,} bytes, verified")
    for problem in made.problems:
        print(problem)
    if made.drill is not None:
        when = made.drill.at.astimezone()
        outcome = drill_in_words(good=made.drill.good, restored=made.drill.restored)
        print(f"{when:%d %B %Y %H:%M}: {outcome}")
        for line in made.drill.report:
            print(f"  {line}")
