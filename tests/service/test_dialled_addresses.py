"""Where terminals that are dialled stand: found, moved and blocked."""

import msgspec
import pytest

from bridge.simulator.unit import Unit
from console.api import tasks, terminal_life, terminals
from console.api.operation import ById, ServiceError
from console.demo.site import wait_until
from console.domain.terminals import NOT_REACHED
from tests.conftest import RunningSite, free_ports
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


def test_TE19_a_terminal_that_is_off_is_added_by_its_serial_number(running: RunningSite) -> None:
    """Only the unit with the number on the label is served once something answers there."""
    client, site = running.client, running.demo
    other = site.add_dialled(Unit("IMPOSTOR1"))
    request = terminals.DialTerminal(
        name="Boxed", host="127.0.0.1", port=other.port, serial="BOXED1"
    )
    with pytest.raises(ServiceError, match="Expected terminal BOXED1, found IMPOSTOR1"):
        client.call(terminals.dial_terminal, request)
    (port,) = free_ports(1)
    away = msgspec.structs.replace(request, port=port)
    with pytest.raises(ServiceError, match="serial number on its label"):
        client.call(terminals.dial_terminal, msgspec.structs.replace(away, serial=""))
    with pytest.raises(ServiceError, match="without spaces"):
        client.call(terminals.dial_terminal, msgspec.structs.replace(away, serial="a b"))
    added = client.call(terminals.dial_terminal, away)
    assert (added.online, added.last_seen, added.problem) == (False, None, NOT_REACHED)
    site.add_dialled(Unit("BOXED1"), port=port)
    named = ById(id=added.id)
    wait_until(lambda: client.call(terminals.get_terminal, named).terminal.online, 30)


def test_TE19_an_address_is_examined_before_it_is_added(running: RunningSite) -> None:
    client = running.client
    server = running.demo.add_dialled(Unit("LOOKEDAT1"), 123456)
    request = tasks.ExamineAddress(host="127.0.0.1", port=server.port, key="123456")
    work = finish(client, client.call(tasks.examine_address, request))
    found = {finding.step: finding for finding in work.result.findings}
    assert "LOOKEDAT1" in found["Read-only probe"].cause
    assert work.result.recording
    wrong = msgspec.structs.replace(request, key="7")
    work = finish(client, client.call(tasks.examine_address, wrong))
    assert [f.step for f in work.result.findings if f.outcome == "fail"] == ["Comm key"]
    with pytest.raises(ServiceError, match="IP address"):
        client.call(tasks.examine_address, msgspec.structs.replace(request, host=""))
    door = Dialled(running)
    taken = msgspec.structs.replace(request, port=door.server.port)
    with pytest.raises(ServiceError, match="from its own page"):
        client.call(tasks.examine_address, taken)
