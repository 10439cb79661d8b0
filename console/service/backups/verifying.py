"""Reads a backup at a place back, and compares it with what was verified when it was made."""

from pathlib import Path

import msgspec

from console.domain.backups import BackupProblem, Damaged
from console.domain.errors import NotFound
from console.domain.language import msgid, tr
from console.service.backups.making import Counting, Watch, only_one
from console.store.backup.book import Copy, load_book, save_book
from console.store.backup.files import hash_file
from console.store.database import Store


def verify_copy(store: Store, data: Path, place: str, name: str, watch: Watch, actor: str) -> None:
    """Nothing is opened: only the paper can do that. What was found is written down.

    Raises NotFound, Conflict, BackupProblem.
    """
    with only_one(data):
        with store.read() as tx:
            found = [one for one in load_book(tx).copies if (one.place, one.name) == (place, name)]
        if not found:
            raise NotFound(tr("This backup no longer exists."))
        watch.say(tr("Reading {name}", name=name))
        problem = _compare(found[0], watch)
        _note(store, found[0], problem, actor)
    if problem is not None:
        raise problem


def _compare(copy: Copy, watch: Watch) -> BackupProblem | None:
    tick = Counting(watch, copy.bytes)
    wanted = [(copy.name, copy.sha256), *([(copy.keys, copy.keys_sha256)] if copy.keys else [])]
    for name, sha256 in wanted:
        try:
            if hash_file(Path(copy.place) / name, tick) != sha256:
                return Damaged(name)
        except OSError as problem:
            return BackupProblem(
                msgid(
                    "{name} cannot be read in {place}: {reason}. Check that the "
                    "place is available, and make another backup."
                ).format(name=name, place=copy.place, reason=problem.strerror or problem)
            )
    return None


def _note(store: Store, copy: Copy, problem: BackupProblem | None, actor: str) -> None:
    with store.write(actor) as tx:
        book = load_book(tx)
        said = "" if problem is None else problem.message

        def noted(one: Copy) -> Copy:
            if (one.place, one.name) != (copy.place, copy.name):
                return one
            verified_at = tx.now if problem is None else one.verified_at
            by = actor if problem is None else one.verified_by
            return msgspec.structs.replace(
                one, verified_at=verified_at, verified_by=by, problem=said
            )

        save_book(tx, msgspec.structs.replace(book, copies=[noted(one) for one in book.copies]))
        tx.audit("backup.verified", good=problem is None)
