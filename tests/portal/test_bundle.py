"""The committed bundle is the one its source makes, and the lock names no registry."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

PORTAL = ROOT / "resources" / "portal"
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: run.py test installs it on Debian")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the portal's source, built from its lock."""
    folder = tmp_path_factory.mktemp("portal")
    shutil.copytree(PORTAL, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "static" / "portal.js").unlink()
    npm = shutil.which("npm") or "npm"
    for command in (["ci", "--silent"], ["run", "--silent", "check"], ["run", "--silent", "build"]):
        subprocess.run([npm, *command], cwd=folder, check=True, capture_output=True)
    return folder


@needs_npm
def test_the_committed_bundle_matches_its_source(built: Path) -> None:
    assert (built / "static" / "portal.js").read_bytes() == (PORTAL / "static" / "portal.js").read_bytes(), "run: npm run build"


def test_the_lock_names_no_registry_and_pins_hashes() -> None:
    lock = json.loads((PORTAL / "package-lock.json").read_text())
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in packages)


def test_the_page_asks_nobody_else_for_anything() -> None:
    for path in [*(PORTAL / "templates").glob("*.html"), PORTAL / "static" / "portal.css", PORTAL / "static" / "portal.js"]:
        text = path.read_text("utf-8")
        assert "https://" not in text, path.name
        assert "style=" not in text, path.name
