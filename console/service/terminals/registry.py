"""Rows of terminals: found, added and changed, and the evidence about them."""

from zoneinfo import ZoneInfo

from sqlalchemy import select

from bridge.terminals.names import AUTO, CODE_PAGES, WIDE, writing_encoding
from bridge.terminals.push.records import SERIAL
from bridge.terminals.terminal import Capability
from bridge.terminals.zk.session import Address, TransportKind
from console.api import terminals as api
from console.api.tasks import ExamineAddress
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.language import tr
from console.domain.terminal_life import Act, after
from console.domain.terminals import (
    NOT_REACHED,
    SERVED,
    Dialect,
    TerminalStatus,
    is_heard_of,
)
from console.domain.zones import zone_of
from console.service.settings import site_zone
from console.service.terminals.callers import STOPPED, open_questions
from console.store.columns import new_id
from console.store.queries.placements import retry_now, unsettle_terminal
from console.store.schema import Receipt, Terminal
from console.store.site_seals import terminal_key_kind
from console.store.unit_of_work import ReadTx, Tx
from console.store.vault import Vault

NAME_CHARS = 80


def find_terminal(tx: ReadTx, terminal_id: str) -> Terminal:
    """Raises NotFound."""
    row = tx.get(Terminal, terminal_id)
    if row is None:
        raise NotFound(tr("This terminal does not exist any more."))
    return row


def terminal_by_serial(tx: ReadTx, serial: str) -> Terminal | None:
    """The terminal with this serial number, whatever its status."""
    return tx.scalar(select(Terminal).where(Terminal.serial == serial))


def served_by_serial(tx: ReadTx, serial: str) -> Terminal | None:
    """The same, if this site talks to it."""
    row = terminal_by_serial(tx, serial)
    return row if row is not None and row.status in SERVED else None


def approved_terminal(tx: ReadTx, terminal_id: str) -> Terminal:
    """A terminal that is approved, and is as it was approved. Raises NotFound, Conflict."""
    row = served_terminal(tx, terminal_id)
    if row.status is not TerminalStatus.APPROVED:
        raise Conflict(tr("This terminal is being emptied. Bring it back first."))
    return row


def served_terminal(tx: ReadTx, terminal_id: str) -> Terminal:
    """A terminal that this site talks to, even if only to empty it. Raises NotFound, Conflict."""
    row = find_terminal(tx, terminal_id)
    if row.status not in SERVED:
        raise Conflict(tr("Approve this terminal first."))
    if row.address in open_questions(row):
        raise Conflict(STOPPED)
    return row


def zone_name(tx: ReadTx, row: Terminal) -> str:
    """The time zone that a terminal's clock shows: its own, or the site's."""
    return row.zone or site_zone(tx)


def terminal_zone(tx: ReadTx, row: Terminal) -> ZoneInfo:
    """The same as a zone."""
    return zone_of(zone_name(tx, row))


def receives_biometrics(row: Terminal) -> bool:
    """Whether faces or fingers may go to a terminal."""
    fingers = row.info.get("fingerfunon")
    return may_receive_biometrics(row.takes_faces, row.dialect, fingers)


def may_receive_biometrics(takes_faces: bool, dialect: Dialect, fingers: object) -> bool:
    """The same of its columns. fingers: what it told of them; silence counts as yes."""
    return (takes_faces and dialect.dials_in) or str(fingers) != "0"


def is_dialled_elsewhere(row: Terminal, request: api.ChangeTerminal) -> bool:
    """Whether a change leads to another device than the one that was let in."""
    if row.dialect.dials_in or row.status is TerminalStatus.PENDING:
        return False
    return (row.address, row.port) != (request.host.strip(), request.port)


def names_written(row: Terminal) -> str:
    """The encoding of names that a terminal is given."""
    return writing_encoding(row.encoding, row.encoding_seen)


def name_bytes(row: Terminal) -> int:
    """How many bytes of a name a terminal keeps, as far as it has shown."""
    return int(row.counts.get("name_bytes", WIDE))


def note_name_bytes(tx: Tx, row: Terminal, size: int) -> None:
    """A terminal has shown how much of a name it keeps."""
    row.counts = {**row.counts, "name_bytes": size}
    unsettle_terminal(tx, row)


def names_are_read_anew(tx: Tx, row: Terminal) -> None:
    """Another encoding is in force, so names that could not be read or written may be now."""
    unsettle_terminal(tx, row)
    retry_now(tx, row.id)


def add_dialled(
    tx: Tx, request: api.DialTerminal, serial: str, *, reached: bool, asked_by: str = ""
) -> Terminal:
    """Adds a terminal that this site dials, also one that was removed. Raises Conflict, Invalid.

    serial: as it reported it if it was reached, else as its label says. asked_by: it waits for
    approval, which this operator asks for.
    """
    name = checked_name(request.name, request.zone)
    address = checked_address(request, may_lack=not reached)
    row = terminal_by_serial(tx, serial)
    if row is not None and row.status is not TerminalStatus.REMOVED:
        raise Conflict(tr("Terminal {serial} is in the list already.", serial=serial))
    if row is None:
        row = Terminal(
            id=new_id(),
            serial=serial,
            status=TerminalStatus.PENDING,
            first_seen=tx.now,
            info={},
            counts={},
            capabilities={},
        )
        tx.add(row)
    else:
        row.status = after(row.status, Act.DIAL_IN)
    row.name = name
    row.zone, row.encoding = request.zone, checked_encoding(request.encoding)
    row.dialect, row.address, row.port = Dialect.ZK, address.host, address.port
    row.transport, row.callers = address.transport, {}
    row.last_seen = tx.now if reached else row.last_seen
    row.contact_problem = "" if reached else _unreached(address)
    row.key_sealed = _sealed_key(tx, row.id, address.key)
    row.asked_by = asked_by
    if not asked_by:
        row.status = after(row.status, Act.APPROVE)
        row.approved_at, row.log_wanted = tx.now, True
    return saved(tx, row, "terminal.dialled")


def change(tx: Tx, request: api.ChangeTerminal) -> Terminal:
    """Changes the settings of a terminal. Raises NotFound, Invalid."""
    name = checked_name(request.name, request.zone)
    row = find_terminal(tx, request.id)
    row.name, row.zone, before = name, request.zone, row.encoding
    row.encoding = checked_encoding(request.encoding)
    if row.encoding != before:
        names_are_read_anew(tx, row)
    if not row.dialect.dials_in:
        address = checked_address(request, may_lack=True)
        if bool(address.host) != bool(row.address):
            row.contact_problem = _unreached(address)
        row.address, row.port, row.transport = address.host, address.port, address.transport
        if request.key:
            row.key_sealed = _sealed_key(tx, row.id, address.key)
    return saved(tx, row, "terminal.changed")


def saved(tx: Tx, row: Terminal, action: str) -> Terminal:
    """Tells of a change: the audit trail, and whoever shows terminals."""
    tx.audit(action, row.id)
    tx.changed("terminals", row.id)
    tx.flush()
    return row


def checked_name(name: str, zone: str) -> str:
    """The name as it is stored. Raises Invalid, also for a zone; an empty one is the site's."""
    if not name.strip():
        raise Invalid("name", tr("Give the terminal a name, for example “Main gate”."))
    if zone:
        zone_of(zone)
    return name.strip()[:NAME_CHARS]


def checked_serial(serial: str) -> str:
    """The serial number on a terminal's label, "" for none. Raises Invalid."""
    if serial.strip() and not SERIAL.fullmatch(serial.strip()):
        raise Invalid("serial", tr("Enter the serial number as its label says, without spaces."))
    return serial.strip()


def checked_encoding(encoding: str) -> str:
    """The encoding of a terminal's names. Raises Invalid."""
    if encoding != AUTO and encoding not in CODE_PAGES:
        raise Invalid("encoding", tr("Choose the text encoding from the list."))
    return encoding


def _unreached(address: Address) -> str:
    """No network is no problem."""
    return NOT_REACHED if address.host else ""


def checked_address(
    request: api.DialTerminal | api.ChangeTerminal | ExamineAddress, *, may_lack: bool = False
) -> Address:
    """Where a terminal is dialled, with its comm key. Raises Invalid.

    may_lack: it may have no network, and so no address.
    """
    if not (request.host.strip() or may_lack) or len(request.host) > 200:
        raise Invalid("host", tr("Enter the terminal's IP address, for example 192.168.1.201."))
    if not 1 <= request.port <= 65535:
        raise Invalid("port", tr("A port is 1 to 65535; terminals use 4370."))
    if request.key and not (request.key.isascii() and request.key.isdigit()):
        raise Invalid("key", tr("A comm key has up to 6 digits."))
    if len(request.key) > 6:
        raise Invalid("key", tr("A comm key has up to 6 digits."))
    if request.transport not in set(TransportKind):
        raise Invalid("transport", tr("Choose automatic, TCP or UDP."))
    transport = TransportKind(request.transport)
    return Address(request.host.strip(), request.port, int(request.key or 0), transport)


def check_is_free(tx: ReadTx, address: Address) -> None:
    """Raises Conflict if a terminal of the list answers at this address.

    It serves one session at a time, and that is taken. One that does not answer any more may have
    been replaced by another.
    """
    query = select(Terminal).where(
        Terminal.dialect == Dialect.ZK,
        Terminal.status.in_(SERVED),
        Terminal.address == address.host,
        Terminal.port == address.port,
        Terminal.contact_problem == "",
    )
    for row in tx.scalars(query):
        if is_heard_of(row.last_seen, tx.now):
            raise Conflict(
                tr(
                    "{name} is in the list already, and answers at this address. "
                    "Examine it from its own page.",
                    name=row.name,
                )
            )


def _sealed_key(tx: Tx, terminal_id: str, key: int) -> bytes | None:
    return tx.vault.seal_site(terminal_key_kind(terminal_id), str(key).encode()) if key else None


def address_of(vault: Vault, row: Terminal) -> Address:
    """Where this site dials a terminal, with its comm key. Raises Unsealable."""
    key = int(vault.open_site(terminal_key_kind(row.id), row.key_sealed)) if row.key_sealed else 0
    return Address(row.address, row.port, key, TransportKind(row.transport))


def _firmware(row: Terminal) -> str:
    return str(row.info.get("firmware", row.info.get("fwversion", "")))


def learn(tx: Tx, row: Terminal, found: dict[Capability, bool]) -> None:
    """Stores evidence of what a unit can do. N16."""
    at = tx.now.isoformat()
    evidence = {
        name.value: {"can": can, "at": at, "firmware": _firmware(row)}
        for name, can in found.items()
    }
    before = known_capabilities(row)
    row.capabilities = {**row.capabilities, **evidence}
    if known_capabilities(row) != before:
        unsettle_terminal(tx, row)
    tx.changed("terminals", row.id)


def known_capabilities(row: Terminal) -> dict[Capability, bool]:
    """The capabilities with evidence. One that is left out is unknown."""
    return {
        name: bool(row.capabilities[name.value]["can"])
        for name in Capability
        if name.value in row.capabilities
    }


def cannot(row: Terminal, what: Capability) -> bool:
    """Whether the firmware that the unit has now is known not to be able to do this."""
    evidence = row.capabilities.get(what.value)
    return evidence is not None and not evidence["can"] and evidence["firmware"] == _firmware(row)


def algorithm_of(row: Terminal) -> str:
    """The format of its finger templates, "" if unknown. They fit only units of the same format."""
    info = row.info
    version = info.get("fpversion")
    return str(info.get("algorithm") or (f"finger {version}" if version else ""))


def takes_faces(row: Terminal) -> bool:
    """Whether faces go to this terminal. No open library moves them over port 4370."""
    return row.takes_faces and row.dialect.dials_in


def note_takes_faces(tx: Tx, row: Terminal, *, takes: bool) -> None:
    """A terminal has said whether it takes faces. Nobody waits for one that does not. TE3."""
    if row.takes_faces != takes:
        row.takes_faces = takes
        unsettle_terminal(tx, row)
        tx.changed("terminals", row.id)


def note_receipt(tx: Tx, terminal_id: str, kind: str, detail: dict[str, object]) -> None:
    """Stores the receipt of a change to a terminal that was read back."""
    tx.add(
        Receipt(
            id=new_id(),
            terminal_id=terminal_id,
            at=tx.now,
            actor=tx.actor,
            kind=kind,
            detail=detail,
        )
    )
    tx.audit(f"terminal.{kind}", terminal_id, **detail)
    tx.changed("terminals", terminal_id)
