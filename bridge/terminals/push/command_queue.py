"""The command queue of a unit that dials in.

A command waits here until the unit fetches it at its next poll. The unit answers with a result and
posts the rows that belong to it in other calls.
"""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.terminals.errors import BridgeError, NoAnswer, Refused, Unsupported
from bridge.terminals.push.codes import ATTENDANCE_CODES, ON_ITS_WAY, ReturnCodes
from bridge.terminals.push.commands import Builder
from bridge.terminals.push.pace import Pace
from bridge.terminals.push.records import CommandResult, UploadBatch, to_wire
from bridge.terminals.terminal import Estimate, Progress, no_progress
from bridge.wording import worded

FIRST_ID = 1_000_000_000
"""Ids begin at STARTS numbers from here: none looks like the small ids that units make up."""
STARTS = 1_000_000_000
"""A queue begins at any of so many ids, so that an answer to a command of an earlier run, or of
another queue, belongs to nothing. All ids stay below 2 ** 31 for units that count no further."""
LINES_PER_POLL, BYTES_PER_POLL = 32, 262_144
"""What one answer to a poll holds at most. A unit polls every few seconds, whatever it gets."""
AT_ONCE = 64
"""Commands of one `exchange_all` that are under way at a time."""
MAX_WAITING = 256
ANSWER_S = 60.0
QUIET_S = 10.0
"""Seconds without a new row after which no more rows are expected."""


@dataclass
class PendingCommand:
    """One command under way. rows: everything that the unit has posted since it was sent."""

    builder: Builder
    answer: "asyncio.Future[CommandResult]"
    rows: UploadBatch = field(default_factory=UploadBatch)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sent: bool = False


@dataclass(frozen=True)
class CommandAnswer:
    """The result of a command and the rows that came while it was under way."""

    result: CommandResult
    rows: UploadBatch


class CommandQueue:
    """The commands to one unit. It belongs to the event loop of the listener."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._numbers = itertools.count(FIRST_ID + secrets.randbelow(STARTS))
        self._open: dict[str, PendingCommand] = {}
        self._waiting: deque[str] = deque()

    @property
    def waiting(self) -> bool:
        """Whether a command waits to be fetched."""
        return bool(self._waiting)

    def fetch_lines(self) -> list[str]:
        """Return the next command lines for a unit that polls; one that is too long comes alone."""
        lines: list[str] = []
        size = 0
        while self._waiting and len(lines) < LINES_PER_POLL:
            pending = self._open.get(self._waiting[0])
            if pending is not None:
                line = pending.builder(self._waiting[0])
                size += len(to_wire(line))
                if lines and size > BYTES_PER_POLL:
                    break
                pending.sent = True
                lines.append(line)
            self._waiting.popleft()
        self._pace.note_poll(len(lines))
        return lines

    def time_for(self, commands: int, questions: int) -> Estimate:
        """How long the unit takes, by its own polls.

        commands: sent many at a time; questions: asked one after the other.
        """
        answers = -(-commands // LINES_PER_POLL) + questions
        return self._pace.time_for(answers, commands + questions)

    def add_rows(self, batch: UploadBatch) -> None:
        """Add rows that the unit posted: to the question that they answer, if the unit names it.

        Otherwise they may belong to any command under way.
        """
        for command_id, pending in self._open.items():
            if pending.sent and batch.command_id in ("", command_id):
                pending.rows.extend(batch)
                pending.news.set()

    def add_result(self, result: CommandResult) -> bool:
        """Return True if the result belongs to a command of this queue."""
        pending = self._open.get(result.command_id)
        final = result.code != ON_ITS_WAY
        if pending is not None and final and not pending.answer.done():
            pending.answer.set_result(result)
            pending.news.set()
        return pending is not None

    async def exchange(
        self,
        builder: Builder,
        what: str,
        rows: tuple[str, int] | None = None,
        answer_s: float = ANSWER_S,
        codes: ReturnCodes = ATTENDANCE_CODES,
    ) -> CommandAnswer:
        """Send one command and wait for its result.

        what: completes "The terminal refused to …". rows: (kind, expected number): also wait until
        so many rows of this kind (see `UploadBatch.number_of`) have come; the caller judges whether
        they are complete. The code of such a query may be its number of rows. answer_s: seconds
        for the unit to fetch the command and answer. codes: of the unit's dialect.

        Raises NoAnswer, Unsupported, Refused, and BridgeError if too many commands wait.
        """
        if len(self._open) >= MAX_WAITING:
            raise BridgeError(worded("Too many commands to this terminal are under way."))
        command_id = str(next(self._numbers))
        pending = PendingCommand(builder, asyncio.get_running_loop().create_future())
        builder(command_id)  # an unsafe value fails here, not in the listener
        self._open[command_id] = pending
        self._waiting.append(command_id)
        try:
            return await self._wait(pending, what, rows, answer_s, codes)
        finally:
            del self._open[command_id]

    async def exchange_all(
        self,
        builders: Sequence[Builder],
        what: str,
        progress: Progress = no_progress,
        codes: ReturnCodes = ATTENDANCE_CODES,
    ) -> None:
        """Send many commands, several at a time, and wait for all results.

        Raises as `exchange` does, for the first that fails; those not fetched by then are dropped.
        """
        room = asyncio.Semaphore(AT_ONCE)

        async def one(builder: Builder) -> None:
            async with room:
                await self.exchange(builder, what, codes=codes)

        progress(0, len(builders))
        tasks = [asyncio.create_task(one(builder)) for builder in builders]
        try:
            for done, finished in enumerate(asyncio.as_completed(tasks), start=1):
                await finished
                progress(done, len(builders))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(
        self,
        pending: PendingCommand,
        what: str,
        rows: tuple[str, int] | None,
        answer_s: float,
        codes: ReturnCodes,
    ) -> CommandAnswer:
        try:
            async with asyncio.timeout(answer_s):
                result = await pending.answer
        except TimeoutError as error:
            late = (
                worded("The terminal has not answered within {seconds:g} s.", seconds=answer_s)
                if pending.sent
                else worded(
                    "The terminal has not fetched the command within {seconds:g} s.",
                    seconds=answer_s,
                )
            )
            raise NoAnswer(late) from error
        if result.code in codes.unknown:
            raise Unsupported(
                worded(
                    "The terminal does not know how to {what} (code {code}).",
                    what=what,
                    code=result.code,
                )
            )
        if not codes.succeeds(result.code, queried=rows is not None):
            meaning = codes.explain(result.code, what)
            raise Refused(meaning.sentence, result.code, lasting=meaning.permanent)
        if rows is not None and result.code >= 0:
            kind, expected = rows
            expected = max(expected, result.code)
            await self._wait_for_rows(pending, kind, expected, min(answer_s, QUIET_S))
        return CommandAnswer(result, pending.rows)

    async def _wait_for_rows(
        self, pending: PendingCommand, kind: str, expected: int, quiet_s: float
    ) -> None:
        """Wait until so many rows have come, or none has for quiet_s seconds."""
        while pending.rows.number_of(kind) < expected:
            pending.news.clear()
            try:
                async with asyncio.timeout(quiet_s):
                    await pending.news.wait()
            except TimeoutError:
                return
