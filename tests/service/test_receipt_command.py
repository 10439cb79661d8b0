"""Anybody can check the receipt of an erasure. N7."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from console.cli import main
from console.desktop.dialogs.receipt_file import signed_json
from console.domain.erasure import ErasureState
from console.receipt_command import NotGenuine, verify_receipt
from console.service.people.receipts import issue_receipt
from console.store.database import Store, connect
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import add_employee
from tests.store.test_erasure import add_erasure


@pytest.fixture
def receipt(databases: Databases) -> bytes:
    """The file that the console saves."""
    store = Store(connect(databases.migrated()), Vault(bytes(range(32))))
    with store.write() as tx:
        erasure = add_erasure(tx, add_employee(tx), ErasureState.DONE)
        issued = issue_receipt(tx, erasure.id)
    store.close()
    return signed_json(issued).encode()


def altered(name: str, change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """The file with another value under this name."""

    def alter(file: bytes) -> bytes:
        found = json.loads(file)
        return json.dumps(found | {name: change(found[name])}).encode()

    return alter


def test_N7_a_receipt_is_verified_by_the_command(
    receipt: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, key = tmp_path / "receipt.json", json.loads(receipt)["key"]
    path.write_bytes(receipt)
    assert main(["verify-receipt", str(path)]) == 0
    said = capsys.readouterr().out
    assert key in said
    assert "places that may still hold data: 0" in said
    assert main(["verify-receipt", str(path), "--key", key]) == 0
    assert main(["verify-receipt", str(path), "--key", "A" * 44]) == 1
    assert "another key" in capsys.readouterr().err
    assert main(["verify-receipt", str(tmp_path / "none.json")]) == 1


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (altered("document", lambda text: text.replace("true", "false")), "altered"),
        (altered("document", lambda text: text + " "), "altered"),
        (altered("signature", lambda text: "A" + text[1:]), "altered"),
        (altered("signature", lambda text: "é"), "not the JSON file"),
        (altered("key", lambda text: text[:-8]), "not the JSON file"),
        (lambda file: b"{}", "not the JSON file"),
        (lambda file: b"\xff\x00", "not the JSON file"),
        (lambda file: file[:-10], "not the JSON file"),
    ],
)
def test_N7_a_file_that_is_not_as_it_was_signed_is_refused(
    receipt: bytes, alter: Callable[[bytes], bytes], words: str
) -> None:
    with pytest.raises(NotGenuine, match=words):
        verify_receipt(alter(receipt))
