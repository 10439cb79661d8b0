"""AC7: what a folder of data holds is private to the account that runs the program."""

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from console.private_folder import NotPrivate, make_private

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has access lists, which the set-up writes"
)
NOBODY = 65534
"""An account that every Linux has."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder of data as every account of the computer can read it."""
    folder = tmp_path / "muster"
    (folder / "logs").mkdir(parents=True)
    for name in ("muster.db", "logs/service.log"):
        (folder / name).write_text("Jane Doe")
        (folder / name).chmod(0o644)
    for path in (folder, folder / "logs"):
        path.chmod(0o755)
    return folder


def test_a_new_folder_is_private_and_nothing_was_exposed(tmp_path: Path) -> None:
    folder = tmp_path / "muster"
    assert make_private(folder) == []
    assert mode(folder) == 0o700


def test_what_others_could_read_is_closed_and_named(open_folder: Path) -> None:
    files = {open_folder / "muster.db", open_folder / "logs/service.log"}
    assert set(make_private(open_folder)) == files
    assert {mode(path) for path in files} == {0o600}
    assert {mode(path) for path in (open_folder, open_folder / "logs")} == {0o700}
    assert make_private(open_folder) == []


def test_a_folder_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters").chmod(0o755)
    with pytest.raises(NotPrivate, match="Name an empty or a new folder"):
        make_private(tmp_path)
    assert mode(tmp_path / "letters") == 0o755


def test_a_link_out_of_the_folder_is_not_followed(open_folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not ours")
    elsewhere.chmod(0o644)
    (open_folder / "link").symlink_to(elsewhere)
    make_private(open_folder)
    assert mode(elsewhere) == 0o644


def test_files_of_another_account_are_met_by_a_sentence() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can work as two accounts")
    with tempfile.TemporaryDirectory() as name:  # another account cannot enter pytest's folder
        folder = Path(name)
        os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o777)
        child = os.fork()
        if not child:
            os._exit(_refused_as_another(folder))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert mode(folder) == 0o777, "nothing was changed"


def _refused_as_another(folder: Path) -> int:
    """0 if an account that owns nothing is told what to do."""
    os.setuid(NOBODY - 1)
    try:
        make_private(folder)
    except NotPrivate as problem:
        return int("belongs to another account. Give" not in str(problem))
    return 2


def test_a_disk_that_keeps_nothing_private_is_met_by_a_sentence(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some disks take every chmod and change nothing, such as a mounted FAT or Windows disk."""
    monkeypatch.setattr(Path, "chmod", lambda _path, _mode: None)
    with pytest.raises(NotPrivate, match="keeps nothing private"):
        make_private(open_folder)
