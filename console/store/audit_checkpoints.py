"""Checkpoints of the audit log in a file that lies elsewhere: what they say must stay true.

Whoever has the database and every key can write another log that fits together. They cannot make it
fit a file that they cannot write to. Each line is a checkpoint as JSON, the oldest first.
"""

import errno
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.domain.language import paragraph, tr, tr_count, tr_moment
from console.domain.retention import RULES, Kept
from console.store.audit import Anchor, Checked, check_chain

LEAST_AGE = timedelta(days=RULES[Kept.AUDIT].least)
"""Entries that are younger are deleted by no setting."""
MOST_BYTES = 512 * 1024 * 1024
LINE_BYTES = 400
BEGINS = b'{"at": "'
"""How each line begins, and what a line that was cut off has at least a part of."""


class NotCheckpoints(Exception):
    """A file holds something else than checkpoints; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """At this moment, the log ended with this entry. hash: of the entry, as the log has it."""

    at: datetime
    seq: int
    hash: str

    def line(self) -> str:
        """As it stands in the file."""
        at = self.at.isoformat(timespec="seconds")
        return json.dumps({"at": at, "seq": self.seq, "hash": self.hash}) + "\n"


def append_checkpoint(file: Path, checkpoint: Checkpoint) -> None:
    """Adds it at the end, on the disk when this returns. Raises OSError.

    A line before it that a crash or a full disk has cut off is ended, not removed: on a share where
    nothing can be changed, this still succeeds.
    """
    line = checkpoint.line().encode("ascii")
    with file.open("a+b", buffering=0) as kept:
        end = kept.seek(0, os.SEEK_END)
        if end:
            kept.seek(end - 1)
            line = line if kept.read(1) == b"\n" else b"\n" + line
        if kept.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        os.fsync(kept.fileno())


def read_checkpoints(file: Path) -> list[Checkpoint]:
    """All of a file; lines that were cut off by a crash are left out.

    Raises OSError, NotCheckpoints.
    """
    if file.stat().st_size > MOST_BYTES:
        raise NotCheckpoints(tr("{file} is too large to be a file of checkpoints.", file=file))
    lines = file.read_bytes().split(b"\n")
    return [
        _read(line, tr("line {line} of {file}", line=place, file=file))
        for place, line in enumerate(lines[:-1], 1)
        if not _is_cut_off(line)
    ]


def newest_checkpoint(file: Path) -> Checkpoint | None:
    """The last one, found from the end; None in a new file. Raises OSError, NotCheckpoints."""
    if not file.exists():
        return None
    size, reach = file.stat().st_size, 2 * LINE_BYTES
    with file.open("rb") as kept:
        while True:
            kept.seek(max(0, size - reach))
            lines = kept.read(min(reach, size)).split(b"\n")[:-1]
            complete = lines if reach >= size else lines[1:]
            whole = [line for line in complete if not _is_cut_off(line)]
            if whole:
                return _read(whole[-1], tr("the last line of {file}", file=file))
            if reach >= size:
                return None
            reach *= 8


def _is_cut_off(line: bytes) -> bool:
    """Whether this is what a crash or a full disk leaves of a line; it may have left zeros."""
    left = line.rstrip(b"\0")
    whole = left == line and line.endswith(b"}")
    return not whole and (left.startswith(BEGINS) or BEGINS.startswith(left))


def _read(line: bytes, where: str) -> Checkpoint:
    try:
        found: dict[str, Any] = json.loads(line)
        made = Checkpoint(
            at=datetime.fromisoformat(found["at"]), seq=int(found["seq"]), hash=str(found["hash"])
        )
    except (ValueError, KeyError, TypeError):
        raise NotCheckpoints(tr("There is no checkpoint in {where}.", where=where)) from None
    if made.at.tzinfo is None or made.seq < 0:
        raise NotCheckpoints(tr("There is no checkpoint in {where}.", where=where))
    return made


def check_against(
    rows: Iterable[Any], start: Anchor, checkpoints: Sequence[Checkpoint], now: datetime
) -> Checked:
    """Checks the chain as `check_chain` does, and that it holds what every checkpoint says.

    broken_at: of a log that was cut or written anew, the entry of the first checkpoint that does
    not fit.
    """
    said = {one.seq: one.hash for one in checkpoints if one.seq > start.seq}
    for one in checkpoints:
        if said.get(one.seq, one.hash) != one.hash:  # whoever may only append contradicts it
            return Checked(0, one.seq)
        if one.seq == start.seq and one.hash != start.hash:
            return Checked(0, one.seq)
        if 0 < one.seq <= start.seq and one.at > now - LEAST_AGE:
            return Checked(0, one.seq)
    wrong: list[int] = []
    checked = check_chain(_compared(rows, said, wrong), start)
    if wrong:
        return Checked(checked.count, wrong[0])
    if checked.broken_at is None and said:  # these were to come, and the log has ended
        return Checked(checked.count, min(said))
    return checked


def _compared(rows: Iterable[Any], said: dict[int, str], wrong: list[int]) -> Iterator[Any]:
    for row in rows:
        if said.pop(row.seq, row.hash) != row.hash:
            wrong.append(row.seq)
            return
        yield row


def whole_text(count: int, checkpoints: Sequence[Checkpoint]) -> str:
    """What is said of a log that fits together and fits its checkpoints."""
    fits = tr("All {count:,} entries of the audit log fit together.", count=count)
    if not checkpoints:
        return paragraph(fits, tr("Entries that were cut off at the end are not found by this."))
    newest = max(checkpoints, key=lambda one: one.seq)
    kept = tr_count(
        "They fit {count:,} checkpoint, the newest of {moment}.",
        "They fit {count:,} checkpoints, the newest of {moment}.",
        len(checkpoints),
        moment=tr_moment(newest.at.astimezone(UTC)),
    )
    return paragraph(
        fits, kept, tr("Entries that were cut off after that one are not found by this.")
    )
