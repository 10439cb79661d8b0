"""Fingers at the desk, as the console asks for them."""

from sqlalchemy import select
from sqlalchemy.orm import undefer

from bridge.terminals.terminal import Capability
from console.api import fingers as api
from console.api.operation import ById, Nothing
from console.biometrics.fingers.records import FingerRecord, FingerView, Standard, write_record
from console.biometrics.fingers.templates import unpack_template
from console.biometrics.workers.finger_pipeline import GreyPicture
from console.biometrics.workers.messages import FingerAnswer, FingerMatch
from console.domain.consent import FINGER
from console.domain.errors import Conflict, Forbidden, Invalid, NotFound
from console.domain.fingers import (
    ON_TERMINALS,
    QUALITY_GOOD,
    QUALITY_LEAST,
    FingerPosition,
    advice,
    opens,
)
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr, tr_count, tr_short_day
from console.domain.operators import MAY_ALLOW, ROLE_WORDS
from console.domain.terminals import TerminalStatus
from console.service.consents import shown_texts
from console.service.fingers.consent import (
    answered,
    record_consent,
    release_copies,
    withdraw_consent,
)
from console.service.fingers.enrolment import (
    CERTAIN_LOG10,
    SCANS,
    TRIES,
    EnrolmentSession,
    FingerEnrolments,
)
from console.service.fingers.records import FingerRecords, parse_key
from console.service.operations.dispatch import Call, handles
from console.service.people.employees import find_employee
from console.service.people.operator_sessions import OperatorSessions
from console.service.people.passwords import still_proved
from console.service.pools import Pool
from console.service.settings import (
    load_readers,
    load_settings,
    save_readers,
)
from console.service.tasks import Tasks
from console.service.terminals.finger_copies import FingerCopies
from console.service.terminals.registry import algorithm_of, known_capabilities
from console.store.queries.fingers import bases_of, templates_of
from console.store.queries.people import full_name
from console.store.schema import Employee, Finger, FingerBlob, Kiosk, Operator, Terminal
from console.store.unit_of_work import ReadTx

_STANDARDS = {"iso": Standard.ISO_2005, "ansi": Standard.ANSI_2004}
REASON_LENGTH = 200


class FingerOperations:
    """Consent, enrolment, tests, deletion and export of fingers; the readers of the site."""

    def __init__(
        self,
        *,
        enrolments: FingerEnrolments,
        records: FingerRecords,
        copies: FingerCopies,
        sessions: OperatorSessions,
        tasks: Tasks,
    ) -> None:
        self._enrolments, self._records, self._copies = enrolments, records, copies
        self._sessions, self._tasks = sessions, tasks

    @handles(api.hands, Pool.READ)
    def hands(self, call: Call, request: ById) -> api.Hands:
        """What there is of each finger of a person. Raises NotFound."""
        with call.read() as tx:
            return _hands(call, tx, request.id)

    @handles(api.give_consent, Pool.WRITE)
    def give_consent(self, call: Call, request: api.GiveConsent) -> api.Hands:
        """Records the consent before the first scan; a refusal takes the fingers with it."""
        actor, released = call.enroller.id, []
        with call.write() as tx:
            employee = find_employee(tx, request.employee_id)
            if request.given:
                record_consent(tx, employee.id, request.digest)
            else:
                released = withdraw_consent(tx, employee.id, self._records)
            tx.flush()
            answer = _hands(call, tx, employee.id)
        if released:
            self._take_off(request.employee_id, released, actor)
        return answer

    @handles(api.begin, Pool.READ)
    def begin(self, call: Call, request: api.Begin) -> api.Begun:
        """Begins to enrol one finger. Raises NotFound, Conflict, Invalid."""
        session = self._enrolments.begin(
            call.enroller.id, request.employee_id, request.position, request.reader
        )
        return api.Begun(id=session.id, scans=SCANS, tries=TRIES)

    @handles(api.assess_scan, Pool.WORKER)
    def assess(self, call: Call, request: api.ScanPicture) -> api.ScanAssessment:
        """How good a picture is, while the finger lies there. Raises Invalid, Conflict."""
        result = self._enrolments.assess(_grey(request))
        return api.ScanAssessment(
            quality=result.quality,
            hint=result.hint,
            needs=QUALITY_GOOD,
            least=QUALITY_LEAST,
            finger=result.reason != "no_finger",
        )

    @handles(api.scan, Pool.WORKER)
    def add_scan(self, call: Call, request: api.Scan) -> api.Scanned:
        """Adds a scan; the last one saves the finger. Raises NotFound, Invalid, Conflict."""
        session = self._enrolments.session(request.id, call.enroller.id)
        outcome = self._enrolments.add_scan(session, _grey(request.picture))
        with call.read() as tx:
            return _scanned(tx, session, outcome)

    @handles(api.take_back, Pool.WORKER)
    def take_back(self, call: Call, request: ById) -> api.Scanned:
        """Drops the last scan. Raises NotFound, Conflict."""
        session = self._enrolments.session(request.id, call.enroller.id)
        self._enrolments.take_back(session)
        with call.read() as tx:
            return _scanned(tx, session, "taken")

    @handles(api.end, Pool.READ)
    def end(self, call: Call, request: ById) -> Nothing:
        """Forgets an enrolment that is under way."""
        self._enrolments.end(request.id)
        return Nothing()

    @handles(api.allow, Pool.PASSWORD)
    def allow(self, call: Call, request: api.Allow) -> api.Scanned:
        """Saves a finger that is a duplicate; a supervisor confirms it with their own password.

        Raises NotFound, Conflict, Invalid, Forbidden, SignInFailed.
        """
        session = self._enrolments.session(request.id, call.enroller.id)
        if session.duplicate is None:
            raise Conflict(tr("There is nothing to allow."))
        if parse_key(session.duplicate.key)[0] == session.employee_id:
            raise Conflict(
                tr(
                    "This is another finger of the same person. Enrol a finger "
                    "that is not enrolled yet."
                )
            )
        reason = request.reason.strip()[:REASON_LENGTH]
        if not reason:
            raise Invalid("reason", tr("Say why, for example: twins, checked by passport."))
        supervisor = self._sessions.prove_by_own_password(request.username, request.password)
        self._enrolments.save(
            session,
            supervisor.id,
            lambda tx: _check_may_allow(still_proved(tx, supervisor)),
            allowed=reason,
            duplicate=session.duplicate.key,
        )
        with call.read() as tx:
            return _scanned(tx, session, "saved")

    @handles(api.delete, Pool.WRITE)
    def delete(self, call: Call, request: api.OneFinger) -> api.Deleted:
        """Deletes one finger here and starts to remove it from the terminals.

        Raises NotFound, Invalid.
        """
        actor, position = call.enroller.id, _position(request.position)
        with call.write() as tx:
            employee = find_employee(tx, request.employee_id)
            deleted = self._records.remove(tx, employee.id, position)
            released = release_copies(tx, employee.id, position)
            tx.flush()
            answer = _hands(call, tx, employee.id)
            rows = [row for row in answer.fingers if row.position == position]
            leaving = any(row.leaving for row in rows)
            if not deleted and not released and not leaving:
                raise NotFound(tr("This finger is not enrolled."))
        if not leaving:
            return api.Deleted(hands=answer, task_id="")
        task_id = self._take_off(request.employee_id, [position.on_terminals], actor)
        return api.Deleted(hands=answer, task_id=task_id)

    def _take_off(self, employee_id: str, fingers: list[int], actor: str) -> str:
        """Starts to take fingers off the terminals: the task's id."""
        body = self._copies.remove(employee_id, fingers, actor)
        return self._tasks.start(msgid("Removing fingers from the terminals"), body, by=actor)

    @handles(api.test, Pool.WORKER)
    def test(self, call: Call, request: api.Test) -> api.Tested:
        """Says whose finger a picture shows. Raises Invalid, Conflict."""
        result = self._enrolments.identify(_grey(request.picture))
        best = result.matches[0] if result.matches else None
        certain = best is not None and best.search_log10_fmr <= CERTAIN_LOG10
        if best is None or not certain:
            return _tested(result, best)
        employee_id, position = parse_key(best.key)
        with call.read() as tx:
            owner = tx.get(Employee, employee_id)
        return _tested(result, best, owner, position, own=employee_id == request.employee_id)

    @handles(api.export, Pool.WRITE)
    def export(self, call: Call, request: api.Export) -> api.RecordFile:
        """One record with all fingers of a person, one view for each scan. Audited.

        Raises Invalid for an unknown standard, NotFound.
        """
        standard = _STANDARDS.get(request.standard)
        if standard is None:
            raise Invalid("standard", tr("Records can be written as iso or ansi."))
        with call.read() as tx:
            employee = find_employee(tx, request.employee_id)
            query = select(Finger).where(Finger.employee_id == employee.id)
            query = query.order_by(Finger.position).options(undefer(Finger.templates))
            views = tuple(
                view
                for row in tx.scalars(query)
                for view in _views(row.position, templates_of(tx, row))
            )
        if not views:
            raise NotFound(tr("This person has no finger enrolled with Muster."))
        with call.write() as tx:
            tx.audit("fingers.exported", employee.id, views=len(views), standard=request.standard)
        record = FingerRecord(
            standard=standard,
            width=max(view.minutiae.width for view in views),
            height=max(view.minutiae.height for view in views),
            views=views,
        )
        name = f"{employee.number}.{'fmr' if request.standard == 'iso' else 'ansi-fmr'}"
        return api.RecordFile(name=name, data=write_record(record))

    @handles(api.get_readers, Pool.READ)
    def get_readers(self, call: Call, request: Nothing) -> api.ReaderSettings:
        """The readers of this site. The desk asks this first, so it also starts the worker."""
        self._enrolments.wake()
        with call.read() as tx:
            return load_readers(tx)

    @handles(api.save_readers, Pool.WRITE)
    def save_readers(self, call: Call, request: api.ReaderSettings) -> api.ReaderSettings:
        """Replaces how readers are known. Raises Invalid."""
        for alias in request.aliases:
            if not (0 < alias.vendor_id <= 0xFFFF and 0 <= alias.product_id <= 0xFFFF):
                raise Invalid(
                    "vendor_id",
                    tr("USB numbers have four hexadecimal digits, for example 1b55:0840."),
                )
            if alias.dpi and not 100 <= alias.dpi <= 2000:
                raise Invalid("dpi", tr("A reader has 100 to 2000 dpi."))
        with call.write() as tx:
            save_readers(tx, request)
            tx.audit("readers.saved", aliases=len(request.aliases))
        return request


def _check_may_allow(operator: Operator) -> None:
    """Raises Forbidden."""
    if operator.role not in MAY_ALLOW:
        raise Forbidden(
            tr(
                "The role of {name} ({role}) does not permit this.",
                name=operator.name,
                role=tr(ROLE_WORDS[operator.role]),
            )
        )


def _hands(call: Call, tx: ReadTx, employee_id: str) -> api.Hands:
    employee = find_employee(tx, employee_id)
    consent = answered(tx, employee_id)
    rows = tx.scalars(select(Finger).where(Finger.employee_id == employee_id))
    own = {FingerPosition(row.position): row for row in rows}
    return api.Hands(
        employee_id=employee.id,
        employee=full_name(employee),
        number=employee.number,
        department=employee.department,
        active=employee.active,
        consent_at=consent.given_at if consent else None,
        texts=shown_texts(load_settings(tx), FINGER),
        fingers=_rows(tx, employee_id, own),
        advice=advice({position: row.quality for position, row in own.items()}),
        may_enrol=call.operator.can_enrol,
        opens=_opens(tx),
    )


def _opens(tx: ReadTx) -> list[str]:
    paired = Kiosk.removed_at.is_(None), Kiosk.token_hash != ""
    kiosks = tx.scalars(select(Kiosk.name).where(*paired)).all()
    takes: dict[str, list[str]] = {}
    for row in tx.scalars(select(Terminal).where(Terminal.status == TerminalStatus.APPROVED)):
        if known_capabilities(row).get(Capability.WRITE_FINGERS, False):
            takes.setdefault(algorithm_of(row) or row.id, []).append(row.name)
    return opens(kiosks, takes)


def _rows(tx: ReadTx, employee_id: str, own: dict[FingerPosition, Finger]) -> list[api.FingerRow]:
    forms: dict[FingerPosition, list[api.Representation]] = {}
    leaving = set()
    for position, row in own.items():
        scans = tr_count(
            "Muster: {count} scan, quality {quality}, {day}, {reader}",
            "Muster: {count} scans, quality {quality}, {day}, {reader}",
            row.scans,
            quality=row.quality,
            day=tr_short_day(row.taken_at),
            reader=row.reader,
        )
        standards = tr("ISO 19794-2 and ANSI 378, made when exported")
        forms[position] = [
            api.Representation(kind="muster", text=scans),
            api.Representation(kind="iso", text=standards),
        ]
    used = bool(bases_of(tx, [employee_id]))
    query = select(FingerBlob, Terminal.name).join(Terminal, Terminal.id == FingerBlob.terminal_id)
    for blob, terminal in tx.execute(query.where(FingerBlob.employee_id == employee_id)):
        position = ON_TERMINALS[blob.finger]
        if blob.removed_at is None:
            text = paragraph(
                tr(
                    "Terminals with “{algorithm}”: from {terminal}, {day}.",
                    algorithm=blob.algorithm,
                    terminal=terminal,
                    day=tr_short_day(blob.taken_at),
                ),
                "" if used else tr("Not used until the person agrees."),
            )
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


def _grey(picture: api.ScanPicture) -> GreyPicture:
    return GreyPicture(picture.pixels, picture.width, picture.height, picture.dpi)


def _position(number: int) -> FingerPosition:
    """Raises Invalid."""
    try:
        return FingerPosition(number)
    except ValueError as error:
        raise Invalid("position", tr("A finger is a number from 1 to 10.")) from error


def _scanned(tx: ReadTx, session: EnrolmentSession, outcome: str) -> api.Scanned:
    result, duplicate = session.result, None
    if outcome == "duplicate" and session.duplicate is not None:
        duplicate = _duplicate(tx, session, session.duplicate)
    marks = [
        api.ScanMark(
            quality=scan.quality,
            points=scan.minutiae,
            agrees=place < len(result.agrees) and result.agrees[place],
            chosen=place in result.chosen,
        )
        for place, scan in enumerate(session.scans)
    ]
    return api.Scanned(
        outcome=outcome,
        quality=result.quality,
        hint=result.hint,
        advice=said(result.advice),
        taken=result.taken,
        scans=marks,
        tries_left=TRIES - session.tries,
        duplicate=duplicate,
    )


def _duplicate(tx: ReadTx, session: EnrolmentSession, match: FingerMatch) -> api.Duplicate:
    employee_id, position = parse_key(match.key)
    owner = tx.get(Employee, employee_id)
    return api.Duplicate(
        employee=full_name(owner) if owner else "",
        number=owner.number if owner else "",
        finger=tr(position.words),
        own=employee_id == session.employee_id,
        log10_fmr=match.search_log10_fmr,
    )


def _tested(
    result: FingerAnswer,
    best: FingerMatch | None,
    owner: Employee | None = None,
    position: FingerPosition | None = None,
    own: bool = False,
) -> api.Tested:
    """position: absent when the search is not certain."""
    return api.Tested(
        match=position is not None,
        employee=full_name(owner) if owner else "",
        finger=tr(position.words) if position else "",
        own=own,
        score=best.score if best else 0.0,
        log10_fmr=best.search_log10_fmr if best else 0.0,
        fingers=result.fingers,
        seconds=result.seconds,
        quality=result.quality,
        hint=result.hint,
    )


def _views(position: int, templates: list[bytes]) -> list[FingerView]:
    unpacked = [unpack_template(template) for template in templates]
    return [
        FingerView(one.minutiae, position, number, quality=one.quality)
        for number, one in enumerate(unpacked)
    ]
