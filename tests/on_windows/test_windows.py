"""What Windows alone has: its code page, its Credential Manager, its locks. Run under Wine."""

import ctypes
import subprocess
import sys
from pathlib import Path

import filelock
import keyring
import pytest
from keyring.backends.Windows import WinVaultKeyring

from console import runtime
from console.key_holder import KeyringHolder, key_holder
from console.store.keys import load_keys

pytestmark = pytest.mark.windows
HOLD = """
import filelock, sys, time
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
time.sleep(600)
"""


def test_names_outside_the_code_page_are_what_these_tests_meet(tmp_path: Path) -> None:
    if sys.platform != "win32":
        pytest.fail("only Windows has a code page")
    code_page = f"cp{ctypes.windll.kernel32.GetACP()}"
    for folder in (Path.home(), tmp_path):
        with pytest.raises(UnicodeEncodeError):
            str(folder).encode(code_page)


def test_the_sites_key_lies_in_the_credential_manager(tmp_path: Path) -> None:
    keyring.set_keyring(WinVaultKeyring())
    holder = key_holder(tmp_path, "site")
    assert isinstance(holder, KeyringHolder)
    made = load_keys(holder, data_exists=False)
    assert load_keys(key_holder(tmp_path, "site"), data_exists=True) == made
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_another_process_is_seen_and_ends_with_it(tmp_path: Path) -> None:
    lock = tmp_path / runtime.LOCK
    hold = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(hold, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        assert runtime.is_running(tmp_path)
        other.kill()
    with filelock.FileLock(lock, timeout=10):
        pass
    assert not runtime.is_running(tmp_path)
