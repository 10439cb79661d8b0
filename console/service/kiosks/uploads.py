"""Logins that kiosks hand in: each is stored once, cut to size, and looked up again."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from console.api import kiosk_link as api
from console.domain.language import msgid
from console.domain.login_events import LoginOutcome, Stamp
from console.domain.logins import plausibility
from console.domain.validity import Standing, ValidDays, Validity, standing, validity
from console.domain.zones import zone_of
from console.service.settings import site_zone
from console.store.queries.enrolments import mark_in_use
from console.store.queries.erasure import pseudonym_of
from console.store.schema import Employee, Kiosk, Login
from console.store.unit_of_work import Tx

MOST_STEPS, MOST_FACTS, MOST_TEXT = 64, 16, 200
"""Bounds of a decision path: a kiosk that was tampered with must not fill the store."""
OLDEST = timedelta(days=400)
_UNVERIFIED = {
    Standing.LEFT: msgid("Not verified: was not active."),
    Standing.BARRED: msgid("Not verified: may not log in at kiosks."),
    Standing.NOT_YET: msgid("Not verified: was not valid yet."),
    Standing.NO_LONGER: msgid("Not verified: was no longer valid."),
}
"""What is remarked on a login of somebody who did not count as an employee then."""


def store_logins(tx: Tx, kiosk_id: str, logins: list[api.KioskLogin]) -> list[str]:
    """Stores logins that are new. Returns the ids of all: the kiosk may delete them."""
    keys = {
        login.id: hashlib.sha256(f"{kiosk_id}\x1f{login.id}".encode()).hexdigest()
        for login in logins
    }
    query = select(Login.content_key).where(Login.content_key.in_(keys.values()))
    stored = set(tx.scalars(query))
    for login in logins:
        if keys[login.id] not in stored:
            stored.add(keys[login.id])
            _store_login(tx, kiosk_id, login, keys[login.id])
    tx.get_one(Kiosk, kiosk_id).last_seen = tx.now
    tx.changed("logins")
    return list(keys)


def _store_login(tx: Tx, kiosk_id: str, login: api.KioskLogin, key: str) -> None:
    at = login.at if login.at.tzinfo else login.at.replace(tzinfo=UTC)
    at = max(at, tx.now - OLDEST)
    employee = tx.get(Employee, login.employee_id) if login.employee_id else None
    if employee is None and login.number:
        employee = tx.scalar(select(Employee).where(Employee.number == login.number))
    pseudonym = ""
    if employee is None or employee.erased or employee.created_at > at:
        pseudonym = pseudonym_of(tx, login.employee_id, login.number, at)
    if pseudonym:
        employee = None
    if employee is not None and employee.merged_into is not None:
        employee = tx.get_one(Employee, employee.merged_into)
    tx.add(
        Login(
            kiosk_id=kiosk_id,
            employee_id=employee.id if employee else None,
            pin=pseudonym or login.number[:32],
            at=at,
            local_time=login.local_time[:19],
            verify=-1,
            direction=-1,
            outcome=login.outcome[:12],
            method=login.method[:24],
            reason=login.reason[:24],
            stamp=login.stamp[:24],
            as_of=login.as_of,
            path=None if pseudonym else _path(login.path),
            remark="" if pseudonym else _remark(tx, login, employee, at),
            content_key=key,
            received_at=tx.now,
        )
    )
    if employee is not None and login.outcome == LoginOutcome.ACCEPTED and "face" in login.method:
        mark_in_use(tx, employee.id)


def _remark(tx: Tx, login: api.KioskLogin, employee: Employee | None, at: datetime) -> str:
    """A warning in English, or empty. A login by the number alone is looked up again now."""
    if login.stamp in (Stamp.UNVERIFIED, Stamp.NUMBER_ONLY):
        if employee is None:
            return msgid("Not verified: nobody has this number.")
        valid = _validity_of(tx, employee)
        then = standing(employee.active, employee.may_log_in, valid, at)
        if then is not Standing.IN_FORCE:
            return _UNVERIFIED[then]
        return msgid("By number alone; the number is right.")
    return (
        msgid("The kiosk's clock was set back.") if login.clock_back else plausibility(at, tx.now)
    )


def _validity_of(tx: Tx, employee: Employee) -> Validity:
    days = ValidDays(employee.valid_from, employee.valid_until)
    return validity(zone_of(site_zone(tx)), days)


def _path(steps: list[api.PathStep]) -> list[dict[str, object]]:
    return [
        {
            "what": step.what[:24],
            "ok": step.ok,
            "facts": {
                name[:24]: _cut(value) for name, value in list(step.facts.items())[:MOST_FACTS]
            },
        }
        for step in steps[-MOST_STEPS:]
    ]


def _cut(value: str | float | bool) -> str | float | bool:
    return value[:MOST_TEXT] if isinstance(value, str) else value
