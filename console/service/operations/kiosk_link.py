"""What kiosks ask of the service: pairing, the list of employees, one person by number, references, and logins handed in."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api import kiosk_link as api
from console.domain.errors import Invalid, NotSignedIn
from console.domain.invitations import token_hash
from console.domain.login_events import Outcome, Stamp
from console.domain.logins import plausibility
from console.service.fingers.enrolment import EXTRACTOR
from console.service.kiosks.roster import entries_of
from console.service.operations.dispatch import Call, handles
from console.service.operations.kiosks import settings_of
from console.service.settings import load_rotation, load_settings
from console.service.terminals.log_book import first_login
from console.store import audit
from console.store.database import changed
from console.store.schema import Employee, Enrolment, Finger, Kiosk, Login

SEEN_EVERY = timedelta(seconds=15)
MOST_STEPS, MOST_FACTS, MOST_TEXT = 64, 16, 200
OLDEST = timedelta(days=400)


@handles(api.pair)
def pair(call: Call, request: api.Pair) -> api.Paired:
    code = "".join(letter for letter in request.code.upper() if letter.isalnum())
    with call.service.store.write() as session:
        row = session.scalars(
            select(Kiosk).where(Kiosk.pairing_hash == token_hash(code), Kiosk.pairing_hash != "")
        ).first()
        if (
            row is None
            or row.pairing_until is None
            or row.pairing_until <= call.now
            or row.removed_at is not None
        ):
            raise Invalid(
                "code",
                "This code is not valid, or not valid any more. Ask for a new one under Kiosks in the console.",
            )
        token = secrets.token_urlsafe(32)
        row.token_hash, row.pairing_hash, row.pairing_until, row.last_seen = (
            token_hash(token),
            "",
            None,
            call.now,
        )
        audit.record(session, call.now, row.id, "kiosk.paired", row.id)
        changed(session, "kiosks", row.id)
        return api.Paired(token=token, name=row.name)


def _caller(session: Session, token: str) -> Kiosk:
    """Raises NotSignedIn."""
    row = (
        session.scalars(select(Kiosk).where(Kiosk.token_hash == token_hash(token))).first()
        if token
        else None
    )
    if row is None or row.removed_at is not None:
        raise NotSignedIn(
            "This kiosk is not paired any more. Pair it again under Kiosks in the console."
        )
    return row


@handles(api.sync)
def sync(call: Call, request: api.Sync) -> api.Synced:
    state, roster = msgspec.to_builtins(request.state), call.service.roster.read()
    with call.service.store.read() as session:
        row = _caller(session, request.token)
        kiosk_id, fresh = (
            row.id,
            row.state != state or row.last_seen is None or call.now - row.last_seen >= SEEN_EVERY,
        )
        faces = call.service.faces
        tables = {photos: list(table) for photos, table in faces.tables.items()}
        model = api.FaceModel(
            id=faces.model,
            dimension=faces.dimension,
            rotation=load_rotation(call.service.vault, session),
            tables=tables,
        )
        answer = api.Synced(
            site=load_settings(session).site,
            name=row.name,
            settings=settings_of(session, row),
            now=call.now,
            roster=roster.digest,
            entries=None if roster.digest == request.roster else roster.entries,
            face_model=model,
        )
    if fresh:
        with call.service.store.write() as session:
            row = session.get_one(Kiosk, kiosk_id)
            row.state, row.last_seen = state, call.now
            changed(session, "kiosks", row.id)
    return answer


@handles(api.check)
def check(call: Call, request: api.Check) -> api.Checked:
    with call.service.store.read() as session:
        _caller(session, request.token)
        by = (
            Employee.number == request.number.strip()
            if request.number
            else Employee.id == request.employee_id
        )
        employee = session.scalars(select(Employee).where(by)).first()
        if employee is None:
            return api.Checked(entry=None, reference=None)
        entry = entries_of(session, employee.id)[0]
        return api.Checked(
            entry=entry,
            reference=_reference(call, session, employee.id) if employee.active else None,
        )


@handles(api.references)
def references(call: Call, request: api.References) -> api.ReferenceList:
    if len(request.employee_ids) > api.MOST_AT_ONCE:
        raise Invalid("employee_ids", f"At most {api.MOST_AT_ONCE} at once.")
    with call.service.store.read() as session:
        _caller(session, request.token)
        active = session.scalars(
            select(Employee.id).where(Employee.id.in_(request.employee_ids), Employee.active)
        ).all()
        return api.ReferenceList(
            references=[_reference(call, session, employee_id) for employee_id in active]
        )


def _reference(call: Call, session: Session, employee_id: str) -> api.Reference:
    faces, desk = call.service.faces, call.service.desk
    face = session.scalars(
        select(Enrolment).where(
            Enrolment.employee_id == employee_id, Enrolment.live, Enrolment.model == faces.model
        )
    ).first()
    fingers = session.scalars(
        select(Finger).where(Finger.employee_id == employee_id, Finger.extractor == EXTRACTOR)
    )
    return api.Reference(
        employee_id=employee_id,
        face=faces.template(session, face).tobytes() if face else b"",
        photos=face.photos if face else 0,
        fingers={row.position: desk.templates(session, row) for row in fingers},
    )


@handles(api.upload)
def upload(call: Call, request: api.Upload) -> api.Uploaded:
    if len(request.logins) > api.MOST_AT_ONCE:
        raise Invalid("logins", f"At most {api.MOST_AT_ONCE} at once.")
    with call.service.store.write() as session:
        kiosk = _caller(session, request.token)
        keys = {
            login.id: hashlib.sha256(f"{kiosk.id}\x1f{login.id}".encode()).hexdigest()
            for login in request.logins
        }
        kept = set(
            session.scalars(select(Login.content_key).where(Login.content_key.in_(keys.values())))
        )
        for login in request.logins:
            if keys[login.id] not in kept:
                kept.add(keys[login.id])
                _keep(call, session, kiosk, login, keys[login.id])
        kiosk.last_seen = call.now
        changed(session, "logins")
    return api.Uploaded(ids=list(keys))


def _keep(call: Call, session: Session, kiosk: Kiosk, login: api.KioskLogin, key: str) -> None:
    at = login.at if login.at.tzinfo else login.at.replace(tzinfo=UTC)
    at = max(at, call.now - OLDEST)
    employee = session.get(Employee, login.employee_id) if login.employee_id else None
    if employee is None and login.number:
        employee = session.scalars(select(Employee).where(Employee.number == login.number)).first()
    row = Login(
        kiosk_id=kiosk.id,
        employee_id=employee.id if employee else None,
        pin=login.number[:32],
        at=at,
        local_time=login.local_time[:19],
        verify=-1,
        direction=-1,
        outcome=login.outcome[:12],
        method=login.method[:24],
        reason=login.reason[:24],
        stamp=login.stamp[:24],
        as_of=login.as_of,
        path=_path(login.path),
        remark=_remark(login, employee, at, call.now),
        content_key=key,
        received_at=call.now,
    )
    session.add(row)
    if employee is not None and login.outcome == Outcome.ACCEPTED and "face" in login.method:
        first_login(session, employee.id, call.now)


def _remark(login: api.KioskLogin, employee: Employee | None, at: datetime, now: datetime) -> str:
    """What a person should look at. Who came in by the number alone is looked up again now."""
    if login.stamp in (Stamp.UNVERIFIED, Stamp.NUMBER_ONLY):
        if employee is None:
            return "Not verified: nobody has this number."
        return (
            "Not verified: was not active."
            if not employee.active
            else "By number alone; the number is right."
        )
    return "The kiosk's clock was set back." if login.clock_back else plausibility(at, now)


def _path(steps: list[api.PathStep]) -> list[dict[str, object]]:
    """Cut to size: a kiosk that was tampered with must not fill the store."""
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
