"""The maker's command: keys, a root that several holders sign, a release, its renewal. P19."""

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from console import __version__
from console.store.migrate import HEAD
from console.updates.releases import Releases
from console.updates.sources import UpdateFile
from installer.sign_release import main
from tests.support.maker import Maker, ask

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The command with a root in this folder; every name is that of a file there."""

    def call(*arguments: str) -> int:
        given = [
            str(tmp_path / one) if "." in one or one == "release-folder" else one
            for one in arguments
        ]
        return main(["--root", str(tmp_path / "root.json"), *given], ask)

    for name in ("a", "b", "c", "targets", "online"):
        assert call("new-key", f"{name}.pem") == 0
    return call


ROOT = ("root", "--root-key", "a.pub", "--root-key", "b.pub", "--root-key", "c.pub")
OTHERS = ("--targets-key", "targets.pub", "--online-key", "online.pub")
SIGN = ("release", "release-folder", "--set-up", "set-up.exe", "--changes", "changes.txt")
SIGNERS = ("--targets-key", "targets.pem", "--online-key", "online.pem")


def test_a_release_counts_once_two_of_three_holders_have_signed_the_root(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set-up.exe").write_bytes(b"MZ")
    (tmp_path / "changes.txt").write_text("Faster.")
    assert run(*ROOT, "--threshold", "2", *OTHERS) == 0
    assert run("sign-root", "--key", "a.pem") == 0
    assert "missing: 1" in capsys.readouterr().out
    assert run(*SIGN, *SIGNERS) == 1, "one of them could have lost a key"
    assert "lacks signatures" in capsys.readouterr().err
    assert run("sign-root", "--key", "c.pem") == 0
    assert "missing: 0" in capsys.readouterr().out
    assert run(*SIGN, *SIGNERS) == 0
    assert run("renew", "release-folder", "--online-key", "online.pem") == 0
    assert run("bundle", "release-folder", "muster.mstrup") == 0
    root = (tmp_path / "root.json").read_bytes()
    found = Releases(UpdateFile(tmp_path / "muster.mstrup"), tmp_path / "kept", root).newest()
    assert (found.version, found.revision) == (__version__, HEAD)
    assert (found.changes, found.set_up) == ("Faster.", "set-up.exe")


def test_the_next_root_needs_the_holders_of_the_one_before(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*ROOT, "--threshold", "2", *OTHERS)
    run("sign-root", "--key", "a.pem")
    run("sign-root", "--key", "b.pem")
    (tmp_path / "before.json").write_bytes((tmp_path / "root.json").read_bytes())
    for name in ("d", "e"):
        run("new-key", f"{name}.pem")
    run("root", "--root-key", "d.pub", "--root-key", "e.pub", "--threshold", "2", *OTHERS)
    assert "version 2" in capsys.readouterr().out
    said = []
    for name in ("d", "e", "a", "b"):
        run("sign-root", "--key", f"{name}.pem", "--before", "before.json")
        said.append(capsys.readouterr().out.strip()[-1])
    assert said == ["2", "2", "1", "0"]


def test_a_key_is_sealed_and_never_written_over(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private = tmp_path / "a.pem"
    assert b"ENCRYPTED" in private.read_bytes()
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert run("new-key", "a.pem") == 1
    (tmp_path / "bad.pem").write_text("no key")
    run(*ROOT, "--threshold", "2", *OTHERS)
    for wrong in ("bad.pem", "missing.pem"):
        assert run("sign-root", "--key", wrong) == 1
    assert "cannot be opened" in capsys.readouterr().err


@pytest.mark.parametrize("threshold", ["0", "4"])
def test_a_threshold_that_cannot_be_met_is_refused(run: Run, threshold: str) -> None:
    assert run(*ROOT, "--threshold", threshold, *OTHERS) == 1


def test_the_file_for_a_stick_carries_the_newest_release_alone(tmp_path: Path) -> None:
    maker = Maker(tmp_path)
    maker.release("9.1")
    maker.release("9.2")
    with zipfile.ZipFile(maker.file()) as archive:
        names = archive.namelist()
    assert [name for name in names if name.endswith(".exe")] == [
        f"targets/{name}" for name in _targets(maker, "9.2")
    ]
    assert [name for name in names if "root" in name] == ["metadata/1.root.json"]
    assert [name for name in names if "snapshot" in name] == ["metadata/2.snapshot.json"]


def _targets(maker: Maker, version: str) -> list[str]:
    return [path.name for path in (maker.folder / "targets").glob(f"*.muster-setup-{version}.exe")]
