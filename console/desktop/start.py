"""Starts the console in the language of this computer, and again when another one is chosen."""

import subprocess
import sys
from pathlib import Path

from PyQt6.QtCore import QLocale

from console.desktop.view_memory import ViewMemory
from console.qt.language import use_language


def run_console(data_dir: Path, start_service: bool = False) -> int:
    """Shows the console until it is closed: the exit code.

    start_service: also where the service was set up apart from consoles.
    """
    use_language(ViewMemory(data_dir).language or QLocale.system().name())
    # Most texts are said once, when their module is loaded: the language has to be known before.
    from console.desktop.app import RESTART, show_console

    ended = show_console(data_dir, start_service)
    if ended != RESTART:
        return ended
    subprocess.Popen(sys.orig_argv)
    return 0
