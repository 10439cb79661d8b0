"""The set-up on a Windows computer made by Wine: it installs, serves, comes back, upgrades, leaves.

The issue "a set-up that a site admin double-clicks". `installer/CHECKLIST.md` lists what Wine
cannot prove.
"""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import httpx
import pytest

from console import __version__
from console.api.client import Client
from console.store.migrate import HEAD
from console.updates import handover
from console.updates.releases import Releases
from console.updates.sources import UpdateFolder
from installer.wine import name_of
from tests.conftest import PASSWORD, ROOT, free_ports
from tests.support.maker import Folder, Maker, served
from tests.windows.builds import BEFORE, BROKEN, Builds
from tests.windows.installed import PROGRAM, RUN_KEY, UNINSTALL_KEY, Installed, until

EMPTY_SCREEN = 200
"""Colours; the console's first window has more."""
SCREENSHOT = ROOT / "build" / "windows" / "console.png"
SITE = "Wine works"


@pytest.mark.timeout(1500)
def test_the_set_up_on_one_computer_from_the_first_install_to_the_last_trace(
    installed: Installed, builds: Builds, gigabytes: Path
) -> None:
    installs_the_version_before(installed, builds)
    serves_portal_and_api(installed)
    comes_back_after_a_crash_and_with_the_computer(installed)
    is_upgraded_with_its_data(installed, builds)
    shows_the_console(installed)
    takes_the_former_version_back_when_an_update_fails(installed, builds, gigabytes / "maker")
    refuses_an_older_version(installed, builds)
    leaves_data_and_strangers(installed)
    is_a_kiosk_by_the_package_and_leaves_nothing(installed, builds)


def installs_the_version_before(installed: Installed, builds: Builds) -> None:
    status, text = installed.set_up(builds.before, "/TYPE=site", f"/D={PROGRAM}")
    assert status == 0, text
    assert installed.options.read_text().startswith("# How the service is started")
    assert "RUNNING" in installed.service()


def serves_portal_and_api(installed: Installed) -> None:
    portal, push = free_ports(2)
    installed.options.write_text(f"--portal-port {portal}\n--push-port {push}\n")
    installed.restart_service()
    assert installed.health() == {"version": BEFORE, "first_run": True, "site": ""}
    found = installed.announced()
    assert found is not None
    page = httpx.get(f"{found.portal}/static/portal.css", timeout=60)
    assert page.text == (ROOT / "resources/portal/static/portal.css").read_text("utf-8")
    with Client.at(found.address) as client:
        client.set_up("admin", "Ada Admin", PASSWORD, SITE)
    assert not (installed.data / "site.key").exists(), "the key is in Windows' keyring"


def comes_back_after_a_crash_and_with_the_computer(installed: Installed) -> None:
    first = installed.announced()
    assert first is not None
    installed.wine.run("taskkill", "/F", "/PID", str(first.pid))
    until(lambda: (now := installed.announced()) is not None and now.pid != first.pid)
    assert installed.health()["site"] == SITE
    installed.wine.shut_down()
    (installed.folder / "announced" / "service.json").unlink(missing_ok=True)
    installed.wine.boot()
    assert installed.health()["site"] == SITE


def is_upgraded_with_its_data(installed: Installed, builds: Builds) -> None:
    stranger = installed.program / "site" / "notes.txt"
    stranger.write_text("not ours")
    damaged = installed.program / "site" / "console" / "cli.py"
    damaged.write_text("")
    cut_off = installed.program / "before"  # as an earlier set-up leaves it when the power fails
    cut_off.mkdir()
    for name in ("uninstall.exe", "readers"):
        (installed.program / name).rename(cut_off / name)
    status, text = installed.set_up(builds.this)  # says no type and no folder: they stay
    assert status == 0, text
    assert installed.health() == {"version": __version__, "first_run": False, "site": SITE}
    assert (installed.folder / "before-upgrade" / BEFORE / "muster.db").is_file()
    assert not (installed.program / "before").exists(), "nothing is left of the former version"
    assert stranger.read_text() == "not ours"
    assert damaged.stat().st_size > 0
    status, text = installed.wine.run("cmd", "/c", "muster --version")
    assert (status, text.strip()) == (0, f"Muster {__version__}"), "it is on the search path"


def shows_the_console(installed: Installed) -> None:
    """With the real platform plugin of Qt; the picture stays, to be looked at."""
    wine = installed.wine
    SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
    window = wine.start(rf"{PROGRAM}\runtime\pythonw.exe", "-m", "console.cli")
    until(lambda: wine.screenshot(SCREENSHOT) > EMPTY_SCREEN)
    window.kill()
    wine.run("taskkill", "/F", "/IM", "pythonw.exe")
    assert (installed.menu / "Muster.lnk").is_file()


def takes_the_former_version_back_when_an_update_fails(
    installed: Installed, builds: Builds, folder: Path
) -> None:
    """The version that fails changes the database first, so that no older one would open it.

    The service has downloaded it; the account that installs verifies it again and starts it.
    """
    maker, updates = Maker(folder / "maker"), installed.data / handover.FOLDER
    maker.publish(builds.broken, BROKEN)
    trusted = installed.program / "site" / "console" / "_resources" / "updates" / "root.json"
    shutil.copyfile(maker.root, trusted)
    with served(Folder, maker.folder) as address:
        source = UpdateFolder(address)
        releases = Releases(source, updates / handover.METADATA, maker.root.read_bytes())
        releases.fetch_set_up(releases.newest(), updates / handover.SET_UP)
    shutil.rmtree(folder)  # half a gigabyte
    handover.order(updates)
    python = rf"{PROGRAM}\runtime\python.exe"
    command = python, "-m", "console.service_host.installing"
    status, text = installed.wine.run(*command, patience_s=420)  # the set-up keeps its pipe
    assert status == 0, text
    until(lambda: handover.result(updates), within_s=300)
    assert handover.result(updates) == 6
    until(lambda: not list(installed.wine.drive.glob("users/*/**/muster-update-*")) or None)
    trusted.unlink()
    assert installed.health() == {"version": __version__, "first_run": False, "site": SITE}
    assert not (installed.program / "before").exists()
    with contextlib.closing(sqlite3.connect(installed.data / "muster.db")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    assert BROKEN not in installed.wine.run("reg", "query", UNINSTALL_KEY)[1]


def refuses_an_older_version(installed: Installed, builds: Builds) -> None:
    assert installed.set_up(builds.before)[0] == 2
    assert installed.health()["version"] == __version__


def leaves_data_and_strangers(installed: Installed) -> None:
    installed.remove()
    left = [path for path in installed.program.rglob("*") if path.is_file()]
    assert left == [installed.program / "site" / "notes.txt"]
    assert (installed.data / "muster.db").is_file()
    assert installed.announced() is None
    assert not installed.menu.exists()
    assert not installed.service(), "the service is not registered any more"
    assert installed.wine.run("cmd", "/c", "muster --version")[0] != 0
    left[0].unlink()
    left[0].parent.rmdir()
    installed.program.rmdir()


def is_a_kiosk_by_the_package_and_leaves_nothing(installed: Installed, builds: Builds) -> None:
    """By the package for group policy; it removes the data that the set-up before has left."""
    wine, package = installed.wine, name_of(builds.package)
    status, text = wine.run("msiexec", "/i", package, "/qn", "TYPE=kiosk")
    assert status == 0, text
    assert installed.knows(RUN_KEY, "Muster kiosk"), "it starts when a user signs in"
    assert [path.name for path in installed.menu.iterdir()] == ["Muster kiosk.lnk"]
    assert not installed.service(), "a kiosk has no service"
    status, text = wine.run("msiexec", "/x", package, "/qn", "DATA=remove")
    assert status == 0, text
    assert not installed.folder.exists()
    assert not wine.path(r"C:\Program Files\Muster").exists()
    assert not wine.path(r"C:\Program Files\Muster set-up").exists()
    assert not installed.knows(UNINSTALL_KEY)
    assert not installed.knows(RUN_KEY, "Muster kiosk")
