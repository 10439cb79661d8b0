"""The account that installs believes nobody: it verifies, copies, and starts the copy. P19."""

import tempfile
from pathlib import Path

import pytest

from console import __version__
from console.domain.updates import SET_UP_SAID, UpdateProblem
from console.service_host.installing import COMMANDS, SCRIPT, install_ordered, main
from console.store.migrate import HEAD
from console.updates import handover
from console.updates.releases import Releases
from console.updates.sources import UpdateFile
from tests.support.maker import Maker


class Computer:
    """The service's folder of updates, and what was started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.temporary = folder / "updates", folder / "temp"
        self.temporary.mkdir()
        self.maker = Maker(folder / "maker")
        self.started: list[tuple[Path, Path]] = []

    def download(self, version: str, revision: str = "9000") -> None:
        """As the service does."""
        self.maker.release(version, revision)
        trusted = self.maker.root.read_bytes()
        metadata = self.folder / handover.METADATA
        releases = Releases(UpdateFile(self.maker.file()), metadata, trusted)
        releases.fetch_set_up(releases.newest(), self.folder / handover.SET_UP)

    def run(self) -> None:
        install_ordered(self.folder, self.maker.root, lambda *how: self.started.append(how))


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    made = Computer(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(made.temporary))
    return made


def test_nothing_happens_without_an_order(computer: Computer) -> None:
    computer.download("9.1")
    computer.run()
    assert computer.started == []
    assert main(["--folder", str(computer.folder)]) == 0


def test_a_verified_copy_is_started_once(computer: Computer) -> None:
    computer.download("9.1")
    handover.order(computer.folder)
    computer.run()
    ((script, result),) = computer.started
    assert (script.name, script.read_text("ascii")) == (SCRIPT, COMMANDS)
    assert script.read_bytes().count(b"\r\n") == COMMANDS.count("\n")
    assert (script.parent / handover.SET_UP).read_bytes() == b"MZ set-up"
    assert script.parent.stat().st_mode & 0o077 == 0, "nobody else can change it"
    assert result == computer.folder / handover.RESULT
    assert handover.result(computer.folder) is None, "the set-up has not ended"
    computer.run()
    assert len(computer.started) == 1


@pytest.mark.parametrize(
    ("version", "revision"), [(__version__, "9000"), ("9.1", f"{int(HEAD) - 1:04}")]
)
def test_a_service_that_was_taken_over_cannot_go_back(
    computer: Computer, version: str, revision: str
) -> None:
    computer.download(version, revision)
    handover.order(computer.folder)
    with pytest.raises(UpdateProblem):
        computer.run()
    assert computer.started == [] and not list(computer.temporary.iterdir())


def test_a_service_that_was_taken_over_cannot_put_another_program_in_place(
    computer: Computer,
) -> None:
    computer.download("9.1")
    (computer.folder / handover.SET_UP).write_bytes(b"MZ harmed")
    handover.order(computer.folder)
    with pytest.raises(UpdateProblem, match="altered"):
        computer.run()
    assert computer.started == [] and not list(computer.temporary.iterdir())
    assert not handover.is_ordered(computer.folder), "it is not tried again and again"
    status = handover.result(computer.folder)
    assert status is not None and "could not verify" in SET_UP_SAID[status]
