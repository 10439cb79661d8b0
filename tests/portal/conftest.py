"""The portal's source, installed and built from its lock in a folder of its own."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

PORTAL = ROOT / "resources" / "portal"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the portal's source with its packages and a bundle made from it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: run.py test installs it on Debian")
    folder = tmp_path_factory.mktemp("portal")
    shutil.copytree(
        PORTAL, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules")
    )
    (folder / "static" / "portal.js").unlink()
    for command in (["ci", "--silent"], ["run", "--silent", "check"], ["run", "--silent", "build"]):
        subprocess.run([npm, *command], cwd=folder, check=True, capture_output=True)
    return folder
