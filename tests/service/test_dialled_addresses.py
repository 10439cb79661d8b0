"""Where terminals that are dialled stand: found, moved and blocked."""

import pytest

from bridge.simulator.unit import Unit
from console.api import tasks, terminal_life, terminals
from console.api.operation import ById, ServiceError
from console.demo.site import wait_until
from tests.conftest import RunningSite
from tests.service.test_dialled import Dialled, finish


def test_discovery_tells_known_units_from_new_ones(running: RunningSite) -> None:
    door = Dialled(running)
    stranger = Unit("STRANGER7")
    running.demo.add_dialled(stranger, host="127.0.0.9", port=door.server.port)
    work = finish(
        running.client,
        running.client.call(
            tasks.discover, tasks.Discover(subnet="127.0.0.8/29", port=door.server.port)
        ),
    )
    assert {(unit.serial, unit.known) for unit in work.result.found} == {("STRANGER7", False)}
    bad = finish(
        running.client, running.client.call(tasks.discover, tasks.Discover(subnet="10.0.0.0/8"))
    )
    assert bad.state == "failed"


def test_a_blocked_terminal_is_not_dialled_any_more(running: RunningSite) -> None:
    door = Dialled(running)
    wait_until(lambda: door.server.sessions)
    running.client.call(terminal_life.block_terminal, ById(id=door.id))
    wait_until(lambda: not door.server.sessions)
    with pytest.raises(ServiceError, match="Approve"):
        running.client.call(tasks.on_unit, tasks.OnUnit(terminal_id=door.id, action="refresh"))


def test_the_address_and_key_of_a_terminal_can_be_changed(running: RunningSite) -> None:
    door = Dialled(running, key=5)
    request = terminals.ChangeTerminal(
        id=door.id,
        name="Side door",
        zone="Europe/Berlin",
        encoding="auto",
        host="127.0.0.1",
        port=door.server.port,
        key="",
        transport="tcp",
    )
    changed = running.client.call(terminals.change_terminal, request)
    assert changed.name == "Side door"
    assert door.detail.has_key
    assert door.run_action("refresh").state == "done", "the terminal is still reached by its key"
