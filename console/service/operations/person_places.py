"""Where the templates of a person lie: terminals by what they have shown, kiosks by their lists.

And backups, by when they were made.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from console.api.person import PlaceRow
from console.domain.counting import fingers as count_fingers
from console.domain.kept_texts import said
from console.domain.language import labelled, tr, tr_count, tr_short_day
from console.domain.placements import STUCK_AFTER, PlacementState
from console.service.terminals.registry import algorithm_of
from console.store.backup.book import Copy, load_book
from console.store.schema import Employee, FingerBlob, Kiosk, Placement, Terminal
from console.store.unit_of_work import ReadTx


def places_of(
    tx: ReadTx, employee: Employee, blobs: Sequence[FingerBlob], *, for_kiosks: bool, ever: bool
) -> list[PlaceRow]:
    """Terminals first. for_kiosks: there is something that kiosks may have; ever: or there was."""
    query = (
        select(Placement, Terminal)
        .join(Terminal, Terminal.id == Placement.terminal_id)
        .where(Placement.employee_id == employee.id)
        .order_by(Terminal.name, Terminal.id)
    )
    terminals = [_at_terminal(row, terminal, blobs) for row, terminal in tx.execute(query)]
    paired = select(Kiosk).where(Kiosk.removed_at.is_(None), Kiosk.token_hash != "")
    kiosks = [
        found
        for kiosk in (tx.scalars(paired.order_by(Kiosk.name, Kiosk.id)) if ever else ())
        if (found := _at_kiosk(kiosk, employee, for_kiosks=for_kiosks)) is not None
    ]
    return [*terminals, *kiosks]


def _at_terminal(row: Placement, terminal: Terminal, blobs: Sequence[FingerBlob]) -> PlaceRow:
    fingers = sum(blob.algorithm == algorithm_of(terminal) for blob in blobs)
    state, tone = _state(row)
    return PlaceRow(
        name=terminal.name,
        kind=tr("Terminal"),
        holds=_holds(row, fingers),
        state=state,
        tone=tone,
        at=row.confirmed_at,
    )


def _holds(row: Placement, fingers: int) -> str:
    face = row.face_id or row.face_held
    if fingers and row.belongs:
        if face:
            return tr_count("Face and {count} finger", "Face and {count} fingers", fingers)
        return count_fingers(fingers)
    return tr("Face") if face else tr("Number and name")


def _state(row: Placement) -> tuple[str, str]:
    """In words, and how good that is."""
    if row.state is PlacementState.CONFIRMED:
        return (tr("Stored"), "pass") if row.belongs else (tr("Removed and verified"), "mut")
    if not row.belongs:
        return _because(tr("To be removed; may still be stored"), row), "warn"
    if row.state is PlacementState.FAILED or row.attempt > STUCK_AFTER:
        return _because(tr("Not stored"), row), "bad"
    if row.face_held and not row.face_id:
        return _because(tr("Face to be removed; may still be stored"), row), "warn"
    return tr("On its way"), "info"


def _because(words: str, row: Placement) -> str:
    return labelled(words, said(row.error)) if row.error else words


def _at_kiosk(kiosk: Kiosk, employee: Employee, *, for_kiosks: bool) -> PlaceRow | None:
    """A kiosk asks for what it needs, and drops whoever is not in its newest list."""
    if for_kiosks:
        holds, state, tone = tr("Face and fingers"), tr("Stored when it is needed"), "info"
    elif kiosk.last_seen is None or kiosk.last_seen < employee.updated_at:
        state = tr("Offline since the last change; may still be stored")
        holds, tone = tr("Unknown"), "warn"
    else:
        return None
    return PlaceRow(
        name=kiosk.name, kind=tr("Kiosk"), holds=holds, state=state, tone=tone, at=kiosk.last_seen
    )


def backups_of(tx: ReadTx, employee: Employee) -> list[PlaceRow]:
    """The backups that were made since they are here, a row for each folder."""
    folders: dict[str, list[Copy]] = defaultdict(list)
    for copy in load_book(tx).copies:
        if copy.made_at >= employee.created_at:
            folders[copy.place].append(copy)
    return [_in_folder(place, copies) for place, copies in sorted(folders.items())]


def _in_folder(place: str, copies: list[Copy]) -> PlaceRow:
    """Without the keys of people, nobody can open what was sealed of them."""
    until = max((copy.keys_until for copy in copies if copy.keys), default=None)
    if until:
        state = tr_count(
            "{count} sealed backup; keys deleted by {day}",
            "{count} sealed backups; keys deleted by {day}",
            len(copies),
            day=tr_short_day(until),
        )
    else:
        state = tr_count(
            "{count} sealed backup without keys", "{count} sealed backups without keys", len(copies)
        )
    return PlaceRow(
        name=place,
        kind=tr("Backup"),
        holds=tr("Face and fingers") if until else tr("Number and name"),
        state=state,
        tone="info" if until else "mut",
        at=max(copy.made_at for copy in copies),
    )
