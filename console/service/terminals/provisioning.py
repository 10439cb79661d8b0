"""From an approval to "on 2 of 2 terminals": the template, and one durable plan of commands per terminal.

A terminal has the face only when it has said so: both writes answered with success, and the person read back.
"""

from datetime import timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bridge.terminals.push import commands
from bridge.terminals.terminal import Person
from console.biometrics.faces.recognition.vectors import fuse
from console.domain.errors import Conflict
from console.domain.invitations import IN_FORCE, Event, Status, advance
from console.domain.terminals import (
    FACE_ERRORS,
    MAX_PUSH_ATTEMPTS,
    CommandKind,
    ProvisionState,
    TerminalStatus,
    explain_return,
    retry_delay,
)
from console.service.enrolment.screening import current_photos
from console.service.jobs import Demand
from console.service.tools import Service
from console.store.columns import new_id
from console.store.database import after_commit, changed
from console.store.schema import (
    Command,
    Consent,
    Employee,
    Enrolment,
    Invitation,
    Photo,
    Provision,
    Terminal,
)

log = structlog.get_logger()
ANSWER_WITHIN = timedelta(seconds=20)
"""A command without an answer for this long is sent again; terminals do not mind doing it twice."""
COMMANDS_PER_POLL = 6


def make_enrolment(
    service: Service, session: Session, invitation: Invitation, actor: str
) -> Enrolment:
    """Template and photo of an approved submission, sealed; earlier enrolments of the person step back. Raises Conflict."""
    if (
        session.scalars(
            select(Consent).where(
                Consent.invitation_id == invitation.id, Consent.withdrawn_at.is_(None)
            )
        ).first()
        is None
    ):
        raise Conflict("There is no valid consent for this enrolment.")
    photos = [
        photo
        for photo in current_photos(session, invitation)
        if photo.image is not None and photo.vector is not None
    ]
    good = (
        [photo for photo in photos if photo.outcome != "reject"]
        or [photo for photo in photos if photo.chosen]
        or photos
    )
    if not good:
        raise Conflict(
            "No face was found in any of these photos. Reject them with a remark, or enrol at the desk."
        )
    best = next(
        (photo for photo in good if photo.chosen), max(good, key=lambda photo: photo.quality)
    )
    template = fuse([service.faces.of_photo(session, photo) for photo in good])
    now = service.clock()
    _supersede(session, invitation)
    row_id, seal = new_id(), service.vault.seal
    enrolment = Enrolment(
        id=row_id,
        employee_id=invitation.employee_id,
        invitation_id=invitation.id,
        modality="face",
        model=service.faces.model,
        photos=len(good),
        approved_by=actor,
        approved_at=now,
        live=True,
        template=seal(
            session, invitation.employee_id, "enrolment", row_id, "template", template.tobytes()
        ),
        image=seal(
            session,
            invitation.employee_id,
            "enrolment",
            row_id,
            "image",
            _terminal_photo(service, session, best),
        ),
    )
    session.add(enrolment)
    session.flush()
    for terminal in session.scalars(
        select(Terminal).where(Terminal.status == TerminalStatus.APPROVED)
    ):
        plan_provision(service, session, enrolment, terminal)
    after_commit(session, lambda: service.faces.put(invitation.employee_id, template, len(good)))
    return enrolment


def plan_provision(
    service: Service, session: Session, enrolment: Enrolment, terminal: Terminal
) -> None:
    """Puts one face on its way to one terminal."""
    provision = Provision(
        id=new_id(),
        enrolment_id=enrolment.id,
        terminal_id=terminal.id,
        state=ProvisionState.WAITING,
        attempt=1,
        run_at=service.clock(),
    )
    session.add(provision)
    service.jobs.demand(session, "provision", provision.id, 1, terminal.id)
    changed(session, "terminals", terminal.id)


def _terminal_photo(service: Service, session: Session, photo: Photo) -> bytes:
    assert photo.image is not None
    jpeg = service.vault.open(session, photo.employee_id, "photo", photo.id, "image", photo.image)
    face = (photo.verdict or {}).get("face") or {"left": 0, "top": 0, "width": 1, "height": 1}
    return service.pipeline.terminal_copy(
        jpeg, (face["left"], face["top"], face["width"], face["height"])
    )


def _supersede(session: Session, invitation: Invitation) -> None:
    query = select(Enrolment).where(Enrolment.employee_id == invitation.employee_id, Enrolment.live)
    for earlier in session.scalars(query):
        earlier.live = False
        row = session.get_one(Invitation, earlier.invitation_id)
        if row.status in IN_FORCE:
            row.status = advance(row.status, Event.SUPERSEDE)
            changed(session, "invitations", row.id)


class ProvisionJob:
    """Lays out the commands of one provisioning for its terminal to fetch."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def run(self, row_id: str) -> None:
        with self._service.store.write() as session:
            provision = session.get(Provision, row_id)
            if provision is None or provision.state is not ProvisionState.WAITING:
                return
            for kind in CommandKind:
                session.add(
                    Command(
                        terminal_id=provision.terminal_id,
                        provision_id=row_id,
                        attempt=provision.attempt,
                        kind=kind,
                        state="queued",
                    )
                )
            provision.state = ProvisionState.SENT
            changed(session, "terminals", provision.terminal_id)

    def pending(self, session: Session) -> list[Demand]:
        query = select(Provision).where(
            Provision.state == ProvisionState.WAITING, Provision.run_at <= self._service.clock()
        )
        return [Demand(row.id, row.attempt, row.terminal_id) for row in session.scalars(query)]

    def retry(self, session: Session, row_id: str, given_up: bool) -> None:
        fail_attempt(
            self._service,
            session,
            session.get_one(Provision, row_id),
            "Could not be prepared; see the log.",
            given_up,
        )


def fail_attempt(
    service: Service, session: Session, provision: Provision, error: str, permanent: bool
) -> None:
    """Counts a failed attempt: later again, or an error that stays until somebody acts."""
    for command in session.scalars(
        select(Command).where(
            Command.provision_id == provision.id, Command.state.in_(("queued", "sent"))
        )
    ):
        command.state = "dropped"
    provision.error = error
    if permanent or provision.attempt >= MAX_PUSH_ATTEMPTS:
        provision.state = ProvisionState.FAILED
    else:
        provision.run_at = service.clock() + retry_delay(provision.attempt)
        provision.attempt += 1
        provision.state = ProvisionState.WAITING
    log.warning(
        "provision_failed", provision=provision.id, attempt=provision.attempt, permanent=permanent
    )
    _announce(session, provision)


def commands_for(service: Service, session: Session, terminal: Terminal) -> list[str]:
    """The next command lines for a terminal that asks. Photos are opened only now, and only for this answer."""
    now = service.clock()
    query = (
        select(Command)
        .where(Command.terminal_id == terminal.id, Command.state.in_(("queued", "sent")))
        .order_by(Command.id)
    )
    due = [
        row
        for row in session.scalars(query)
        if row.state == "queued" or (row.sent_at and row.sent_at + ANSWER_WITHIN <= now)
    ]
    lines = []
    for command in due[:COMMANDS_PER_POLL]:
        provision = session.get_one(Provision, command.provision_id)
        line = _line(service, session, command, session.get_one(Enrolment, provision.enrolment_id))
        if line is None:
            fail_attempt(
                service,
                session,
                provision,
                "The enrolment was withdrawn or replaced.",
                permanent=True,
            )
            continue
        command.state, command.sent_at = "sent", now
        lines.append(line)
    return lines


def _line(service: Service, session: Session, command: Command, enrolment: Enrolment) -> str | None:
    invitation = session.get_one(Invitation, enrolment.invitation_id)
    if not enrolment.live or invitation.status not in IN_FORCE:
        return None
    employee = session.get_one(Employee, enrolment.employee_id)
    command_id = f"m{command.id}"
    if command.kind is CommandKind.USERINFO:
        return commands.update_user(
            Person(pin=employee.number, name=f"{employee.first_name} {employee.last_name}".strip())
        )(command_id)
    if command.kind is CommandKind.READ_BACK:
        return commands.query_user(employee.number)(command_id)
    jpeg = service.vault.open(
        session, employee.id, "enrolment", enrolment.id, "image", enrolment.image
    )
    return commands.update_face_photo(employee.number, jpeg)(command_id)


def ask_again(session: Session) -> None:
    """At a start: answers that were under way when the service ended are lost, so those commands go out once more."""
    session.execute(update(Command).where(Command.state == "sent").values(state="queued"))


def take_result(
    service: Service, session: Session, terminal: Terminal, command_id: str, code: int
) -> None:
    """What a terminal says of a command. Unknown, foreign and repeated answers change nothing."""
    number = command_id.removeprefix("m")
    command = session.get(Command, int(number)) if number.isdigit() and len(number) < 10 else None
    if command is None or command.terminal_id != terminal.id or command.state != "sent":
        return
    provision = session.get_one(Provision, command.provision_id)
    if code == 0:
        if command.kind is not CommandKind.READ_BACK:
            command.state, command.return_code = "done", 0
        elif command.return_code is None:
            command.return_code = 0  # the answer itself comes as a USER line; see take_user
        _confirm_if_complete(service, session, provision)
        return
    command.state, command.return_code = "failed", code
    meaning = explain_return(code)
    fail_attempt(service, session, provision, meaning.sentence, meaning.permanent)


def take_user(service: Service, session: Session, terminal: Terminal, pin: str) -> None:
    """The terminal shows that it holds this person: completes the read-backs that wait for it."""
    query = (
        select(Command)
        .join(Provision, Provision.id == Command.provision_id)
        .join(Enrolment, Enrolment.id == Provision.enrolment_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(
            Command.terminal_id == terminal.id,
            Command.kind == CommandKind.READ_BACK,
            Command.state == "sent",
            Employee.number == pin,
        )
    )
    for command in session.scalars(query):
        command.state = "done"
        _confirm_if_complete(service, session, session.get_one(Provision, command.provision_id))


def take_device_error(
    service: Service, session: Session, terminal: Terminal, code: str, command_id: str
) -> None:
    """An ERRORLOG line on a photo: the terminal's own reason, in words."""
    number = command_id.removeprefix("m")
    command = session.get(Command, int(number)) if number.isdigit() and len(number) < 10 else None
    if command is not None and command.terminal_id == terminal.id:
        provision = session.get_one(Provision, command.provision_id)
        if provision.state is not ProvisionState.CONFIRMED:
            fail_attempt(
                service,
                session,
                provision,
                FACE_ERRORS.get(code, f"The terminal reports error {code}."),
                code in FACE_ERRORS,
            )


def _confirm_if_complete(service: Service, session: Session, provision: Provision) -> None:
    session.flush()
    query = select(Command).where(
        Command.provision_id == provision.id, Command.attempt == provision.attempt
    )
    rows = list(session.scalars(query))
    if (
        provision.state is not ProvisionState.SENT
        or len(rows) < len(CommandKind)
        or any(row.state != "done" for row in rows)
    ):
        return
    provision.state, provision.confirmed_at, provision.error = (
        ProvisionState.CONFIRMED,
        service.clock(),
        "",
    )
    enrolment = session.get_one(Enrolment, provision.enrolment_id)
    invitation = session.get_one(Invitation, enrolment.invitation_id)
    confirmed, expected = progress(session, enrolment.id)
    if confirmed == expected and invitation.status is Status.APPROVED:
        invitation.status = advance(invitation.status, Event.ON_TERMINALS)
        invitation.changed_at = service.clock()
    _announce(session, provision)
    log.info("provision_confirmed", provision=provision.id, confirmed=confirmed, expected=expected)


def progress(session: Session, enrolment_id: str) -> tuple[int, int]:
    """(terminals that have confirmed, terminals that should have the face)."""
    session.flush()
    query = (
        select(Provision.state, func.count())
        .where(Provision.enrolment_id == enrolment_id)
        .group_by(Provision.state)
    )
    counts = dict(session.execute(query).tuples().all())
    return counts.get(ProvisionState.CONFIRMED, 0), sum(counts.values())


def _announce(session: Session, provision: Provision) -> None:
    enrolment = session.get_one(Enrolment, provision.enrolment_id)
    changed(session, "terminals", provision.terminal_id)
    changed(session, "invitations", enrolment.invitation_id)
    changed(session, "employees", enrolment.employee_id)
