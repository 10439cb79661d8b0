"""A report for a supporter: read before it is saved, without secrets, and never sent by itself."""

import io
from pathlib import Path

import pytest

from console import __version__
from console.cli import main
from console.service.support import TAIL_BYTES, support_report

EVENT = '{"event": "email_refused", "to": "jane@example.com", "token": "' + "k" * 43 + '"}\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "logs").mkdir(parents=True)
    (folder / "site.key").write_bytes(b"never to be seen")
    (folder / "logs" / "service.log").write_text(EVENT)
    return folder


def test_it_has_versions_files_and_logs_without_secrets(data: Path) -> None:
    report = support_report(data)
    assert report.startswith(f"Muster {__version__}, Python ")
    assert "site.key" in report, "its name and size"
    assert "email_refused" in report
    for secret in ("never to be seen", "jane@example.com", "k" * 43):
        assert secret not in report


def test_of_a_long_log_its_end_is_shown_by_whole_lines(data: Path) -> None:
    lines = [f'{{"event": "number {number}"}}\n' for number in range(TAIL_BYTES // 8)]
    (data / "logs" / "service.log").write_text("".join(lines))
    report = support_report(data)
    assert len(report) < TAIL_BYTES + 2000
    assert lines[-1].strip() in report
    assert "number 1}" not in report
    shown = report.partition("--- service.log\n")[2]
    assert shown.startswith("{"), "no half line"


@pytest.mark.parametrize(("answer", "saved"), [("y\n", True), ("\n", False), ("", False)])
def test_it_is_shown_first_and_saved_only_after_a_yes(
    data: Path,
    answer: str,
    saved: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = data.parent / "report.txt"
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    status = main(["--data", str(data), "support-report", str(file)])
    shown = capsys.readouterr().out
    assert "email_refused" in shown
    assert (status == 0, file.exists()) == (saved, saved)
    if saved:
        assert file.read_text("utf-8") == support_report(data)


def test_a_file_that_exists_is_left_as_it_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = data.parent / "report.txt"
    file.write_text("mine")
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main(["--data", str(data), "support-report", str(file)]) == 1
    assert file.read_text() == "mine"


def test_folders_that_are_not_there_are_said_so(tmp_path: Path) -> None:
    assert "No such file" in support_report(tmp_path / "nothing")
