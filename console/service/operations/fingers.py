"""Fingers at the desk, as the console asks for them."""

import functools

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api import fingers as api
from console.api.operation import ById, Nothing
from console.biometrics.fingers.records import FingerRecord, FingerView, Standard, write_record
from console.biometrics.fingers.templates import unpack_template
from console.biometrics.workers.finger_pipeline import GreyPicture
from console.biometrics.workers.messages import FingerMatch
from console.domain.consent import FINGER_CONSENT
from console.domain.errors import Conflict, Forbidden, Invalid, NotFound
from console.domain.fingers import ON_TERMINALS, QUALITY_GOOD, QUALITY_LEAST, FingerPosition, advice
from console.domain.operators import MAY_ALLOW
from console.service.fingers.enrolment import (
    FINGER,
    SCANS,
    SURE_LOG10,
    TRIES,
    Sitting,
    consent_of,
    parse_key,
)
from console.service.operations.dispatch import Call, handles
from console.service.operations.operators import prove
from console.service.settings import load_readers, load_settings, save_readers
from console.store import audit
from console.store.columns import new_id
from console.store.database import after_commit, changed
from console.store.schema import Consent, Employee, Finger, FingerBlob, Terminal

_STANDARDS = {"iso": Standard.ISO_2005, "ansi": Standard.ANSI_2004}
REASON_LENGTH = 200


@handles(api.hands)
def hands(call: Call, request: ById) -> api.Hands:
    with call.service.store.read() as session:
        return _hands(call, session, request.id)


def _hands(call: Call, session: Session, employee_id: str) -> api.Hands:
    employee = _employee(session, employee_id)
    consent = consent_of(session, employee_id)
    own = {
        FingerPosition(row.position): row
        for row in session.scalars(select(Finger).where(Finger.employee_id == employee_id))
    }
    page = _consent_page(load_settings(session).site)
    told = advice({position: row.quality for position, row in own.items()})
    return api.Hands(
        employee_id=employee.id,
        employee=_name(employee),
        number=employee.number,
        department=employee.department,
        active=employee.active,
        consent_at=consent.given_at if consent else None,
        consent=page,
        fingers=_rows(session, employee_id, own),
        advice=told,
        may_enrol=call.operator.can_enrol,
    )


def _consent_page(site: str) -> api.ConsentPage:
    paragraphs = [
        (heading, body.replace("{site}", site)) for heading, body in FINGER_CONSENT.paragraphs
    ]
    return api.ConsentPage(
        intro=FINGER_CONSENT.intro.replace("{site}", site),
        paragraphs=paragraphs,
        digest=FINGER_CONSENT.digest,
    )


def _rows(
    session: Session, employee_id: str, own: dict[FingerPosition, Finger]
) -> list[api.FingerRow]:
    query = (
        select(FingerBlob, Terminal.name)
        .join(Terminal, Terminal.id == FingerBlob.terminal_id)
        .where(FingerBlob.employee_id == employee_id)
    )
    forms: dict[FingerPosition, list[api.Representation]] = {}
    leaving = set()
    for position, row in own.items():
        scans = f"Muster: {row.scans} scans, quality {row.quality}, {row.taken_at:%Y-%m-%d}, {row.reader}"
        forms[position] = [
            api.Representation(kind="muster", text=scans),
            api.Representation(kind="iso", text="ISO 19794-2 and ANSI 378, made when exported"),
        ]
    for blob, terminal in session.execute(
        query.where(FingerBlob.employee_id == employee_id)
    ).tuples():
        position = ON_TERMINALS[blob.finger]
        if blob.removed_at is None:
            text = f"Terminals with “{blob.algorithm}”: from {terminal}, {blob.taken_at:%Y-%m-%d}"
            forms.setdefault(position, []).append(api.Representation(kind="terminal", text=text))
        else:
            leaving.add(position)
    return [
        api.FingerRow(
            position=position,
            quality=own[position].quality if position in own else None,
            representations=forms.get(position, []),
            leaving=position in leaving,
        )
        for position in sorted({*forms, *leaving})
    ]


def _employee(session: Session, employee_id: str) -> Employee:
    """Raises NotFound."""
    row = session.get(Employee, employee_id)
    if row is None:
        raise NotFound("This employee does not exist any more.")
    return row


def _name(employee: Employee) -> str:
    return f"{employee.first_name} {employee.last_name}".strip()


@handles(api.give_consent)
def give_consent(call: Call, request: api.GiveConsent) -> api.Hands:
    """Recorded before the first scan; withdrawn, it takes the fingers with it."""
    actor = call.enroller.id
    if request.given and request.digest != FINGER_CONSENT.digest:
        raise Conflict("The text has changed meanwhile. Please show it again.")
    with call.service.store.write() as session:
        employee = _employee(session, request.employee_id)
        present = consent_of(session, employee.id)
        if request.given and present is None:
            session.add(
                Consent(
                    id=new_id(),
                    employee_id=employee.id,
                    modality=FINGER,
                    text_digest=FINGER_CONSENT.digest,
                    text_version=FINGER_CONSENT.version,
                    language=FINGER_CONSENT.language,
                    channel="desk",
                    user_agent="",
                    given_at=call.now,
                )
            )
            audit.record(session, call.now, actor, "consent.given", employee.id, modality=FINGER)
        if not request.given:
            if present is not None:
                present.withdrawn_at = call.now
            call.service.desk.remove(session, employee.id, None, actor)
            gone = [blob.finger for blob in _let_go(session, employee.id, None, call)]
            if gone:
                after_commit(
                    session, functools.partial(_take_off, call, employee.id, gone, "all fingers")
                )
            audit.record(
                session,
                call.now,
                actor,
                "consent.withdrawn" if present else "consent.declined",
                employee.id,
                modality=FINGER,
            )
        changed(session, "fingers", employee.id)
        session.flush()
        return _hands(call, session, employee.id)


def _let_go(
    session: Session, employee_id: str, position: FingerPosition | None, call: Call
) -> list[FingerBlob]:
    """Destroys terminals' templates kept here; the rows stay, so that terminals are told. Those that were not let go before."""
    query = select(FingerBlob).where(
        FingerBlob.employee_id == employee_id, FingerBlob.removed_at.is_(None)
    )
    rows = [
        row
        for row in session.scalars(query)
        if position is None or row.finger == position.on_terminals
    ]
    for row in rows:
        row.template, row.identity, row.removed_at = b"", "", call.now
    return rows


@handles(api.begin)
def begin(call: Call, request: api.Begin) -> api.Begun:
    sitting = call.service.desk.begin(
        call.enroller.id, request.employee_id, request.position, request.reader
    )
    return api.Begun(id=sitting.id, scans=SCANS, tries=TRIES)


def _grey(picture: api.Picture) -> GreyPicture:
    return GreyPicture(picture.pixels, picture.width, picture.height, picture.dpi)


@handles(api.look)
def look(call: Call, request: api.Picture) -> api.Looked:
    told = call.service.desk.look(_grey(request))
    return api.Looked(
        quality=told.quality,
        hint=told.hint,
        needs=QUALITY_GOOD,
        least=QUALITY_LEAST,
        finger=told.reason != "no_finger",
    )


@handles(api.scan)
def scan(call: Call, request: api.Scan) -> api.Scanned:
    sitting = call.service.desk.sitting(request.id, call.enroller.id)
    outcome = call.service.desk.scan(sitting, _grey(request.picture))
    with call.service.store.read() as session:
        return _scanned(session, sitting, outcome)


def _scanned(session: Session, sitting: Sitting, outcome: str) -> api.Scanned:
    told = sitting.told
    marks = [
        api.ScanMark(
            quality=kept.quality,
            points=kept.points,
            agrees=place < len(told.agrees) and told.agrees[place],
            kept=place in told.chosen,
        )
        for place, kept in enumerate(sitting.scans)
    ]
    duplicate = (
        _duplicate(session, sitting, sitting.alike)
        if outcome == "duplicate" and sitting.alike
        else None
    )
    return api.Scanned(
        outcome=outcome,
        quality=told.quality,
        hint=told.hint,
        advice=told.advice,
        taken=told.taken,
        scans=marks,
        tries_left=TRIES - sitting.tries,
        duplicate=duplicate,
    )


def _duplicate(session: Session, sitting: Sitting, alike: FingerMatch) -> api.Duplicate:
    employee_id, position = parse_key(alike.key)
    owner = session.get(Employee, employee_id)
    own = employee_id == sitting.employee_id
    return api.Duplicate(
        employee=_name(owner) if owner else "",
        number=owner.number if owner else "",
        finger=position.words,
        own=own,
        chance=alike.search_fmr,
    )


@handles(api.take_back)
def take_back(call: Call, request: ById) -> api.Scanned:
    sitting = call.service.desk.sitting(request.id, call.enroller.id)
    call.service.desk.take_back(sitting)
    with call.service.store.read() as session:
        return _scanned(session, sitting, "taken")


@handles(api.end)
def end(call: Call, request: ById) -> Nothing:
    call.service.desk.end(request.id)
    return Nothing()


@handles(api.allow)
def allow(call: Call, request: api.Allow) -> api.Scanned:
    """Four eyes: somebody who may says, with their own password, that the finger is saved all the same."""
    sitting = call.service.desk.sitting(request.id, call.enroller.id)
    if sitting.alike is None:
        raise Conflict("There is nothing to allow.")
    if parse_key(sitting.alike.key)[0] == sitting.employee_id:
        raise Conflict(
            "This is another finger of the same person. Enrol a finger that is not enrolled yet."
        )
    reason = request.reason.strip()[:REASON_LENGTH]
    if not reason:
        raise Invalid("reason", "Say why, for example: twins, checked by passport.")
    supervisor = prove(call.service, request.username, request.password)
    if supervisor.role not in MAY_ALLOW:
        raise Forbidden(f"The role of {supervisor.name} ({supervisor.role}) does not allow this.")
    call.service.desk.save(sitting, supervisor.id, allowed=reason, alike=sitting.alike.key)
    with call.service.store.read() as session:
        return _scanned(session, sitting, "saved")


@handles(api.delete)
def delete(call: Call, request: api.OneFinger) -> api.Deleted:
    actor, position = call.enroller.id, _position(request.position)
    with call.service.store.write() as session:
        employee = _employee(session, request.employee_id)
        mine = call.service.desk.remove(session, employee.id, position, actor)
        blobs = _let_go(session, employee.id, position, call)
        session.flush()
        answer = _hands(call, session, employee.id)
        if (
            not mine
            and not blobs
            and not any(row.leaving for row in answer.fingers if row.position == position)
        ):
            raise NotFound("There is nothing of this finger.")
    row = next((row for row in answer.fingers if row.position == position), None)
    if row is None or not row.leaving:
        return api.Deleted(hands=answer, task_id="")
    return api.Deleted(
        hands=answer,
        task_id=_take_off(
            call, request.employee_id, [position.on_terminals], f"the {position.words}"
        ),
    )


def _take_off(call: Call, employee_id: str, fingers: list[int], what: str) -> str:
    """Starts taking fingers off the terminals; the work's id."""
    act = call.service.finger_copies.remove(employee_id, fingers, call.operator.id)
    return call.service.tasks.start("", f"Taking {what} off the terminals", act)


def _position(number: int) -> FingerPosition:
    """Raises Invalid."""
    try:
        return FingerPosition(number)
    except ValueError as error:
        raise Invalid("position", "A finger is 1 to 10.") from error


@handles(api.test)
def test(call: Call, request: api.Test) -> api.Tested:
    told = call.service.desk.identify(_grey(request.picture))
    best = told.matches[0] if told.matches else None
    if best is None:
        return api.Tested(
            match=False,
            employee="",
            finger="",
            own=False,
            score=0.0,
            chance=0.0,
            fingers=told.fingers,
            seconds=told.seconds,
            quality=told.quality,
            hint=told.hint,
        )
    employee_id, position = parse_key(best.key)
    match = best.search_fmr <= SURE_LOG10
    with call.service.store.read() as session:
        owner = session.get(Employee, employee_id)
        name = _name(owner) if owner and match else ""
    own = match and employee_id == request.employee_id
    return api.Tested(
        match=match,
        employee=name,
        finger=position.words if match else "",
        own=own,
        score=best.score,
        chance=best.search_fmr,
        fingers=told.fingers,
        seconds=told.seconds,
        quality=told.quality,
        hint=told.hint,
    )


@handles(api.export)
def export(call: Call, request: api.Export) -> api.RecordFile:
    """One record with all fingers of a person, a view a scan. Audited."""
    standard = _STANDARDS.get(request.standard)
    if standard is None:
        raise Invalid("standard", "Records are written as iso or ansi.")
    with call.service.store.write() as session:
        employee = _employee(session, request.employee_id)
        rows = list(
            session.scalars(
                select(Finger).where(Finger.employee_id == employee.id).order_by(Finger.position)
            )
        )
        if not rows:
            raise NotFound("This person has no finger that was enrolled with Muster.")
        views = tuple(
            view
            for row in rows
            for view in _views(row.position, call.service.desk.templates(session, row))
        )
        width, height = (
            max(view.minutiae.width for view in views),
            max(view.minutiae.height for view in views),
        )
        audit.record(
            session,
            call.now,
            call.operator.id,
            "fingers.exported",
            employee.id,
            views=len(views),
            standard=request.standard,
        )
        name = f"{employee.number}.{'fmr' if request.standard == 'iso' else 'ansi-fmr'}"
    return api.RecordFile(
        name=name,
        data=write_record(FingerRecord(standard=standard, width=width, height=height, views=views)),
    )


def _views(position: int, templates: list[bytes]) -> list[FingerView]:
    unpacked = [unpack_template(template) for template in templates]
    return [
        FingerView(one.minutiae, position, number, quality=one.quality)
        for number, one in enumerate(unpacked)
    ]


@handles(api.get_readers)
def get_readers(call: Call, request: Nothing) -> api.ReaderSettings:
    """What the desk asks for first: the worker is made ready meanwhile."""
    call.service.desk.wake()
    with call.service.store.read() as session:
        return load_readers(session)


@handles(api.save_readers)
def save(call: Call, request: api.ReaderSettings) -> api.ReaderSettings:
    for alias in request.aliases:
        if not (0 < alias.vendor_id <= 0xFFFF and 0 <= alias.product_id <= 0xFFFF):
            raise Invalid(
                "vendor_id", "USB numbers have four hexadecimal digits, for example 1b55:0840."
            )
        if alias.dpi and not 100 <= alias.dpi <= 2000:
            raise Invalid("dpi", "A reader has 100 to 2000 dpi.")
    with call.service.store.write() as session:
        save_readers(session, request)
        audit.record(
            session, call.now, call.operator.id, "readers.saved", aliases=len(request.aliases)
        )
    return request
