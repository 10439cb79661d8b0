"""Repeated logins folded into the first of them, for the view alone: the rows stay. TE21."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select

from console.domain.errors import Invalid
from console.domain.language import tr
from console.domain.logins import Seen, fold
from console.service.settings import load_settings
from console.store.schema import Login
from console.store.unit_of_work import ReadTx

MAX_REPEAT_S = 3600
MARGIN = 20
"""Repeats of a login are counted for so many windows beyond the page that shows it."""
MOST_BESIDE = 500
"""Logins that are looked at on either side of a page."""


def window(tx: ReadTx, repeat_s: int | None) -> timedelta:
    """The window that is asked for, or that of the site. Raises Invalid."""
    return checked_window(load_settings(tx).repeat_s if repeat_s is None else repeat_s)


def checked_window(repeat_s: int) -> timedelta:
    """The window. Raises Invalid."""
    if not 0 <= repeat_s <= MAX_REPEAT_S:
        raise Invalid("repeat_s", tr("Repeats are folded within an hour at most."))
    return timedelta(seconds=repeat_s)


def seen(row: Any) -> Seen:
    """What makes a login of a terminal a repeat; a kiosk's never is one. row: of logins."""
    who = (row.terminal_id, row.pin) if row.terminal_id else ("", str(row.id))
    return Seen(who=who, at=row.at)


def repeats_on_page(
    tx: ReadTx, query: Select[*tuple[Any, ...]], page: Sequence[Any], within: timedelta
) -> dict[int, int]:
    """Id of each login on the page that is no repeat -> how many repeats were folded into it.

    query: finds the logins that the page is a part of; page: its rows, newest first.
    """
    if not within or not page:
        return {row.id: 0 for row in page}
    first, last = page[0], page[-1]
    newer = query.where(Login.at >= first.at, Login.at <= first.at + MARGIN * within)
    older = query.where(Login.at >= last.at - within, Login.at <= last.at)
    known = {row.id for row in page}
    beside = [
        *tx.execute(newer.order_by(Login.at, Login.id).limit(MOST_BESIDE)),
        *tx.execute(older.order_by(Login.at.desc(), Login.id.desc()).limit(MOST_BESIDE)),
    ]
    rows = {row.id: row for row in (*page, *beside)}
    ordered = sorted(rows.values(), key=lambda row: (row.at, row.id))
    counts = fold([seen(row) for row in ordered], within)
    found = zip(ordered, counts, strict=True)
    return {row.id: count for row, count in found if row.id in known and count is not None}
