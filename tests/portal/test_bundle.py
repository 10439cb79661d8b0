"""The committed bundle is the one its source makes, and the lock names no registry."""

import json
from pathlib import Path

from tests.portal.conftest import PORTAL


def test_the_committed_bundle_matches_its_source(built: Path) -> None:
    assert (built / "static" / "portal.js").read_bytes() == (
        PORTAL / "static" / "portal.js"
    ).read_bytes(), "run: npm run build"


def test_the_lock_names_no_registry_and_pins_hashes() -> None:
    lock = json.loads((PORTAL / "package-lock.json").read_text())
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert packages
    assert all(
        "resolved" not in entry and entry["integrity"].startswith("sha512-") for entry in packages
    )


def test_the_page_asks_nobody_else_for_anything() -> None:
    for path in [
        *(PORTAL / "templates").glob("*.html"),
        PORTAL / "static" / "portal.css",
        PORTAL / "static" / "portal.js",
    ]:
        text = path.read_text("utf-8")
        assert "https://" not in text, path.name
        assert "style=" not in text, path.name
