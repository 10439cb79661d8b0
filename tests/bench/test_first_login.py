"""P19: the way from an empty site to the first login, walked by keys."""

from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication

from console.api import first_steps as api
from console.api.operation import Nothing
from console.bench.first_login import PASSWORD, FirstLogin
from console.desktop.shell import Shell
from console.domain.first_steps import FirstStep, StepState
from console.qt.client import ServiceClient
from tests.support.forked_site import ForkedSite
from tests.support.operators import signed_in

MOST_INPUTS = 25
"""The goal: what an operator fills in, chooses and presses up to the first login."""


@pytest.mark.qt_log_ignore("does not support raise", "does not support grabbing the keyboard")
def test_P19_the_first_login_takes_at_most_25_inputs(tmp_path: Path, qapp: QApplication) -> None:
    with ForkedSite(tmp_path / "site") as demo:
        client = ServiceClient(demo.locate)
        walk = FirstLogin(demo, Shell(client), tmp_path)
        try:
            client.connect_service()
            walk.walk()
        finally:
            walk.shell.close()
        with signed_in(demo, "h.farid", PASSWORD) as operator:
            found = operator.call(api.get_steps, Nothing())
    assert found.states == dict.fromkeys(FirstStep, StepState.DONE), "none was skipped"
    assert walk.inputs <= MOST_INPUTS
