"""The connection doctor as a task: for a terminal of the list, and for an address before that.

TE19, N13.
"""

from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.terminals.doctor import ConnectionDoctor, ConnectionFinding
from bridge.terminals.zk.session import Address
from console.api import tasks as api
from console.domain.errors import Conflict
from console.domain.kept_texts import said
from console.domain.language import tr, tr_count
from console.domain.zones import wall_time
from console.service.pools import Pool, Pools
from console.service.tasks import RunningTask, TaskBody
from console.service.terminals.admission import PUSH_SEEN
from console.service.terminals.sessions import TerminalSessions


class Examinations:
    """Makes the bodies of tasks that examine a connection. Nothing on a terminal is changed."""

    def __init__(
        self, clock: Callable[[], datetime], pools: Pools, sessions: TerminalSessions
    ) -> None:
        self._clock, self._pools, self._sessions = clock, pools, sessions

    def of_address(self, address: Address, serial: str, zone: ZoneInfo) -> TaskBody:
        """Examines what stands at an address, before it is added. serial: whose it must be."""

        async def run(task: RunningTask) -> api.TaskResult:
            return await _examine(task, self._doctor(address, serial, zone), None)

        return run

    async def of_terminal(self, task: RunningTask, terminal_id: str, _actor: str) -> api.TaskResult:
        """Examines a terminal that is dialled. Raises NotFound, Conflict."""
        row = await self._pools.run(Pool.TASK, self._sessions.find, terminal_id)
        if row.dialect.dials_in:
            raise Conflict(
                tr(
                    "This terminal connects to Muster by itself; "
                    "the doctor examines terminals that Muster connects to."
                )
            )
        zone = await self._pools.run(Pool.TASK, self._sessions.zone, terminal_id)
        async with self._sessions.reserve(terminal_id) as to:
            seen = to.row.info.get(PUSH_SEEN)
            pushed = datetime.fromisoformat(seen) if seen else None
            return await _examine(task, self._doctor(to.address, to.row.serial, zone), pushed)

    def _doctor(self, address: Address, serial: str, zone: ZoneInfo) -> ConnectionDoctor:
        return ConnectionDoctor(address, lambda: wall_time(zone, self._clock()), serial)


async def _examine(
    task: RunningTask, doctor: ConnectionDoctor, pushed: datetime | None
) -> api.TaskResult:
    findings: list[api.DoctorFinding] = []
    steps = doctor.examine(pushed)
    async with aclosing(steps) as made:  # type: ignore[type-var]  # a generator, declared as an iterator
        async for found in made:
            findings.append(_struct(found))
            task.result = api.TaskResult(findings=list(findings))
            task.say(found.step)
    bad = [found for found in findings if found.outcome in ("warn", "fail")]
    needed = tr_count("{count} problem to fix.", "{count} problems to fix.", len(bad))
    text = needed if bad else tr("No problems found.")
    return api.TaskResult(text=text, findings=findings, recording=doctor.recorder.text())


def _struct(found: ConnectionFinding) -> api.DoctorFinding:
    return api.DoctorFinding(
        step=said(found.step),
        outcome=found.outcome,
        cause=said(found.cause),
        remedy=said(found.remedy),
        seconds=round(found.seconds, 3),
    )
