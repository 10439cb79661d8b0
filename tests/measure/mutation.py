"""Mutation score of the measured modules: the share of mutants that the tests notice.

    python3 run.py mutation [--seconds 600] [--seed 1] [--workers 2] [--room store]

Mutants are drawn in an order that the seed decides, until the time is spent. Each runs only the
tests that reach its line, on SQLite, in a process forked from one that has imported the libraries.
The last line is JSON: the score as a fraction, and the mutants that survived. Linux only.
"""

import argparse
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from coverage import Coverage, CoverageData

from tests.measure.coverage import run_tests
from tests.measure.mutants import Mutant, mutants_of, mutated
from tests.measure.plugin import FOLDER, SECONDS
from tests.measure.rooms import DECLARATIONS, ROOMS, ROOT, modules

LONGEST_S = 120
"""A mutant that takes longer waits for something that never comes: the tests noticed it."""
MOST_TEST_SECONDS = 20.0
"""Of the tests that reach a mutant, the fastest run, as many as fit; coverage makes them slower."""
PRELOADED = [
    "aiosmtpd.smtp",
    "alembic.command",
    "alembic.autogenerate",
    "argon2",
    "cryptography.hazmat.primitives.hpke",
    "httpx",
    "hypothesis",
    "keyring",
    "msgspec",
    "numpy",
    "PIL.Image",
    "psycopg",
    "serial",
    "sqlalchemy.orm",
    "structlog",
    "usb.core",
    "uvicorn",
    "starlette.applications",
    "PyQt6.QtWidgets",
]
NO_TESTS_RAN = 5


def map_tests(data: Path) -> None:
    """Keep in `data` which tests run which lines, and beside it how long each takes."""
    run_tests("--test-names", "-k", "not postgres")
    whole = Coverage(data, config_file=False)
    whole.combine(map(str, FOLDER.glob("coverage.*")), keep=True)
    whole.save()
    shutil.copy(SECONDS, data.with_suffix(".json"))


class Reach:
    """Which tests run which lines, and how long each takes.

    By what `data` kept of an earlier run, or by a run of all.
    """

    def __init__(self, data: Path) -> None:
        if not data.exists():
            map_tests(data)
        kept = CoverageData(str(data))
        kept.read()
        self.lines: dict[str, dict[int, set[str]]] = {}
        """Module, line: the tests that run it."""
        for name in kept.measured_files():
            contexts = kept.contexts_by_lineno(name).items()
            path = Path(name).relative_to(ROOT).as_posix()
            self.lines[path] = {line: set(tests) - {""} for line, tests in contexts}
        self._seconds: dict[str, float] = json.loads(data.with_suffix(".json").read_text("utf-8"))
        self._sources = {path: (ROOT / path).read_text("utf-8") for path in modules()}

    def tests_for(self, mutant: Mutant) -> list[str]:
        """The tests that run its line, the fastest first.

        Of a line that runs at import: those that hold its declaration, that run its module or one
        that needs it, and those whose file names it.
        """
        first: tuple[str, ...] = ()
        tests = self.lines.get(mutant.path, {}).get(mutant.line, set())
        if not tests:
            first = DECLARATIONS.get(mutant.path.rpartition("/")[0], ())
            tests = set().union(*map(self._tests_of, self._needing(mutant.path)))
            names = names_of(mutant.path)
            tests |= {
                test for test in self._seconds if any(name in _source(test) for name in names)
            }
        ordered = sorted(tests, key=lambda test: (self._seconds.get(test, 0), test))
        totals = itertools.accumulate(self._seconds.get(test, 0) for test in ordered)
        most = sum(total <= MOST_TEST_SECONDS for total in totals)
        return [*first, *ordered[: max(1, most)]]

    def _needing(self, path: str) -> set[str]:
        """This module, and those that import it, or import one that does."""
        found, fresh = {path}, {path}
        while fresh:
            names = [name for needed in fresh for name in names_of(needed)]
            fresh = {
                other
                for other, text in self._sources.items()
                if any(f"from {name} import" in text for name in names)
            } - found
            found |= fresh
        return found

    def _tests_of(self, path: str) -> set[str]:
        return set().union(*self.lines.get(path, {}).values())


def module_name(path: str) -> str:
    """Return console.store.vault for console/store/vault.py."""
    return path.removesuffix(".py").replace("/", ".")


@cache
def names_of(path: str) -> list[str]:
    """The names by which others import what is in a module: its own, and that of its package."""
    own = module_name(path)
    package = Path(path).with_name("__init__.py")
    passed_on = f"from {own} import" in (ROOT / package).read_text("utf-8")
    return [own, own.rpartition(".")[0]] if passed_on else [own]


def _source(test: str) -> str:
    """The text of the file of a test."""
    path = ROOT / test.partition("::")[0]
    return path.read_text("utf-8") if path.is_file() else ""


class MutantLoader(  # type: ignore[misc]  # typeshed's finder and loader differ in a method
    importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader
):
    """Imports one module with its change, and leaves all others alone."""

    def __init__(self, mutant: Mutant) -> None:
        name = module_name(mutant.path)
        super().__init__(name, str(ROOT / mutant.path))
        self._tree = mutated((ROOT / mutant.path).read_text("utf-8"), mutant)

    def find_spec(
        self, fullname: str, _path: object, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of the mutated module."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def get_code(self, _fullname: str) -> CodeType:
        """The code of the changed tree."""
        return compile(self._tree, self.path, "exec")


def run_mutant(mutant: Mutant, tests: list[str], folder: Path) -> int:
    """Start the tests on a mutant in a forked process; its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    with contextlib.suppress(BaseException):
        signal.alarm(LONGEST_S)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        sys.meta_path.insert(0, MutantLoader(mutant))
        options = ["-x", "-q", "-p", "no:randomly", "-o", "timeout=0", "-p", "no:cacheprovider"]
        options += [
            "-k",
            "not postgres",
            "--hypothesis-seed=0",
            f"--basetemp={folder}/{os.getpid()}",
        ]
        status = int(pytest.main([*options, *tests]))
    os._exit(status)


def check_control(reach: Reach) -> None:
    """End the program when the tests fail without a mutant: they would notice everything."""
    path = next(iter(reach.lines))
    control = Mutant(path, min(reach.lines[path]), -1, "none")
    with tempfile.TemporaryDirectory() as folder:
        run_mutant(control, reach.tests_for(control), Path(folder))
        _, status = os.wait()
    if status:
        sys.exit(f"the tests fail without a mutant: {os.waitstatus_to_exitcode(status)}")


class Score:
    """What became of the mutants so far."""

    def __init__(self) -> None:
        self.killed: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()
        self.survivors: list[Mutant] = []

    def add(self, mutant: Mutant, room: str, noticed: bool) -> None:
        """Count one mutant."""
        self.tried[room] += 1
        self.killed[room] += noticed
        if not noticed:
            self.survivors.append(mutant)

    def summary(self) -> dict[str, object]:
        """The last line: scores as fractions."""
        total = self.tried.total()
        return {
            "score": round(self.killed.total() / total, 3) if total else None,
            "mutants": total,
            "rooms": {room: round(self.killed[room] / n, 3) for room, n in self.tried.items()},
            "survivors": [asdict(mutant) for mutant in self.survivors],
        }


def main() -> int:
    """Print the score as JSON."""
    parser = argparse.ArgumentParser(prog="run.py mutation")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--room", choices=ROOMS, help="mutants of this room only")
    parser.add_argument("--data", type=Path, help="keeps which tests reach which lines")
    options = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as temporary:
        reach = Reach(options.data or Path(temporary) / "coverage")
    rooms = {path: room for path, room in modules().items() if options.room in (None, room)}
    every = [
        mutant for path in rooms for mutant in mutants_of(path, (ROOT / path).read_text("utf-8"))
    ]
    random.Random(options.seed).shuffle(every)
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    check_control(reach)
    score = Score()
    running: dict[int, Mutant] = {}
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        while running or (every and time.monotonic() < end):
            while every and len(running) < options.workers and time.monotonic() < end:
                mutant = every.pop()
                tests = reach.tests_for(mutant)
                if tests:
                    running[run_mutant(mutant, tests, Path(folder))] = mutant
                else:
                    score.add(mutant, rooms[mutant.path], noticed=False)
            if running:
                child, status = os.wait()
                mutant = running.pop(child)
                noticed = os.waitstatus_to_exitcode(status) not in (0, NO_TESTS_RAN)
                score.add(mutant, rooms[mutant.path], noticed)
                if not noticed:
                    print(f"survived: {mutant.path}:{mutant.line} {mutant.change}", flush=True)
    print(json.dumps(score.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
