"""Receipts of erasures: a document of what was done where, signed with a key of the site's own. N7.

It names nobody: the person is told its reference. It is made anew whenever it is asked for, so that
it says what the places have shown by then.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from console.api.erasure import SignedReceipt
from console.domain.backups import MONTHLY
from console.domain.erasure import ErasureState
from console.domain.errors import NotFound
from console.domain.language import tr
from console.service.people.erasure import kept_places
from console.service.settings import load_settings
from console.store.backup.book import FOLDER, Book, load_book
from console.store.queries.erasure import PlaceState, places_of
from console.store.schema import Audit, Erasure, Operator
from console.store.signing import sign
from console.store.unit_of_work import ReadTx, Tx

VERSION = 1
EXPORTS = ("employees.exported", "logins.exported", "logins.list_exported")
"""Lists that may name anybody who was here then."""
KEPT = (
    "The times of the logins stay under a pseudonym that is not in this receipt, because working "
    "time has to be provable. They are deleted when the retention of logins is over.",
    "The audit log says that an employee was erased, when and by whom, without who it was.",
    "Which consent texts were agreed to, when, and when that was withdrawn: as proof, without who.",
    "A mark of the number, made with the site's key, by which late reports bring nobody back.",
)
BACKUPS = (
    "The named backups were made while the data was here. Face and fingers in them can be read "
    "with keys that lie beside them until the day that is named, and are deleted then, once a "
    "newer backup was verified. Name, number, email address and logins can be read by whoever has "
    "the recovery key until the backup itself is deleted. A restore with the list of erasures "
    "erases the person again. Copies that somebody else has made of the folder or of the backups, "
    "emails that have left and files that were exported lie outside Muster."
)
BY_RULE = f"the backup is deleted by rule, when {MONTHLY} later months have one"
BY_HAND = "somebody deletes the backup, because no newer ones go to this place"


def issue_receipt(tx: Tx, erasure_id: str) -> SignedReceipt:
    """What is known of an erasure now, signed. The key is made at first use. Raises NotFound."""
    row = tx.get(Erasure, erasure_id)
    if row is None or row.state in (ErasureState.PROPOSED, ErasureState.ASKED):
        raise NotFound(tr("There is no receipt yet, because nothing has been erased."))
    text = json.dumps(_document(tx, row), ensure_ascii=False, indent=1)
    signed = sign(tx, text)
    return SignedReceipt(document=text, signature=signed.signature, key=signed.key)


def _document(tx: ReadTx, row: Erasure) -> dict[str, Any]:
    places = kept_places(row, places_of(tx, row))
    holding = [one for one in places if one["state"] == PlaceState.HOLDS]
    return {
        "what": "Receipt of an erasure by Muster",
        "version": VERSION,
        "site": load_settings(tx).site,
        "reference": row.id,
        "issued": _moment(tx.now),
        "asked": _moment(row.asked_at),
        "asked by": _operator(tx, row.asked_by),
        "agreed by": _operator(tx, row.agreed_by),
        "erased here": _moment(row.purged_at),
        "complete": row.state is ErasureState.DONE,
        "done": _moment(row.done_at),
        "still holding": len(holding),
        "removed": row.removed,
        "kept": list(KEPT),
        "consents": row.consents,
        "places": [_place(one, tx.now) for one in places],
        "outside Muster": {"note": BACKUPS, "backups": _backups(tx, row), **_exports(tx, row)},
    }


def _place(place: dict[str, Any], now: datetime) -> dict[str, Any]:
    found = msgspec.convert(place, _KeptPlace)
    said: dict[str, Any] = {
        "kind": found.kind,
        "name": found.name,
        "state": found.state,
        "asked": _moment(found.since),
        "shown": _moment(found.shown_at),
        "last heard from": _moment(found.last_seen),
        "problem": found.problem,
    }
    if found.state is PlaceState.HOLDS:
        said["for days"] = (now - found.since).days
    return said


class _KeptPlace(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    name: str
    state: PlaceState
    since: datetime
    shown_at: datetime | None
    last_seen: datetime | None
    problem: str


def _backups(tx: ReadTx, row: Erasure) -> list[dict[str, str]]:
    """Those that were made while the person was here, with keys or without."""
    book = load_book(tx)
    return [
        {
            "place": copy.place,
            "made": _moment(copy.made_at),
            "face and fingers until": _moment(copy.keys_until) if copy.keys else "deleted",
            "name, number and logins until": BY_RULE if _in_use(book, copy.place) else BY_HAND,
        }
        for copy in book.copies
        if row.here_since <= copy.made_at <= (row.purged_at or tx.now)
    ]


def _in_use(book: Book, place: str) -> bool:
    """Whether backups go there; without a named place, they go to a folder in the data folder."""
    return place in book.places if book.places else Path(place).name == FOLDER


def _exports(tx: ReadTx, row: Erasure) -> dict[str, Any]:
    query = select(func.count(), func.max(Audit.at)).where(
        Audit.action.in_(EXPORTS), Audit.at >= row.here_since, Audit.at <= row.asked_at
    )
    count, last = tx.execute(query).one()
    return {"lists exported meanwhile": count, "last export": _moment(last)}


def _operator(tx: ReadTx, operator_id: str) -> str:
    row = tx.get(Operator, operator_id) if operator_id else None
    return row.name if row is not None else ""


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment is not None else ""
