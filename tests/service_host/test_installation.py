"""AC7: data of the installed service are closed, its address is open to all users."""

import os
import stat
import sys
from pathlib import Path

import pytest

from console import installation, runtime

FOUND = runtime.Running(1, "http://127.0.0.1:5", "http://127.0.0.1:6", "http://127.0.0.1:7")


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer's folder as the set-up makes it, and a user's folder beside it."""
    folder, user = tmp_path / "computer", tmp_path / "user"
    for name in (installation.DATA, installation.ANNOUNCED):
        (folder / name).mkdir(parents=True)
    user.mkdir()
    monkeypatch.setattr(installation, "computer_folder", lambda: folder)
    monkeypatch.setattr(installation, "user_folder", lambda: user)
    return folder


def test_the_installed_service_announces_itself_beside_its_data(computer: Path) -> None:
    runtime.announce(computer / installation.DATA, FOUND)
    assert list((computer / installation.DATA).iterdir()) == []
    assert runtime.find(computer / installation.DATA) == FOUND
    assert runtime.find(installation.user_folder()) == FOUND, "a console that names no folder"
    runtime.withdraw(computer / installation.DATA)
    assert runtime.find(installation.user_folder()) is None


@pytest.mark.skipif(sys.platform == "win32", reason="a folder gives its rights to its files there")
def test_every_user_of_the_computer_can_read_the_address(computer: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        runtime.announce(computer / installation.DATA, FOUND)
        runtime.announce(tmp_path, FOUND)
    finally:
        os.umask(before)
    address = computer / installation.ANNOUNCED / runtime.FILE
    assert stat.S_IMODE(address.stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / runtime.FILE).stat().st_mode) == 0o600, "a user's own"


def test_a_console_starts_no_service_where_one_is_installed(computer: Path, tmp_path: Path) -> None:
    assert runtime.is_running(installation.user_folder()), "Windows starts it, however long it is"
    (computer / installation.ANNOUNCED).rmdir()
    assert not runtime.is_running(installation.user_folder()), "it was uninstalled"


def test_a_folder_that_is_named_is_served_from_there(computer: Path, tmp_path: Path) -> None:
    named = tmp_path / "named"
    named.mkdir()
    runtime.announce(computer / installation.DATA, FOUND)
    assert not runtime.is_running(named)
    assert runtime.find(named) is None
    runtime.announce(named, FOUND)
    assert runtime.find(named) == FOUND
    assert (named / runtime.FILE).is_file()


def test_a_service_of_a_users_own_never_speaks_for_the_computer(computer: Path) -> None:
    runtime.announce(installation.user_folder(), FOUND)
    assert not (computer / installation.ANNOUNCED / runtime.FILE).exists()


def test_updates_install_themselves_only_where_administrators_alone_change_the_program(
    computer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, programs = computer / installation.DATA, Path(sys.prefix).parent
    monkeypatch.setenv("PROGRAMFILES", str(programs))
    monkeypatch.setattr(sys, "platform", "linux")
    assert not installation.is_installed(data), "there is no set-up for it"
    monkeypatch.setattr(sys, "platform", "win32")
    assert installation.is_installed(data)
    assert not installation.is_installed(installation.user_folder())
    for elsewhere in (str(tmp_path), ""):
        monkeypatch.setenv("PROGRAMFILES", elsewhere)
        assert not installation.is_installed(data)
