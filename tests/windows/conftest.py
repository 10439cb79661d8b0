"""One Windows computer for all tests of this folder, and the set-ups that they install on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.wine import Wine, computer, missing
from tests.windows.builds import Builds, build
from tests.windows.installed import Installed


@pytest.fixture(scope="session")
def gigabytes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that is not kept for later runs."""
    folder = tmp_path_factory.mktemp("windows")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def builds(gigabytes: Path) -> Builds:
    if missing():
        pytest.skip(f"Windows is not tested without these packages: apt-get install {missing()}")
    return build(gigabytes / "builds")


@pytest.fixture(scope="session")
def wine(builds: Builds, gigabytes: Path) -> Iterator[Wine]:
    with computer(gigabytes / "computer") as wine:
        yield wine


@pytest.fixture
def installed(wine: Wine) -> Installed:
    """What is installed: nothing. A test that installs something removes all of it."""
    return Installed(wine)
