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
from console.qt.qt_texts import QtTexts
from console.qt.single_instance import SingleInstance, bring_forward
from console.qt.unexpected import UnexpectedErrors

RESTART = 75
"""The exit code of a console that is to be shown again (EX_TEMPFAIL of sysexits.h)."""


def show_console(data_dir: Path, start_service: bool = False) -> int:
    """Shows the console until it is closed: the exit code.

    It starts a service of its own when none runs. Where this user has it open already, that one is
    shown instead. RESTART where it is to be shown again, in another language.

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
    QtTexts(app)
    memory = ViewMemory(data_dir)
    language = memory.language
    looks = Looks(memory)
    looks.apply()
    own = OwnService(data_dir, start_service)
    client = ServiceClient(own.locate)
    shell = Shell(client, lambda: own.problem, memory=memory, looks=looks)
    unexpected.happened.connect(lambda text: shell.show_message(text, bad=True))
    instance.asked_for.connect(partial(bring_forward, shell))
    looks.language_chosen.connect(shell.close)
    shell.show_fitting()
    client.connect_service()
    try:
        ended = app.exec()
    finally:
        shell.close()
        own.stop()
        instance.end()
    return RESTART if memory.language != language else ended
