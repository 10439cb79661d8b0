"""The set-up on a Windows computer made by Wine: it installs, serves, comes back, repairs, leaves.

The issue "a set-up that a site admin double-clicks". `installer/CHECKLIST.md` lists what Wine
cannot prove.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from console import __version__, installation, runtime
from console.api.client import Client
from tests.conftest import PASSWORD, ROOT, free_ports
from tests.windows.wine import Wine, computer, missing
from tests.windows.wine_shims import ADDED, fit_for_wine

SETUP = ROOT / "build" / "windows" / f"muster-setup-{__version__}.exe"
PROGRAM = r"C:\Program Files\Muster"
DATA = r"C:\ProgramData\Muster"
MENU = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Muster"
UNINSTALL_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Muster"
RUN_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
WITHIN_S = 120
EMPTY_SCREEN = 200
"""Colours; the console's first window has more."""
SCREENSHOT = SETUP.with_name("console.png")
T = TypeVar("T")


@pytest.fixture
def wine(tmp_path: Path) -> Iterator[Wine]:
    if missing():
        pytest.skip(f"Wine is not complete on this computer: apt-get install {missing()}")
    if not SETUP.is_file():
        pytest.skip("there is no set-up to try: python3 installer/build.py --quick")
    with computer(tmp_path / "computer") as wine:
        yield wine


def until(condition: Callable[[], T | None]) -> T:
    """Waits for a program of the other computer, which may be very slow."""
    end = time.monotonic() + WITHIN_S
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.5)
    return found


def announced(wine: Wine) -> runtime.Running | None:
    file = wine.path(DATA) / installation.ANNOUNCED / runtime.FILE
    try:
        return runtime.Running(**json.loads(file.read_text()))
    except (OSError, ValueError):
        return None


def health(wine: Wine) -> dict[str, object]:
    found = until(lambda: announced(wine))
    answer: dict[str, object] = httpx.get(f"{found.api}/api/health", timeout=60).json()
    return answer


def set_up(wine: Wine, *options: str) -> None:
    """Runs the set-up, then makes the installed program fit for Wine."""
    status, text = wine.run(str(SETUP), "/S", *options)
    assert status == 0, text
    wine.run("net", "stop", "Muster")  # it was just started, without what Wine lacks
    fit_for_wine(wine.path(PROGRAM))


def start_service(wine: Wine) -> None:
    """Starts the service; Wine's `net stop` does not wait until it has ended."""
    until(lambda: "STOPPED" in wine.run("sc", "query", "Muster")[1] or None)
    assert wine.run("net", "start", "Muster")[0] == 0


def knows(wine: Wine, key: str, value: str = "") -> bool:
    return wine.run("reg", "query", key, *(("/v", value) if value else ()))[0] == 0


def remove(wine: Wine, *options: str) -> None:
    """Runs the uninstaller, which goes on in a copy of itself, up to its last file and folder."""
    wine.run(rf"{PROGRAM}\uninstall.exe", "/S", *options)
    until(lambda: not (wine.path(PROGRAM) / "site" / "zxcvbn").exists() or None)


@pytest.mark.timeout(480)
def test_the_set_up_on_one_computer_from_the_first_install_to_the_last_trace(wine: Wine) -> None:
    set_up(wine, "/TYPE=site")
    serves_portal_and_api(wine)
    comes_back_after_a_crash_and_with_the_computer(wine)
    shows_the_console(wine)
    is_repaired_with_its_data(wine)
    leaves_data_and_strangers(wine)
    is_a_kiosk_and_leaves_nothing(wine)


def serves_portal_and_api(wine: Wine) -> None:
    portal, push = free_ports(2)
    options = wine.path(DATA) / installation.SERVE_OPTIONS
    assert options.read_text().startswith("# How the service is started")
    options.write_text(f"--portal-port {portal}\n--push-port {push}\n")
    start_service(wine)
    assert health(wine) == {"version": __version__, "first_run": True, "site": ""}
    found = announced(wine)
    assert found is not None
    page = httpx.get(f"{found.portal}/static/portal.css", timeout=60)
    assert page.text == (ROOT / "resources/portal/static/portal.css").read_text("utf-8")
    with Client(found.api) as client:
        client.set_up("admin", "Ada Admin", PASSWORD, "Wine works")
    assert not (wine.path(DATA) / "data" / "site.key").exists(), "the key is in Windows' keyring"


def comes_back_after_a_crash_and_with_the_computer(wine: Wine) -> None:
    first = announced(wine)
    assert first is not None
    wine.run("taskkill", "/F", "/PID", str(first.pid))
    until(lambda: (now := announced(wine)) is not None and now.pid != first.pid)
    assert health(wine)["site"] == "Wine works"
    wine.shut_down()
    (wine.path(DATA) / installation.ANNOUNCED / runtime.FILE).unlink(missing_ok=True)
    wine.boot()
    assert health(wine)["site"] == "Wine works"


def shows_the_console(wine: Wine) -> None:
    """With the real platform plugin of Qt; the picture stays, to be looked at."""
    window = wine.start(rf"{PROGRAM}\runtime\pythonw.exe", "-m", "console.cli")
    until(lambda: wine.screenshot(SCREENSHOT) > EMPTY_SCREEN)
    window.kill()
    wine.run("taskkill", "/F", "/IM", "pythonw.exe")
    assert (wine.path(MENU) / "Muster.lnk").is_file()
    status, text = wine.run("cmd", "/c", "muster --version")
    assert (status, text.strip()) == (0, f"Muster {__version__}"), "it is on the search path"


def is_repaired_with_its_data(wine: Wine) -> None:
    damaged = wine.path(PROGRAM) / "site" / "console" / "cli.py"
    damaged.write_text("")
    set_up(wine)  # says no type: it stays a site
    assert damaged.stat().st_size > 0
    assert (wine.path(DATA) / "before-upgrade" / __version__ / "muster.db").is_file()
    wine.shut_down()
    wine.boot()  # starts the service
    assert health(wine)["site"] == "Wine works"


def leaves_data_and_strangers(wine: Wine) -> None:
    stranger = wine.path(PROGRAM) / "site" / "notes.txt"
    stranger.write_text("not ours")
    remove(wine)
    left = [path for path in wine.path(PROGRAM).rglob("*") if path.is_file()]
    assert [path for path in left if path.name not in ADDED] == [stranger]
    assert (wine.path(DATA) / "data" / "muster.db").is_file()
    assert announced(wine) is None
    assert not wine.path(MENU).exists()
    assert not knows(wine, UNINSTALL_KEY)
    assert wine.run("sc", "query", "Muster")[0] != 0, "the service is not registered any more"
    assert wine.run("cmd", "/c", "muster --version")[0] != 0
    stranger.unlink()


def is_a_kiosk_and_leaves_nothing(wine: Wine) -> None:
    set_up(wine, "/TYPE=kiosk")
    assert knows(wine, RUN_KEY, "Muster kiosk"), "it starts when a user signs in"
    assert [path.name for path in wine.path(MENU).iterdir()] == ["Muster kiosk.lnk"]
    assert wine.run("sc", "query", "Muster")[0] != 0, "a kiosk has no service"
    remove(wine, "/DATA=remove")
    assert not wine.path(DATA).exists()
    assert not knows(wine, RUN_KEY, "Muster kiosk")
