"""Starts the console: theme, window, link to the service."""

import sys
from functools import partial
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from console.desktop.looks import Looks
from console.desktop.service_process import OwnService
from console.desktop.shell import Shell
from console.desktop.view_memory import ViewMemory
from console.qt.client import ServiceClient
from console.qt.garbage import GarbageCollector
from console.qt.single_instance import SingleInstance, bring_forward
from console.qt.unexpected import UnexpectedErrors


def run_console(data_dir: Path, start_service: bool = False) -> int:
    """Shows the console until it is closed; starts a service of its own when none runs.

    Where this user has it open already, that one is shown instead.

    start_service: also where the service was set up apart from consoles.
    """
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    instance = SingleInstance(data_dir, app)
    if not instance.is_first:
        instance.show_first()
        return 0
    unexpected = UnexpectedErrors(data_dir / "logs", app)
    app.setApplicationName("Muster")
    memory = ViewMemory(data_dir)
    looks = Looks(memory)
    looks.apply()
    own = OwnService(data_dir, start_service)
    client = ServiceClient(own.locate)
    shell = Shell(client, lambda: own.problem, memory=memory, looks=looks)
    unexpected.happened.connect(lambda text: shell.show_message(text, bad=True))
    instance.asked_for.connect(partial(bring_forward, shell))
    shell.show_fitting()
    client.connect_service()
    try:
        return app.exec()
    finally:
        shell.close()
        own.stop()
