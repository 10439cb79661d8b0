"""Many terminals approved with one look: a list of serial numbers beside what waits. TE31."""

from sqlalchemy import select

from console.api import terminal_life as api
from console.api.tasks import TaskResult
from console.api.terminals import ApproveTerminal
from console.domain.errors import DomainError
from console.domain.kept_texts import said
from console.domain.language import labelled, msgid, paragraph, tr_count
from console.domain.operators import Role
from console.domain.roll_out import read_serials
from console.domain.terminals import TerminalStatus
from console.service.portions import in_batches
from console.service.tasks import BlockingBody, RunningTask
from console.service.terminals.life import approve
from console.service.terminals.push_dialects import unserved
from console.service.terminals.sessions import TerminalSessions
from console.store.database import Store
from console.store.schema import Terminal
from console.store.unit_of_work import ReadTx

APPROVED_AT_ONCE = 20
"""Terminals of one transaction, so that nobody waits long for a turn."""


def match(tx: ReadTx, text: str) -> api.SerialMatch:
    """What of a list waits. Raises Invalid for a list that cannot be read."""
    listed = read_serials(text)
    rows = {row.serial: row for row in tx.scalars(select(Terminal))}
    waiting = {serial: row for serial, row in rows.items() if row.status is TerminalStatus.PENDING}
    matched = [
        api.MatchedSerial(
            id=waiting[serial].id,
            serial=serial,
            name=one.name or waiting[serial].name,
            zone=one.zone or waiting[serial].zone,
            problem=said(unserved(waiting[serial])),
        )
        for serial, one in listed.terminals.items()
        if serial in waiting
    ]
    served = [
        serial
        for serial in listed.terminals
        if serial in rows and rows[serial].status not in _ABSENT
    ]
    return api.SerialMatch(
        matched=matched,
        known=served,
        missing=[
            serial
            for serial in listed.terminals
            if serial not in rows or rows[serial].status is TerminalStatus.REMOVED
        ],
        unexpected=sorted(waiting.keys() - listed.terminals.keys()),
        bad=listed.bad,
    )


_ABSENT = frozenset({TerminalStatus.PENDING, TerminalStatus.REMOVED})


class RollOut:
    """Approves the terminals of a list, some in a transaction."""

    def __init__(self, store: Store, sessions: TerminalSessions) -> None:
        self._store, self._sessions = store, sessions

    def body(self, wanted: list[api.MatchedSerial], actor: str, role: Role) -> BlockingBody:
        """The work of a task. One that cannot be approved hinders no other."""

        def run(task: RunningTask) -> TaskResult:
            task.say(msgid("Approving"))
            refused: list[str] = []
            done = 0
            for some in in_batches(wanted, APPROVED_AT_ONCE):
                for one, problem in self._approve(some, actor, role):
                    refused.append(labelled(one.serial, problem))
                done += len(some)
                task.progress(done, len(wanted))
                task.give_way()
            text = tr_count(
                "{count:,} terminal is approved.",
                "{count:,} terminals are approved.",
                done - len(refused),
            )
            return TaskResult(text=paragraph(text, *refused))

        return run

    def _approve(
        self, some: list[api.MatchedSerial], actor: str, role: Role
    ) -> list[tuple[api.MatchedSerial, str]]:
        refused = []
        with self._store.write(actor) as tx:
            for one in some:
                request = ApproveTerminal(id=one.id, name=one.name, zone=one.zone)
                try:
                    row = approve(tx, request, role)
                except DomainError as error:
                    refused.append((one, error.message))
                    continue
                self._sessions.begin_anew(tx, row)
        return refused
