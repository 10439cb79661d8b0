"""Updates over the wire: who may see and set what, and what the first page tells of them. P19."""

import pytest
from sqlalchemy import select

from console import __version__
from console.api import today, updates
from console.api.operation import Nothing, ServiceError
from console.domain.operators import Role
from console.domain.today import Concern
from console.domain.updates import Stage
from console.service.updates.book import KeptUpdates, save_updates
from console.store.schema import Audit
from console.updates.release import Release
from tests.conftest import RunningSite
from tests.support.filled import filled
from tests.support.operators import add_operator, signed_in


def test_administrators_alone_see_and_set_where_updates_come_from(running: RunningSite) -> None:
    client = running.client
    state = client.call(updates.look, Nothing())
    assert (state.installed, state.stage, state.address) == (__version__, Stage.NONE, "")
    assert not state.installs, "this is no installed service"
    with pytest.raises(ServiceError) as refused:
        client.call(updates.save_address, updates.Address(address="ftp://it.example.com"))
    assert refused.value.error.field == "address"
    client.call(updates.save_address, updates.Address(address="https://it.example.com/muster/"))
    assert client.call(updates.look, Nothing()).address == "https://it.example.com/muster"
    with running.store().read() as tx:
        newest = tx.scalar(select(Audit).order_by(Audit.seq.desc()))
    assert newest is not None and newest.action == "update.address"
    client.call(updates.save_address, updates.Address(address=""))
    client.call(updates.send_file, updates.Portion(start=0, data=b"no update"))
    with pytest.raises(ServiceError, match="without the keys"):
        client.finish(client.call(updates.take_file, Nothing()))
    add_operator(running, "updates auditor", Role.AUDITOR)
    with pytest.raises(ServiceError, match="does not permit"):
        signed_in(running.demo, "updates auditor").call(updates.look, Nothing())


def test_the_first_page_tells_administrators_of_a_release_and_of_a_failure(
    running: RunningSite,
) -> None:
    store = running.store()

    def told(kept: KeptUpdates) -> dict[Concern, str]:
        with store.write() as tx:
            save_updates(tx, kept)
        lines = running.client.call(today.today, Nothing()).lines
        return {one.concern: one.detail for one in lines if "update" in one.concern}

    found = filled(Release, version="9.1")
    assert told(KeptUpdates(found=found, stage=Stage.READY)) == {Concern.UPDATE: "Muster 9.1"}
    assert told(KeptUpdates(found=found, stage=Stage.PLANNED)) == {}
    assert told(KeptUpdates(problem="No.")) == {Concern.UPDATE_FAILS: "No."}
    assert told(KeptUpdates(outcome="Not now.")) == {Concern.UPDATE_FAILS: "Not now."}
    assert told(KeptUpdates()) == {}
