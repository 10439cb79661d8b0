"""The recovery key in the database: it opens the site's key, and nothing else does. 2.4."""

import pytest

from console.recovery_pair import OtherRecoveryKey, key_pair, open_with, public_bytes, seal_to
from console.store.audit import verify
from console.store.database import Store
from console.store.recovery import load_recovery, set_recovery_key, unwrap_keys
from console.store.schema import Audit, Setting

PAPER, OTHER = bytes(range(1, 33)), bytes(range(2, 34))
KEK = bytes(range(32))
"""Of the shared store."""


def test_the_paper_brings_the_key_of_the_site_back(shared_store: Store) -> None:
    with shared_store.write("an admin") as tx:
        set_recovery_key(tx, PAPER)
    with shared_store.read() as tx:
        found = load_recovery(tx)
        assert verify(tx.session) is None
    assert found is not None
    assert unwrap_keys(found, key_pair(PAPER)) == KEK
    with pytest.raises(OtherRecoveryKey):
        unwrap_keys(found, key_pair(OTHER))


def test_another_one_replaces_it_and_the_site_stays_the_same(shared_store: Store) -> None:
    with shared_store.write("an admin") as tx:
        before = set_recovery_key(tx, PAPER)
        after = set_recovery_key(tx, OTHER)
        assert (after.site, after.public) == (before.site, public_bytes(key_pair(OTHER)))
        assert after.fingerprint != before.fingerprint
        newest = tx.session.query(Audit).order_by(Audit.seq.desc()).first()
        assert newest is not None
        assert newest.action == "recovery_key.replaced"
        assert newest.detail == {"key": after.fingerprint}
        row = tx.get(Setting, "recovery_key")
        assert row is not None
        assert OTHER.hex() not in str(row.value)
    with pytest.raises(OtherRecoveryKey):
        unwrap_keys(after, key_pair(PAPER))


def test_before_it_is_made_there_is_none(shared_store: Store) -> None:
    with shared_store.write() as tx:
        if (row := tx.get(Setting, "recovery_key")) is not None:
            tx.delete(row)
    with shared_store.read() as tx:
        assert load_recovery(tx) is None


def test_what_is_sealed_opens_in_its_context_alone() -> None:
    pair = key_pair(PAPER)
    sealed = seal_to(public_bytes(pair), b"a secret", b"here")
    assert open_with(pair, sealed, b"here") == b"a secret"
    for altered, context in ((sealed, b"there"), (sealed[:-1], b"here"), (b"", b"here")):
        with pytest.raises(OtherRecoveryKey):
            open_with(pair, altered, context)


def test_the_pair_of_a_paper_never_changes() -> None:
    """Else the papers of today would open nothing tomorrow."""
    known = "c4032c540fab15991e580e04ecf97c273a834210d755f157170a79e04b02f22f"
    assert public_bytes(key_pair(PAPER)).hex() == known
