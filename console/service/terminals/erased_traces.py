"""What terminals told of people who are erased: lines set aside, names, cleared logs. N7."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import delete, select, update

from bridge.terminals.terminal import Punch
from console.service.portions import ROWS_AT_ONCE, hurry
from console.service.terminals.held_lines import HELD
from console.service.terminals.set_aside import Line, open_line
from console.store.database import Store
from console.store.schema import Quarantine, Terminal
from console.store.site_seals import names_kind
from console.store.vault import Unsealable

_FIELDS = re.compile(rb"[^\t,; ]+")
_NUMBER_FIELDS = frozenset({b"pin", b"userid", b"user_id", b"badgenumber"})
SHORTEST_NAME = 3
"""Shorter names occur in other words."""


class ErasedTraces:
    """Deletes them. Blocking; each step is a transaction of its own, and doing it twice is fine."""

    def __init__(self, store: Store, backups: Path, give_way: Callable[[], None] = hurry) -> None:
        """backups: the folder of cleared logs; give_way: waits while somebody waits."""
        self._store, self._backups, self._give_way = store, backups, give_way

    def forget(self, pseudonyms: Mapping[str, str], names: Sequence[str]) -> int:
        """Returns how many lines were deleted.

        pseudonyms: by the numbers of the people; names: their names and addresses. A line that
        cannot be read and names nobody of them stays sealed, until it is too old.
        """
        self._hide_in_backups(pseudonyms)
        wanted = {one.encode() for one in pseudonyms}
        words = {one.casefold() for one in names if len(one) >= SHORTEST_NAME}
        deleted, last = 0, 0
        while True:
            with self._store.read() as tx:
                query = select(Quarantine).where(Quarantine.id > last).order_by(Quarantine.id)
                rows = list(tx.scalars(query.limit(ROWS_AT_ONCE)))
                lines = [open_line(tx.vault, row) for row in rows]
            if not rows:
                break
            last = rows[-1].id
            found = [line.id for line in lines if _is_about(line, wanted, words)]
            if found:
                with self._store.write() as tx:
                    tx.execute(delete(Quarantine).where(Quarantine.id.in_(found)))
                    tx.changed("terminals")
                deleted += len(found)
            self._give_way()
        self._forget_names(words)
        return deleted

    def _hide_in_backups(self, pseudonyms: Mapping[str, str]) -> None:
        """A log that was saved before it was cleared keeps its times, under the pseudonym."""
        for path in sorted(self._backups.glob("*.jsonl")):
            lines = path.read_text("utf-8").splitlines()
            rows = [json.loads(line) for line in lines]
            hidden = [[pseudonyms.get(pin, pin), *rest] for pin, *rest in rows]
            if hidden != rows:
                beside = path.with_suffix(".new")
                text = "".join(json.dumps(row) + "\n" for row in hidden)
                beside.write_text(text, "utf-8")
                beside.replace(path)

    def _forget_names(self, words: set[str]) -> None:
        """Names that are kept to judge a terminal's encoding by; it hands out others next time."""
        with self._store.read() as tx:
            query = select(Terminal).where(Terminal.names_sealed.is_not(None))
            theirs = []
            for row in tx.scalars(query):
                try:
                    raw = tx.vault.open_site(names_kind(row.id), row.names_sealed or b"")
                except Unsealable:
                    raw = b""
                if _mentions(raw, words):
                    theirs.append(row.id)
        if theirs:
            with self._store.write() as tx:
                which = Terminal.id.in_(theirs)
                tx.execute(update(Terminal).where(which).values(names_sealed=None))


def _is_about(line: Line, numbers: set[bytes], words: set[str]) -> bool:
    """Whether a line names one of these people, by a name or by the field with their number."""
    if line.table == HELD:
        return msgspec.json.decode(line.raw, type=Punch).pin.encode() in numbers
    return _mentions(line.raw, words) or bool(_numbers_in(line.raw) & numbers)


def _numbers_in(raw: bytes) -> set[bytes]:
    """What may be a person's number: the first field, and whatever is called one."""
    fields = _FIELDS.findall(raw)
    found = {fields[0]} if fields else set()
    for field in fields:
        name, _, value = field.partition(b"=")
        if name.lower() in _NUMBER_FIELDS:
            found.add(value)
    return found


def _mentions(raw: bytes, words: set[str]) -> bool:
    readings = {raw.decode(encoding, "replace").casefold() for encoding in ("utf-8", "latin-1")}
    return any(word in text for word in words for text in readings)
