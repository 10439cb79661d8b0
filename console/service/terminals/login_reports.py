"""Logins that terminals report, each stored once: many reports in one short transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import func, select

from bridge.terminals.terminal import Punch
from console.domain.invitations import Status
from console.domain.log_coverage import Span
from console.domain.logins import (
    FACE_VERIFY,
    clock_had_fallen_back,
    content_key,
    event_remark,
    ordinals,
    remark_of,
)
from console.domain.terminals import known_error
from console.domain.zones import zone_of
from console.service.settings import site_zone
from console.service.terminals.login_times import derived
from console.store.database import Store
from console.store.queries.aged_logins import removed_span
from console.store.queries.among import among
from console.store.queries.enrolments import mark_in_use
from console.store.queries.erasure import anybody_was_erased, hide_erased
from console.store.queries.people import merged_into, people_by_pins
from console.store.queries.placements import note_logins
from console.store.schema import Enrolment, Invitation, Login, Terminal
from console.store.unit_of_work import ReadTx, Tx

Seen = Counter[tuple[str, str, int, int]]
"""How many equal rows of the same log came before."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class LoginReport:
    """Logins that a terminal reported at once. seen: the rows of its log before these."""

    terminal_id: str
    punches: Sequence[Punch]
    seen: Seen = field(default_factory=Counter)


@dataclass(frozen=True)
class _Origin:
    """What of a terminal its logins need. zone: the time zone that its clock shows.

    removed: logins of this time were deleted here by their age.
    """

    serial: str
    zone: str
    clock_error_s: float | None
    removed: Span | None


def store_reports(store: Store, reports: Sequence[LoginReport]) -> list[int]:
    """Stores reports in one transaction, LOGINS_AT_ONCE logins at most. Blocking.

    Returns how many logins of each report were new. What was found before the transaction holds in
    it unless another login was stored meanwhile.
    """
    with store.read() as tx:
        newest, origins = _newest(tx), _origins(tx, reports)
        found = _unknown(tx, reports, origins)
        starters = _first_users(tx, found)
        received = tx.now
    if not any(found):
        return [0 for _ in reports]
    for report, rows in zip(reports, found, strict=True):
        _set_times(rows, origins[report.terminal_id].zone, received)
    found = [
        _wanted(rows, origins[report.terminal_id].removed)
        for report, rows in zip(reports, found, strict=True)
    ]
    if not any(found):
        return [0 for _ in reports]
    with store.write() as tx:
        if _newest(tx) != newest:
            found = _without_stored(tx, found)
        current = _origins(tx, reports)
        for report, rows in zip(reports, found, strict=True):
            if current[report.terminal_id].zone != origins[report.terminal_id].zone:
                _set_times(rows, current[report.terminal_id].zone, received)
        if anybody_was_erased(tx):
            found = [
                hide_erased(tx, report.terminal_id, rows)
                for report, rows in zip(reports, found, strict=True)
            ]
        _add(tx, list(chain.from_iterable(found)))
        for employee_id in starters:
            mark_in_use(tx, employee_id)
    return [len(rows) for rows in found]


def _add(tx: Tx, rows: Rows) -> None:
    if not rows:
        return
    last: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for row in rows:
        if row["employee_id"] is not None:
            known = last[row["terminal_id"]]
            known[row["employee_id"]] = max(row["at"], known.get(row["employee_id"], row["at"]))
    now_is = merged_into(tx, {one for known in last.values() for one in known})
    for row in rows:
        row["employee_id"] = now_is.get(row["employee_id"], row["employee_id"])
    tx.add_many(Login, rows)
    tx.changed("logins")
    note_logins(tx, last)


def _newest(tx: ReadTx) -> int:
    return tx.scalar(select(func.max(Login.id))) or 0


def _origins(tx: ReadTx, reports: Sequence[LoginReport]) -> dict[str, _Origin]:
    ids = {report.terminal_id for report in reports}
    query = select(
        Terminal.id, Terminal.serial, Terminal.zone, Terminal.clock_offset_s, Terminal.counts
    )
    rows = tx.execute(query.where(Terminal.id.in_(ids))).all()
    of_site = "" if all(zone for _, _, zone, _, _ in rows) else site_zone(tx)
    return {
        terminal_id: _Origin(serial, zone or of_site, known_error(offset_s), removed_span(counts))
        for terminal_id, serial, zone, offset_s, counts in rows
    }


def _unknown(tx: ReadTx, reports: Sequence[LoginReport], origins: dict[str, _Origin]) -> list[Rows]:
    """For each report, its logins that are not stored yet, as rows without their moments."""
    keys = [_keys(origins[report.terminal_id].serial, report) for report in reports]
    stored = _stored_keys(tx, chain.from_iterable(keys))
    pins: defaultdict[str, set[str]] = defaultdict(set)
    for report in reports:
        pins[report.terminal_id] |= {punch.pin for punch in report.punches}
    people = people_by_pins(tx, pins)
    found: list[Rows] = []
    for report, own_keys in zip(reports, keys, strict=True):
        origin, known = origins[report.terminal_id], people[report.terminal_id]
        rows: Rows = []
        for punch, key in zip(report.punches, own_keys, strict=True):
            if key not in stored:
                stored.add(key)  # the same report may come twice at once
                rows.append(
                    {
                        "terminal_id": report.terminal_id,
                        "employee_id": known.get(punch.pin),
                        "pin": punch.pin,
                        "local_time": punch.local_time,
                        "verify": punch.verify,
                        "direction": punch.status,
                        "remark": event_remark(punch.event),
                        "received_at": tx.now,
                        "clock_offset_s": origin.clock_error_s,
                        "content_key": key,
                    }
                )
        found.append(rows)
    return found


def _keys(serial: str, report: LoginReport) -> list[str]:
    rows = [(p.pin, p.local_time, p.status, p.verify) for p in report.punches]
    counts = ordinals(rows, report.seen)
    return [content_key(serial, *row, count) for row, count in zip(rows, counts, strict=True)]


def _stored_keys(tx: ReadTx, keys: Iterable[str]) -> set[str]:
    return set(tx.scalars(select(Login.content_key).where(among(tx, Login.content_key, keys))))


def _without_stored(tx: ReadTx, found: list[Rows]) -> list[Rows]:
    stored = _stored_keys(tx, (row["content_key"] for rows in found for row in rows))
    return [[row for row in rows if row["content_key"] not in stored] for rows in found]


def _set_times(rows: Rows, zone: str, received: datetime) -> None:
    times = derived(zone_of(zone), [row["local_time"] for row in rows], received)
    for row, columns in zip(rows, times, strict=True):
        row.update({**columns, "remark": remark_of(columns["remark"], row["remark"])})


def _wanted(rows: Rows, removed: Span | None) -> Rows:
    """Without those that were deleted here by their age and are sent once more.

    A login is new if the clock that made its time had fallen back into that time.
    """
    return rows if removed is None else [row for row in rows if not _was_removed(row, removed)]


def _was_removed(row: dict[str, Any], removed: Span) -> bool:
    fell_back = clock_had_fallen_back(row["at"], row["received_at"], row["clock_offset_s"])
    return removed.start <= row["at"] <= removed.end and not fell_back


def _first_users(tx: ReadTx, found: list[Rows]) -> list[str]:
    """Employees whose enrolment is not in use yet and who have now logged in by face."""
    by_face = (row for rows in found for row in rows if row["verify"] == FACE_VERIFY)
    ids = {row["employee_id"] for row in by_face} - {None}
    query = (
        select(Enrolment.employee_id)
        .join(Invitation, Invitation.id == Enrolment.invitation_id)
        .where(Enrolment.live, among(tx, Enrolment.employee_id, ids))
        .where(Invitation.status.in_((Status.APPROVED, Status.PUSHED)))
    )
    return list(tx.scalars(query)) if ids else []
