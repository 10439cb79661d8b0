"""One Windows computer for all tests of this folder, and the set-ups that they install on it."""

from collections.abc import Iterator

import pytest

from installer.wine import Wine, computer, missing
from tests.windows.builds import Builds, build
from tests.windows.installed import Installed


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    if missing():
        pytest.skip(f"Windows is not tested without these packages: apt-get install {missing()}")
    return build(tmp_path_factory.mktemp("builds"))


@pytest.fixture(scope="session")
def wine(builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wine]:
    with computer(tmp_path_factory.mktemp("computer") / "wine") as wine:
        yield wine


@pytest.fixture
def installed(wine: Wine) -> Installed:
    """What is installed: nothing. A test that installs something removes all of it."""
    return Installed(wine)
