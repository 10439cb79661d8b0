"""pytest plugin: measures what the tests of the measured rooms reach, while all tests run.

Only these tests are traced, so all others run at their usual speed. Each process of the test run
writes a file of its own into FOLDER; `tests.measure.coverage` reads them together.
"""

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Generator

import pytest
from coverage import Coverage

from tests.measure.rooms import ROOT, TESTS, modules

FOLDER = ROOT / "build/measured"
SECONDS = FOLDER / "seconds.json"
"""How long each test took, by its name."""
_ROOMS = tuple(ROOT / name for name in TESTS)


def new_coverage(data_suffix: bool = False) -> Coverage:
    """A measurement of the modules. data_suffix: each process has a file of its own."""
    return Coverage(
        FOLDER / "coverage",
        data_suffix=data_suffix,
        branch=True,
        config_file=False,
        include=[str(ROOT / name) for name in modules()],
    )


_measured = new_coverage(data_suffix=True)
_measured.start()  # before any test is imported: importing a module runs a good part of it


_seconds: dict[str, float] = defaultdict(float)


def test_name(nodeid: str) -> str:
    """Return pytest's name of a test, without its parameters and the group of xdist."""
    return nodeid.partition("[")[0].partition("@")[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --test-names, for `tests.measure.mutation`."""
    parser.addoption("--test-names", action="store_true", help="keep which test reaches which line")


def pytest_configure(config: pytest.Config) -> None:
    """Forget what an earlier run measured, before the first process writes."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)


def pytest_collection_finish() -> None:
    """Everything is imported."""
    _measured.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace the tests of the measured rooms, with their fixtures."""
    if not any(item.path.is_relative_to(room) for room in _ROOMS):
        _stale.append(item)
        return (yield)
    if _stale:
        _empty_caches()
        _stale.clear()
    _measured.start()
    if item.config.getoption("--test-names"):
        _measured.switch_context(test_name(item.nodeid))
    try:
        return (yield)
    finally:
        _measured.stop()


_stale: list[pytest.Item] = []
"""Tests without a trace since the last traced one: what they left in caches would not run again."""


def _empty_caches() -> None:
    """Forget what cached functions of the measured modules have computed without a trace."""
    for name in modules():
        module = sys.modules.get(name.removesuffix(".py").replace("/", "."))
        for value in list(vars(module).values()) if module is not None else ():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long a test took; the first process hears of all."""
    if "postgres" not in report.nodeid:
        _seconds[test_name(report.nodeid)] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the data of this process."""
    _measured.save()
    if not hasattr(session.config, "workerinput"):
        SECONDS.write_text(json.dumps(_seconds), "utf-8")
