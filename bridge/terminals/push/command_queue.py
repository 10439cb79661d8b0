"""Questions to a unit that dials in: put down here, fetched at its next poll, answered by what it posts."""

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass, field

from bridge.terminals.errors import BridgeError, NoAnswer, Refused, Unsupported
from bridge.terminals.push.commands import Builder
from bridge.terminals.push.records import Batch, CommandResult

PREFIX = "q"
"""Ids of these commands; other queues use other letters."""
LINES_PER_POLL = 8
MAX_WAITING = 256
ANSWER_S = 60.0
UNSUPPORTED_CODE = -1002
NOTHING_FOUND = frozenset({-1, -10})
"""Real units answer an empty query with one of these."""


@dataclass
class Question:
    """One command under way. rows: all that came in while it was."""

    builder: Builder
    answer: "asyncio.Future[CommandResult]"
    rows: Batch = field(default_factory=Batch)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sent: bool = False


@dataclass(frozen=True)
class Answer:
    result: CommandResult
    rows: Batch


class CommandQueue:
    """One unit's. Lives on the event loop of the listener."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[str, Question] = {}
        self._waiting: deque[str] = deque()

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def fetch(self) -> list[str]:
        """Command lines for a unit that polls."""
        lines: list[str] = []
        while self._waiting and len(lines) < LINES_PER_POLL:
            command_id = self._waiting.popleft()
            question = self._open.get(command_id)
            if question is not None:
                question.sent = True
                lines.append(question.builder(command_id))
        return lines

    def take_rows(self, batch: Batch) -> None:
        """Rows that the unit posted: they may belong to any question under way."""
        for question in self._open.values():
            if question.sent:
                for name in (
                    "punches",
                    "users",
                    "fingers",
                    "templates",
                    "photos",
                    "operations",
                    "errors",
                    "quarantined",
                ):
                    getattr(question.rows, name).extend(getattr(batch, name))
                question.news.set()

    def take_result(self, result: CommandResult) -> bool:
        """True when the result belongs to a question from here."""
        question = self._open.get(result.command_id)
        if question is not None and not question.answer.done():
            question.answer.set_result(result)
            question.news.set()
        return question is not None

    async def ask(
        self,
        builder: Builder,
        what: str,
        rows: tuple[str, int] | None = None,
        answer_s: float = ANSWER_S,
    ) -> Answer:
        """Sends one command and waits for its result, and for as many rows of a kind as the unit says it has.

        Raises NoAnswer, Unsupported, Refused. Fewer rows than expected are the caller's to judge.
        """
        if len(self._open) >= MAX_WAITING:
            raise BridgeError("Too many questions to this terminal are under way.")
        command_id = f"{PREFIX}{next(self._numbers)}"
        question = Question(builder, asyncio.get_running_loop().create_future())
        builder(command_id)
        self._open[command_id] = question
        self._waiting.append(command_id)
        try:
            return await self._wait(question, what, rows, answer_s)
        finally:
            del self._open[command_id]

    async def _wait(
        self, question: Question, what: str, rows: tuple[str, int] | None, answer_s: float
    ) -> Answer:
        try:
            async with asyncio.timeout(answer_s):
                result = await question.answer
        except TimeoutError as error:
            why = "has not answered" if question.sent else "has not fetched the command"
            raise NoAnswer(f"The terminal {why} within {answer_s:g} s.") from error
        if result.code == UNSUPPORTED_CODE:
            raise Unsupported(f"The terminal does not know how to {what} (code {result.code}).")
        if result.code != 0 and not (rows is not None and result.code in NOTHING_FOUND):
            raise Refused(f"The terminal refused to {what} (code {result.code}).", result.code)
        if rows is not None:
            await self._rows(question, *rows, answer_s)
        return Answer(result, question.rows)

    async def _rows(self, question: Question, kind: str, expected: int, quiet_s: float) -> None:
        """Waits until so many rows have come, or none has for a while."""
        quiet_s = min(quiet_s, 10.0)
        while len(getattr(question.rows, kind)) < expected:
            question.news.clear()
            try:
                async with asyncio.timeout(quiet_s):
                    await question.news.wait()
            except TimeoutError:
                return
