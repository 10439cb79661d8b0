"""Terminals: listing, letting in those that dialled in, adding those we dial, and all there is to know of one."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bridge.terminals.terminal import Capability
from bridge.terminals.zk.session import Transport
from console.api import terminals as api
from console.api.operation import ById, Nothing
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.terminals import ONLINE_WITHIN, Dialect, ProvisionState, TerminalStatus
from console.service.operations.dispatch import Call, handles
from console.service.terminals.provisioning import plan_provision
from console.service.terminals.sessions import known_capabilities
from console.store import audit
from console.store.columns import new_id
from console.store.database import changed
from console.store.schema import (
    ClockOffset,
    Enrolment,
    LogCoverage,
    Operator,
    Provision,
    Quarantine,
    Receipt,
    Terminal,
)

MAX_OFFSET_MIN = 14 * 60
SHOWN = 50
"""Lines of a ledger that are shown."""
LABELS = {
    Capability.READ_PEOPLE: "Read people", Capability.WRITE_PEOPLE: "Write people", Capability.READ_FINGERS: "Read fingerprints",
    Capability.WRITE_FINGERS: "Write fingerprints", Capability.FACE_PHOTOS: "Take face photos", Capability.READ_LOG: "Hand out its log",
    Capability.OPERATION_LOG: "Hand out its operation log", Capability.LIVE_EVENTS: "Report logins at once",
    Capability.ENROL_FINGER: "Enrol fingers on request", Capability.SET_CLOCK: "Have its clock set", Capability.UNLOCK: "Open the door",
    Capability.RESTART: "Restart", Capability.TEST_VOICE: "Speak", Capability.CLEAR_LOG: "Clear its log",
    Capability.LOG_SUM: "Count its log for an audit",
}  # fmt: skip
_FACTS = (
    ("devicename", "Model"), ("firmware", "Firmware"), ("fwversion", "Firmware"), ("platform", "Platform"),
    ("algorithm", "Fingerprint algorithm"), ("mac", "MAC address"), ("pushver", "Push version"),
)  # fmt: skip
_COUNTED = (("people", "people"), ("fingers", "fingers"), ("records", "logins"), ("faces", "faces"))


@handles(api.list_terminals)
def list_terminals(call: Call, request: Nothing) -> api.Terminals:
    with call.service.store.read() as session:
        rows = session.scalars(select(Terminal).order_by(Terminal.status.desc(), Terminal.name))
        return api.Terminals(rows=[_struct(call, session, row) for row in rows])


def _struct(call: Call, session: Session, row: Terminal) -> api.Terminal:
    live = select(Provision.state, func.count()).join(
        Enrolment, Enrolment.id == Provision.enrolment_id
    )
    counts = dict(
        session.execute(
            live.where(Provision.terminal_id == row.id, Enrolment.live).group_by(Provision.state)
        )
        .tuples()
        .all()
    )
    problem = session.scalars(
        select(Provision.error)
        .where(Provision.terminal_id == row.id, Provision.error != "")
        .order_by(Provision.run_at.desc())
        .limit(1)
    ).first()
    return api.Terminal(
        id=row.id,
        serial=row.serial,
        name=row.name,
        status=row.status,
        online=call.now - row.last_seen <= ONLINE_WITHIN and not row.contact_problem,
        address=row.address,
        last_seen=row.last_seen,
        firmware=str(row.info.get("firmware", row.info.get("fwversion", ""))),
        confirmed=counts.get(ProvisionState.CONFIRMED, 0),
        expected=sum(counts.values()),
        problem=row.contact_problem or problem or "",
        dialect=row.dialect,
        group=row.group_name,
        people=_held(row, "people", "users"),
        records=_held(row, "records", "logs"),
        out_of_sync=int(row.counts.get("out_of_sync", 0)),
        clock_offset_s=row.clock_offset_s,
        enrols=known_capabilities(row).get(Capability.ENROL_FINGER, False),
    )


def _held(row: Terminal, counted: str, told: str) -> int:
    """As counted when it was read, or as the terminal tells when it polls."""
    value = str(row.info.get(told, "")) if row.dialect is Dialect.PUSH else ""
    return int(value) if value.isdigit() and len(value) < 9 else int(row.counts.get(counted, 0))


@handles(api.get_terminal)
def get_terminal(call: Call, request: ById) -> api.TerminalDetail:
    with call.service.store.read() as session:
        row = _row(session, request.id)
        offsets = session.scalars(
            select(ClockOffset)
            .where(ClockOffset.terminal_id == row.id)
            .order_by(ClockOffset.id.desc())
            .limit(SHOWN)
        )
        quarantined = (
            session.scalar(select(func.count()).where(Quarantine.terminal_id == row.id)) or 0
        )
        return api.TerminalDetail(
            terminal=_struct(call, session, row),
            port=row.port,
            transport=row.transport,
            has_key=row.key_sealed is not None,
            utc_offset_min=row.utc_offset_min,
            facts=_facts(row),
            capabilities=[_capability(row, name) for name in Capability],
            log_coverage=_log_coverage(session, row),
            clock_offsets=[
                api.ClockOffsetRow(at=entry.at, offset_s=entry.offset_s, corrected=entry.corrected)
                for entry in offsets
            ],
            receipts=_receipts(session, row),
            quarantined=quarantined,
        )


def _row(session: Session, terminal_id: str) -> Terminal:
    row = session.get(Terminal, terminal_id)
    if row is None:
        raise NotFound("This terminal does not exist any more.")
    return row


def _facts(row: Terminal) -> list[tuple[str, str]]:
    facts = {label: str(row.info[key]) for key, label in reversed(_FACTS) if row.info.get(key)}
    for key, label in _COUNTED:
        if key in row.counts:
            capacity = int(row.counts.get(f"{key}_capacity", 0))
            room = f" of {capacity:,}" if capacity else ""
            facts[f"Holds {label}"] = f"{int(row.counts[key]):,}{room}"
    return list(facts.items())


def _capability(row: Terminal, name: Capability) -> api.CapabilityRow:
    entry = row.capabilities.get(name.value)
    if entry is None:
        return api.CapabilityRow(
            name=name.value, label=LABELS[name], can=None, evidence="Not tried yet"
        )
    firmware = f", {entry['firmware']}" if entry["firmware"] else ""
    return api.CapabilityRow(
        name=name.value,
        label=LABELS[name],
        can=bool(entry["can"]),
        evidence=f"{datetime.fromisoformat(entry['at']):%d %b %Y}{firmware}",
    )


def _log_coverage(session: Session, row: Terminal) -> list[api.LogCoverageRow]:
    spans = session.scalars(
        select(LogCoverage)
        .where(LogCoverage.terminal_id == row.id)
        .order_by(LogCoverage.id.desc())
        .limit(SHOWN)
    )
    return [
        api.LogCoverageRow(
            start=span.start, end=span.end, text=_span_text(span), bad=bool(span.problem)
        )
        for span in spans
    ]


def _span_text(span: LogCoverage) -> str:
    if span.problem:
        return f"May miss logins: {span.problem}"
    if span.source == "live":
        return "Watched all the time"
    if span.source == "all":
        return "The terminal was asked for its whole log"
    counted = f"The terminal says {span.says:,}, received {span.received:,}"
    if span.source == "gap":
        return f"Monitor gap; {counted}; {span.recovered:,} recovered"
    return f"Whole log read. {counted}; {span.recovered:,} new"


def _receipts(session: Session, row: Terminal) -> list[api.ReceiptRow]:
    query = (
        select(Receipt, Operator.name)
        .outerjoin(Operator, Operator.id == Receipt.actor)
        .where(Receipt.terminal_id == row.id)
    )
    rows = session.execute(query.order_by(Receipt.at.desc()).limit(SHOWN)).tuples()
    return [
        api.ReceiptRow(at=receipt.at, actor=name or "Muster", text=_receipt_text(receipt))
        for receipt, name in rows
    ]


def _receipt_text(receipt: Receipt) -> str:
    detail = ", ".join(
        f"{key.replace('_', ' ')} {value}"
        for key, value in receipt.detail.items()
        if value not in (None, 0, "")
    )
    titles = {
        "plan": "Plan applied",
        "adopt": "People taken over",
        "clock": "Clock set",
        "clear_log": "Log cleared",
        "copy_finger": "Finger copied",
        "remove_finger": "Finger taken off",
    }
    title = titles.get(
        receipt.kind,
        LABELS[Capability(receipt.kind)] if receipt.kind in set(Capability) else receipt.kind,
    )
    return f"{title}: {detail}" if detail else title


def _checked(name: str, utc_offset_min: int) -> str:
    if not name.strip():
        raise Invalid("name", "Give the terminal a name, for example “Main gate”.")
    if abs(utc_offset_min) > MAX_OFFSET_MIN:
        raise Invalid("utc_offset_min", "The time zone is at most 14 hours from UTC.")
    return name.strip()[:80]


@handles(api.approve_terminal)
def approve_terminal(call: Call, request: api.ApproveTerminal) -> api.Terminal:
    """Lets a terminal in, and puts all faces in force on their way to it."""
    name = _checked(request.name, request.utc_offset_min)
    with call.service.store.write() as session:
        row = _row(session, request.id)
        was = row.status
        row.name, row.utc_offset_min, row.status = (
            name,
            request.utc_offset_min,
            TerminalStatus.APPROVED,
        )
        row.group_name = request.group.strip()[:80] or row.group_name
        if was is not TerminalStatus.APPROVED and row.dialect is Dialect.PUSH:
            for enrolment in session.scalars(select(Enrolment).where(Enrolment.live)):
                plan_provision(call.service, session, enrolment, row)
        audit.record(session, call.now, call.operator.id, "terminal.approved", row.id)
        changed(session, "terminals", row.id)
        session.flush()
        return _struct(call, session, row)


@handles(api.dial_terminal)
def dial_terminal(call: Call, request: api.DialTerminal) -> api.Terminal:
    """Adds a terminal that we dial. Its serial number is read first and pinned: nobody else may answer in its place."""
    name = _checked(request.name, request.utc_offset_min)
    key, transport = _address(request.host, request.port, request.key, request.transport)
    serial = call.service.units.identify(request.host.strip(), request.port, key, transport)
    with call.service.store.write() as session:
        if (
            session.scalars(select(Terminal.id).where(Terminal.serial == serial)).first()
            is not None
        ):
            raise Conflict(f"Terminal {serial} is in the list already.")
        row = Terminal(
            id=new_id(),
            serial=serial,
            name=name,
            status=TerminalStatus.APPROVED,
            address=request.host.strip(),
            info={},
            first_seen=call.now,
            last_seen=call.now,
            utc_offset_min=request.utc_offset_min,
            dialect=Dialect.ZK,
            port=request.port,
            transport=transport,
            group_name=request.group.strip()[:80],
            counts={},
            capabilities={},
        )
        row.key_sealed = (
            call.service.vault.seal_site(f"terminal {row.id}", str(key).encode()) if key else None
        )
        session.add(row)
        audit.record(session, call.now, call.operator.id, "terminal.dialled", row.id)
        changed(session, "terminals", row.id)
        session.flush()
        return _struct(call, session, row)


def _address(host: str, port: int, key: str, transport: str) -> tuple[int, Transport]:
    if not host.strip() or len(host) > 200:
        raise Invalid("host", "Enter the terminal's IP address, for example 192.168.1.201.")
    if not 1 <= port <= 65535:
        raise Invalid("port", "A port is 1 to 65535; terminals use 4370.")
    if key and (not key.isdigit() or len(key) > 6):
        raise Invalid("key", "A comm key has up to 6 digits.")
    if transport not in set(Transport):
        raise Invalid("transport", "Choose automatic, TCP or UDP.")
    return int(key or 0), Transport(transport)


@handles(api.change_terminal)
def change_terminal(call: Call, request: api.ChangeTerminal) -> api.Terminal:
    name = _checked(request.name, request.utc_offset_min)
    with call.service.store.write() as session:
        row = _row(session, request.id)
        row.name, row.group_name, row.utc_offset_min = (
            name,
            request.group.strip()[:80],
            request.utc_offset_min,
        )
        if row.dialect is Dialect.ZK:
            key, transport = _address(request.host, request.port, request.key, request.transport)
            row.address, row.port, row.transport = request.host.strip(), request.port, transport
            if request.key:
                row.key_sealed = (
                    call.service.vault.seal_site(f"terminal {row.id}", str(key).encode())
                    if key
                    else None
                )
        audit.record(session, call.now, call.operator.id, "terminal.changed", row.id)
        changed(session, "terminals", row.id)
        session.flush()
        found = _struct(call, session, row)
    call.service.units.changed(row.id, row.serial)
    return found


@handles(api.block_terminal)
def block_terminal(call: Call, request: ById) -> api.Terminal:
    """It may not talk to this site any more. What it holds stays on it: plan its removal first."""
    with call.service.store.write() as session:
        row = _row(session, request.id)
        row.status = TerminalStatus.BLOCKED
        audit.record(session, call.now, call.operator.id, "terminal.blocked", row.id)
        changed(session, "terminals", row.id)
        session.flush()
        found = _struct(call, session, row)
    call.service.units.changed(row.id, row.serial)
    return found
