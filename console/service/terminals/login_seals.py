"""Seals the login log every minute, and notes in the audit log every hour what is sealed. N12."""

from collections.abc import Callable
from datetime import timedelta

from console.service.portions import hurry
from console.store.database import Store
from console.store.queries.login_seal import (
    anything_to_seal,
    audit_seal,
    load_seal,
    seal_more,
)

AUDITED_EVERY = timedelta(hours=1)


class LoginSeals:
    """Keeps the seal of the login log. Blocking: called from threads."""

    def __init__(self, store: Store, give_way: Callable[[], None] = hurry) -> None:
        """give_way: waits while somebody waits for an answer."""
        self._store, self._give_way = store, give_way

    def run_once(self) -> None:
        """Seals all logins that are stored, in short transactions."""
        with self._store.read() as tx:
            before = load_seal(tx)
        while self._seal_some():
            self._give_way()
        with self._store.read() as tx:
            now_is = load_seal(tx)
        if now_is != before:
            with self._store.write() as tx:
                audit_seal(tx, AUDITED_EVERY)

    def _seal_some(self) -> bool:
        with self._store.read() as tx:
            if not anything_to_seal(tx):
                return False
        with self._store.write() as tx:
            return seal_more(tx)
