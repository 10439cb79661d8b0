"""The portal's source, built from its lock in a folder of its own; and a phone's browser."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.demo.browser import PHONE, NoBrowser, find_browser, flags
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


@pytest.fixture
def phone() -> Iterator[Any]:
    """An empty page in the browser of a phone."""
    from playwright.sync_api import sync_playwright

    try:
        chromium = find_browser()
    except NoBrowser:
        pytest.skip("no Chromium, Chrome or Edge here: run.py test installs Chromium on Debian")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags(None))
        yield browser.new_context(**PHONE, timezone_id="UTC").new_page()
        browser.close()


class Judged(dict[str, list[str]]):
    """What axe-core finds wrong with the states that a page was in, light and dark."""

    def __init__(self, page: Any, built: Path) -> None:
        super().__init__()
        self._page = page
        self._axe = (built / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")

    def judge(self, title: str) -> None:
        """The state with this heading, once it is shown."""
        self._page.get_by_role("heading", name=title).wait_for()
        for scheme in ("light", "dark"):
            self._page.emulate_media(color_scheme=scheme)
            if wrong := violations(self._page, self._axe):
                self[f"{title} {scheme}"] = wrong


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Any, axe: str) -> list[str]:
    """What breaks these rules on the page as it is now. axe: the source of axe-core."""
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
