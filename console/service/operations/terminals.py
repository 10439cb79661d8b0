"""Terminals: listed, let in, added and changed, and all there is to know of one."""

from datetime import datetime

from sqlalchemy import Select, select

from bridge.terminals.names import CODE_PAGES, readings
from bridge.terminals.terminal import Capability
from console.api import terminals as api
from console.api.operation import ById, Nothing
from console.domain.kept_texts import said
from console.domain.language import labelled, msgid, paragraph, tr, tr_short_day
from console.domain.operators import Role
from console.domain.set_aside import shown_line
from console.domain.terminals import FORMER, Dialect, TerminalStatus
from console.domain.zones import zone_names
from console.service.operations.dispatch import Call, handles
from console.service.operations.paging import after, checked_limit, encode_cursor
from console.service.operations.terminal_rows import terminal_row, terminal_rows
from console.service.pools import Pool
from console.service.settings import site_zone
from console.service.terminals import life, registry
from console.service.terminals.callers import open_questions
from console.service.terminals.follow_up import FollowUp
from console.service.terminals.inventory import open_names
from console.service.terminals.log_book import GAP, LIVE, WHOLE_LOG, unread_log
from console.service.terminals.push_dialects import dialect_evidence
from console.service.terminals.sessions import Identity, TerminalSessions
from console.service.terminals.set_aside import Line, open_line
from console.store.queries.people import full_name
from console.store.queries.placements import hindered_on
from console.store.schema import (
    ClockOffset,
    Employee,
    LogCoverage,
    Operator,
    PinMap,
    Quarantine,
    Receipt,
    Terminal,
)
from console.store.unit_of_work import ReadTx

SHOWN = 50
"""Newest rows of the log coverage, clock offsets and receipts that are shown."""
LABELS = {
    "read_people": msgid("Read people"),
    "write_people": msgid("Write people"),
    "read_fingers": msgid("Read fingerprints"),
    "write_fingers": msgid("Write fingerprints"),
    "face_photos": msgid("Accept face photos"),
    "read_log": msgid("Download log"),
    "operation_log": msgid("Download operation log"),
    "live_events": msgid("Report logins immediately"),
    "enrol_finger": msgid("Enrol fingers on request"),
    "read_clock": msgid("Read clock"),
    "set_clock": msgid("Set clock"),
    "settings": msgid("Read and write settings"),
    "unlock": msgid("Open the door"),
    "lock": msgid("Lock the terminal"),
    "restart": msgid("Restart"),
    "test_voice": msgid("Voice prompts"),
    "clear_log": msgid("Clear log"),
    "log_sum": msgid("Count log for an audit"),
}
"""Capabilities in words, by their stored names: those that something here makes use of. TE20."""
_RECEIPTS = {
    "plan": msgid("Plan applied"),
    "departure": msgid("People removed"),
    "emptying": msgid("Data removed to empty it"),
    "emptied": msgid("Read completely and confirmed empty"),
    "emptied_by_file": msgid("Confirmed empty by a file of its people"),
    "alignment": msgid("Synchronised"),
    "adopt": msgid("People imported"),
    "clock": msgid("Clock set"),
    "clock_told": msgid("Told the time, which cannot be checked"),
    "clear_log": msgid("Log cleared"),
    "usb_log": msgid("Log read from a file"),
    "usb_people": msgid("People read from a file"),
    "usb_people_written": msgid("File of people written, which cannot be checked"),
    "copy_finger": msgid("Finger copied"),
    "remove_finger": msgid("Finger removed"),
    "unlock": msgid("Told to open the door, which cannot be checked"),
    "lock": msgid("Told to take no logins, which cannot be checked"),
    "restart": msgid("Told to restart"),
    "test_voice": msgid("Told to play a voice prompt, which cannot be checked"),
    "settings": msgid("Settings written"),
}
MUST_GO = msgid("To be removed, may still be on it")
IS_MISSING = msgid("Should be on it, but is not")
FILLED_GAP = msgid(
    "Monitor gap: the terminal says {says:,}, received {received:,}, recovered {recovered:,}"
)
WHOLE_READ = msgid(
    "Whole log read: the terminal says {says:,}, received {received:,}, new {recovered:,}"
)
NOT_COUNTED = msgid("The whole log was requested, but has not arrived in full yet")
_FACTS = (
    ("devicename", msgid("Model")),
    ("firmware", msgid("Firmware")),
    ("fwversion", msgid("Firmware")),
    ("platform", msgid("Platform")),
    ("algorithm", msgid("Fingerprint algorithm")),
    ("mac", msgid("MAC address")),
    ("pushver", msgid("Push version")),
)
_PUSH_DIALECTS = {
    Dialect.PUSH: msgid("Attendance push"),
    Dialect.ACCESS: msgid("Access-control push"),
}
_COUNTED = (
    ("people", msgid("People")),
    ("fingers", msgid("Fingers")),
    ("records", msgid("Logins")),
    ("faces", msgid("Faces")),
)


class TerminalOperations:
    """What operators do with terminals."""

    def __init__(self, sessions: TerminalSessions, follow_up: FollowUp) -> None:
        self._sessions, self._follow_up = sessions, follow_up

    @handles(api.list_terminals, Pool.READ)
    def list_all(self, call: Call, _request: Nothing) -> api.Terminals:
        """All terminals of the daily list."""
        with call.read() as tx:
            return api.Terminals(rows=terminal_rows(tx, statuses=set(TerminalStatus) - FORMER))

    @handles(api.get_terminal, Pool.READ)
    def get(self, call: Call, request: ById) -> api.TerminalDetail:
        """One terminal with its history. Raises NotFound."""
        with call.read() as tx:
            return _detail(tx, registry.find_terminal(tx, request.id))

    @handles(api.approve_terminal, Pool.WRITE)
    def approve(self, call: Call, request: api.ApproveTerminal) -> api.TerminalRow:
        """Lets a terminal in. Raises NotFound, Invalid, Conflict, Forbidden."""
        with call.write() as tx:
            row = life.approve(tx, request, call.operator.role)
            self._sessions.begin_anew(tx, row)
            return terminal_row(tx, row.id)

    @handles(api.dial_terminal, Pool.DEVICE)
    def dial(self, call: Call, request: api.DialTerminal) -> api.TerminalRow:
        """Adds a terminal that this site dials. Raises Invalid, Conflict.

        Its serial number is read first and pinned: nobody else may answer in its place. Of one that
        is off, or has no network, the number on its label is pinned (TE19). Fingers would go to it,
        so it waits for approval unless an administrator adds it.
        """
        registry.checked_name(request.name, request.zone)
        registry.checked_encoding(request.encoding)
        printed = registry.checked_serial(request.serial)
        address = registry.checked_address(request, may_lack=bool(printed))
        if address.host:
            with call.read() as tx:
                registry.check_is_free(tx, address)
            found = self._sessions.identify(address, printed)
        else:
            found = Identity(printed, reached=False)
        operator = call.operator
        asked_by = "" if operator.role is Role.ADMIN else operator.id
        with call.write() as tx:
            row = registry.add_dialled(
                tx, request, found.serial, reached=found.reached, asked_by=asked_by
            )
            return terminal_row(tx, row.id)

    @handles(api.change_terminal, Pool.WRITE)
    def change(self, call: Call, request: api.ChangeTerminal) -> api.TerminalRow:
        """Changes what people set of a terminal. Raises NotFound, Invalid, Forbidden."""
        with call.write() as tx:
            before = registry.find_terminal(tx, request.id)
            if registry.is_dialled_elsewhere(before, request):
                life.check_may_let_in(before, call.operator.role)
            zone, encoding = before.zone, before.encoding
            row = registry.change(tx, request)
            self._sessions.begin_anew(tx, row)
            if (row.zone, row.encoding) != (zone, encoding):
                tx.after_commit(self._follow_up.of_change(row.id))
            return terminal_row(tx, row.id)

    @handles(api.zone_names, Pool.READ)
    def zones(self, call: Call, _request: Nothing) -> api.ZoneNames:
        """The time zones that this computer knows."""
        with call.read() as tx:
            return api.ZoneNames(site=site_zone(tx), names=sorted(zone_names()))

    @handles(api.name_readings, Pool.READ)
    def name_readings(self, call: Call, request: ById) -> api.NameReadings:
        """What each encoding makes of the names on a terminal. Raises NotFound."""
        with call.read() as tx:
            raw = open_names(tx.vault, registry.find_terminal(tx, request.id))
        labels = [(encoding, page.label) for encoding, page in CODE_PAGES.items()]
        rows = [
            api.NameReading(
                encoding=one.encoding,
                label=CODE_PAGES[one.encoding].label,
                names=list(one.names),
                fits=one.fits,
            )
            for one in readings(raw)
        ]
        return api.NameReadings(labels=labels, rows=rows if raw else [])

    @handles(api.list_set_aside, Pool.READ)
    def list_set_aside(self, call: Call, request: api.ListSetAside) -> api.SetAsidePage:
        """Lines of a terminal that could not be read. Raises Invalid for a bad cursor."""
        query = select(Quarantine).where(Quarantine.terminal_id == request.terminal_id)
        limit = checked_limit(request.limit)
        with call.read() as tx:
            if request.cursor:
                query = query.where(
                    after(request.cursor, Quarantine.received_at, Quarantine.id, True)
                )
            newest = query.order_by(Quarantine.received_at.desc(), Quarantine.id.desc())
            lines = [open_line(tx.vault, row) for row in tx.scalars(newest.limit(limit))]
        last = lines[-1] if len(lines) == limit else None
        return api.SetAsidePage(
            rows=[_line(line) for line in lines],
            cursor=encode_cursor(last.received_at, last.id) if last else "",
        )


def _line(line: Line) -> api.SetAsideRow:
    return api.SetAsideRow(
        id=line.id,
        received_at=line.received_at,
        table=shown_line(line.table.encode()),
        reason=said(shown_line(line.reason.encode())),
        text=shown_line(line.raw),
    )


def _detail(tx: ReadTx, row: Terminal) -> api.TerminalDetail:
    return api.TerminalDetail(
        terminal=terminal_row(tx, row.id),
        port=row.port,
        transport=row.transport,
        has_key=row.key_sealed is not None,
        zone=row.zone,
        site_zone=site_zone(tx),
        encoding=row.encoding,
        encoding_seen=row.encoding_seen,
        facts=[*_facts(row), *_push_dialect(row), *_own_numbers(tx, row), *_hindered(tx, row)],
        capabilities=[_capability(row, name) for name in Capability if name in LABELS],
        log_coverage=_log_coverage(tx, row),
        clock_offsets=_clock_offsets(tx, row),
        receipts=_receipts(tx, row),
        lines_dropped=row.lines_dropped,
        callers=[
            api.CallerRow(
                address=address,
                since=datetime.fromisoformat(caller.since),
                text=paragraph(*map(said, caller.why)),
            )
            for address, caller in open_questions(row).items()
        ],
    )


def _facts(row: Terminal) -> list[tuple[str, str]]:
    facts = {tr(label): str(row.info[key]) for key, label in reversed(_FACTS) if row.info.get(key)}
    for key, label in _COUNTED:
        if key in row.counts:
            capacity = int(row.counts.get(f"{key}_capacity", 0))
            held = int(row.counts[key])
            of_all = tr("{held:,} of {capacity:,}", held=held, capacity=capacity)
            facts[tr(label)] = of_all if capacity else f"{held:,}"
    return list(facts.items())


def _push_dialect(row: Terminal) -> list[tuple[str, str]]:
    """What a terminal that dials in speaks, and what shows it."""
    if not row.dialect.dials_in:
        return []
    dialect = tr("{dialect}.", dialect=tr(_PUSH_DIALECTS[row.dialect]))
    return [(tr("Dialect"), paragraph(dialect, said(dialect_evidence(row))))]


def _own_numbers(tx: ReadTx, row: Terminal) -> list[tuple[str, str]]:
    """Who has another number on this terminal than here."""
    query = (
        select(PinMap.pin, Employee)
        .join(Employee, Employee.id == PinMap.employee_id)
        .where(PinMap.terminal_id == row.id)
        .order_by(PinMap.pin)
        .limit(SHOWN)
    )
    return [
        (
            tr("Has another number on it"),
            tr(
                "{person}: {pin} is {number} here",
                person=full_name(person),
                pin=pin,
                number=person.number,
            ),
        )
        for pin, person in tx.execute(query)
    ]


def _hindered(tx: ReadTx, row: Terminal) -> list[tuple[str, str]]:
    """Who must go and may still be there, and who does not get there, with the reason."""
    return [
        (
            label,
            " · ".join(
                part
                for part in (
                    f"{full_name(person)} ({place.pin})",
                    tr("since {day}", day=tr_short_day(place.since)),
                    said(place.error),
                )
                if part
            ),
        )
        for label, belongs in ((tr(MUST_GO), False), (tr(IS_MISSING), True))
        for place, person in hindered_on(tx, row.id, SHOWN, belongs=belongs)
    ]


def _capability(row: Terminal, name: Capability) -> api.CapabilityRow:
    entry, label = row.capabilities.get(name.value), tr(LABELS[name.value])
    if entry is None:
        return api.CapabilityRow(
            name=name.value, label=label, can=None, evidence=tr("Not tried yet")
        )
    day = tr_short_day(datetime.fromisoformat(entry["at"]))
    evidence = f"{day} · {entry['firmware']}" if entry["firmware"] else day
    return api.CapabilityRow(
        name=name.value, label=label, can=bool(entry["can"]), evidence=evidence
    )


def _clock_offsets(tx: ReadTx, row: Terminal) -> list[api.ClockOffsetRow]:
    query = select(ClockOffset).where(ClockOffset.terminal_id == row.id)
    return [
        api.ClockOffsetRow(at=entry.at, offset_s=entry.offset_s, corrected=entry.corrected)
        for entry in tx.scalars(query.order_by(ClockOffset.id.desc()).limit(SHOWN))
    ]


def _log_coverage(tx: ReadTx, row: Terminal) -> list[api.LogCoverageRow]:
    query = select(LogCoverage).where(LogCoverage.terminal_id == row.id)
    spans = _spans(tx, query)
    unread = unread_log(tx, row)
    if unread is None:
        return spans
    asked = api.LogCoverageRow(start=unread.start, end=unread.end, text=tr(NOT_COUNTED), bad=True)
    return [asked, *spans]


def _spans(tx: ReadTx, query: Select[LogCoverage]) -> list[api.LogCoverageRow]:
    return [
        api.LogCoverageRow(
            start=span.start,
            end=span.end,
            text=_span_text(span),
            bad=bool(span.problem) or span.source == WHOLE_LOG,
        )
        for span in tx.scalars(query.order_by(LogCoverage.id.desc()).limit(SHOWN))
    ]


def _span_text(span: LogCoverage) -> str:
    if span.problem:
        return tr("May miss logins: {problem}", problem=said(span.problem))
    if span.source == LIVE:
        return tr("Watched all the time")
    if span.source == WHOLE_LOG:
        return tr(NOT_COUNTED)
    values = {"says": span.says, "received": span.received, "recovered": span.recovered}
    if span.source == GAP:
        return tr(FILLED_GAP, **values)
    return tr(WHOLE_READ, **values)


def _receipts(tx: ReadTx, row: Terminal) -> list[api.ReceiptRow]:
    query = (
        select(Receipt, Operator.name)
        .outerjoin(Operator, Operator.id == Receipt.actor)
        .where(Receipt.terminal_id == row.id)
    )
    rows = tx.execute(query.order_by(Receipt.at.desc()).limit(SHOWN))
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
    title = tr(_RECEIPTS.get(receipt.kind, receipt.kind))
    return labelled(title, detail) if detail else title
