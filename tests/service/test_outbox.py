"""Emails that are under way while somebody saves other settings. MA1."""

import asyncio
import threading

import pytest
import sqlalchemy as sa

from console.domain.invitations import Status
from console.service.enrolment.emails import queue_approved
from console.service.outbox import EmailJob, Mailer
from console.service.settings import save_settings
from console.service.tools import Tools
from console.store.database import Store
from console.store.schema import Outbox
from tests.service.test_email_server import Taker, against, settings
from tests.store.made import add_employee, add_invitation
from tests.support.clock import FakeClock


@pytest.mark.parametrize("durable", [True, False], ids=["durable", "not yet durable"])
def test_MA1_the_failure_of_earlier_settings_does_not_count_against_those_in_force(
    store: Store, clock: FakeClock, tools: Tools, durable: bool
) -> None:
    """The earlier server hangs up after others were saved, or just before they are durable."""
    with store.write() as tx:
        person = add_employee(tx)
        person.email = "nur@example.com"
        queue_approved(tx, add_invitation(tx, person, Status.APPROVED))
        row_id = tx.scalars(sa.select(Outbox.id)).one()
    taker = Taker()

    async def exchange(port: int) -> None:
        asked, hang_up = threading.Event(), threading.Event()

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await asyncio.to_thread(hang_up.wait)
            writer.close()

        earlier = await asyncio.start_server(serve, "127.0.0.1", 0)
        with store.write() as tx:
            save_settings(tx, settings(earlier.sockets[0].getsockname()[1]))
        mailer = Mailer(asyncio.get_running_loop(), clock)
        job = EmailJob(tools, mailer, 0)
        sending = asyncio.create_task(asyncio.to_thread(job.run, [row_id]))
        await asyncio.to_thread(asked.wait)
        mailer.settings_change()
        if not durable:
            hang_up.set()
        with store.write() as tx:
            save_settings(tx, settings(port))
        mailer.settings_change()
        hang_up.set()
        await sending
        assert not mailer.pausing
        earlier.close()

    against(taker, exchange)
    assert len(taker.taken) == 1
    with store.read() as reading:
        assert reading.get_one(Outbox, row_id).state == "sent"
