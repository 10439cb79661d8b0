"""Garbage is collected in the thread of the windows alone.

Python collects in whichever thread happens to make one object too many. Found there, an icon, an
item of a chart or of a table is destroyed beside the thread that paints it, and the process ends.
"""

import gc

from PyQt6.QtCore import QObject

from console.qt.timers import timer

LOOK_EVERY_MS = 250


def collect_due() -> None:
    """Collects the oldest generation that is due by Python's own thresholds, if one is."""
    due = [
        generation
        for generation, (count, most) in enumerate(
            zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if count > most
    ]
    if due:
        gc.collect(max(due))


class GarbageCollector(QObject):
    """Takes the place of Python's own collector; its parent is the application."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        timer(self, LOOK_EVERY_MS, collect_due).start()
