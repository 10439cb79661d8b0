"""pytest plugin: measures what the tests of the measured rooms reach, while all tests run.

Only these tests are traced, so all others run at their usual speed. Each process of the test run
writes a file of its own into FOLDER; `tests.measure.coverage` reads them together.
"""

import shutil
from collections.abc import Generator

import pytest
from coverage import Coverage

from tests.measure.rooms import ROOT, TESTS, modules

FOLDER = ROOT / "build/measured"
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
        return (yield)
    _measured.start()
    try:
        return (yield)
    finally:
        _measured.stop()


def pytest_sessionfinish() -> None:
    """Write the data of this process."""
    _measured.save()
