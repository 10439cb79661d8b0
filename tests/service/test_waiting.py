"""H8: nothing inside a writing transaction waits for a worker, an email server or a terminal."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import msgspec
import pytest

from bridge.terminals.zk.session import Address
from console.biometrics.workers.host import WorkerHost
from console.service.outbox import Mailer
from console.service.pools import Pools
from console.service.settings import Settings
from console.service.terminals.sessions import TerminalSessions
from console.store.database import Store, connect
from console.store.vault import Vault
from console.waiting import WaitsInsideTransaction
from tests.conftest import Databases


class Question(msgspec.Struct):
    """Any request to a worker."""


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = Store(connect(databases.migrated()))
    yield made
    made.close()


def ask_a_worker() -> None:
    WorkerHost("console.biometrics.workers.decode_worker", 1.0).call(Question())


def tell_a_worker() -> None:
    WorkerHost("console.biometrics.workers.decode_worker", 1.0).update(Question())


def send_an_email() -> None:
    mailer = Mailer(asyncio.new_event_loop(), lambda: datetime.now(UTC))
    mailer.send(EmailMessage(), "nur@example.com", Settings(), "", era=mailer.era)


def ask_a_terminal() -> None:
    sessions = TerminalSessions(
        store=None,  # type: ignore[arg-type]  # refused before anything is looked up
        vault=Vault(bytes(32)),
        clock=None,  # type: ignore[arg-type]
        pools=Pools(),
        push_site=None,  # type: ignore[arg-type]
        log_book=None,  # type: ignore[arg-type]
    )
    sessions.bind(asyncio.new_event_loop())
    sessions.identify(Address("127.0.0.1", 4370, 0))


@pytest.mark.parametrize("wait", [ask_a_worker, tell_a_worker, send_an_email, ask_a_terminal])
def test_h8_who_writes_waits_for_nobody_outside(store: Store, wait: Callable[[], None]) -> None:
    with pytest.raises(WaitsInsideTransaction), store.write():
        wait()
    with store.write() as tx:
        tx.audit("test.next")  # the mark ended with the transaction that failed


def test_the_rule_is_for_the_thread_that_writes_alone(store: Store) -> None:
    host = WorkerHost("console.biometrics.workers.decode_worker", 1.0)
    with store.read():
        assert host.update(Question()) is None
    assert host.update(Question()) is None
