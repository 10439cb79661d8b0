"""The host with a real service: restarts, a clean stop, and no service left without its host."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from console import installation, runtime
from console.demo.site import wait_until
from console.service_host.__main__ import read_options
from console.service_host.ready import problem_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="tests/windows starts it as Windows does")
OPTIONS = "# for the tests\n\n--key-file\n--portal-port 0\n--push-port 0\n"
WITHIN_S = 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / installation.SERVE_OPTIONS).write_text(OPTIONS)
    return tmp_path


@contextlib.contextmanager
def start_host(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "console.service_host", "--foreground"]
    command += ["--folder", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def host(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with start_host(folder) as process:
        yield process


def running(folder: Path) -> psutil.Process:
    """The process of the service, once it announced itself."""
    found = wait_until(lambda: runtime.find(folder / installation.DATA))
    return psutil.Process(found.pid)


def log_of(folder: Path) -> str:
    return (folder / installation.DATA / "logs" / "service.log").read_text()


def test_h5_a_killed_service_comes_back_and_ends_cleanly_with_its_host(
    folder: Path, host: subprocess.Popen[str]
) -> None:
    first = running(folder)
    first.kill()
    wait_until(lambda: not first.is_running())
    second = wait_until(
        lambda: one if (one := running(folder)).pid != first.pid and one.is_running() else None
    )
    assert problem_of(folder / installation.DATA) == "", "the set-up waits for this"
    host.send_signal(signal.SIGTERM)
    _, said = host.communicate(timeout=WITHIN_S)
    assert host.returncode == 0
    assert said.strip() == "The service ended and is started again in 1 s."
    assert not second.is_running()
    assert "service_stopped" in log_of(folder), "asked to end, not killed"
    assert runtime.find(folder / installation.DATA) is None


def test_no_service_goes_on_without_its_host(folder: Path, host: subprocess.Popen[str]) -> None:
    service = running(folder)
    host.kill()
    wait_until(lambda: not service.is_running())
    assert "service_stopped" in log_of(folder)


def test_a_service_that_cannot_start_says_why_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / installation.SERVE_OPTIONS).write_text("--portal-host 0.0.0.0")
    with start_host(tmp_path) as host:
        assert host.stderr is not None
        line = host.stderr.readline()
        assert problem_of(tmp_path / installation.DATA).startswith("The portal needs a certificate")
        host.send_signal(signal.SIGTERM)
        host.communicate(timeout=WITHIN_S)
    assert line.startswith("The service ended and is started again in 1 s. The portal needs a cert")
    assert host.returncode == 0


def test_options_stand_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "options.txt"
    assert read_options(file) == []
    text = '\ufeff# a note\r\n\r\n--kiosk-host 0.0.0.0\r\n--portal-key "C:\\Key files\\key.pem"\r\n'
    file.write_bytes(text.encode())
    assert read_options(file) == [
        "--kiosk-host",
        "0.0.0.0",
        "--portal-key",
        "C:\\Key files\\key.pem",
    ]
