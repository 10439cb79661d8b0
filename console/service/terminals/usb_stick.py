"""Terminals without a network: their log and their people come on a USB stick.

A file shows what a terminal held when it wrote it. So it closes no gap, and shows of nobody that
they are gone who left later.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from bridge.terminals.errors import ProtocolError
from bridge.terminals.fields import plain
from bridge.terminals.names import shown_name
from bridge.terminals.terminal import Person
from bridge.terminals.usb_files import LogFile, parse_attlog
from bridge.terminals.usb_people import PeopleFile, parse_people_file, write_people_file
from console.api import tasks as task_api
from console.api import usb_stick as api
from console.domain.counting import people
from console.domain.errors import Conflict, Invalid
from console.domain.kept_texts import said
from console.domain.language import msgid, paragraph, tr, tr_count
from console.domain.logins import FUTURE_TOLERANCE
from console.domain.placements import may_be_the_same
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.service.terminals.adoption import Adoption, Statement
from console.service.terminals.closing_by_file import FileClosing, by_date
from console.service.terminals.inventory import Inventories, Inventory
from console.service.terminals.log_book import LogBook
from console.service.terminals.registry import find_terminal, note_receipt
from console.service.terminals.site_people import SitePeople
from console.service.terminals.usb_words import some
from console.store.database import Store
from console.store.schema import PinMap, Terminal
from console.store.unit_of_work import ReadTx

FILE_NAME_CHARS = 80
"""Of a file's name, as far as its receipt keeps it."""

IN_FUTURE = msgid(
    "By its date, this file was written in the future. Set the terminal's clock, and let it write "
    "the file again."
)


@dataclass(frozen=True)
class _Changes:
    """What a file for a terminal brings there. names, added: number -> name.

    leaving, others: whom the file cannot remove, and who has another's name there, in words.
    """

    names: dict[str, str]
    added: dict[str, str]
    leaving: list[str]
    others: list[str]


class UsbStick:
    """Each public method makes the body of one task."""

    def __init__(
        self,
        *,
        store: Store,
        pools: Pools,
        log_book: LogBook,
        inventories: Inventories,
        adoption: Adoption,
    ) -> None:
        self._store, self._pools, self._log_book = store, pools, log_book
        self._closing, self._adoption = FileClosing(store, inventories), adoption

    def load_log(self, request: api.LoadLogFile, actor: str) -> TaskBody:
        """Stores the logins of a file, each once, however else they came.

        The task fails with Conflict for the file of another terminal.
        """
        terminal_id = request.terminal_id

        def store() -> tuple[LogFile, int]:
            file = parse_attlog(request.content)
            self._check_owner(terminal_id, file.serial, request.name)
            fresh = self._log_book.store_punches(terminal_id, file.punches)
            self._log_book.set_aside(terminal_id, "ATTLOG", file.bad)
            counts = {"logins": len(file.punches), "new": fresh, "set_aside": len(file.bad)}
            self._note(terminal_id, actor, "usb_log", request.name, counts)
            return file, fresh

        async def run(task: RunningTask) -> task_api.TaskResult:
            task.say(msgid("Storing its logins"))
            file, fresh = await self._pools.run(Pool.TASK, store)
            text = tr_count(
                "{count:,} login in the file, {fresh:,} of them new.",
                "{count:,} logins in the file, {fresh:,} of them new.",
                len(file.punches),
                fresh=fresh,
            )
            set_aside = tr_count(
                "{count:,} line could not be understood and was set aside.",
                "{count:,} lines could not be understood and were set aside.",
                len(file.bad),
            )
            return task_api.TaskResult(text=paragraph(text, set_aside if file.bad else ""))

        return run

    def _check_owner(self, terminal_id: str, told: str, name: str) -> None:
        """Raises Conflict where the file or its name tells the serial number of another one."""
        before, found, _ = name.lower().partition("_attlog")
        with self._store.read() as tx:
            own = find_terminal(tx, terminal_id).serial
            serials = {one.lower(): one for one in tx.scalars(select(Terminal.serial))}
        other = told or serials.get(before if found else "", own)
        if other.lower() != own.lower():
            raise Conflict(
                tr("This file is of terminal {other}, and this one is {own}.", other=other, own=own)
            )

    def _note(
        self, terminal_id: str, actor: str, kind: str, name: str, shown: Mapping[str, object]
    ) -> None:
        with self._store.write(actor) as tx:
            note_receipt(tx, terminal_id, kind, {"file": plain(name)[:FILE_NAME_CHARS], **shown})

    def _read(self, request: api.PeopleFile) -> PeopleFile:
        """Raises Invalid."""
        with self._store.read() as tx:
            encoding = find_terminal(tx, request.terminal_id).encoding
            latest = tx.now + FUTURE_TOLERANCE
        if request.written_at is not None and request.written_at > latest:
            raise Invalid("written_at", tr(IN_FUTURE))
        try:
            return parse_people_file(request.content, encoding)
        except ProtocolError as error:
            again = tr("Let the terminal write it to the stick again, and change nothing in it.")
            raise Invalid("content", paragraph(said(str(error)), again)) from error

    def list_people(self, request: api.PeopleFile, actor: str) -> TaskBody:
        """Lists the people of a file, and which employees they may be. Fails with Invalid."""
        terminal_id = request.terminal_id

        def read() -> tuple[list[task_api.Candidate], str]:
            found = _inventory(self._read(request))
            shown = {"people": len(found.people), **by_date(request.written_at)}
            self._note(terminal_id, actor, "usb_people", request.name, shown)
            said = self._closing.read(terminal_id, found, request.written_at)
            return self._adoption.candidates(terminal_id, found), said

        async def run(task: RunningTask) -> task_api.TaskResult:
            task.say(msgid("Reading its people"))
            rows, shown = await self._pools.run(Pool.TASK, read)
            known = sum(bool(row.employee_id) for row in rows)
            text = tr(
                "{people} in the file, {known:,} of them known here. It holds no fingers and no "
                "faces.",
                people=people(len(rows)),
                known=known,
            )
            return task_api.TaskResult(text=paragraph(text, shown), candidates=rows)

        return run

    def adopt(self, request: api.AdoptFromFile, actor: str) -> TaskBody:
        """Adopts people by (number in the file, employee id; empty: a new one)."""

        def adopt() -> str:
            found = _inventory(self._read(request.file))
            statement = Statement("", actor)
            terminal_id = request.file.terminal_id
            done = self._adoption.adopt(terminal_id, found, request.pairs, statement)
            return tr(
                "Imported {people}, {new:,} of them new.",
                people=people(done.people),
                new=done.new,
            )

        async def run(_task: RunningTask) -> task_api.TaskResult:
            return task_api.TaskResult(text=await self._pools.run(Pool.TASK, adopt))

        return run

    def write_people(self, request: api.PeopleFile, actor: str) -> TaskBody:
        """Writes a file for the terminal: names as they are here, and whom its rules take besides.

        The task fails with Invalid, and with Conflict if somebody does not fit.
        """
        terminal_id = request.terminal_id

        def write() -> tuple[bytes, _Changes]:
            file = self._read(request)
            with self._store.read() as tx:
                changes = _changes(tx, find_terminal(tx, terminal_id), file)
            try:
                written = write_people_file(file, changes.names, changes.added)
            except ValueError as error:
                raise Conflict(
                    tr("No file can be written: {reason}.", reason=said(str(error)))
                ) from error
            counts = {"added": len(changes.added), "renamed": len(changes.names)}
            self._note(terminal_id, actor, "usb_people_written", request.name, counts)
            return written, changes

        async def run(task: RunningTask) -> task_api.TaskResult:
            task.say(msgid("Writing a file"))
            written, changes = await self._pools.run(Pool.TASK, write)
            return task_api.TaskResult(text=_in_words(changes), file=written)

        return run


def _inventory(file: PeopleFile) -> Inventory:
    return Inventory(file.people, [], file.name_bytes)


def _changes(tx: ReadTx, row: Terminal, file: PeopleFile) -> _Changes:
    people, there = SitePeople(tx), {person.pin: person for person in file.people}
    adopted = set(tx.scalars(select(PinMap.pin).where(PinMap.terminal_id == row.id)))
    names, others = {}, []
    for pin, one in people.staying(row.id, there).items():
        held, wanted = there[pin], shown_name(one.name, file.encoding, file.name_bytes)
        if held.name == wanted:
            continue
        if held.unread or not (pin in adopted or may_be_the_same(held.name, one.name)):
            others.append(f"{pin} {_name_there(held)}")
        else:
            names[pin] = one.name
    numbers = people.numbers_on(row)
    added = {pin: people.by_id[one].name for one, pin in numbers.items() if pin not in there}
    departed = people.departed(row.id, there)
    leaving = [f"{pin} {person.name}" for pin, person in departed.items()]
    return _Changes(names, added, leaving, others)


def _name_there(person: Person) -> str:
    return tr("(a name that cannot be read for certain)") if person.unread else f"“{person.name}”"


def _in_words(changes: _Changes) -> str:
    text = tr(
        "{added:,} added, {renamed:,} renamed; the others stay as they are. Load the file at the "
        "terminal before anybody is added there, and then let it write its people to the stick "
        "again: only that shows what it took.",
        added=len(changes.added),
        renamed=len(changes.names),
    )
    leaving = tr(
        "A file removes nobody. Delete at the terminal: {people}.", people=some(changes.leaving)
    )
    others = tr(
        "Under another name there, and left as they are: {people}.", people=some(changes.others)
    )
    return paragraph(text, leaving if changes.leaving else "", others if changes.others else "")
