"""The interface of every dialect: a new one has few duties, and nobody asks which one it is."""

import ast
import inspect
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.terminals.errors import Unsupported
from bridge.terminals.push.access.terminal import AccessTerminal
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import (
    LOG_END,
    LOG_START,
    AttendanceLog,
    Capability,
    Counts,
    Person,
    Progress,
    TerminalDevice,
    UnitInfo,
    no_progress,
)
from bridge.terminals.zk.terminal import ZkTerminal
from tests.bridge.fakes import run

ROOT = Path(__file__).resolve().parents[2]
DIALECTS = {"ZkTerminal", "PushTerminal", "AccessTerminal"}
FALLBACKS = {"serial_number", "count_logins", "find_people", "time_for", "facts"}
"""Methods that take another way where a dialect has none of its own."""


class SmallestTerminal(TerminalDevice):
    """A dialect with nothing but its duties."""

    async def info(self) -> UnitInfo:
        return UnitInfo("S1")

    async def counts(self) -> Counts:
        return Counts()

    async def capabilities(self) -> dict[Capability, bool]:
        return {}

    async def people(self, progress: Progress = no_progress) -> list[Person]:
        return []

    async def names_encoding(self) -> str:
        return "utf-8"

    async def write_people(
        self, people: list[Person], progress: Progress = no_progress
    ) -> list[str]:
        return []

    async def remove_people(self, pins: list[str], progress: Progress = no_progress) -> None:
        return None

    async def log(self, progress: Progress = no_progress) -> AttendanceLog:
        return AttendanceLog(0, [], 0)


OPTIONAL: dict[str, Callable[[TerminalDevice], Any]] = {
    "write_face": lambda t: t.write_face("1", b""),
    "remove_face": lambda t: t.remove_face("1"),
    "fingers": lambda t: t.fingers(),
    "write_fingers": lambda t: t.write_fingers([]),
    "remove_fingers": lambda t: t.remove_fingers([]),
    "enrol_finger": lambda t: t.enrol_finger("1", 0),
    "log_between": lambda t: t.log_between(LOG_START, LOG_END),
    "count_between": lambda t: t.count_between(LOG_START, LOG_END),
    "operations": lambda t: t.operations(),
    "clear_log": lambda t: t.clear_log(0),
    "live_punches": lambda t: t.live_punches(),
    "clock": lambda t: t.clock(),
    "set_clock": lambda t: t.set_clock(datetime(2026, 1, 1)),
    "option": lambda t: t.option("LockOn"),
    "set_option": lambda t: t.set_option("LockOn", "1"),
    "copied_options": lambda t: t.copied_options(),
    "unlock": lambda t: t.unlock(1),
    "test_voice": lambda t: t.test_voice(),
    "lock": lambda t: t.lock(60),
    "restart": lambda t: t.restart(),
}


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_a_dialect_leaves_out_is_unsupported(name: str) -> None:
    async def story() -> None:
        with pytest.raises(Unsupported):
            await OPTIONAL[name](SmallestTerminal())

    run(story())


def test_the_duties_and_the_options_are_the_whole_interface() -> None:
    methods = {name for name, _ in inspect.getmembers(TerminalDevice, inspect.isfunction)}
    assert methods == TerminalDevice.__abstractmethods__ | set(OPTIONAL) | FALLBACKS
    assert run(SmallestTerminal().serial_number()) == "S1"
    assert run(SmallestTerminal().count_logins()) == 0
    assert run(SmallestTerminal().find_people(["404"])) == []
    assert SmallestTerminal().time_for(500, 10) is None
    assert run(SmallestTerminal().facts()) == {}
    for name in methods:
        assert inspect.getdoc(getattr(TerminalDevice, name)), name


@pytest.mark.parametrize("dialect", [ZkTerminal, PushTerminal, AccessTerminal])
def test_a_dialect_keeps_the_parameters_of_the_interface(dialect: type[TerminalDevice]) -> None:
    for name in TerminalDevice.__abstractmethods__ | set(OPTIONAL):
        own = inspect.signature(getattr(dialect, name)).parameters
        assert own == inspect.signature(getattr(TerminalDevice, name)).parameters, name


def test_nobody_above_the_bridge_asks_for_a_dialect_by_its_type() -> None:
    asked = []
    for path in sorted((ROOT / "console").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "type"):
                names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                asked += [f"{path}:{node.lineno}"] if names & DIALECTS else []
    assert asked == []
