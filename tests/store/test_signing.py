"""Documents signed with the site's own key. N7, N12."""

import base64
from dataclasses import replace

import pytest

from console.store.database import Store
from console.store.schema import Setting
from console.store.signing import KEY, Signed, sign


def signed(store: Store, document: str = "Erased: nobody, nowhere. Zoë") -> Signed:
    with store.write() as tx:
        return sign(tx, document)


def test_a_document_holds_as_it_was_signed_and_the_key_stays_the_same(shared_store: Store) -> None:
    first, second = signed(shared_store), signed(shared_store, "another")
    assert first.holds
    assert second.holds
    assert first.key == second.key
    assert first.signature != second.signature


@pytest.mark.parametrize(
    "change",
    [
        {"document": "Erased: nobody, nowhere. Zoe"},
        {"signature": base64.b64encode(bytes(64)).decode()},
        {"key": base64.b64encode(bytes(32)).decode()},
        {"signature": "no base64!"},
        {"key": "AAAA"},
    ],
)
def test_whatever_is_changed_it_holds_no_more(shared_store: Store, change: dict[str, str]) -> None:
    assert not replace(signed(shared_store), **change).holds


def test_the_key_is_kept_sealed(shared_store: Store) -> None:
    with shared_store.write() as tx:
        sign(tx, "made at first use")
        row = tx.get_one(Setting, KEY)
        assert set(row.value) == {"sealed"}
        assert len(tx.vault.open_site(KEY, bytes.fromhex(row.value["sealed"]))) == 32
        assert len(bytes.fromhex(row.value["sealed"])) > 32
