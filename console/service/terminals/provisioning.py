"""From an approval to "on 2 of 2 terminals": one row for each face and terminal, and its commands.

A terminal has the face only when it has said so: both writes were answered with success, and the
person was read back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from bridge.terminals.push import commands
from bridge.terminals.push.command_queue import FIRST_ID, UNKNOWN_COMMAND
from bridge.terminals.push.records import COMMAND_ID
from bridge.terminals.terminal import Capability, Person
from console.domain.invitations import IN_FORCE, Status
from console.domain.terminals import (
    FACE_ERRORS,
    MAX_PUSH_ATTEMPTS,
    CommandKind,
    Dialect,
    ProvisionState,
    TerminalStatus,
    explain_return,
    retry_delay,
)
from console.service.jobs import Pace
from console.service.portions import ROWS_AT_ONCE
from console.service.terminals.registry import learn, names_written
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.enrolments import mark_on_terminals
from console.store.queries.people import full_name
from console.store.schema import (
    Command,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Invitation,
    Provision,
    Terminal,
)
from console.store.unit_of_work import ReadTx, Tx

log = structlog.get_logger()
ANSWER_WITHIN = timedelta(seconds=20)
"""A command without an answer for this long is sent again; doing it twice is harmless."""
COMMANDS_PER_POLL = 6
LOOK_FOR_FACES_S = 60.0
"""Faces x terminals is the longest look of all, and approvals announce what they make."""
_NEEDED = {
    CommandKind.USERINFO: Capability.WRITE_PEOPLE,
    CommandKind.BIOPHOTO: Capability.FACE_PHOTOS,
    CommandKind.READ_BACK: Capability.READ_PEOPLE,
}
"""What a terminal cannot do that does not know the command of a step."""
WITHDRAWN = "The enrolment was withdrawn or replaced, or the person left."
_FETCHES_FACES = (
    Terminal.status == TerminalStatus.APPROVED,
    Terminal.dialect == Dialect.PUSH,
    Terminal.takes_faces,
)


class AssignJob:
    """Assigns every face in force to every approved terminal that dials in.

    A row of this job is a terminal that lacks a face.
    """

    pace = Pace(batch=20, look_s=LOOK_FOR_FACES_S)
    subjects = frozenset({"enrolments"})
    """The approval of a terminal demands this job by its name: terminals change all the time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pending(self) -> Select[str, int]:
        """Approved terminals to which some live enrolment is not assigned."""
        lacking = _faces_of_the_active(~_assigned(Terminal.id))
        return select(Terminal.id, literal(1)).where(
            *_FETCHES_FACES, lacking.correlate(Terminal).exists()
        )

    def run(self, row_ids: Sequence[str]) -> None:
        """Adds what is missing, some hundred rows in a transaction."""
        for terminal_id in row_ids:
            while self._assign(terminal_id) == ROWS_AT_ONCE:
                pass

    def _assign(self, terminal_id: str) -> int:
        with self._store.write() as tx:
            terminal = tx.get(Terminal, terminal_id)
            approved = terminal is not None and terminal.status is TerminalStatus.APPROVED
            if terminal is None or not approved or not terminal.takes_faces:
                return 0
            query = _faces_of_the_active(~_assigned(literal(terminal_id)))
            lacking = list(tx.scalars(query.limit(ROWS_AT_ONCE)))
            rows = [
                {
                    "id": new_id(),
                    "enrolment_id": enrolment_id,
                    "terminal_id": terminal_id,
                    "state": ProvisionState.WAITING,
                    "attempt": 1,
                    "run_at": tx.now,
                }
                for enrolment_id in lacking
            ]
            if rows:
                tx.add_many(Provision, rows)
                tx.demand("provision")
        return len(lacking)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """There is nothing to count: the query finds what is missing again."""


def _faces_of_the_active(*conditions: ColumnElement[bool]) -> Select[str]:
    faces = select(Enrolment.id).join(Employee, Employee.id == Enrolment.employee_id)
    return faces.where(Enrolment.live, Employee.active, *conditions)


def _assigned(terminal_id: ColumnElement[str] | InstrumentedAttribute[str]) -> Exists:
    """Whether the enrolment of the query around it has a row for this terminal."""
    way = select(Provision.id).where(
        Provision.enrolment_id == Enrolment.id, Provision.terminal_id == terminal_id
    )
    return way.correlate(Enrolment, Terminal).exists()


class ProvisionJob:
    """Queues the commands of provisionings for their terminals to fetch."""

    pace = Pace(batch=100)
    subjects: frozenset[str] = frozenset()

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def pending(self) -> Select[str, int]:
        """Those that are due."""
        return select(Provision.id, Provision.attempt).where(
            Provision.state == ProvisionState.WAITING, Provision.run_at <= self._clock()
        )

    def run(self, row_ids: Sequence[str]) -> None:
        """All of them in one transaction."""
        with self._store.write() as tx:
            query = select(Provision).where(
                Provision.id.in_(row_ids), Provision.state == ProvisionState.WAITING
            )
            provisions = list(tx.scalars(query))
            rows = [
                {
                    "terminal_id": provision.terminal_id,
                    "provision_id": provision.id,
                    "attempt": provision.attempt,
                    "kind": kind,
                    "state": "queued",
                }
                for provision in provisions
                for kind in CommandKind
            ]
            if rows:
                tx.add_many(Command, rows)
            for provision in provisions:
                provision.state = ProvisionState.SENT
                tx.changed("terminals", provision.terminal_id)

    def retry(self, tx: Tx, row_id: str, given_up: bool) -> None:
        """Counts a failed attempt."""
        provision = tx.get_one(Provision, row_id)
        error = "Could not be prepared; see the log."
        fail_attempt(tx, provision, error, permanent=given_up)


def note_takes_faces(tx: Tx, terminal: Terminal, takes: bool) -> None:
    """A terminal has said whether it takes faces. Nobody waits for one that does not. TE3."""
    if terminal.takes_faces == takes:
        return
    terminal.takes_faces = takes
    if takes:
        tx.demand("assign")
    else:
        waiting = select(Provision.id).where(
            Provision.terminal_id == terminal.id, Provision.state != ProvisionState.CONFIRMED
        )
        ids = list(tx.scalars(waiting))
        unfinished = list(tx.scalars(_waited_for(ids)))
        tx.execute(delete(Command).where(Command.provision_id.in_(ids)))
        tx.execute(delete(Provision).where(Provision.id.in_(ids)))
        for enrolment in unfinished:
            _mark_if_everywhere(tx, enrolment)
    tx.changed("terminals", terminal.id)


def _waited_for(provision_ids: list[str]) -> Select[Enrolment]:
    """The enrolments of these provisionings that are not on all terminals yet."""
    query = select(Enrolment).join(Provision, Provision.enrolment_id == Enrolment.id)
    query = query.join(Invitation, Invitation.id == Enrolment.invitation_id)
    return query.where(Provision.id.in_(provision_ids), Invitation.status == Status.APPROVED)


def send_faces_again(tx: Tx, terminal_id: str, pins: Sequence[str]) -> None:
    """People who were missing on a terminal lost their face with it."""
    query = (
        select(Provision)
        .join(Enrolment, Enrolment.id == Provision.enrolment_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(Provision.terminal_id == terminal_id, Enrolment.live, Employee.number.in_(pins))
        .where(Provision.state.in_((ProvisionState.CONFIRMED, ProvisionState.FAILED)))
    )
    for provision in tx.scalars(query):
        provision.state, provision.run_at = ProvisionState.WAITING, tx.now
        provision.attempt += 1
        provision.confirmed_at = None
    tx.demand("provision")


def fail_attempt(tx: Tx, provision: Provision, error: str, *, permanent: bool) -> None:
    """Counts a failed attempt: later again, or an error that stays until somebody acts."""
    open_commands = (
        update(Command)
        .where(Command.provision_id == provision.id, Command.state.in_(("queued", "sent")))
        .values(state="dropped")
    )
    tx.flush()
    tx.execute(open_commands)
    provision.error = error
    if permanent or provision.attempt >= MAX_PUSH_ATTEMPTS:
        provision.state = ProvisionState.FAILED
    else:
        provision.run_at = tx.now + retry_delay(provision.attempt)
        provision.attempt += 1
        provision.state = ProvisionState.WAITING
    log.warning(
        "provision_failed", provision=provision.id, attempt=provision.attempt, permanent=permanent
    )
    _announce(tx, provision, tx.get_one(Enrolment, provision.enrolment_id))


@dataclass(frozen=True)
class DueCommand:
    """A command for a terminal that asks. line: its text, None for a face that was withdrawn."""

    id: int
    line: str | None


def due_commands(tx: ReadTx, serial: str) -> list[DueCommand]:
    """The next commands of an approved terminal. Photos are opened only now, for this answer."""
    query = (
        _open_commands(tx.now)
        .join(Terminal, Terminal.id == Command.terminal_id)
        .where(Terminal.serial == serial, Terminal.status == TerminalStatus.APPROVED)
        .order_by(Command.id)
        .limit(COMMANDS_PER_POLL)
    )
    return [DueCommand(one.id, _line(tx, one, face)) for one, face in tx.execute(query)]


def _open_commands(now: datetime) -> Select[Command, Enrolment]:
    unanswered = and_(Command.state == "sent", Command.sent_at <= now - ANSWER_WITHIN)
    return (
        select(Command, Enrolment)
        .join(Provision, Provision.id == Command.provision_id)
        .join(Enrolment, Enrolment.id == Provision.enrolment_id)
        .where(or_(Command.state == "queued", unanswered))
    )


def _in_force(tx: ReadTx, enrolment: Enrolment) -> bool:
    return (
        enrolment.live
        and tx.get_one(Employee, enrolment.employee_id).active
        and tx.get_one(Invitation, enrolment.invitation_id).status in IN_FORCE
    )


def _line(tx: ReadTx, command: Command, enrolment: Enrolment) -> str | None:
    if not _in_force(tx, enrolment):
        return None
    employee = tx.get_one(Employee, enrolment.employee_id)
    command_id = str(command.id)
    if command.kind is CommandKind.USERINFO:
        person = Person(pin=employee.number, name=full_name(employee))
        encoding = names_written(tx.get_one(Terminal, command.terminal_id))
        return commands.update_user(person, encoding)(command_id)
    if command.kind is CommandKind.READ_BACK:
        return commands.query_user(employee.number)(command_id)
    picture = tx.get_one(EnrolmentPicture, enrolment.id)
    jpeg = tx.open(employee.id, "enrolment", enrolment.id, "image", picture.image)
    return commands.update_face_photo(employee.number, jpeg)(command_id)


def mark_sent(tx: Tx, due: list[DueCommand]) -> list[str]:
    """The lines that may still be sent, noted as sent. Faces not in force are given up."""
    query = _open_commands(tx.now).where(Command.id.in_([one.id for one in due]))
    still = {command.id: (command, enrolment) for command, enrolment in tx.execute(query)}
    lines = []
    for one in due:
        command, enrolment = still.get(one.id, (None, None))
        if command is None or enrolment is None or command.state == "dropped":
            continue
        if one.line is None or not _in_force(tx, enrolment):
            provision = tx.get_one(Provision, command.provision_id)
            fail_attempt(tx, provision, WITHDRAWN, permanent=True)
            continue
        command.state, command.sent_at = "sent", tx.now
        lines.append(one.line)
    return lines


def ask_again(tx: Tx) -> None:
    """At a start: sends commands once more whose answers may have been lost at the end."""
    tx.execute(update(Command).where(Command.state == "sent").values(state="queued"))


def _command_of(tx: ReadTx, terminal: Terminal, command_id: str) -> Command | None:
    """A command of this terminal by the id that it was sent with."""
    known = COMMAND_ID.fullmatch(command_id) and int(command_id) < FIRST_ID
    command = tx.get(Command, int(command_id)) if known else None
    return command if command is not None and command.terminal_id == terminal.id else None


def store_result(tx: Tx, terminal: Terminal, command_id: str, code: int) -> None:
    """The answer of a terminal. Unknown, foreign and repeated answers change nothing.

    code: of a read-back, above 0 it is the number of people that the terminal found.
    """
    command = _command_of(tx, terminal, command_id)
    if command is None or command.state != "sent":
        return
    provision = tx.get_one(Provision, command.provision_id)
    if code == 0 or (code > 0 and command.kind is CommandKind.READ_BACK):
        if command.kind is not CommandKind.READ_BACK:
            command.state, command.return_code = "done", 0
        elif command.return_code is None:
            command.return_code = 0  # the answer itself comes as a USER line; see store_shown
        _confirm_if_complete(tx, provision)
        return
    command.state, command.return_code = "failed", code
    meaning = explain_return(code)
    if code in UNKNOWN_COMMAND:
        learn(tx, terminal, {_NEEDED[command.kind]: False})
    fail_attempt(tx, provision, meaning.sentence, permanent=meaning.permanent)


def read_backs_of(tx: ReadTx, terminal_id: str, pins: set[str]) -> list[Command]:
    """The read-backs under way that wait for one of these people."""
    query = (
        select(Command, Employee.number)
        .join(Provision, Provision.id == Command.provision_id)
        .join(Enrolment, Enrolment.id == Provision.enrolment_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(
            Command.terminal_id == terminal_id,
            Command.kind == CommandKind.READ_BACK,
            Command.state == "sent",
        )
    )
    return [command for command, number in tx.execute(query) if number in pins]


def store_shown(tx: Tx, terminal: Terminal, pins: set[str]) -> None:
    """The terminal shows that it holds these people: completes the read-backs that wait for it."""
    for command in read_backs_of(tx, terminal.id, pins):
        command.state = "done"
        _confirm_if_complete(tx, tx.get_one(Provision, command.provision_id))


def store_device_error(tx: Tx, terminal: Terminal, code: str, command_id: str) -> None:
    """An ERRORLOG line on a photo: the terminal's own reason, in words."""
    command = _command_of(tx, terminal, command_id)
    if command is None:
        return
    provision = tx.get_one(Provision, command.provision_id)
    if provision.state is not ProvisionState.CONFIRMED:
        error = FACE_ERRORS.get(code, f"The terminal reports error {code}.")
        fail_attempt(tx, provision, error, permanent=code in FACE_ERRORS)


def _confirm_if_complete(tx: Tx, provision: Provision) -> None:
    tx.flush()
    query = select(Command.state).where(
        Command.provision_id == provision.id, Command.attempt == provision.attempt
    )
    states = list(tx.scalars(query))
    complete = len(states) == len(CommandKind) and all(state == "done" for state in states)
    if provision.state is not ProvisionState.SENT or not complete:
        return
    provision.state, provision.error = ProvisionState.CONFIRMED, ""
    provision.confirmed_at = tx.now
    enrolment = tx.get_one(Enrolment, provision.enrolment_id)
    confirmed, expected = _mark_if_everywhere(tx, enrolment)
    _announce(tx, provision, enrolment)
    log.info("provision_confirmed", provision=provision.id, confirmed=confirmed, expected=expected)


def _mark_if_everywhere(tx: Tx, enrolment: Enrolment) -> tuple[int, int]:
    """Moves the status on when all terminals that should have the face do: see `progress`."""
    confirmed, expected = progress(tx, enrolment.id)
    if confirmed and confirmed == expected:
        mark_on_terminals(tx, enrolment)
    return confirmed, expected


def progress(tx: ReadTx, enrolment_id: str) -> tuple[int, int]:
    """(terminals that have confirmed, terminals that should have the face)."""
    query = (
        select(Provision.state, func.count())
        .where(Provision.enrolment_id == enrolment_id)
        .group_by(Provision.state)
    )
    counts = dict(tx.execute(query).all())
    way = select(Provision.id).where(
        Provision.enrolment_id == enrolment_id, Provision.terminal_id == Terminal.id
    )
    unassigned = select(func.count()).where(*_FETCHES_FACES, ~way.correlate(Terminal).exists())
    expected = sum(counts.values()) + (tx.scalar(unassigned) or 0)
    return counts.get(ProvisionState.CONFIRMED, 0), expected


def _announce(tx: Tx, provision: Provision, enrolment: Enrolment) -> None:
    tx.changed("terminals", provision.terminal_id)
    tx.changed("invitations", enrolment.invitation_id)
    tx.changed("employees", enrolment.employee_id)
