"""The peak of a process is its own."""

import subprocess
import sys

import pytest

from console.bench.memory_peak import forget_peak, peak_mb

MUCH_MB = 64
PRINT = "from console.bench.memory_peak import peak_mb; print(peak_mb())"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells it")


def test_a_child_has_not_held_what_its_parent_held() -> None:
    held = bytes(range(256)) * (MUCH_MB << 12)
    mine = peak_mb()
    child = float(subprocess.check_output([sys.executable, "-c", PRINT], text=True))
    assert mine is not None and child < mine - MUCH_MB < mine
    assert len(held) == MUCH_MB << 20


def test_what_was_held_before_can_be_forgotten() -> None:
    held = bytes(range(256)) * (MUCH_MB << 12)
    before = peak_mb()
    del held
    forget_peak()
    after = peak_mb()
    assert before is not None and after is not None and after < before - MUCH_MB / 2


def test_a_process_that_is_gone_tells_nothing() -> None:
    assert peak_mb(2**22 + 1) is None
    forget_peak(2**22 + 1)
